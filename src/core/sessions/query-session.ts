import type { SessionRow } from "../../storage/sessions.ts";
import { AppError, type ErrorCode, invalidField } from "../errors.ts";
import { recordQuery } from "../lineage/record-query.ts";
import { type PresentedAnswer, presentAnswer } from "../questions/present-answer.ts";
import type { AnswerForm, Caller, QueryAnswer, ResultFormat, Services } from "../services.ts";
import { resolveSession } from "./find-session.ts";

export interface SessionQuery {
  sessionId?: string | undefined;
  queryType: "sql" | "natural_language";
  query: string;
  /** Rows at most; undefined: as many as the result may have bytes. */
  maxRows: number | undefined;
  format: ResultFormat;
  /** For questions: the form of the answer, whatever the question says. */
  prefer?: AnswerForm | undefined;
  /** For questions: a single figure is told in a sentence (v1 of the Data API). */
  saysValues?: boolean | undefined;
}

export interface SessionAnswer {
  queryId: string;
  session: SessionRow;
  /** What ran; for a question, what it came to. */
  sql: string;
  answer: QueryAnswer;
  /** For a question that is answered in JSON. */
  presented?: PresentedAnswer | undefined;
}

/**
 * Runs a query in its session.
 *
 * @throws AppError `validation_failed` for an empty or overlong query; `question_unclear` and `question_unanswerable` for a question; and
 * what the engine says: `query_failed`, `query_refused`, `query_timeout`, `query_too_large`, `rate_limited`.
 */
export async function querySession(services: Services, caller: Caller, input: SessionQuery): Promise<SessionAnswer> {
  if (input.query.trim() === "") throw invalidField("query", "The query is empty.");
  if (input.query.length > services.limits.MAX_QUERY_CHARACTERS)
    throw invalidField(
      "query",
      `A query may have at most ${services.limits.MAX_QUERY_CHARACTERS} characters; this one has ${input.query.length}.`,
    );
  const session = await resolveSession(services, caller, input.sessionId);
  const isQuestion = input.queryType === "natural_language";
  const saysValues = input.saysValues === true;
  const tables = session.tables.map(({ name, tableId }) => ({ name, tableId }));
  const queryId = `query_${services.randomId()}`;
  const startedAt = services.now();
  const outcome = await services.sessions.get(session.id).query({
    queryId,
    queryType: input.queryType,
    query: input.query,
    sql: isQuestion ? "" : input.query,
    maxRows: input.maxRows ?? null,
    format: input.format,
    ...(isQuestion ? { ask: { tables, prefer: input.prefer, saysValues } } : {}),
  });
  if (!outcome.ok)
    throw new AppError(outcome.error.code as ErrorCode, outcome.error.message, {
      ...(outcome.error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: outcome.error.retryAfterSeconds }),
      members: { query_id: queryId, ...outcome.error.members },
    });
  const answer = outcome.value;
  const { plan } = answer;
  recordQuery(services, session, { queryId, sql: plan?.sql ?? input.query, startedAt });
  if (!plan) return { queryId, session, sql: input.query, answer };
  if (input.format !== "json") return { queryId, session, sql: plan.sql, answer };
  const presented = await presentAnswer(answer, plan, {
    question: input.query,
    saysValues,
    maxRows: input.maxRows ?? null,
  });
  return { queryId, session, sql: plan.sql, answer, presented };
}
