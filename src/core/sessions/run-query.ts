import {
  EngineError,
  type EngineHolder,
  estimateQuery,
  explainQuery,
  isolateBudget,
  queryBounded,
} from "../../engine/index.ts";
import type { QueryAnswer, QueryRequest, RowsEnd } from "../services.ts";
import { encodeAnswer } from "./encode-answer.ts";
import { readAhead } from "./read-ahead.ts";
import { resultTypeOf } from "./result-types.ts";

export interface QueryRun {
  holder: EngineHolder;
  request: QueryRequest;
  limits: QueryLimits;
  /** Aborts when the session ends. */
  signal: AbortSignal;
  /** Called once, when the last byte is out or the query has failed on the way. */
  onEnd: (end: RowsEnd) => void;
}

export interface QueryLimits {
  maxBytes: number;
  timeLimitMs: number;
  memoryBytes: number;
  scratchBytes: number;
}

/** Enough for an engine that only plans a query. */
const PLANNING_BYTES = 32 << 20;
/** An answer that nobody reads on for so long is dropped, so that the engine is free for others. */
const UNREAD_MS = 20_000;

/**
 * Starts a query and streams its rows in the asked format. Before it starts, what it needs is estimated: it runs, waits for other engines
 * of the isolate, or is refused. When it runs out of memory before its first rows it is tried once more in bounded passes. Rejects when it
 * fails before its first rows; later failures travel in the stream (see `QueryAnswer`).
 *
 * @throws EngineError
 */
export async function runQuery({
  holder,
  request,
  limits,
  signal,
  onEnd,
}: QueryRun): Promise<Omit<QueryAnswer, "rateLimit">> {
  const started = performance.now();
  const elapsedMs = () => Math.round(performance.now() - started);
  const needBytes = await estimateNeed(holder, request.sql, limits);
  const ready = Promise.withResolvers<Omit<QueryAnswer, "rateLimit">>();
  const options = { timeLimitMs: limits.timeLimitMs, signal };
  const work = queryBounded(
    (body) => holder.use(body, needBytes),
    request.sql,
    options,
    async ({ schema, batches }) => {
      const { batches: rows, hasMore } = await readAhead(batches, aheadOf(request));
      const answerLimits = { maxRows: request.maxRows, maxBytes: limits.maxBytes };
      const over = Promise.withResolvers<void>();
      const answer = encodeAnswer(request.format, schema, rows, answerLimits, elapsedMs, (end) => {
        onEnd(end);
        over.resolve();
      });
      ready.resolve({
        columns: schema.fields.map((field) => ({ name: field.name, type: resultTypeOf(field) })),
        isCut: request.maxRows === null ? false : hasMore,
        body: dropUnread(answer, UNREAD_MS),
      });
      await over.promise;
    },
  );
  work.catch(ready.reject);
  return ready.promise;
}

/** JSON says at its end whether it is whole; the others have to before. */
const aheadOf = ({ format, maxRows }: QueryRequest) => (format === "json" ? undefined : (maxRows ?? undefined));

/** Bytes that the query may come to use; undefined when its plan does not tell. @throws EngineError `out_of_memory` when it surely needs too much. */
async function estimateNeed(holder: EngineHolder, sql: string, limits: QueryLimits): Promise<number | undefined> {
  const plan = await holder
    .use((engine) => explainQuery(engine, sql), PLANNING_BYTES)
    .catch((error: unknown) => {
      // What has no plan, such as DESCRIBE, or is wrong: running it tells.
      if (error instanceof EngineError && error.code === "query_failed") return undefined;
      throw error;
    });
  if (!plan) return undefined;
  const estimate = estimateQuery(plan, {
    memoryBytes: limits.memoryBytes,
    freeBytes: isolateBudget.freeBytes,
    scratchBytes: limits.scratchBytes,
  });
  if (estimate.decision === "refuse")
    throw new EngineError("out_of_memory", estimate.message ?? "The query needs too much memory.");
  return estimate.memoryBytes;
}

/** Passes a stream on, and cancels it when its reader has not asked for more within `patienceMs`. */
function dropUnread(stream: ReadableStream<Uint8Array>, patienceMs: number): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array>({
    start() {
      timer = setTimeout(() => void reader.cancel(), patienceMs);
    },
    async pull(controller) {
      clearTimeout(timer);
      const next = await reader.read();
      if (next.done) return controller.close();
      controller.enqueue(next.value);
      timer = setTimeout(() => {
        controller.error(new Error("Nobody has read on for too long."));
        void reader.cancel();
      }, patienceMs);
    },
    async cancel() {
      clearTimeout(timer);
      await reader.cancel();
    },
  });
}
