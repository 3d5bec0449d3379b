import {
  type Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Float64,
  Int64,
  makeData,
  type TimestampMicrosecond,
  Uint64,
  Utf8,
} from "apache-arrow";

/** Growing validity: one byte a row while building, a bitmap at the end. */
class Validity {
  #bytes = new Uint8Array(64);
  length = 0;
  nullCount = 0;

  push(valid: 0 | 1): void {
    if (this.length === this.#bytes.length) {
      const grown = new Uint8Array(this.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.length++] = valid;
    if (valid === 0) this.nullCount++;
  }

  bitmap(): Uint8Array {
    return packBits(this.#bytes, this.length);
  }
}

/** Packs bytes of 0 and 1 into Arrow's bitmap, padded to eight bytes. */
export function packBits(bytes: Uint8Array, length: number): Uint8Array {
  const bitmap = new Uint8Array((((length + 7) >> 3) + 7) & ~7);
  for (let i = 0; i < length; i++) if (bytes[i] !== 0) bitmap[i >> 3]! |= 1 << (i & 7);
  return bitmap;
}

/** Builds one Arrow column, row after row. `finish` may be called once. */
export abstract class ColumnBuilder {
  protected readonly validity = new Validity();
  abstract readonly type: DataType;

  get length(): number {
    return this.validity.length;
  }

  abstract appendNull(): void;
  abstract finish(): Data;

  protected describeNulls(): { length: number; nullCount: number; nullBitmap: Uint8Array | null } {
    const { length, nullCount } = this.validity;
    return { length, nullCount, nullBitmap: nullCount === 0 ? null : this.validity.bitmap() };
  }
}

export function growWords(words: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= words.length) return words;
  const grown = new Int32Array(Math.max(needed, words.length * 2));
  grown.set(words);
  return grown;
}

export class Float64Builder extends ColumnBuilder {
  readonly type = new Float64();
  #values = new Float64Array(64);

  append(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length] = value;
    this.validity.push(1);
  }

  appendNull(): void {
    this.append(0);
    this.validity.length--;
    this.validity.push(0);
  }

  finish(): Data {
    return makeData({ type: this.type, ...this.describeNulls(), data: this.#values.subarray(0, this.length) });
  }
}

/** 64-bit whole numbers, as Int64, Uint64 or microsecond timestamps. */
export class Int64Builder extends ColumnBuilder {
  readonly type: Int64 | Uint64 | TimestampMicrosecond;
  #words = new Int32Array(128);

  constructor(type: Int64 | Uint64 | TimestampMicrosecond = new Int64()) {
    super();
    this.type = type;
  }

  /** A whole number of at most 2^53. */
  appendNumber(value: number): void {
    this.#push(value | 0, Math.floor(value / 4294967296) | 0, 1);
  }

  appendBigInt(value: bigint): void {
    this.#push(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), 1);
  }

  appendNull(): void {
    this.#push(0, 0, 0);
  }

  #push(low: number, high: number, valid: 0 | 1): void {
    const at = this.length * 2;
    this.#words = growWords(this.#words, at + 2);
    this.#words[at] = low;
    this.#words[at + 1] = high;
    this.validity.push(valid);
  }

  finish(): Data {
    const { length } = this;
    const data =
      this.type instanceof Uint64
        ? new BigUint64Array(this.#words.buffer, 0, length)
        : new BigInt64Array(this.#words.buffer, 0, length);
    return makeData({ type: this.type as Int64, ...this.describeNulls(), data: data as BigInt64Array });
  }
}

/** Whole numbers of up to 38 digits. */
export class Decimal128Builder extends ColumnBuilder {
  readonly type: Decimal;
  #words = new Int32Array(64);

  constructor(precision = 38, scale = 0) {
    super();
    this.type = new Decimal(scale, precision, 128);
  }

  appendBigInt(value: bigint): void {
    const at = this.length * 4;
    this.#words = growWords(this.#words, at + 4);
    for (let i = 0; i < 4; i++) this.#words[at + i] = Number(BigInt.asIntN(32, value >> BigInt(i * 32)));
    this.validity.push(1);
  }

  appendNull(): void {
    this.#words = growWords(this.#words, this.length * 4 + 4);
    this.validity.push(0);
  }

  finish(): Data {
    const data = new Uint32Array(this.#words.buffer, 0, this.length * 4);
    return makeData({ type: this.type, ...this.describeNulls(), data });
  }
}

export class DateBuilder extends ColumnBuilder {
  readonly type = new DateDay();
  #words = new Int32Array(64);

  append(days: number): void {
    this.#words = growWords(this.#words, this.length + 1);
    this.#words[this.length] = days;
    this.validity.push(1);
  }

  appendNull(): void {
    this.#words = growWords(this.#words, this.length + 1);
    this.validity.push(0);
  }

  finish(): Data {
    return makeData({ type: this.type, ...this.describeNulls(), data: this.#words.subarray(0, this.length) });
  }
}

export class BoolBuilder extends ColumnBuilder {
  readonly type = new Bool();
  #values = new Uint8Array(64);

  append(value: boolean): void {
    this.#reserve();
    this.#values[this.length] = value ? 1 : 0;
    this.validity.push(1);
  }

  appendNull(): void {
    this.#reserve();
    this.validity.push(0);
  }

  #reserve(): void {
    if (this.length < this.#values.length) return;
    const grown = new Uint8Array(this.length * 2);
    grown.set(this.#values);
    this.#values = grown;
  }

  finish(): Data {
    return makeData({ type: this.type, ...this.describeNulls(), data: packBits(this.#values, this.length) });
  }
}

const encoder = new TextEncoder();

/** Text or bytes. */
export class BytesBuilder extends ColumnBuilder {
  readonly type: Utf8 | Binary;
  #offsets = new Int32Array(64);
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256);
  #filled = 0;

  constructor(type: Utf8 | Binary = new Utf8()) {
    super();
    this.type = type;
  }

  /** Bytes held so far. */
  get byteLength(): number {
    return this.#filled;
  }

  appendString(value: string): void {
    this.#reserve(value.length * 3);
    this.#filled += encoder.encodeInto(value, this.#bytes.subarray(this.#filled)).written;
    this.#close(1);
  }

  appendBytes(source: Uint8Array, start = 0, end = source.length): void {
    const length = end - start;
    this.#reserve(length);
    const bytes = this.#bytes;
    let to = this.#filled;
    if (length > 48) bytes.set(source.subarray(start, end), to);
    else for (let i = start; i < end; i++) bytes[to++] = source[i]!;
    this.#filled += length;
    this.#close(1);
  }

  appendNull(): void {
    this.#close(0);
  }

  #reserve(more: number): void {
    if (this.#filled + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#filled + more, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = grown;
  }

  #close(valid: 0 | 1): void {
    this.#offsets = growWords(this.#offsets, this.length + 2);
    this.#offsets[this.length + 1] = this.#filled;
    this.validity.push(valid);
  }

  finish(): Data {
    return makeData({
      type: this.type as Utf8,
      ...this.describeNulls(),
      valueOffsets: this.#offsets.subarray(0, this.length + 1),
      data: this.#bytes.subarray(0, this.#filled),
    });
  }
}
