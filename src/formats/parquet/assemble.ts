import { type Data, DataType } from "apache-arrow";
import { checkText } from "../arrow/check-text.ts";
import { createData, createFixedData } from "../arrow/create-data.ts";
import { FormatError } from "../source.ts";
import type { LeafSlice } from "./column-cursor.ts";
import type { ListNode, Node, StructNode } from "./schema.ts";
import type { ByteValues, FixedValues, Values } from "./values.ts";
import { variantsToJson } from "./variant.ts";

/** Where a field's slots are among a leaf's entries: those of at most this repetition and at least this definition level. */
interface Slots {
  readonly repetition: number;
  readonly definition: number;
}

/** Puts the slices of a column's leaves, found under their ordinals, together to Arrow data of `rows` rows. */
export function assembleColumn(node: Node, slices: readonly LeafSlice[], rows: number): Data {
  const data = assembleNode(node, slices, { repetition: 0, definition: 0 });
  if (data.length !== rows) {
    throw new FormatError(`Column "${node.field.name}" of the Parquet file has a wrong number of rows: it is corrupt.`);
  }
  return data;
}

function assembleNode(node: Node, slices: readonly LeafSlice[], slots: Slots): Data {
  switch (node.kind) {
    case "leaf":
      return assembleLeaf(slices[node.leaf.index]!, slots);
    case "struct":
      return assembleStruct(node, slices, slots);
    case "list":
      return assembleList(node, slices, slots);
    case "variant":
      return variantsToJson(node.storage, assembleStruct(node.storage, slices, slots));
  }
}

/** Ordinal of the first leaf of a column. */
export function firstLeaf(node: Node): number {
  switch (node.kind) {
    case "leaf":
      return node.leaf.index;
    case "struct":
      return firstLeaf(node.children[0]!);
    case "list":
      return firstLeaf(node.element);
    case "variant":
      return firstLeaf(node.storage);
  }
}

function assembleStruct(node: StructNode, slices: readonly LeafSlice[], slots: Slots): Data {
  const children = node.children.map((child) => assembleNode(child, slices, slots));
  const length = children[0]!.length;
  if (children.some((child) => child.length !== length)) {
    throw new FormatError(`The fields of "${node.field.name}" in the Parquet file differ in length: it is corrupt.`);
  }
  const nulls =
    node.definition > slots.definition
      ? markNulls(slices[firstLeaf(node)]!, slots, node.definition, length)
      : { nullCount: 0, nullBitmap: undefined };
  return createData({ type: node.field.type, length, ...nulls, children });
}

function assembleList(node: ListNode, slices: readonly LeafSlice[], slots: Slots): Data {
  const slice = slices[firstLeaf(node)]!;
  const { length: entries } = slice;
  const repetitions = slice.repetitions!;
  const definitions = slice.definitions!;
  const offsets = new Int32Array(entries + 1);
  const bitmap = new Uint8Array((entries + 7) >> 3);
  let slot = 0;
  let elements = 0;
  let valid = 0;
  for (let i = 0; i < entries; i++) {
    const definition = definitions[i]!;
    if (repetitions[i]! <= slots.repetition) {
      if (definition < slots.definition) continue;
      offsets[slot] = elements;
      if (definition >= node.definition) {
        bitmap[slot >> 3]! |= 1 << (slot & 7);
        valid++;
      }
      slot++;
    }
    if (definition >= node.elementDefinition && repetitions[i]! <= node.repetition) elements++;
  }
  offsets[slot] = elements;
  const child = assembleNode(node.element, slices, {
    repetition: node.repetition,
    definition: node.elementDefinition,
  });
  if (child.length !== elements) {
    throw new FormatError(`The list "${node.field.name}" of the Parquet file is inconsistent: the file is corrupt.`);
  }
  if (DataType.isMap(node.field.type) && child.children[0]!.nullCount > 0) {
    throw new FormatError(`The map "${node.field.name}" of the Parquet file has a key that is null.`);
  }
  return createData({
    type: node.field.type,
    length: slot,
    nullCount: slot - valid,
    nullBitmap: valid === slot ? undefined : bitmap.subarray(0, (slot + 7) >> 3),
    valueOffsets: offsets.slice(0, slot + 1),
    child,
  });
}

