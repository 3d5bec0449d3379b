import { quoteIdentifier } from "../../../engine/sql-text.ts";
import type { ColumnInfo } from "../../../storage/schema.ts";
import { invalidField } from "../../errors.ts";

const LISTED = 10;

/** A column's value as SQL. NaN, which DuckDB takes for the largest of numbers, is missing, as it is in answers and statistics. */
export function presentValue({ name, duckdbType }: ColumnInfo): string {
  const column = quoteIdentifier(name);
  return /^(DOUBLE|FLOAT)$/.test(duckdbType) ? `nullif(${column}, 'NaN'::DOUBLE)` : column;
}

/**
 * The column of this name, in its exact spelling first, in any case else.
 *
 * @param path the parameter that names it.
 * @throws AppError `validation_failed` that lists what there is.
 */
export function resolveColumn(columns: readonly ColumnInfo[], name: string, path: string): ColumnInfo {
  const exact = columns.find((column) => column.name === name);
  if (exact) return exact;
  const similar = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase());
  if (similar[0] && similar.length === 1) return similar[0];
  const known = columns.slice(0, LISTED).map((column) => `“${column.name}”`);
  const more = columns.length > LISTED ? ` and ${columns.length - LISTED} more` : "";
  throw invalidField(
    path,
    `There is no column “${name.slice(0, 100)}”. There are ${known.join(", ")}${more}.${path === "where" ? " Texts are written in '…'." : ""}`,
  );
}
