import { FormatError } from "../source.ts";

/** Values of one fixed width, packed one after another. `words` is the same memory. */
export interface FixedValues {
  readonly kind: "fixed";
  readonly width: number;
  readonly length: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Byte strings: value `i` is `data[offsets[i]] … data[offsets[i + 1]]`. */
export interface ByteValues {
  readonly kind: "bytes";
  readonly length: number;
  readonly offsets: Int32Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
}

export type Values = FixedValues | ByteValues;

/** No slice of one column may become larger: batches are meant to be about 8 MB. */
export const MAX_COLUMN_BYTES = 48 * 2 ** 20;

/** Collects values of a fixed width. */
export class FixedSink implements FixedValues {
  readonly kind = "fixed";
  readonly width: number;
  length = 0;
  bytes: Uint8Array<ArrayBuffer>;
  words: Int32Array<ArrayBuffer>;

  constructor(width: number, capacity: number) {
    if (width * capacity > MAX_COLUMN_BYTES) throw tooLarge();
    this.width = width;
    this.bytes = new Uint8Array(roundUp8(width * capacity));
    this.words = new Int32Array(this.bytes.buffer);
  }

  /** Makes room for `count` more values. */
  reserve(count: number): void {
    const needed = (this.length + count) * this.width;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_COLUMN_BYTES) throw tooLarge();
    const larger = new Uint8Array(roundUp8(Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.length * this.width));
    this.bytes = larger;
    this.words = new Int32Array(larger.buffer);
  }

  /** Appends `count` values whose bytes stand in `source` from `start` on. */
  append(source: Uint8Array, start: number, count: number): void {
    const size = count * this.width;
    if (start + size > source.length) {
      throw new FormatError("A Parquet page ends before all its values: the file is corrupt or was cut off.");
    }
    this.reserve(count);
    this.bytes.set(source.subarray(start, start + size), this.length * this.width);
    this.length += count;
  }

  /** Appends `dictionary[indices[i]]` for `count` indices. */
  gather(dictionary: FixedValues, indices: Int32Array, count: number): void {
    this.reserve(count);
    const { width, words, bytes } = this;
    checkIndices(indices, count, dictionary.length);
    if (width === 4) {
      const from = new Int32Array(dictionary.bytes.buffer);
      for (let i = 0, at = this.length; i < count; i++, at++) words[at] = from[indices[i]!]!;
    } else if (width === 8) {
      const from = new Int32Array(dictionary.bytes.buffer);
      for (let i = 0, at = this.length * 2; i < count; i++, at += 2) {
        const index = indices[i]! * 2;
        words[at] = from[index]!;
        words[at + 1] = from[index + 1]!;
      }
    } else {
      for (let i = 0, at = this.length * width; i < count; i++) {
        const index = indices[i]! * width;
        for (let k = 0; k < width; k++) bytes[at++] = dictionary.bytes[index + k]!;
      }
    }
    this.length += count;
  }
}

/** Collects byte strings. */
export class ByteSink implements ByteValues {
  readonly kind = "bytes";
  length = 0;
  byteLength = 0;
  offsets: Int32Array<ArrayBuffer>;
  data: Uint8Array<ArrayBuffer>;

  /** @param bytes that all values will take, about. */
  constructor(capacity: number, bytes = Math.min(1 << 16, capacity * 16)) {
    this.offsets = new Int32Array(capacity + 1);
    this.data = new Uint8Array(Math.min(bytes, MAX_COLUMN_BYTES));
  }

  reserve(count: number): void {
    if (this.length + count < this.offsets.length) return;
    const larger = new Int32Array(Math.max(this.length + count + 1, this.offsets.length * 2));
    larger.set(this.offsets.subarray(0, this.length + 1));
    this.offsets = larger;
  }

  reserveBytes(count: number): void {
    const needed = this.byteLength + count;
    if (needed <= this.data.length) return;
    if (needed > MAX_COLUMN_BYTES) throw tooLarge();
    const larger = new Uint8Array(Math.max(needed, this.data.length * 2));
    larger.set(this.data.subarray(0, this.byteLength));
    this.data = larger;
  }

  /** Appends one value; room for its offset has been reserved. */
  appendValue(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size < 0 || end > source.length) {
      throw new FormatError("A Parquet page ends before all its values: the file is corrupt or was cut off.");
    }
    this.reserveBytes(size);
    copyBytes(source, start, end, this.data, this.byteLength);
    this.byteLength += size;
    this.offsets[++this.length] = this.byteLength;
  }

  gather(dictionary: ByteValues, indices: Int32Array, count: number): void {
    this.reserve(count);
    checkIndices(indices, count, dictionary.length);
    const { offsets: from, data: source } = dictionary;
    let size = 0;
    for (let i = 0; i < count; i++) size += from[indices[i]! + 1]! - from[indices[i]!]!;
    this.reserveBytes(size);
    const { offsets, data } = this;
    const copy = createCopy(source, data);
    let at = this.byteLength;
    for (let i = 0, slot = this.length; i < count; i++) {
      const start = from[indices[i]!]!;
      const end = from[indices[i]! + 1]!;
      copy(start, end, at);
      at += end - start;
      offsets[++slot] = at;
    }
    this.byteLength = at;
    this.length += count;
  }
}

/** The length that stands before a PLAIN byte string. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Copies a byte string: a loop for short ones, for which a call costs more than the bytes. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  if (end - start > 40) target.set(source.subarray(start, end), at);
  else for (let i = start, to = at; i < end; i++, to++) target[to] = source[i]!;
}

/**
 * Copies of byte strings out of one buffer into another that is filled from its beginning to its end: short ones go by words of eight bytes, and
 * what is written beyond a string is overwritten by the next one.
 */
export function createCopy(source: Uint8Array, target: Uint8Array): (start: number, end: number, at: number) => void {
  const from = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const lastRead = source.length - 8;
  const lastWrite = target.length - 8;
  return (start, end, at) => {
    const size = end - start;
    if (size > 64) target.set(source.subarray(start, end), at);
    else if (end <= lastRead && at + size <= lastWrite) {
      for (let i = 0; i < size; i += 8) to.setBigInt64(at + i, from.getBigInt64(start + i, true), true);
    } else for (let i = start, k = at; i < end; i++, k++) target[k] = source[i]!;
  };
}

function checkIndices(indices: Int32Array, count: number, length: number): void {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const index = indices[i]! >>> 0;
    if (index > largest) largest = index;
  }
  if (count > 0 && largest >= length) {
    throw new FormatError("A Parquet page refers to a dictionary entry that does not exist: the file is corrupt.");
  }
}

function roundUp8(size: number): number {
  return Math.ceil(size / 8) * 8;
}

function tooLarge(): FormatError {
  return new FormatError(
    "The values of one column are too large to be read in pieces of 48 MB. Write the Parquet file with smaller row groups.",
  );
}
