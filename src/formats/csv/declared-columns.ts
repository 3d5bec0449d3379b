import { FormatError } from "../source.ts";
import type { CsvOptions } from "./dialect.ts";

/**
 * The texts of a header with the declared names in their place. As in pandas, as many names as there are positions in `usecols` are for
 * those columns; others are for the first ones.
 */
export function applyNames(texts: readonly string[], { names, usecols }: CsvOptions): string[] {
  const positions = usecols?.filter((column) => typeof column === "number");
  if (!names || !positions || positions.length !== usecols?.length || names.length !== positions.length)
    return texts.map((text, i) => names?.[i] ?? text);
  const chosen = [...new Set(positions)].sort((a, b) => a - b);
  return texts.map((_, i) => names[chosen.indexOf(i)] ?? "");
}

/** @throws FormatError for a column that `usecols` or `parse_dates` names and that is not there. */
export function requireColumns(columns: readonly string[], { usecols, parseDates }: CsvOptions): void {
  for (const column of [...(usecols ?? []), ...(typeof parseDates === "object" ? parseDates : [])]) {
    if (typeof column === "number" ? column < columns.length : columns.includes(column)) continue;
    const known = columns.map((name) => `“${name}”`).join(", ");
    throw new FormatError(
      typeof column === "number"
        ? `There is no column at position ${column}: the table has ${columns.length} (counted from 0).`
        : `There is no column “${column}”; the table has ${known}.`,
    );
  }
}
