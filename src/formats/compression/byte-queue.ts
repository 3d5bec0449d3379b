import { FormatError } from "../source.ts";

/**
 * Bytes of a stream, buffered so that a decoder can ask for a stretch to lie in memory in one piece.
 * Holds what was asked for and at most one chunk more.
 */
export class ByteQueue {
  /** The buffered bytes are `bytes[position, end)`. Decoders may read ahead there and move `position`. */
  bytes = new Uint8Array(0);
  position = 0;
  end = 0;
  /** Bytes taken from the stream before `bytes[0]`. */
  #base = 0;
  #finished = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  get available(): number {
    return this.end - this.position;
  }

  /** Offset in the stream of the next byte. */
  get offset(): number {
    return this.#base + this.position;
  }

  /** Buffers `count` bytes, or all there are; answers whether there were enough. */
  async fill(count: number): Promise<boolean> {
    while (this.available < count && !this.#finished) {
      const { done, value } = await this.#reader.read();
      if (done) this.#finished = true;
      else if (value.length > 0) this.#append(value, count);
    }
    return this.available >= count;
  }

  /** Buffers `count` bytes. @throws FormatError when the stream ends before. */
  async need(count: number, what: string): Promise<void> {
    if (!(await this.fill(count))) {
      throw new FormatError(
        `The ${what} data ends too early, at byte ${this.#base + this.end}. The file is truncated.`,
      );
    }
  }

  /** The next `count` buffered bytes, valid until the queue is filled again. */
  take(count: number): Uint8Array {
    const taken = this.bytes.subarray(this.position, this.position + count);
    this.position += count;
    return taken;
  }

  async cancel(): Promise<void> {
    this.#finished = true;
    await this.#reader.cancel().catch(() => undefined);
  }

  #append(chunk: Uint8Array, wanted: number): void {
    if (this.available === 0) {
      this.#base += this.position;
      this.bytes = chunk as Uint8Array<ArrayBuffer>;
      this.position = 0;
      this.end = chunk.length;
      return;
    }
    const needed = this.available + chunk.length;
    const owned = this.bytes.length - this.end >= chunk.length && this.#ownsBuffer;
    if (!owned) {
      const grown = new Uint8Array(Math.max(needed, wanted) + 65536);
      grown.set(this.bytes.subarray(this.position, this.end));
      this.#base += this.position;
      this.end -= this.position;
      this.position = 0;
      this.bytes = grown;
      this.#owned = grown;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  #owned: Uint8Array | undefined;

  get #ownsBuffer(): boolean {
    return this.#owned === this.bytes;
  }
}

/** A stream that pulls from an async iterable, and ends it when cancelled. */
export function streamFrom(iterable: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = iterable[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The chunks of a stream; leaving the loop cancels the stream. */
export async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
