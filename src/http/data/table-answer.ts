import { AppError, type ErrorCode } from "../../core/errors.ts";
import type { RowsEnd } from "../../core/services.ts";

/** Answers up to this size are held back, so that a failure in their middle still gets its own status. */
const HELD_BYTES = 2_000_000;
const NEWLINE = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What stands around the rows of an answer. */
export interface Frame {
  prefix: string;
  suffix: (end: RowsEnd) => string;
}

/**
 * Makes one JSON document of a session's rows (`QueryAnswer.body` of the format `json`: rows, a newline, a `RowsEnd`).
 *
 * @throws AppError when the rows break off within the first 2 MB. Later the document closes with an `error` member.
 */
export async function streamTableAnswer(
  rows: ReadableStream<Uint8Array>,
  frame: Frame,
): Promise<ReadableStream<Uint8Array>> {
  const parts = frameRows(rows, frame);
  const held: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = false;
  while (bytes < HELD_BYTES && !isWhole) {
    const next = await parts.next();
    if (next.done) {
      isWhole = true;
    } else {
      if (next.value.error) throw new AppError(next.value.error.code as ErrorCode, next.value.error.message);
      held.push(next.value.bytes);
      bytes += next.value.bytes.length;
    }
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = held.length > 0 ? { done: false as const, value: { bytes: held.shift()! } } : await parts.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value.bytes);
    },
    async cancel() {
      await parts.return();
    },
  });
}

interface Part {
  bytes: Uint8Array;
  error?: RowsEnd["error"];
}

async function* frameRows(rows: ReadableStream<Uint8Array>, frame: Frame): AsyncGenerator<Part, void> {
  yield { bytes: encoder.encode(frame.prefix) };
  let end = "";
  let isEnd = false;
  for await (const chunk of rows) {
    const newline = isEnd ? -1 : chunk.indexOf(NEWLINE);
    if (isEnd) end += decoder.decode(chunk, { stream: true });
    else if (newline < 0) yield { bytes: chunk };
    else {
      if (newline > 0) yield { bytes: chunk.subarray(0, newline) };
      end = decoder.decode(chunk.subarray(newline + 1), { stream: true });
      isEnd = true;
    }
  }
  const summary = isEnd ? (JSON.parse(end) as RowsEnd) : STOPPED;
  yield { bytes: encoder.encode(frame.suffix(summary)), ...(summary.error ? { error: summary.error } : {}) };
}

const STOPPED_MESSAGE = "The session stopped in the middle of the answer. Ask again.";
const STOPPED: RowsEnd = {
  rowCount: 0,
  truncated: true,
  reason: STOPPED_MESSAGE,
  executionTimeMs: 0,
  error: { code: "service_unavailable", message: STOPPED_MESSAGE },
};
