import { type LeafBuffer, valueBytes } from "./write-leaf.ts";
import { PHYSICAL } from "./write-schema.ts";

/** Text longer than this is not told as smallest or largest value. */
const MOST_TEXT_BYTES = 256;

/** The smallest and the largest value of a leaf, PLAIN without length; undefined where they cannot be told. */
export function findExtremes(leaf: LeafBuffer): { min: Uint8Array; max: Uint8Array } | undefined {
  const { order, physical } = leaf.info.type;
  if (order === undefined || leaf.valueCount === 0) return undefined;
  if (order === "bytes") return textExtremes(leaf);
  const width = valueBytes(leaf.info) ?? 0;
  const { bytes, length } = leaf.values;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const read = readerOf(view, order, physical === PHYSICAL.INT64 || physical === PHYSICAL.DOUBLE);
  let min = -1;
  let max = -1;
  for (let at = 0; at < length; at += width) {
    const value = read(at);
    // NaN has no place in the order: with one, nothing is told.
    if (Number.isNaN(value)) return undefined;
    if (min < 0 || value < read(min)) min = at;
    if (max < 0 || value > read(max)) max = at;
  }
  const isZero = order === "float";
  return {
    min: isZero ? signZero(bytes.slice(min, min + width), 0x80) : bytes.slice(min, min + width),
    max: isZero ? signZero(bytes.slice(max, max + width), 0) : bytes.slice(max, max + width),
  };
}

function readerOf(view: DataView, order: "signed" | "unsigned" | "float", isLong: boolean) {
  if (order === "float")
    return isLong ? (at: number) => view.getFloat64(at, true) : (at: number) => view.getFloat32(at, true);
  if (!isLong)
    return order === "signed" ? (at: number) => view.getInt32(at, true) : (at: number) => view.getUint32(at, true);
  return order === "signed" ? (at: number) => view.getBigInt64(at, true) : (at: number) => view.getBigUint64(at, true);
}

/** Zero as smallest value is -0, as largest +0 (parquet.thrift, `ColumnOrder`). */
function signZero(value: Uint8Array, sign: number): Uint8Array {
  const top = value.length - 1;
  if (value.every((byte, k) => (k === top ? (byte & 0x7f) === 0 : byte === 0))) value[top] = sign;
  return value;
}

function textExtremes(leaf: LeafBuffer): { min: Uint8Array; max: Uint8Array } | undefined {
  const { bytes, length } = leaf.values;
  let min: Uint8Array | undefined;
  let max: Uint8Array | undefined;
  for (let at = 0; at < length; ) {
    const size = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const value = bytes.subarray(at + 4, at + 4 + size);
    if (min === undefined || compareBytes(value, min) < 0) min = value;
    if (max === undefined || compareBytes(value, max) > 0) max = value;
    at += 4 + size;
  }
  if (!min || !max || min.length > MOST_TEXT_BYTES || max.length > MOST_TEXT_BYTES) return undefined;
  return { min: min.slice(), max: max.slice() };
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let k = 0; k < length; k++) if (a[k] !== b[k]) return a[k]! - b[k]!;
  return a.length - b.length;
}
