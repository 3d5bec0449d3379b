import { zstdDecompressSync } from "node:zlib";
import { type ByteSource, FormatError } from "../source.ts";
import { BufferStream } from "./buffer-stream.ts";
import type { FlatTable } from "./flatbuffer.ts";
import { decompressLz4Frame } from "./lz4.ts";

/** workerd counts its output buffers of up to 128 KB against the limit, filled or not; the exact size is checked afterwards. */
const SLACK_BYTES = 256 * 1024;

/** What a record batch message says about its body. */
export interface BatchHeader {
  readonly rows: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  readonly codec: "none" | "lz4" | "zstd";
  /** For each view column, how many data buffers it has. */
  readonly variadicCounts: readonly number[];
}

/** Reads the header of a record batch. Throws `FormatError` for counts that cannot be. */
export function readBatchHeader(table: FlatTable): BatchHeader {
  const compression = table.table(3);
  const codec = !compression ? "none" : compression.int8(0) === 1 ? "zstd" : "lz4";
  return {
    rows: toCount(table.int64(0)),
    nodes: table.structs(1, 16).map((node) => ({
      length: toCount(node.getBigInt64(0, true)),
      nullCount: toCount(node.getBigInt64(8, true)),
    })),
    buffers: table.structs(2, 16).map((buffer) => ({
      offset: toCount(buffer.getBigInt64(0, true)),
      length: toCount(buffer.getBigInt64(8, true)),
    })),
    codec,
    variadicCounts: table.structs(4, 8).map((count) => toCount(count.getBigInt64(0, true))),
  };
}

/** A length, offset or count of the file as a number. */
export function toCount(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FormatError("The Arrow file gives an impossible length or position: it is corrupt.");
  }
  return Number(value);
}

/** A body of at most this size is read at once. */
const WHOLE_BODY_BYTES = 6 * 2 ** 20;
/** What the windows over a larger body's buffers may hold together. */
const ALL_WINDOWS_BYTES = 6 * 2 ** 20;
/** Decompressed buffers are kept up to this size together. */
const CACHE_BYTES = 10 * 2 ** 20;
/** A compressed buffer that is not read from its beginning to its end has to be decompressed whole, so it may be this large at most. */
const MAX_BUFFER_BYTES = 32 * 2 ** 20;
/** Smaller ones are decompressed whole: what streaming takes is not worth it. */
const LEAST_STREAMED_BYTES = 2 ** 18;
/** What the streams of a batch may hold together; further buffers are decompressed whole. */
const STREAMS_BYTES = 26 * 2 ** 20;

/** The buffers of one record batch, of which only what is asked for is read. */
export class BatchBody {
  readonly header: BatchHeader;
  readonly #source: ByteSource;
  readonly #start: number;
  readonly #length: number;
  readonly #windowSize: number;
  readonly #windows = new Map<number, { start: number; bytes: Uint8Array }>();
  readonly #decompressed = new Map<number, Uint8Array>();
  #cached = 0;
  readonly #streams = new Map<number, BufferStream>();
  /** Buffers that are decompressed whole: small ones, such as are read in another order, and those for whose streams there is no room. */
  readonly #wholes = new Set<number>();
  #whole: Uint8Array | undefined;

  constructor(source: ByteSource, header: BatchHeader, start: number, length: number) {
    if (start + length > source.byteLength) {
      throw new FormatError("The Arrow file ends before the data that it announces: it is cut off.");
    }
    for (const buffer of header.buffers) {
      if (buffer.offset + buffer.length > length) {
        throw new FormatError("A buffer of the Arrow file reaches past its record batch: the file is corrupt.");
      }
    }
    this.header = header;
    this.#source = source;
    this.#start = start;
    this.#length = length;
    this.#windowSize = Math.min(2 ** 20, Math.max(16384, Math.floor(ALL_WINDOWS_BYTES / (header.buffers.length || 1))));
  }

  /** True for a buffer that was left out. */
  isEmpty(index: number): boolean {
    return (this.header.buffers[index]?.length ?? 0) === 0;
  }

  /** Bytes `[start, end)` of a buffer as bytes of their own, aligned for any type. */
  async read(index: number, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#peek(index, start, end);
    if (bytes.length < end - start) {
      throw new FormatError("A buffer of the Arrow file is shorter than its column: the file is corrupt.");
    }
    return new Uint8Array(bytes);
  }

