const CR = 13;

/** What is read from the body at a time, at most. */
const READ_BYTES = 128 * 1024;

/**
 * The chunks of a body, all in one buffer: a chunk is overwritten when the next is asked for. A chunk of its own for each read would
 * be 500 MB of garbage for a file of 500 MB, of which the runtime lets 60 MB pile up.
 */
async function* readChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader({ mode: "byob" });
  try {
    let buffer = new ArrayBuffer(READ_BYTES);
    for (;;) {
      const next = await reader.read(new Uint8Array(buffer));
      if (next.done || next.value === undefined) return;
      yield next.value;
      // Reading takes the buffer away and gives it back under another name.
      buffer = next.value.buffer;
    }
  } finally {
    await reader.cancel();
  }
}

/** A growing and shrinking window over a body: it holds one chunk and what was held back of the one before. */
export class BodyWindow {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #chunks: AsyncIterator<Uint8Array>;
  #ended = false;

  /** @param body a stream of bytes, as every request's body is. */
  constructor(body: ReadableStream<Uint8Array>) {
    this.#chunks = readChunks(body);
  }

  /** Adds the next chunk; false at the end of the stream. Views of the window taken before are dead then. */
  async grow(): Promise<boolean> {
    const held = this.bytes.slice();
    this.bytes = held;
    while (!this.#ended) {
      const next = await this.#chunks.next();
      if (next.done) {
        this.#ended = true;
        return false;
      }
      if (next.value.length === 0) continue;
      this.bytes = held.length === 0 ? next.value : concatenate(held, next.value);
      return true;
    }
    return false;
  }

  /** Takes the first `length` bytes out of the window. */
  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(0, length);
    this.bytes = this.bytes.subarray(length);
    return taken;
  }

  /** Gives up on the rest of the stream. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#chunks.return?.();
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Where a pattern stands in some bytes, or, when it does not, from where on it may begin with bytes yet to come. */
export type Search = { found: true; at: number } | { found: false; safe: number };

/** Looks for a pattern that begins with CR. */
export function searchPattern(bytes: Uint8Array, pattern: Uint8Array, from = 0): Search {
  let at = bytes.indexOf(CR, from);
  while (at >= 0) {
    const length = Math.min(pattern.length, bytes.length - at);
    let i = 1;
    while (i < length && bytes[at + i] === pattern[i]) i++;
    if (i === pattern.length) return { found: true, at };
    if (i === length) return { found: false, safe: at };
    at = bytes.indexOf(CR, at + 1);
  }
  return { found: false, safe: bytes.length };
}
