import { quoteIdentifier } from "../../engine/sql-text.ts";

/**
 * How a table lies in its database file. DuckDB holds a block of 256 KB for each column that it appends to, and vectors of 2,048 cells
 * for each column that passes through: a hundred columns fit in the engine's memory, a thousand do not. So a wide table lies in
 * several of a hundred columns each, row by row the same, which are read side by side (`POSITIONAL JOIN`).
 */
export const COLUMNS_PER_PART = 100;

/** Bytes of a block in the database file of a table with so many columns: narrow ones for wide tables, whose parts are written in one transaction. */
export function blockBytesFor(columnCount: number): number {
  return columnCount > COLUMNS_PER_PART ? 16_384 : 262_144;
}

/** Whose rows are meant: a table of an attached database. */
export interface TableName {
  catalog: string;
  table: string;
}

/** One part of a table. */
export interface TablePart<T> {
  /** Within its catalog. */
  table: string;
  /** With its catalog, quoted. */
  name: string;
  /** Position of its first column in the whole table. */
  first: number;
  columns: T[];
}

/** Cuts the columns of a table into the parts that it is stored in. */
export function partsOf<T>({ catalog, table }: TableName, columns: readonly T[]): TablePart<T>[] {
  const count = Math.max(1, Math.ceil(columns.length / COLUMNS_PER_PART));
  return Array.from({ length: count }, (_, i) => {
    const part = count === 1 ? table : `${table}_${i + 1}`;
    const first = i * COLUMNS_PER_PART;
    return {
      table: part,
      name: `${quoteIdentifier(catalog)}.main.${quoteIdentifier(part)}`,
      first,
      columns: columns.slice(first, first + COLUMNS_PER_PART),
    };
  });
}

/** What stands behind FROM to read a whole table of so many columns. */
export function tableSource(name: TableName, columnCount: number): string {
  const parts = partsOf(name, new Array(columnCount).fill(undefined)).map((part) => part.name);
  return parts.length === 1 ? (parts[0] ?? "") : `(SELECT * FROM ${parts.join(" POSITIONAL JOIN ")})`;
}
