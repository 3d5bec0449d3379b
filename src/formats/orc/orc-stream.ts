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
  /** Compressed bytes that the parked streams may keep between them. */
  readonly pool: { free: number };
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
  /** Compressed length of the block in `bytes`, with its header; it ends at `#rawAt`. */
  #blockLength = 0;
  /** How much of the next block had been read before it was parked. */
  #dropped = 0;

  constructor(settings: StreamSettings, start: number, length: number) {
    this.#settings = settings;
    this.#fetchAt = start;
    this.#fileEnd = start + length;
  }

  /** Buffers at least `count` bytes, or all that are left. */
  async prepare(count: number): Promise<void> {
    while (this.end - this.at < count && (this.#rawAt < this.#raw.length || this.#fetchAt < this.#fileEnd)) {
      await this.#addBlock();
    }
  }

  /** Frees the buffers, keeping the place. */
  park(): void {
    if (this.end === 0) return;
    if (this.#settings.codec === undefined) {
      this.#fetchAt -= this.end - this.at;
      this.bytes = this.#raw = EMPTY;
      this.at = this.end = this.#rawAt = 0;
      return;
    }
    // Only a block that is read in part has to be decompressed again.
    if (this.at < this.end) {
      if (this.at < this.#carried) return;
      this.#dropped = this.at - this.#carried;
      this.#rawAt -= this.#blockLength;
    } else this.#dropped = 0;
    this.bytes = EMPTY;
    this.at = this.end = 0;
    const left = this.#raw.length - this.#rawAt;
    const { pool } = this.#settings;
    if (left <= pool.free) {
      pool.free -= left;
      this.#kept = left;
      this.#raw = this.#raw.slice(this.#rawAt);
    } else {
      this.#fetchAt -= left;
      this.#raw = EMPTY;
    }
    this.#rawAt = 0;
  }

  /** Bytes of the block before that `bytes` begins with; until they are read, the stream cannot be parked. */
  #carried = 0;

  /** Bytes of the pool that this stream has taken. */
  #kept = 0;

  async #addBlock(): Promise<void> {
    this.#settings.pool.free += this.#kept;
    this.#kept = 0;
    const left = this.end - this.at;
    let block = await this.#readBlock();
    if (left === 0 && this.#dropped > 0) {
      if (this.#dropped > block.length) throw damaged("a stream is shorter than it was");
      const skipped = this.#dropped;
      this.bytes = block;
      this.at = skipped;
      this.end = block.length;
      this.#dropped = 0;
      this.#carried = 0;
      return;
    }
    if (left > 0) {
      const joined = new Uint8Array(left + block.length);
      joined.set(this.bytes.subarray(this.at, this.end));
      joined.set(block, left);
      block = joined;
    }
    this.#carried = left;
    this.bytes = block;
    this.at = 0;
    this.end = block.length;
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
    this.#blockLength = 3 + length;
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
