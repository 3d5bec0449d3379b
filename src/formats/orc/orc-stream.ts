import type { ByteSource } from "../source.ts";
import type { Codec } from "./codecs.ts";
import { damaged, decodeChunk } from "./tail.ts";

/** How a stripe's streams are read. */
export interface StreamSettings {
  readonly source: ByteSource;
  readonly codec: Codec | undefined;
  readonly blockSize: number;
  /** Bytes fetched at a time. */
  readonly fetchBytes: number;
}

const EMPTY = new Uint8Array(0);

/**
 * One stream of a stripe, decompressed block by block. Decoders call `prepare` before they read, then take bytes from
 * `bytes[at, end)` synchronously. `park` gives the buffers back; the next `prepare` fetches and decompresses again.
 */
export class OrcStream {
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;

  readonly #settings: StreamSettings;
  /** Place in the file of the next compressed byte that is not yet in `#raw`. */
  #fetchAt: number;
  readonly #fileEnd: number;
  #raw: Uint8Array = EMPTY;
  #rawAt = 0;
  /** Where the block in `bytes` started in the file, and how much of it had gone before `bytes[0]`. */
  #blockStart: number;
  #dropped = 0;

  constructor(settings: StreamSettings, start: number, length: number) {
    this.#settings = settings;
    this.#fetchAt = start;
    this.#blockStart = start;
    this.#fileEnd = start + length;
  }

  /** True when nothing is left to be read. */
  get isFinished(): boolean {
    return this.at >= this.end && this.#rawAt >= this.#raw.length && this.#fetchAt >= this.#fileEnd;
  }

  /** Buffers at least `count` bytes, or all that are left. */
  async prepare(count: number): Promise<void> {
    while (this.end - this.at < count && (this.#rawAt < this.#raw.length || this.#fetchAt < this.#fileEnd)) {
      await this.#addBlock();
    }
  }

  /** Frees the buffers, keeping the place. */
  park(): void {
    if (this.isFinished) return;
    if (this.#settings.codec === undefined) {
      this.#fetchAt -= this.end - this.at;
      this.bytes = EMPTY;
      this.at = this.end = 0;
      return;
    }
    // Only a block that is read in part has to be decompressed again.
    if (this.at < this.end) {
      if (this.#joined) return;
      this.#dropped += this.at;
      this.#fetchAt = this.#blockStart;
    } else {
      this.#fetchAt -= this.#raw.length - this.#rawAt;
      this.#dropped = 0;
    }
    this.bytes = EMPTY;
    this.at = this.end = 0;
    this.#raw = EMPTY;
    this.#rawAt = 0;
  }

  /** `bytes` holds the rest of one block and another; it cannot be made again from one place. */
  #joined = false;

  async #addBlock(): Promise<void> {
    const left = this.end - this.at;
    const start = this.#fetchAt - (this.#raw.length - this.#rawAt);
    let block = await this.#readBlock();
    if (left === 0 && this.#dropped > 0) {
      if (this.#dropped > block.length) throw damaged("a stream is shorter than it was");
      const skipped = this.#dropped;
      this.bytes = block;
      this.at = skipped;
      this.end = block.length;
      this.#blockStart = start;
      this.#dropped = 0;
      this.#joined = false;
      return;
    }
    if (left > 0) {
      const joined = new Uint8Array(left + block.length);
      joined.set(this.bytes.subarray(this.at, this.end));
      joined.set(block, left);
      block = joined;
      this.#joined = true;
    } else this.#joined = false;
    this.bytes = block;
    this.at = 0;
    this.end = block.length;
    this.#blockStart = start;
  }

  async #readBlock(): Promise<Uint8Array> {
    const { codec, blockSize } = this.#settings;
    if (codec === undefined) {
      await this.#fetch(1);
      const block = this.#raw.subarray(this.#rawAt);
      this.#rawAt = this.#raw.length;
      return block;
    }
    if (!(await this.#fetch(3))) throw damaged("a compressed block is cut off");
    const raw = this.#raw;
    const header = raw[this.#rawAt]! | (raw[this.#rawAt + 1]! << 8) | (raw[this.#rawAt + 2]! << 16);
    const length = header >> 1;
    if (length > blockSize + 1024) throw damaged("a compressed block is too long");
    if (!(await this.#fetch(3 + length))) throw damaged("a compressed block is cut off");
    const chunk = this.#raw.subarray(this.#rawAt + 3, this.#rawAt + 3 + length);
    this.#rawAt += 3 + length;
    return decodeChunk(chunk, (header & 1) === 1, codec, blockSize);
  }

  async #fetch(count: number): Promise<boolean> {
    const have = this.#raw.length - this.#rawAt;
    if (have >= count) return true;
    const wanted = Math.max(count - have, this.#settings.fetchBytes);
    const stop = Math.min(this.#fileEnd, this.#fetchAt + wanted);
    if (stop <= this.#fetchAt) return false;
    const fetched = await this.#settings.source.slice(this.#fetchAt, stop);
    this.#fetchAt = stop;
    if (have === 0) this.#raw = fetched;
    else {
      const joined = new Uint8Array(have + fetched.length);
      joined.set(this.#raw.subarray(this.#rawAt));
      joined.set(fetched, have);
      this.#raw = joined;
    }
    this.#rawAt = 0;
    return have + fetched.length >= count;
  }
}
