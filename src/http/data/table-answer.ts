import { AppError, type ErrorCode } from "../../core/errors.ts";
import type { RowsEnd } from "../../core/services.ts";

/** Answers up to this size are held back, so that a failure in their middle still gets its own status. */
const HELD_BYTES = 2_000_000;

const NEWLINE = 10;
const OPEN_BRACE = 123;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What stands around the rows of an answer. */
export interface Frame {
  prefix: string;
  suffix: (end: RowsEnd) => string;
}

/**
 * Makes one JSON document of a session's stream of row lines (see `QueryAnswer`).
 *
 * @throws AppError when the rows break off within the first 2 MB. Later the document closes with an `error` member.
 */
export async function streamTableAnswer(
  lines: ReadableStream<Uint8Array>,
  frame: Frame,
): Promise<ReadableStream<Uint8Array>> {
  const parts = joinRows(lines, frame);
  const held: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HELD_BYTES) {
    const next = await parts.next();
    if (next.done) return new Response(concatenate(held, bytes)).body as ReadableStream<Uint8Array>;
    if (next.value.error) throw new AppError(next.value.error.code as ErrorCode, next.value.error.message);
    held.push(next.value.bytes);
    bytes += next.value.bytes.length;
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of held) controller.enqueue(chunk);
    },
    async pull(controller) {
      const next = await parts.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value.bytes);
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}

interface Part {
  bytes: Uint8Array;
  error?: RowsEnd["error"];
}

/** Rows arrive as lines; a line that begins with `{` is the last and says how they ended. */
async function* joinRows(lines: ReadableStream<Uint8Array>, frame: Frame): AsyncGenerator<Part, undefined> {
  yield { bytes: encoder.encode(frame.prefix) };
  let rest = new Uint8Array(0);
  let first = true;
  for await (const chunk of lines) {
    const data = rest.length === 0 ? chunk : concatenate([rest, chunk], rest.length + chunk.length);
    const cut = data.lastIndexOf(NEWLINE) + 1;
    rest = data.slice(cut);
    let body = data.subarray(0, cut);
    const lastLine = body.lastIndexOf(NEWLINE, body.length - 2) + 1;
    let end: RowsEnd | undefined;
    if (body[lastLine] === OPEN_BRACE) {
      end = JSON.parse(decoder.decode(body.subarray(lastLine))) as RowsEnd;
      body = body.subarray(0, lastLine);
    }
    if (body.length > 0) {
      yield { bytes: separate(body, first) };
      first = false;
    }
    if (end) {
      yield { bytes: encoder.encode(frame.suffix(end)), ...(end.error ? { error: end.error } : {}) };
      return undefined;
    }
  }
  const end = {
    rowCount: 0,
    truncated: true,
    reason: "The session stopped in the middle of the answer.",
    executionTimeMs: 0,
  };
  const error = { code: "service_unavailable", message: "The session stopped in the middle of the answer. Ask again." };
  yield { bytes: encoder.encode(frame.suffix({ ...end, error })), error };
  return undefined;
}

/** Row lines → JSON array elements: the newlines between rows become commas. */
function separate(rows: Uint8Array, first: boolean): Uint8Array {
  const text = decoder.decode(rows.subarray(0, rows.length - 1)).replaceAll("\n", ",\n");
  return encoder.encode(first ? `\n${text}` : `,\n${text}`);
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
