import type { TableRow } from "../../storage/uploads.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import type { RowsEnd, Services } from "../services.ts";
import { queryTable } from "./query-table.ts";

/** Rows of one table, held whole: for answers of at most a few thousand rows. */
export interface TableRows {
  columns: string[];
  rows: unknown[][];
  /** Not all rows fitted into the bytes that were allowed. */
  truncated: boolean;
}

/**
 * Runs one SELECT over one parsed table, in a Session object that belongs to the table instead of a user. Values are as in JSON answers.
 *
 * @param sql makes the statement, given the quoted name of the table.
 * @param maxBytes of all rows as JSON; those beyond are left out.
 * @throws AppError with what the engine says.
 */
export async function readTable(
  services: Services,
  table: Pick<TableRow, "id" | "objectKey" | "objectBytes" | "columnCount">,
  sql: (table: string) => string,
  maxBytes?: number,
): Promise<TableRows> {
  const answer = await queryTable(services, table, sql, { format: "json", maxBytes });
  const text = await new Response(answer.body).text();
  const split = text.lastIndexOf("\n");
  const end = JSON.parse(text.slice(split + 1)) as RowsEnd;
  if (end.error) throw new AppError(end.error.code as ErrorCode, end.error.message);
  return {
    columns: answer.columns.map((column) => column.name),
    rows: JSON.parse(`[${text.slice(0, split)}]`) as unknown[][],
    truncated: end.truncated,
  };
}
