import { type ByteSource, FormatError } from "../source.ts";

/** Reads a stretch of a file forwards through a window, so that many small reads become few range reads. */
export class ChunkBytes {
  readonly start: number;
  readonly end: number;
  readonly #source: ByteSource;
  readonly #windowSize: number;
  #window: Uint8Array;
  #windowStart: number;

  /** `shared` may hold bytes of the file that were read already, from `sharedStart` on. */
  constructor(
    source: ByteSource,
    start: number,
    end: number,
    windowSize: number,
    shared?: { bytes: Uint8Array; start: number },
  ) {
    this.#source = source;
    this.start = start;
    this.end = end;
    this.#windowSize = windowSize;
    this.#window = shared?.bytes ?? new Uint8Array(0);
    this.#windowStart = shared?.start ?? start;
  }

  /** Bytes from `position` on: at least `count`, unless the chunk ends before. */
  async peek(position: number, count: number): Promise<Uint8Array> {
    const wanted = Math.min(position + count, this.end);
    let window = this.#window;
    let start = this.#windowStart;
    if (position < start || wanted > start + window.length) {
      const end = Math.min(Math.max(wanted, position + this.#windowSize), this.end);
      window = await this.#source.slice(position, end);
      start = position;
      this.#window = window;
      this.#windowStart = start;
      if (window.length < wanted - position) {
        throw new FormatError("The Parquet file ends before the data that its footer promises: it is cut off.");
      }
    }
    return window.subarray(position - start, Math.min(window.length, this.end - start));
  }

  /** Exactly `count` bytes from `position` on. */
  async read(position: number, count: number): Promise<Uint8Array> {
    if (position + count > this.end) {
      throw new FormatError("A page of the Parquet file reaches past the end of its column: the file is corrupt.");
    }
    return (await this.peek(position, count)).subarray(0, count);
  }

  /** Lets the window go; it is read again when needed. */
  release(): void {
    this.#window = new Uint8Array(0);
    this.#windowStart = this.start;
  }
}
