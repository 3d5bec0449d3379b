import { type Data, DataType } from "apache-arrow";
import { copyBytes } from "../parquet/values.ts";
import { FormatError } from "../source.ts";
import { createData, createFixedData, widthOf } from "./create-data.ts";

/** Values `indices[0], indices[1], …` of an array, in this order; a negative index gives null. */
export function takeData(data: Data, indices: Int32Array): Data {
  const { type } = data;
  const length = indices.length;
  const nulls = takeNulls(data, indices);
  if (DataType.isBool(type)) {
    const bits = new Uint8Array((length + 7) >> 3);
    const values = data.values as Uint8Array;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      if (index >= 0 && (values[index >> 3]! >> (index & 7)) & 1) bits[i >> 3]! |= 1 << (i & 7);
    }
    return createData({ type, length, ...nulls, data: bits });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) return takeBytes(data, indices, nulls);
  if (DataType.isStruct(type)) {
    const children = data.children.map((child) => takeData(child, indices));
    return createData({ type, length, ...nulls, children });
  }
  if (DataType.isList(type) || DataType.isMap(type)) return takeLists(data, indices, nulls);
  const width = widthOf(type);
  const { buffer, byteOffset } = data.values as Uint8Array;
  const from = new Uint8Array(buffer, byteOffset, data.length * width);
  const bytes = new Uint8Array(Math.ceil((length * width) / 8) * 8);
  for (let i = 0; i < length; i++) {
    const start = indices[i]! * width;
    if (start >= 0) for (let k = 0, at = i * width; k < width; k++) bytes[at + k] = from[start + k]!;
  }
  return createFixedData(type, bytes, length, nulls);
}

interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
}

function takeNulls(data: Data, indices: Int32Array): Nulls {
  const { length } = indices;
  const source = data.nullCount > 0 ? data.nullBitmap : undefined;
  const bitmap = new Uint8Array((length + 7) >> 3);
  let valid = 0;
  for (let i = 0; i < length; i++) {
    const index = indices[i]!;
    if (index >= data.length) {
      throw new FormatError("The Arrow file refers to a dictionary entry or value that does not exist: it is corrupt.");
    }
    if (index < 0 || (source && ((source[index >> 3]! >> (index & 7)) & 1) === 0)) continue;
    bitmap[i >> 3]! |= 1 << (i & 7);
    valid++;
  }
  return valid === length ? { nullCount: 0, nullBitmap: undefined } : { nullCount: length - valid, nullBitmap: bitmap };
}

/** No taken column may become larger: a batch is meant to be about 8 MB. */
const MAX_TAKEN_BYTES = 48 * 2 ** 20;

function takeBytes(data: Data, indices: Int32Array, nulls: Nulls): Data {
  const { length } = indices;
  const from = data.valueOffsets as Int32Array;
  const source = data.values as Uint8Array;
  const valueOffsets = new Int32Array(length + 1);
  let size = 0;
  for (let i = 0; i < length; i++) {
    const index = indices[i]!;
    if (index >= 0) size += from[index + 1]! - from[index]!;
    if (size > MAX_TAKEN_BYTES) {
      throw new FormatError("The dictionary of an Arrow column has values too large to be written out for its rows.");
    }
    valueOffsets[i + 1] = size;
  }
  const target = new Uint8Array(size);
  for (let i = 0; i < length; i++) {
    const index = indices[i]!;
    if (index >= 0) copyBytes(source, from[index]!, from[index + 1]!, target, valueOffsets[i]!);
  }
  return createData({ type: data.type, length, ...nulls, valueOffsets, data: target });
}

function takeLists(data: Data, indices: Int32Array, nulls: Nulls): Data {
  const { length } = indices;
  const from = data.valueOffsets as Int32Array;
  const valueOffsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    const index = indices[i]!;
    const size = index < 0 ? 0 : from[index + 1]! - from[index]!;
    if (valueOffsets[i]! + size > MAX_TAKEN_BYTES) {
      throw new FormatError("The lists of an Arrow column are too large to be written out.");
    }
    valueOffsets[i + 1] = valueOffsets[i]! + size;
  }
  const inner = new Int32Array(valueOffsets[length]!);
  for (let i = 0; i < length; i++) {
    const start = valueOffsets[i]!;
    const end = valueOffsets[i + 1]!;
    for (let at = start, index = from[indices[i]!]!; at < end; at++, index++) inner[at] = index;
  }
  return createData({ type: data.type, length, ...nulls, valueOffsets, child: takeData(data.children[0]!, inner) });
}

/** Two arrays of one type behind each other. */
export function concatData(first: Data, second: Data): Data {
  const { type } = first;
  const length = first.length + second.length;
  const nulls = concatNulls(first, second, length);
  if (DataType.isBool(type)) {
    const bits = new Uint8Array((length + 7) >> 3);
    for (let i = 0; i < length; i++) {
      const [data, at] = i < first.length ? [first, i] : [second, i - first.length];
      if (((data.values as Uint8Array)[at >> 3]! >> (at & 7)) & 1) bits[i >> 3]! |= 1 << (i & 7);
    }
    return createData({ type, length, ...nulls, data: bits });
  }
  if (DataType.isStruct(type)) {
    const children = first.children.map((child, k) => concatData(child, second.children[k]!));
    return createData({ type, length, ...nulls, children });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const data = joinBytes(first.values as Uint8Array, second.values as Uint8Array);
    return createData({ type, length, ...nulls, valueOffsets: concatOffsets(first, second), data });
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    const child = concatData(first.children[0]!, second.children[0]!);
    return createData({ type, length, ...nulls, valueOffsets: concatOffsets(first, second), child });
  }
  const width = widthOf(type);
  const [a, b] = [first, second].map((data) => {
    const { buffer, byteOffset } = data.values as Uint8Array;
    return new Uint8Array(buffer, byteOffset, data.length * width);
  });
  return createFixedData(type, joinBytes(a!, b!), length, nulls);
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function concatOffsets(first: Data, second: Data): Int32Array {
  const offsets = new Int32Array(first.length + second.length + 1);
  offsets.set((first.valueOffsets as Int32Array).subarray(0, first.length + 1));
  const base = offsets[first.length]!;
  const more = second.valueOffsets as Int32Array;
  for (let i = 1; i <= second.length; i++) offsets[first.length + i] = base + more[i]!;
  return offsets;
}

function concatNulls(first: Data, second: Data, length: number): Nulls {
  const nullCount = first.nullCount + second.nullCount;
  if (nullCount === 0) return { nullCount, nullBitmap: undefined };
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    if (i < first.length ? first.getValid(i) : second.getValid(i - first.length)) nullBitmap[i >> 3]! |= 1 << (i & 7);
  }
  return { nullCount, nullBitmap };
}
