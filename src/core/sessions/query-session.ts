import type { SessionRow } from "../../storage/sessions.ts";
import { AppError, type ErrorCode, invalidField } from "../errors.ts";
import { recordQuery } from "../lineage/record-query.ts";
import { limitsFor, type PresentedAnswer, presentAnswer } from "../questions/present-answer.ts";
import type { AnswerForm, Caller, QueryAnswer, ResultFormat, Services } from "../services.ts";
import { keepVisualization } from "../visualizations/keep-visualization.ts";
import { resolveSession } from "./find-session.ts";

export interface SessionQuery {
  sessionId?: string | undefined;
  queryType: "sql" | "natural_language";
  query: string;
  /** Rows at most; undefined: as many as the result may have bytes. */
  maxRows: number | undefined;
  format: ResultFormat;
  /** The form of the answer, whatever a question says; SQL is answered with a table unless this says else. */
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
  /** The rows in another form than a stream. */
  presented?: PresentedAnswer | undefined;
  /** A chart is kept under this id, with its data and pictures. */
  visualizationId?: string | undefined;
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
  const maxRows = input.maxRows ?? null;
  const queryId = `query_${services.randomId()}`;
  const startedAt = services.now();
  const outcome = await services.sessions.get(session.id).query({
    queryId,
    queryType: input.queryType,
    query: input.query,
    sql: isQuestion ? "" : input.query,
    ...limitsFor({ maxRows, maxBytes: undefined, format: input.format }, isQuestion ? undefined : input.prefer),
    format: input.format,
    ...(isQuestion ? { ask: { tables, prefer: input.prefer, saysValues } } : {}),
  });
  if (!outcome.ok) {
    const { code, message, rateLimit, members } = outcome.error;
    throw new AppError(code as ErrorCode, message, {
      ...(rateLimit ? { rateLimit, retryAfterSeconds: rateLimit.resetSeconds } : {}),
      members: { query_id: queryId, ...members },
    });
  }
  const answer = outcome.value;
  const { plan } = answer;
  const sql = plan?.sql ?? input.query;
  recordQuery(services, session, { queryId, sql, startedAt });
  const form = plan?.form ?? input.prefer;
  if (input.format !== "json" || form === undefined) return { queryId, session, sql, answer };
  const presented = await presentAnswer(answer, {
    form,
    shape: plan?.shape ?? null,
    title: plan?.title,
    question: isQuestion ? input.query : "",
    saysValues: isQuestion && saysValues,
    maxRows,
  });
  if (presented.kind !== "visualization") return { queryId, session, sql, answer, presented };
  const kept = await keepVisualization(services, { userId: caller.userId, jobId: null }, presented.spec);
  return { queryId, session, sql, answer, presented, visualizationId: kept.id };
}
