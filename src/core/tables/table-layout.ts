import { quoteIdentifier } from "../../engine/sql-text.ts";

/**
 * How a table lies in its database file. DuckDB holds a block of 256 KB for each column that it appends to, and vectors of 2,048 cells
 * for each column that passes through: a hundred columns fit in the engine's memory, a thousand do not. So a wide table lies in
 * several of a hundred columns each, row by row the same, which are read side by side (`POSITIONAL JOIN`).
 */
export const COLUMNS_PER_PART = 100;

/**
 * Most rows of a group: four times DuckDB's own. A column then lies in runs of several blocks, so that reading it reads little else, in few
 * gets.
 */
const MOST_ROWS = 491_520;
/** What a row group may take in memory while it is filled: it is compressed and written out when its transaction ends. */
const ROW_GROUP_BYTES = 32 << 20;
/** What a column takes of that beside its cells: blocks that are not full yet, and its compression. */
const COLUMN_BYTES = 192 << 10;
/** Of more columns, a group's last block of each column weighs more than its cells; and a group that stays short is copied once when it ends. */
const NARROW_COLUMNS = 16;
const WIDE_ROW_GROUP_BYTES = 18 << 20;
const WIDE_COLUMN_BYTES = 128 << 10;
const VECTOR_ROWS = 2_048;
/** What a cell takes at least, or, in wide tables, more than in the file: a text 16 bytes, a number what it is shorter there. */
const CELL_BYTES = 12;

/**
 * Rows of a group in the database file of a table.
 *
 * @param rowBytes what a row takes in the file it comes from, about; 0 when that is not known.
 */
export function rowGroupRowsFor(columnCount: number, rowBytes = 0): number {
  const columns = Math.min(COLUMNS_PER_PART, Math.max(1, columnCount));
  const partBytes = rowBytes * (columns / Math.max(1, columnCount));
  const isNarrow = columns <= NARROW_COLUMNS;
  const cellBytes = isNarrow
    ? ROW_GROUP_BYTES - columns * COLUMN_BYTES
    : Math.max(WIDE_ROW_GROUP_BYTES - columns * WIDE_COLUMN_BYTES, columns * WIDE_COLUMN_BYTES);
  const inMemory = isNarrow ? Math.max(columns * CELL_BYTES, partBytes) : columns * CELL_BYTES + partBytes;
  const vectors = Math.floor(cellBytes / (inMemory * VECTOR_ROWS));
  return Math.max(VECTOR_ROWS, Math.min(MOST_ROWS, vectors * VECTOR_ROWS));
}

/** Bytes of rows after which a load's transaction is due to end. */
export const TRANSACTION_BYTES = 16 << 20;
/** A transaction waits until a row group is full, but no longer than this many times the bytes that are due: DuckDB holds its rows in memory. */
const MOST_UNWRITTEN = 3;

/** How the rows of a table are to be appended. */
export interface AppendPlan {
  /** Rows of a group of the database. */
  readonly rowGroupRows: number;
  /** Columns of the whole table, of which a part is filled at a time. */
  readonly columnCount: number;
}

/**
 * Rows of a group where a load ran out of memory before: DuckDB copies what it commits of a row group that stays short, which for a hundred
 * columns is too much, but not of a single vector.
 */
export const LEAST_ROW_GROUP_ROWS = VECTOR_ROWS;

/** Rows that can be appended at once to a table of so many rows: no more than its last row group still takes. */
export function roomInGroup({ rowGroupRows }: AppendPlan, rows: number): number {
  return rowGroupRows - (rows % rowGroupRows);
}

const BLOCK_BYTES = 256 << 10;
/** A transaction ends with the row group that makes its blocks this many. */
const MOST_BLOCK_BYTES = 8 << 20;

/**
 * How much a load's transaction holds, and whether to end it. A row group that a commit leaves short is read and written again when more rows
 * come: so rows are to be appended up to where a group is full (`roomInGroup`), and commits wait for that.
 */
export class TransactionSize {
  bytes = 0;
  /** Of the bytes, those since the last row group was full. */
  private unwritten = 0;
  /** What the row groups that were filled in it hold at least: a block for each column, until it ends. */
  private blockBytes = 0;
  private readonly plan: AppendPlan;
  private readonly dueBytes: number;

  /** @param dueBytes after which the transaction is due to end. */
  constructor(plan: AppendPlan, dueBytes = TRANSACTION_BYTES) {
    this.plan = plan;
    this.dueBytes = dueBytes;
  }

  /** Notes that so many rows, which took so many bytes, were appended to a table that had `before`. */
  add(rows: number, bytes: number, before: number): void {
    this.bytes += bytes;
    const fills = rows >= roomInGroup(this.plan, before);
    this.unwritten = fills ? 0 : this.unwritten + bytes;
    if (fills) this.blockBytes += Math.min(COLUMNS_PER_PART, this.plan.columnCount) * BLOCK_BYTES;
  }

  get isDue(): boolean {
    if (this.unwritten > 0) return this.unwritten >= MOST_UNWRITTEN * this.dueBytes;
    return this.bytes >= this.dueBytes || this.blockBytes >= MOST_BLOCK_BYTES;
  }

  /** The transaction has ended. */
  clear(): void {
    this.bytes = 0;
    this.unwritten = 0;
    this.blockBytes = 0;
  }
}

/** How the database file of a table is to be attached for writing. */
export function attachOptions(rowGroupRows: number): string {
  // Row groups of any length need storage version 1.2. With 1.4 texts are compressed in another way, which takes half the memory.
  return `(STORAGE_VERSION 'v1.4.0', ROW_GROUP_SIZE ${rowGroupRows})`;
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
