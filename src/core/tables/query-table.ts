import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { TableRow } from "../../storage/uploads.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import type { QueryAnswer, QueryRequest, Services } from "../services.ts";
import { sessionSource } from "./session-source.ts";

/** A reader that nobody has asked for this long gives back what it holds. */
const READER_LIFE_MS = 10 * 60_000;
const TABLE_NAME = "data";

/**
 * Starts one SELECT over one parsed table, in a Session object that belongs to the table instead of a user.
 *
 * @param sql makes the statement, given the quoted name of the table.
 * @throws AppError with what the engine says before the first rows.
 */
export async function queryTable(
  services: Services,
  table: Pick<TableRow, "id" | "objectKey" | "objectBytes" | "columnCount">,
  sql: (table: string) => string,
  how: Pick<QueryRequest, "format" | "maxBytes" | "timeLimitSeconds">,
): Promise<QueryAnswer> {
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
    ...how,
  });
  if (!outcome.ok) throw new AppError(outcome.error.code as ErrorCode, outcome.error.message);
  return outcome.value;
}
