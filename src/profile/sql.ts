import type { ColumnProfile, ProfileTable } from "./types.ts";

/** Quotes a name for DuckDB. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Quotes a string for DuckDB. NUL bytes cannot stand in SQL text and are spelled as `chr(0)`. */
export function quoteText(value: string): string {
  const pieces = value.split("\0").map((piece) => `'${piece.replaceAll("'", "''")}'`);
  return pieces.length === 1 ? pieces[0]! : `(${pieces.join(" || chr(0) || ")})`;
}

/** A profiled column's value; NaN, which statistics count as missing and DuckDB as the largest of numbers, is null. */
export function presentValue({ name, nan_count }: Pick<ColumnProfile, "name" | "nan_count">): string {
  return nan_count > 0 ? `nullif(${quoteName(name)}, 'NaN'::DOUBLE)` : quoteName(name);
}

/** Writes a double so that DuckDB reads back the same bits. */
export function quoteDouble(value: number): string {
  if (Number.isNaN(value)) return "'NaN'::DOUBLE";
  if (!Number.isFinite(value)) return value > 0 ? "'Infinity'::DOUBLE" : "'-Infinity'::DOUBLE";
  const text = Object.is(value, -0) ? "0" : String(value);
  return `${/e/.test(text) ? text : `${text}e0`}::DOUBLE`;
}

/** Writes a list of doubles. */
export const quoteDoubles = (values: readonly number[]): string => `[${values.map(quoteDouble).join(", ")}]`;

/** The table's full name. */
export function quoteTable(table: Pick<ProfileTable, "catalog" | "schema" | "name">): string {
  const schema = table.schema ?? (table.catalog === undefined ? undefined : "main");
  return [table.catalog, schema, table.name]
    .filter((part) => part !== undefined)
    .map(quoteName)
    .join(".");
}