  async #peek(index: number, start: number, end: number): Promise<Uint8Array> {
    const buffer = this.header.buffers[index];
    if (!buffer) throw new FormatError("A column of the Arrow file has too few buffers: the file is corrupt.");
    if (start === end) return new Uint8Array(0);
    if (this.header.codec !== "none") return this.#peekCompressed(index, buffer.length, start, end);
    if (end > buffer.length) return new Uint8Array(0);
    if (this.#length <= WHOLE_BODY_BYTES) {
      const whole = await this.#readWhole();
      return whole.subarray(buffer.offset + start, buffer.offset + end);
    }
    let window = this.#windows.get(index);
    if (!window || start < window.start || end > window.start + window.bytes.length) {
      const windowEnd = Math.min(buffer.length, Math.max(end, start + this.#windowSize));
      const at = this.#start + buffer.offset;
      window = { start, bytes: await this.#source.slice(at + start, at + windowEnd) };
      this.#windows.set(index, window);
    }
    return window.bytes.subarray(start - window.start, end - window.start);
  }

  async #readWhole(): Promise<Uint8Array> {
    this.#whole ??= await this.#source.slice(this.#start, this.#start + this.#length);
    return this.#whole;
  }

  async #peekCompressed(index: number, length: number, start: number, end: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    const stream = this.#streams.get(index) ?? (await this.#openStream(index));
    if (stream?.canRead(start)) return stream.read(start, end);
    if (stream) {
      this.#wholes.add(index);
      this.#streams.delete(index);
      stream.close();
    }
    return (await this.#decompress(index)).subarray(start, end);
  }

  /** Begins to read a large buffer; undefined for one that is to be decompressed whole. */
  async #openStream(index: number): Promise<BufferStream | undefined> {
    if (this.#decompressed.has(index) || this.#wholes.has(index)) return undefined;
    const { length } = this.header.buffers[index]!;
    const declared = declaredLength(await this.#readStored(index, 0, Math.min(8, length)));
    const codec = declared === undefined ? "none" : this.header.codec;
    const held = [...this.#streams.values()].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    if ((declared ?? length) < LEAST_STREAMED_BYTES || held + BufferStream.heldBy(codec) > STREAMS_BYTES) {
      this.#wholes.add(index);
      return undefined;
    }
    const stream = new BufferStream(codec, this.#readPieces(index));
    this.#streams.set(index, stream);
    return stream;
  }

  /** A compressed buffer as it is stored, behind its length. */
  async *#readPieces(index: number): AsyncGenerator<Uint8Array> {
    const { length } = this.header.buffers[index]!;
    for (let at = 8; at < length; at += this.#windowSize) {
      yield await this.#readStored(index, at, Math.min(length, at + this.#windowSize));
    }
  }

  async #readStored(index: number, start: number, end: number): Promise<Uint8Array> {
    const { offset } = this.header.buffers[index]!;
    if (this.#length <= WHOLE_BODY_BYTES) return (await this.#readWhole()).subarray(offset + start, offset + end);
    return this.#source.slice(this.#start + offset + start, this.#start + offset + end);
  }

  /** Ends what is being read. */
  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  async #decompress(index: number): Promise<Uint8Array> {
    const known = this.#decompressed.get(index);
    if (known) return known;
    const { length } = this.header.buffers[index]!;
    if (length > MAX_BUFFER_BYTES) throw tooLarge(length);
    const plain = decompressBuffer(await this.#readStored(index, 0, length), this.header.codec);
    this.#cached += plain.length;
    for (const [old, held] of this.#decompressed) {
      if (this.#cached <= CACHE_BYTES) break;
      this.#decompressed.delete(old);
      this.#cached -= held.length;
    }
    this.#decompressed.set(index, plain);
    return plain;
  }
}

/** The length of a buffer when it is decompressed, which stands before it; undefined when it was left as it is. */
function declaredLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) throw new FormatError("A compressed buffer of the Arrow file is damaged.");
  const declared = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
  return declared === -1n ? undefined : toCount(declared);
}

function decompressBuffer(bytes: Uint8Array, codec: string): Uint8Array {
  const length = declaredLength(bytes);
  const body = bytes.subarray(8);
  if (length === undefined) return body;
  if (length > MAX_BUFFER_BYTES) throw tooLarge(length);
  let plain: Uint8Array;
  try {
    plain =
      codec === "zstd"
        ? zstdDecompressSync(body, { maxOutputLength: length + SLACK_BYTES })
        : decompressLz4Frame(body, length);
  } catch (cause) {
    throw new FormatError(`A buffer of the Arrow file compressed with ${codec} is damaged.`, { cause });
  }
  if (plain.length !== length) throw new FormatError("A compressed buffer of the Arrow file has a wrong length.");
  return plain;
}

function tooLarge(length: number): FormatError {
  return new FormatError(
    `A compressed buffer of the Arrow file has ${Math.ceil(length / 2 ** 20)} MB; at most 32 MB can be read. Write smaller record batches, or without compression.`,
  );
}
