import type { Profile } from "../../profile/index.ts";

const MEBIBYTE = 1024 ** 2;
/** Distinct values kept in a whole profile, so that it stays small however many columns there are. */
const KEPT_VALUES = 40_000;
const LEAST_KEPT_VALUES = 10;

/**
 * Joins the profiles of a wide table's parts into one of the whole. Measures of association stay those of the first part, as they cover
 * the first hundred columns in any table.
 */
export function joinProfiles(parts: readonly Profile[], whole: { table: string; duplicateRows: number }): Profile {
  const first = parts[0];
  if (!first) throw new Error("There is no profile to join.");
  const columns = parts.flatMap((part) => part.columns);
  const keptValues = Math.max(LEAST_KEPT_VALUES, Math.floor(KEPT_VALUES / columns.length));
  const memoryOf = (some: Profile["columns"]) => some.reduce((sum, column) => sum + column.memory_bytes, 0);
  const indexBytes = first.memory_usage * MEBIBYTE - memoryOf(first.columns);
  return {
    ...first,
    table: whole.table,
    column_count: columns.length,
    duplicate_rows: whole.duplicateRows,
    memory_usage: (indexBytes + memoryOf(columns)) / MEBIBYTE,
    columns: columns.map((column) => ({
      ...column,
      values: column.values.slice(0, keptValues),
      values_complete: column.values_complete && column.values.length <= keptValues,
    })),
    notes: [
      ...new Set(first.notes),
      `Correlations and Cramér's V cover columns among the first ${first.column_count} of ${columns.length}.`,
    ],
  };
}
