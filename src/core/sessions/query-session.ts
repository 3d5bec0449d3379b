import type { SessionRow } from "../../storage/sessions.ts";
import { AppError, type ErrorCode, invalidField } from "../errors.ts";
import type { Caller, QueryAnswer, ResultFormat, Services } from "../services.ts";
import { resolveSession } from "./find-session.ts";

export interface SessionQuery {
  sessionId?: string | undefined;
  queryType: "sql" | "natural_language";
  query: string;
  /** Rows at most; undefined: as many as the result may have bytes. */
  maxRows: number | undefined;
  format: ResultFormat;
}

export interface SessionAnswer {
  queryId: string;
  session: SessionRow;
  sql: string;
  answer: QueryAnswer;
}

/**
 * Runs a query in its session.
 *
 * @throws AppError `validation_failed` for an empty or overlong query, `not_implemented` for plain language, and what the engine says:
 * `query_failed`, `query_refused`, `query_timeout`, `query_too_large`, `rate_limited`.
 */
export async function querySession(services: Services, caller: Caller, input: SessionQuery): Promise<SessionAnswer> {
  if (input.query.trim() === "") throw invalidField("query", "The query is empty.");
  if (input.query.length > services.limits.MAX_QUERY_CHARACTERS)
    throw invalidField(
      "query",
      `A query may have at most ${services.limits.MAX_QUERY_CHARACTERS} characters; this one has ${input.query.length}.`,
    );
  const session = await resolveSession(services, caller, input.sessionId);
  if (input.queryType === "natural_language")
    throw new AppError(
      "not_implemented",
      "Questions in plain language are not answered yet. Ask in SQL: set query_type to “sql”.",
    );
  const queryId = `query_${services.randomId()}`;
  const outcome = await services.sessions.get(session.id).query({
    queryId,
    queryType: input.queryType,
    query: input.query,
    sql: input.query,
    maxRows: input.maxRows ?? null,
    format: input.format,
  });
  if (!outcome.ok)
    throw new AppError(outcome.error.code as ErrorCode, outcome.error.message, {
      ...(outcome.error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: outcome.error.retryAfterSeconds }),
      members: { query_id: queryId },
    });
  return { queryId, session, sql: input.query, answer: outcome.value };
}
