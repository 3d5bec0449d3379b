import type { RecordBatch } from "apache-arrow";
import type { Engine } from "../../engine/types.ts";
import type { QueryAnswer, QueryRequest, RowsEnd } from "../services.ts";
import { encodeAnswer } from "./encode-answer.ts";
import { resultTypeOf } from "./result-types.ts";

export interface QueryRun {
  engine: Engine;
  request: QueryRequest;
  limits: { maxBytes: number; timeLimitMs: number };
  signal: AbortSignal;
  /** Called once, when the last byte is out or the query has failed on the way. */
  onEnd: (end: RowsEnd) => void;
}

/**
 * Starts a query and streams its rows in the asked format. Rejects when it fails before its first rows; later failures travel in the
 * stream (see `QueryAnswer`).
 *
 * @throws EngineError
 */
export async function runQuery({
  engine,
  request,
  limits,
  signal,
  onEnd,
}: QueryRun): Promise<Omit<QueryAnswer, "remaining">> {
  const started = performance.now();
  const elapsedMs = () => Math.round(performance.now() - started);
  const { schema, batches } = await engine.query(request.sql, { timeLimitMs: limits.timeLimitMs, signal });
  const rows = await startReading(batches);
  const answerLimits = { maxRows: request.maxRows, maxBytes: limits.maxBytes };
  return {
    columns: schema.fields.map((field) => ({ name: field.name, type: resultTypeOf(field) })),
    body: encodeAnswer(request.format, schema, rows, answerLimits, elapsedMs, onEnd),
  };
}

/** Waits for the first batch, so that most failures come before the answer begins. */
async function startReading(batches: AsyncIterable<RecordBatch>): Promise<AsyncIterable<RecordBatch>> {
  const iterator = batches[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      if (first.done) return;
      yield first.value;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}
