import type { ColumnType } from "./column-stats.ts";
import type { CsvTarget } from "./ingest-state.ts";

/** A name as SQL. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export interface TargetColumn extends ColumnType {
  readonly name: string;
  readonly isUsed: boolean;
}

function tableOf(target: CsvTarget): string {
  return `${quoteIdentifier(target.catalog)}.main.${quoteIdentifier(target.table)}`;
}

/** Makes the empty target, in place of what a broken-off attempt may have left. */
export function createTableSql(target: CsvTarget, columns: readonly TargetColumn[]): string {
  const used = columns.filter((column) => column.isUsed);
  return `CREATE OR REPLACE TABLE ${tableOf(target)} (${used.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(", ")})`;
}

export function dropTableSql(target: CsvTarget): string {
  return `DROP TABLE IF EXISTS ${tableOf(target)}`;
}

/** A buffer of CSV without a header, all of whose columns are named by position. */
export interface LoadRequest {
  readonly buffer: string;
  readonly delimiter: string;
  readonly quote: string;
  readonly nullTexts: readonly string[];
  /** False where the buffer has only the used columns. */
  readonly hasAllColumns: boolean;
  readonly longestRecord: number;
}

const LEAST_LINE = 2 * 1024 * 1024;

/** Appends a buffer's rows to the target. Every option is given, so that DuckDB guesses nothing. */
export function loadPieceSql(target: CsvTarget, columns: readonly TargetColumn[], request: LoadRequest): string {
  const present = request.hasAllColumns ? columns : columns.filter((column) => column.isUsed);
  const struct = present.map((column, i) => `'c${i}': '${column.isUsed ? column.type : "VARCHAR"}'`).join(", ");
  const isAll = present.every((column) => column.isUsed);
  const selected = isAll
    ? "*"
    : present
        .map((column, i) => (column.isUsed ? `c${i}` : ""))
        .filter((name) => name !== "")
        .join(", ");
  const longest = Math.max(request.longestRecord + 16, LEAST_LINE);
  const options = [
    "auto_detect = false",
    "header = false",
    `delim = ${quoteText(request.delimiter)}`,
    `quote = ${quoteText(request.quote)}`,
    `escape = ${quoteText(request.quote)}`,
    `nullstr = [${["", ...request.nullTexts].map(quoteText).join(", ")}]`,
    "parallel = false",
    `max_line_size = ${longest}`,
    `buffer_size = ${longest * 2}`,
    `columns = {${struct}}`,
  ];
  return `INSERT INTO ${tableOf(target)} SELECT ${selected} FROM read_csv(${quoteText(request.buffer)}, ${options.join(", ")})`;
}
