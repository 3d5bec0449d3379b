import { type Data, DataType, TimeUnit } from "apache-arrow";
import { halfToNumber } from "./convert-values.ts";
import type { LeafBuffer } from "./write-leaf.ts";
import { isUuidText, type SchemaNode } from "./write-schema.ts";

/** Puts value `row` of an Arrow column, which is not null, behind the others of its leaf. */
type PutValue = (row: number) => void;
/** Puts one value or null of a column, which stands at these levels: `definition` is that of its parent. */
type Emit = (row: number, definition: number, repetition: number) => void;

/** Puts all rows of a column of a record batch into its leaves (Dremel's levels: https://research.google/pubs/pub36632/). */
export function putColumn(node: SchemaNode, data: Data, leaves: readonly LeafBuffer[]): void {
  if (node.kind === "leaf" && putFlat(node.leaf, data, leaves)) return;
  const emit = createEmit(node, data, leaves);
  for (let row = 0; row < data.length; row++) emit(row, 0, 0);
}

/** Columns of fixed-width values without nulls are copied as they are. */
function putFlat(leaf: number, data: Data, leaves: readonly LeafBuffer[]): boolean {
  const buffer = leaves[leaf]!;
  if (data.nullCount > 0 || !isPlainLayout(data.type)) return false;
  const { values, length } = data as Data & { values: Uint8Array };
  const width = (values as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
  if (values.length < length) return false;
  buffer.values.copy(new Uint8Array(values.buffer, values.byteOffset, length * width), 0);
  buffer.valueCount += length;
  buffer.pushLevels(buffer.info.maxDefinition, length);
  return true;
}

/** Whether Arrow lays the values out as PLAIN does. */
function isPlainLayout(type: DataType): boolean {
  if (DataType.isInt(type)) return type.bitWidth >= 32;
  if (DataType.isFloat(type)) return type.precision > 0;
  if (DataType.isTimestamp(type)) return type.unit !== TimeUnit.SECOND;
  if (DataType.isTime(type)) return type.unit !== TimeUnit.SECOND;
  return DataType.isDate(type) && type.unit === 0;
}

function isNullOf(data: Data): ((row: number) => boolean) | undefined {
  if (DataType.isNull(data.type)) return () => true;
  const { nullBitmap: bitmap, offset } = data;
  if (data.nullCount === 0 || !bitmap || bitmap.length === 0) return undefined;
  return (row) => ((bitmap[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1) === 0;
}

function createEmit(node: SchemaNode, data: Data, leaves: readonly LeafBuffer[]): Emit {
  const emit = createPresentEmit(node, data, leaves);
  const isNull = isNullOf(data);
  if (!isNull || (node.kind === "leaf" && node.isRequired)) return emit;
  const below = leavesBelow(node).map((leaf) => leaves[leaf]!);
  return (row, definition, repetition) => {
    if (!isNull(row)) emit(row, definition, repetition);
    else for (const leaf of below) leaf.pushLevel(definition, repetition);
  };
}

function leavesBelow(node: SchemaNode): number[] {
  return node.kind === "leaf" ? [node.leaf] : node.children.flatMap(leavesBelow);
}

function createPresentEmit(node: SchemaNode, data: Data, leaves: readonly LeafBuffer[]): Emit {
  switch (node.kind) {
    case "leaf": {
      const buffer = leaves[node.leaf]!;
      const put = isUuidText(node.field) ? createPutUuid(data, buffer.values) : createPut(data, buffer);
      const step = node.isRequired ? 0 : 1;
      return (row, definition, repetition) => {
        buffer.pushLevel(definition + step, repetition);
        buffer.valueCount++;
        put(row);
      };
    }
    case "struct": {
      const children = node.children.map((child, k) => createEmit(child, data.children[k]!, leaves));
      return (row, definition, repetition) => {
        for (const child of children) child(row, definition + 1, repetition);
      };
    }
    case "list":
      return createRepeated(node, data, [createEmit(node.children[0]!, data.children[0]!, leaves)], leaves);
    case "map": {
      const entries = data.children[0]!;
      const children = node.children.map((child, k) => createEmit(child, entries.children[k]!, leaves));
      return createRepeated(node, data, children, leaves);
    }
  }
}

function createRepeated(node: SchemaNode, data: Data, children: readonly Emit[], leaves: readonly LeafBuffer[]): Emit {
  const below = leavesBelow(node).map((leaf) => leaves[leaf]!);
  const depth = repetitionOf(node, leaves);
  const size = DataType.isFixedSizeList(data.type) ? data.type.listSize : undefined;
  const offsets = data.valueOffsets as Int32Array;
  return (row, definition, repetition) => {
    const start = size === undefined ? offsets[row]! : row * size;
    const end = size === undefined ? offsets[row + 1]! : start + size;
    if (start === end) for (const leaf of below) leaf.pushLevel(definition + 1, repetition);
    for (let k = start; k < end; k++) {
      for (const child of children) child(k, definition + 2, k === start ? repetition : depth);
    }
  };
}

/** The repetition level of the elements of a list or map: that of its leaves, without the lists between. */
function repetitionOf(node: SchemaNode, leaves: readonly LeafBuffer[]): number {
  let depth = 0;
  let inner: SchemaNode | undefined = node;
  while (inner && inner.kind !== "leaf") {
    if (inner.kind !== "struct") depth++;
    inner = inner.children[0];
  }
  return inner?.kind === "leaf" ? leaves[inner.leaf]!.info.maxRepetition - depth + 1 : 1;
}

function createPut(data: Data, { values: out, info }: LeafBuffer): PutValue {
  const { type } = data;
  if (DataType.isDictionary(type)) return throughDictionary(data, leafOf(out, info));
  if (DataType.isNull(type)) return () => {};
  if (DataType.isBool(type)) {
    const bits = data.values as Uint8Array;
    const { offset } = data;
    return (row) => out.byte((bits[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1);
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type) || DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)) {
    const bytes = data.values as Uint8Array;
    const offsets = data.valueOffsets as ArrayLike<number | bigint>;
    return (row) => {
      const start = Number(offsets[row]!);
      const end = Number(offsets[row + 1]!);
      putWord(out, end - start);
      out.copy(bytes, start, end);
    };
  }
  if (DataType.isFixedSizeBinary(type)) {
    const bytes = data.values as Uint8Array;
    const width = type.byteWidth;
    return (row) => out.copy(bytes, row * width, (row + 1) * width);
  }
  if (DataType.isDecimal(type)) return createPutDecimal(data, type.precision, out);
  if (isPlainLayout(type) || DataType.isDuration(type)) return createPutWords(data, out);
  return createPutConverted(data, out);
}

type Out = LeafBuffer["values"];

const leafOf = (values: Out, info: LeafBuffer["info"]) => ({ values, info }) as LeafBuffer;

function putWord(out: Out, word: number): void {
  out.reserve(4);
  const { bytes, length } = out;
  bytes[length] = word;
  bytes[length + 1] = word >> 8;
  bytes[length + 2] = word >> 16;
  bytes[length + 3] = word >> 24;
  out.length = length + 4;
}

/** `00112233-4455-…` as its 16 bytes. */
function createPutUuid(data: Data, out: Out): PutValue {
  const bytes = data.values as Uint8Array;
  const offsets = data.valueOffsets as Int32Array;
  return (row) => {
    let high = -1;
    for (let at = offsets[row]!, end = offsets[row + 1]!; at < end; at++) {
      const code = bytes[at]!;
      if (code === 45) continue;
      const digit = code < 58 ? code - 48 : (code | 32) - 87;
      if (high < 0) high = digit;
      else {
        out.byte(high * 16 + digit);
        high = -1;
      }
    }
  };
}

/** Values of 4 or 8 bytes, as they are. */
function createPutWords(data: Data, out: Out): PutValue {
  const values = data.values as Int32Array;
  const perValue = values.BYTES_PER_ELEMENT / 4;
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * perValue);
  if (perValue === 1) return (row) => putWord(out, words[row]!);
  return (row) => {
    putWord(out, words[row * 2]!);
    putWord(out, words[row * 2 + 1]!);
  };
}

/** Little-endian words of 128 bits: the lowest for short decimals, all in big-endian order for long ones. */
function createPutDecimal(data: Data, precision: number, out: Out): PutValue {
  const { buffer, byteOffset, byteLength } = data.values as Int32Array;
  const words = new Int32Array(buffer, byteOffset, byteLength / 4);
  if (precision <= 9) return (row) => putWord(out, words[row * 4]!);
  if (precision <= 18)
    return (row) => {
      putWord(out, words[row * 4]!);
      putWord(out, words[row * 4 + 1]!);
    };
  return (row) => {
    for (let k = 3; k >= 0; k--) {
      const word = words[row * 4 + k]!;
      putWord(out, (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24));
    }
  };
}

/** Short integers, half floats, dates in milliseconds, and times in seconds. */
function createPutConverted(data: Data, out: Out): PutValue {
  const { type } = data;
  const values = data.values as ArrayLike<number | bigint>;
  if (DataType.isInt(type)) return (row) => putWord(out, values[row] as number);
  if (DataType.isFloat(type)) {
    const float = new Float32Array(1);
    const word = new Int32Array(float.buffer);
    return (row) => {
      float[0] = halfToNumber(values[row] as number);
      putWord(out, word[0]!);
    };
  }
  if (DataType.isDate(type)) return (row) => putWord(out, Math.floor(Number(values[row]) / 86_400_000));
  if (DataType.isTime(type)) return (row) => putWord(out, (values[row] as number) * 1000);
  const long = new BigInt64Array(1);
  const words = new Int32Array(long.buffer);
  return (row) => {
    long[0] = BigInt(values[row]!) * 1000n;
    putWord(out, words[0]!);
    putWord(out, words[1]!);
  };
}

function throughDictionary(data: Data, leaf: LeafBuffer): PutValue {
  const indices = data.values as ArrayLike<number | bigint>;
  const chunks = (data.dictionary?.data ?? []).map((chunk) => ({ length: chunk.length, put: createPut(chunk, leaf) }));
  return (row) => {
    let index = Number(indices[row]!);
    for (const { length, put } of chunks) {
      if (index < length) {
        put(index);
        return;
      }
      index -= length;
    }
  };
}
