import { FormatError } from "../source.ts";
import type { ByteValues, FixedValues, Values } from "./values.ts";

/** Room for `length` values of `width` bytes. */
function createFixed(width: number, length: number): FixedValues {
  return { kind: "fixed", width, length, bytes: new Uint8Array(Math.ceil((width * length) / 8) * 8) };
}

function wordsOf(values: Values): Int32Array {
  return new Int32Array((values as FixedValues).bytes.buffer);
}

/** 32-bit integers to their low 8 or 16 bits. */
export function narrowIntegers(values: Values, width: 1 | 2): Values {
  const from = wordsOf(values);
  const out = createFixed(width, values.length);
  const to = width === 1 ? new Int8Array(out.bytes.buffer) : new Int16Array(out.bytes.buffer);
  for (let i = 0; i < values.length; i++) to[i] = from[i]!;
  return out;
}

/** 32-bit integers times `factor`, as 64-bit integers. */
export function scaleInt32To64(values: Values, factor: number): Values {
  const from = wordsOf(values);
  const out = createFixed(8, values.length);
  const to = wordsOf(out);
  for (let i = 0; i < values.length; i++) {
    const value = from[i]! * factor;
    to[i * 2] = value | 0;
    to[i * 2 + 1] = Math.floor(value / 4294967296);
  }
  return out;
}

/** 64-bit integers times `multiply`, or divided by `divide` rounding down. A product out of range is a `FormatError`. */
export function scaleInt64(values: Values, multiply: bigint, divide: bigint): Values {
  const from = new BigInt64Array((values as FixedValues).bytes.buffer);
  const words = wordsOf(values);
  const out = createFixed(8, values.length);
  const to = new BigInt64Array(out.bytes.buffer);
  const toWords = wordsOf(out);
  const factor = Number(multiply);
  const divisor = Number(divide);
  for (let i = 0; i < values.length; i++) {
    const high = words[i * 2 + 1]!;
    // Doubles are exact up to 2^53, which holds every date that people use.
    const exact = high > -2048 && high < 2048 && divisor === 1;
    const value = exact ? (high * 4294967296 + (words[i * 2]! >>> 0)) * factor : Number.NaN;
    if (value > -9007199254740992 && value < 9007199254740992) {
      toWords[i * 2] = value | 0;
      toWords[i * 2 + 1] = Math.floor(value / 4294967296);
      continue;
    }
    const product = from[i]! * multiply;
    if (product !== BigInt.asIntN(64, product)) {
      throw new FormatError("A timestamp of the Parquet file is out of range: DuckDB holds microseconds in 64 bits.");
    }
    to[i] = product >= 0n ? product / divide : (product - divide + 1n) / divide;
  }
  return out;
}

/** Impala's INT96: nanoseconds of the day, then the Julian day; to microseconds since 1970. */
export function convertInt96(values: Values): Values {
  const words = wordsOf(values);
  const out = createFixed(8, values.length);
  const to = new BigInt64Array(out.bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const nanos = words[i * 3 + 1]! * 4294967296 + (words[i * 3]! >>> 0);
    const days = words[i * 3 + 2]! - 2440588;
    to[i] = BigInt(days) * 86_400_000_000n + BigInt(Math.floor(nanos / 1000));
  }
  return out;
}

/** Integers of 4 or 8 bytes to 128-bit integers. */
export function convertIntDecimals(values: Values, width: 4 | 8): Values {
  const from = wordsOf(values);
  const out = createFixed(16, values.length);
  const to = wordsOf(out);
  for (let i = 0; i < values.length; i++) {
    const low = width === 4 ? from[i]! : from[i * 2]!;
    const high = width === 4 ? low >> 31 : from[i * 2 + 1]!;
    to[i * 4] = low;
    to[i * 4 + 1] = high;
    to[i * 4 + 2] = high >> 31;
    to[i * 4 + 3] = high >> 31;
  }
  return out;
}

/** Big-endian two's complement to 128-bit integers, or to doubles divided by 10^`scale` when a scale is given. */
export function convertBigEndianDecimals(values: Values, scale: number | undefined): Values {
  const out = createFixed(scale === undefined ? 16 : 8, values.length);
  const doubles = new Float64Array(out.bytes.buffer);
  const source = values.kind === "fixed" ? values.bytes : values.data;
  for (let i = 0; i < values.length; i++) {
    let start = values.kind === "fixed" ? i * values.width : values.offsets[i]!;
    const end = values.kind === "fixed" ? start + values.width : values.offsets[i + 1]!;
    const sign = start < end && source[start]! > 127 ? 255 : 0;
    if (scale !== undefined) {
      let value = sign === 255 ? -1n : 0n;
      for (; start < end; start++) value = (value << 8n) | BigInt(source[start]!);
      doubles[i] = Number(`${value}e-${scale}`);
      continue;
    }
    for (; end - start > 16; start++) {
      if (source[start] !== sign) throw new FormatError("A decimal of the Parquet file has more than 38 digits.");
    }
    for (let at = i * 16, from = end - 1, k = 0; k < 16; k++, at++, from--) {
      out.bytes[at] = from >= start ? source[from]! : sign;
    }
  }
  return out;
}

/** IEEE 754 half precision to single. */
export function convertFloat16(values: Values): Values {
  const { bytes } = values as FixedValues;
  const out = createFixed(4, values.length);
  const to = new Float32Array(out.bytes.buffer);
  for (let i = 0; i < values.length; i++) to[i] = halfToNumber(bytes[i * 2]! | (bytes[i * 2 + 1]! << 8));
  return out;
}

/** The number that 16 bits of IEEE 754 half precision stand for. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Months, days and milliseconds to months, days and nanoseconds. */
export function convertIntervals(values: Values): Values {
  const from = wordsOf(values);
  const out = createFixed(16, values.length);
  const to = wordsOf(out);
  const nanoseconds = new BigInt64Array(out.bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    to[i * 4] = from[i * 3]!;
    to[i * 4 + 1] = from[i * 3 + 1]!;
    nanoseconds[i * 2 + 1] = BigInt(from[i * 3 + 2]! >>> 0) * 1_000_000n;
  }
  return out;
}

/** Texts as UTF-8 byte strings. */
export function textsToValues(texts: readonly string[]): ByteValues {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const data = new Uint8Array(encoded.reduce((sum, bytes) => sum + bytes.length, 0));
  const offsets = new Int32Array(texts.length + 1);
  let at = 0;
  encoded.forEach((bytes, i) => {
    data.set(bytes, at);
    at += bytes.length;
    offsets[i + 1] = at;
  });
  return { kind: "bytes", length: texts.length, offsets, data };
}
