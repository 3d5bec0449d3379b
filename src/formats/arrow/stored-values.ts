import {
  convertBigEndianDecimals,
  convertFloat16,
  convertIntDecimals,
  scaleInt32To64,
  scaleInt64,
} from "../parquet/convert-values.ts";
import type { FixedValues, Values } from "../parquet/values.ts";
import { hasDuckDbDecimal } from "./target-type.ts";
import type { WireType } from "./wire-schema.ts";

/** Bytes per value, and bytes per word of which one must be turned round on a machine of the other byte order. */
export function storedWidth(type: WireType): [width: number, unit: number] {
  switch (type.kind) {
    case "int":
    case "float":
    case "date":
    case "time":
    case "decimal":
      return [type.bits / 8, type.bits / 8];
    case "timestamp":
    case "duration":
      return [8, 8];
    case "interval":
      return type.unit === 0 ? [4, 4] : type.unit === 1 ? [8, 4] : [16, 4];
    case "fixedBytes":
      return [type.width, 1];
    default:
      throw new TypeError(`${type.kind} has no fixed width.`);
  }
}

/** Stored values to the layout of the type as which they are given out. */
export function convertStored(values: FixedValues, type: WireType): Values {
  switch (type.kind) {
    case "float":
      return type.bits === 16 ? convertFloat16(values) : values;
    case "date":
      return type.bits === 64 ? daysOfMilliseconds(values) : values;
    case "time":
      if (type.bits === 32) return scaleInt32To64(values, type.unit === 0 ? 1_000_000 : 1000);
      return type.unit === 3 ? scaleInt64(values, 1n, 1000n) : values;
    case "timestamp":
      return type.unit < 2 ? scaleInt64(values, type.unit === 0 ? 1_000_000n : 1000n, 1n) : values;
    case "duration":
      if (type.unit === 3) return scaleInt64(values, 1n, 1000n);
      return type.unit < 2 ? scaleInt64(values, type.unit === 0 ? 1_000_000n : 1000n, 1n) : values;
    case "interval":
      return convertInterval(values, type.unit);
    case "decimal":
      return convertDecimal(values, type);
    default:
      return values;
  }
}

function convertDecimal(values: FixedValues, type: { precision: number; scale: number; bits: number }): Values {
  if (hasDuckDbDecimal(type)) {
    if (type.bits === 128) return values;
    if (type.bits < 128) return convertIntDecimals(values, type.bits === 32 ? 4 : 8);
  }
  const reversed = new Uint8Array(values.bytes.length);
  for (let i = 0; i < values.length; i++) {
    const start = i * values.width;
    for (let k = 0; k < values.width; k++) reversed[start + k] = values.bytes[start + values.width - 1 - k]!;
  }
  const bigEndian: FixedValues = { ...values, bytes: reversed };
  return convertBigEndianDecimals(bigEndian, hasDuckDbDecimal(type) ? undefined : type.scale);
}

function daysOfMilliseconds(values: FixedValues): Values {
  const from = new BigInt64Array(values.bytes.buffer);
  const bytes = new Uint8Array(Math.ceil(values.length / 2) * 8);
  const to = new Int32Array(bytes.buffer);
  for (let i = 0; i < values.length; i++) to[i] = Math.floor(Number(from[i]!) / 86_400_000);
  return { kind: "fixed", width: 4, length: values.length, bytes };
}

/** Months (unit 0), days and milliseconds (1), or months, days and nanoseconds (2) to the last of them. */
function convertInterval(values: FixedValues, unit: number): Values {
  if (unit === 2) return values;
  const from = new Int32Array(values.bytes.buffer);
  const bytes = new Uint8Array(values.length * 16);
  const words = new Int32Array(bytes.buffer);
  const nanoseconds = new BigInt64Array(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (unit === 0) words[i * 4] = from[i]!;
    else {
      words[i * 4 + 1] = from[i * 2]!;
      nanoseconds[i * 2 + 1] = BigInt(from[i * 2 + 1]!) * 1_000_000n;
    }
  }
  return { kind: "fixed", width: 16, length: values.length, bytes };
}

/** Turns the bytes of stored values round, in place. */
export function swapStored(bytes: Uint8Array, type: WireType, unit: number): void {
  swapBytes(bytes, unit);
  if (type.kind !== "interval" || type.unit !== 2) return;
  // The last eight bytes are one number: its halves change places too.
  for (let at = 0; at < bytes.length; at += 16) {
    const low = bytes.slice(at + 8, at + 12);
    bytes.copyWithin(at + 8, at + 12, at + 16);
    bytes.set(low, at + 12);
  }
}

/** Turns the bytes of each word of `unit` bytes round, in place. */
export function swapBytes(bytes: Uint8Array, unit: number): void {
  for (let at = 0; at + unit <= bytes.length; at += unit) bytes.subarray(at, at + unit).reverse();
}
