import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { TableRow } from "../../storage/uploads.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import type { RowsEnd, Services } from "../services.ts";
import { sessionSource } from "./session-source.ts";

/** A reader that nobody has asked for this long gives back what it holds. */
const READER_LIFE_MS = 10 * 60_000;
const TABLE_NAME = "data";

/** Rows of one table, held whole: for answers of at most a few thousand rows. */
export interface TableRows {
  columns: string[];
  rows: unknown[][];
}

/**
 * Runs one SELECT over one parsed table, in a Session object that belongs to the table instead of a user. Values are as in JSON answers.
 *
 * @param sql makes the statement, given the quoted name of the table.
 * @throws AppError with what the engine says.
 */
export async function readTable(
  services: Services,
  table: Pick<TableRow, "id" | "objectKey" | "objectBytes" | "columnCount">,
  sql: (table: string) => string,
): Promise<TableRows> {
  const room = services.sessions.get(`reader_${table.id}`);
  await room.open({
    sessionId: `reader_${table.id}`,
    tables: [sessionSource(TABLE_NAME, table)],
    expiresAt: services.now().getTime() + READER_LIFE_MS,
    queriesPerMinute: null,
  });
  const statement = sql(quoteIdentifier(TABLE_NAME));
  const outcome = await room.query({
    queryId: services.randomId(),
    queryType: "sql",
    query: statement,
    sql: statement,
    maxRows: null,
    format: "json",
  });
  if (!outcome.ok) throw new AppError(outcome.error.code as ErrorCode, outcome.error.message);
  const text = await new Response(outcome.value.body).text();
  const split = text.lastIndexOf("\n");
  const end = JSON.parse(text.slice(split + 1)) as RowsEnd;
  if (end.error) throw new AppError(end.error.code as ErrorCode, end.error.message);
  return {
    columns: outcome.value.columns.map((column) => column.name),
    rows: JSON.parse(`[${text.slice(0, split)}]`) as unknown[][],
  };
}
