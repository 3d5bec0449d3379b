import type { RecordBatch, Schema } from "apache-arrow";
import { type RowLayout, RowWriter } from "./row-writer.ts";

/** Where an encoder stops. A row that would pass a limit is left out whole. */
export interface ResultLimits {
  readonly maxRows?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** What was written, known once a result has ended. */
export interface ResultSummary {
  rows: number;
  bytes: number;
  /** The limit that cut the result off, or undefined for a whole one. */
  truncatedBy: "rows" | "bytes" | undefined;
  /** What broke the result off, if anything did. */
  failure: unknown;
  /** False when the consumer left before the end. */
  isFinished: boolean;
}

/** What all encoders take. */
export interface EncodeOptions extends ResultLimits {
  /** Called once at the end, whole or not. */
  readonly onEnd?: ((summary: ResultSummary) => void) | undefined;
}

/** How one format is put into bytes. */
export interface RowFormat extends RowLayout {
  readonly head: Uint8Array;
  tail(summary: ResultSummary): Uint8Array;
  /** Ends a broken result inside the format itself; without it, the stream fails. */
  failTail?(summary: ResultSummary): Uint8Array;
}

/** Chunks are at least this large, but for the last. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Writes record batches row by row. Yields chunks of some hundred KB; the summary counts what has been yielded.
 * Stops reading `batches`, which cancels the query behind them, when a limit is reached or the consumer leaves.
 */
export async function* encodeRows(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  format: RowFormat,
  options: EncodeOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const summary: ResultSummary = { rows: 0, bytes: 0, truncatedBy: undefined, failure: undefined, isFinished: false };
  const writer = new RowWriter(schema, format);
  const { out } = writer;
  const take = (): Uint8Array<ArrayBuffer> => {
    const chunk = out.take();
    summary.bytes += chunk.length;
    return chunk;
  };
  const allow = (ends: Int32Array, count: number) => countWithin(options, ends, count, summary);
  try {
    out.copy(format.head, 0);
    try {
      for await (const batch of batches) {
        // Its lists have no elements at all, not even an empty vector of them.
        if (batch.numRows === 0) continue;
        for (const rows of writer.write(batch, summary.rows === 0, allow)) {
          summary.rows += rows;
          if (out.length >= CHUNK_BYTES) yield take();
        }
        if (summary.truncatedBy) break;
      }
    } catch (error) {
      summary.failure = error;
    }
    summary.isFinished = true;
    if (summary.failure === undefined) out.copy(format.tail(summary), 0);
    else if (format.failTail) out.copy(format.failTail(summary), 0);
    else throw summary.failure;
    if (out.length > 0) yield take();
  } finally {
    options.onEnd?.(summary);
  }
}

/** How many more rows the limits allow; says so where these are not all. */
function countWithin(limits: ResultLimits, ends: Int32Array, count: number, summary: ResultSummary): number {
  const asked = Math.min(count, (limits.maxRows ?? Number.POSITIVE_INFINITY) - summary.rows);
  const left = (limits.maxBytes ?? Number.POSITIVE_INFINITY) - summary.bytes;
  let rows = asked;
  while (rows > 0 && ends[rows]! > left) rows--;
  if (rows < count) summary.truncatedBy = rows === asked ? "rows" : "bytes";
  return rows;
}

/** A stream of what a generator yields. Cancelling it ends the generator, and with it the query behind. */
export function streamOf(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}
