import type { Data, Field, RecordBatch, Schema } from "apache-arrow";
import { ByteWriter } from "./byte-writer.ts";
import type { WriteCell } from "./scalar-cells.ts";

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

/** How the rows of one format are put into bytes. */
export interface RowFormat {
  createCell(data: Data, field: Field): WriteCell;
  /** Written before the value of column `k`, and after the last one. */
  readonly before: readonly Uint8Array[];
  readonly after: Uint8Array;
  /** Between two rows. */
  readonly between: Uint8Array;
  readonly head: Uint8Array;
  tail(summary: ResultSummary): Uint8Array;
  /** Ends a broken result inside the format itself; without it, the stream fails. */
  failTail?(summary: ResultSummary): Uint8Array;
}

/** Chunks of about this size are given out. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Writes record batches row by row. Yields chunks of about 64 KB; the summary counts what has been yielded.
 * Stops reading `batches`, which cancels the query behind them, when a limit is reached or the consumer leaves.
 */
export async function* encodeRows(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  format: RowFormat,
  options: EncodeOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const summary: ResultSummary = { rows: 0, bytes: 0, truncatedBy: undefined, failure: undefined, isFinished: false };
  const out = new ByteWriter(CHUNK_BYTES * 2);
  const take = (): Uint8Array<ArrayBuffer> => {
    const chunk = out.take();
    summary.bytes += chunk.length;
    return chunk;
  };
  try {
    out.copy(format.head, 0);
    try {
      for await (const batch of batches) {
        const cells = schema.fields.map((field, k) => format.createCell(batch.data.children[k]!, field));
        for (let row = 0; row < batch.numRows; row++) {
          writeRow(out, cells, row, format, summary, options);
          if (summary.truncatedBy) break;
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

function writeRow(
  out: ByteWriter,
  cells: readonly WriteCell[],
  row: number,
  { before, after, between }: RowFormat,
  summary: ResultSummary,
  limits: ResultLimits,
): void {
  if (summary.rows >= (limits.maxRows ?? Number.POSITIVE_INFINITY)) {
    summary.truncatedBy = "rows";
    return;
  }
  const start = out.length;
  if (summary.rows > 0) out.copy(between, 0);
  for (let k = 0; k < cells.length; k++) {
    out.copy(before[k]!, 0);
    cells[k]!(out, row);
  }
  out.copy(after, 0);
  if (summary.bytes + out.length > (limits.maxBytes ?? Number.POSITIVE_INFINITY)) {
    out.length = start;
    summary.truncatedBy = "bytes";
    return;
  }
  summary.rows++;
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