function markNulls(slice: LeafSlice, slots: Slots, definition: number, length: number) {
  const { definitions, repetitions } = slice;
  if (!definitions) return { nullCount: 0, nullBitmap: undefined };
  const bitmap = new Uint8Array((length + 7) >> 3);
  let slot = 0;
  let valid = 0;
  for (let i = 0; i < slice.length; i++) {
    if ((repetitions && repetitions[i]! > slots.repetition) || definitions[i]! < slots.definition) continue;
    if (definitions[i]! >= definition) {
      bitmap[slot >> 3]! |= 1 << (slot & 7);
      valid++;
    }
    slot++;
  }
  return valid === length ? { nullCount: 0, nullBitmap: undefined } : { nullCount: length - valid, nullBitmap: bitmap };
}

function assembleLeaf(slice: LeafSlice, slots: Slots): Data {
  const { leaf, definitions } = slice;
  const { type, convert, isText } = leaf.type;
  if (isText) {
    const { offsets, data, length: count } = slice.values as ByteValues;
    checkText(offsets, data, count, leaf.path);
  }
  const values = convert ? convert(slice.values) : slice.values;
  let length = slice.length;
  let nulls: { nullCount: number; nullBitmap: Uint8Array | undefined } = { nullCount: 0, nullBitmap: undefined };
  if (definitions && values.length < slice.length) {
    length = countSlots(slice, slots);
    nulls = markNulls(slice, slots, leaf.maxDefinition, length);
  }
  return toData(type, spread(values, length, nulls.nullBitmap), length, nulls);
}

function countSlots({ length, definitions, repetitions }: LeafSlice, slots: Slots): number {
  if (slots.definition === 0 && !repetitions) return length;
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (definitions![i]! >= slots.definition && (!repetitions || repetitions[i]! <= slots.repetition)) count++;
  }
  return count;
}

/** Moves values apart so that each stands at its slot. */
function spread(values: Values, length: number, bitmap: Uint8Array | undefined): Values {
  if (!bitmap) return values;
  if (values.kind === "bytes") {
    const offsets = new Int32Array(length + 1);
    let next = 0;
    for (let slot = 0; slot < length; slot++) {
      if ((bitmap[slot >> 3]! >> (slot & 7)) & 1) next++;
      offsets[slot + 1] = values.offsets[next]!;
    }
    return { ...values, length, offsets, data: values.data };
  }
  const { width } = values;
  const bytes = new Uint8Array(Math.ceil((width * length) / 8) * 8);
  const unit = width % 4 === 0 ? 4 : 1;
  const from = unit === 4 ? new Int32Array(values.bytes.buffer) : values.bytes;
  const to = unit === 4 ? new Int32Array(bytes.buffer) : bytes;
  const units = width / unit;
  let next = 0;
  for (let slot = 0; slot < length; slot++) {
    if (((bitmap[slot >> 3]! >> (slot & 7)) & 1) === 0) continue;
    for (let k = 0, at = slot * units; k < units; k++) to[at + k] = from[next++]!;
  }
  return { kind: "fixed", width, length, bytes };
}

function toData(
  type: DataType,
  values: Values,
  length: number,
  nulls: { nullCount: number; nullBitmap: Uint8Array | undefined },
): Data {
  if (values.kind === "bytes") {
    const valueOffsets = values.offsets.subarray(0, length + 1);
    return createData({ type, length, ...nulls, valueOffsets, data: values.data.subarray(0, valueOffsets[length]!) });
  }
  if (DataType.isBool(type)) {
    return createData({ type, length, ...nulls, data: packBits(values, length) });
  }
  return createFixedData(type, values.bytes, length, nulls);
}

function packBits({ bytes }: FixedValues, length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) if (bytes[i]) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}
