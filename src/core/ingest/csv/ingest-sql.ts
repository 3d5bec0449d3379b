import { quoteIdentifier, quoteText } from "../../../engine/sql-text.ts";
import { partsOf } from "../../tables/table-layout.ts";
import type { ColumnType } from "./column-stats.ts";
import type { CsvTarget } from "./ingest-state.ts";

export interface TargetColumn extends ColumnType {
  readonly name: string;
  readonly isUsed: boolean;
}

/** Makes the empty target, in place of what a broken-off attempt may have left; wide tables in several parts. */
export function createTableSql(target: CsvTarget, columns: readonly TargetColumn[]): string[] {
  return usedParts(target, columns).map(
    ({ name, columns: some }) =>
      `CREATE OR REPLACE TABLE ${name} (${some.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(", ")})`,
  );
}

export function dropTableSql(target: CsvTarget, columns: readonly TargetColumn[]): string[] {
  return usedParts(target, columns).map(({ name }) => `DROP TABLE IF EXISTS ${name}`);
}

/** The parts of the target, each with its used columns. */
export function usedParts(target: CsvTarget, columns: readonly TargetColumn[]) {
  return partsOf(
    target,
    columns.filter((column) => column.isUsed),
  );
}

/** A buffer of CSV without a header. */
export interface LoadRequest {
  readonly buffer: string;
  readonly delimiter: string;
  readonly quote: string;
  readonly nullTexts: readonly string[];
  readonly longestRecord: number;
  readonly newline: "\n" | "\r\n";
}

/** DuckDB reads a buffer this large at a time: with its default of 32 MB, or one of 4 MB, it is no faster and needs more memory. */
const LEAST_READ_BYTES = 256 * 1024;

/** Appends a buffer's rows to a table. Every option is given, so that DuckDB guesses nothing. */
export function loadPieceSql(into: string, columns: readonly TargetColumn[], request: LoadRequest): string {
  const struct = columns.map((column, i) => `'c${i}': '${column.isUsed ? column.type : "VARCHAR"}'`).join(", ");
  const selected = columns.every((column) => column.isUsed)
    ? "*"
    : columns.flatMap((column, i) => (column.isUsed ? [`c${i}`] : [])).join(", ");
  const longest = Math.max(request.longestRecord + 16, LEAST_READ_BYTES / 4);
  const options = [
    "auto_detect = false",
    "header = false",
    `delim = ${quoteText(request.delimiter)}`,
    `quote = ${quoteText(request.quote)}`,
    `escape = ${quoteText(request.quote)}`,
    `nullstr = [${["", ...request.nullTexts].map(quoteText).join(", ")}]`,
    // Left to itself, DuckDB takes a line end inside a quoted cell for that of the rows.
    `new_line = ${quoteText(request.newline === "\n" ? "\\n" : "\\r\\n")}`,
    "parallel = false",
    `max_line_size = ${longest}`,
    `buffer_size = ${Math.max(longest * 2, LEAST_READ_BYTES)}`,
    `columns = {${struct}}`,
  ];
  return `INSERT INTO ${into} SELECT ${selected} FROM read_csv(${quoteText(request.buffer)}, ${options.join(", ")})`;
}
