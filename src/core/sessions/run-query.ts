import type { RecordBatch, Schema } from "apache-arrow";
import type { Engine } from "../../engine/index.ts";
import { EngineError } from "../../engine/index.ts";
import { encodeRows, typesOf } from "../results/encode-rows.ts";
import type { QueryAnswer, QueryRequest, RowsEnd } from "../services.ts";
import { limitRows, type RowCount } from "./limit-rows.ts";

export interface QueryRun {
  engine: Engine;
  request: QueryRequest;
  limits: { maxBytes: number; timeLimitMs: number };
  signal: AbortSignal;
  /** Called once, when the last byte is out or the query has failed. */
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
  const elapsed = () => Math.round(performance.now() - started);
  const { schema, batches } = await engine.query(request.sql, { timeLimitMs: limits.timeLimitMs, signal });
  const first = await startReading(batches);
  const count: RowCount = { rows: 0, truncated: false };
  const end = (error?: RowsEnd["error"], reason: string | null = null): RowsEnd => ({
    rowCount: count.rows,
    truncated: count.truncated || error !== undefined || reason !== null,
    reason: reason ?? (count.truncated ? `Only the first ${request.maxRows} rows were asked for (max_results).` : null),
    executionTimeMs: elapsed(),
    ...(error ? { error } : {}),
  });
  const body = encodeRows(request.format, schema, limitRows(first, request.maxRows, count), {
    maxBytes: limits.maxBytes,
    end,
    onEnd,
  });
  return { columns: describe(schema), body };
}

function describe(schema: Schema): QueryAnswer["columns"] {
  return schema.fields.map((field, i) => ({ name: field.name, type: typesOf(schema)[i] ?? "" }));
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

/** What went wrong, as a value that crosses from the Session object. */
export function describeFailure(error: unknown): { code: string; message: string } {
  if (!(error instanceof EngineError)) {
    console.error({
      message: "A query failed for an unknown reason.",
      error: String(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    return {
      code: "server_error",
      message: "Something went wrong on our side. Try again; if it stays, report the query id.",
    };
  }
  switch (error.code) {
    case "out_of_memory":
      return { code: "query_too_large", message: error.message };
    case "storage_failed":
    case "engine_crashed":
      return { code: "service_unavailable", message: error.message };
    default:
      return { code: error.code, message: error.message };
  }
}
