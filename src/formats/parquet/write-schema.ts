import { DataType, type Field, type Schema, TimeUnit } from "apache-arrow";
import { FormatError } from "../source.ts";
import type { ThriftWriter } from "./write-thrift.ts";

/** Numbers of parquet.thrift's `Type`. */
export const PHYSICAL = { BOOLEAN: 0, INT32: 1, INT64: 2, FLOAT: 4, DOUBLE: 5, BYTE_ARRAY: 6, FIXED: 7 } as const;
export type Physical = (typeof PHYSICAL)[keyof typeof PHYSICAL];

const REQUIRED = 0;
const OPTIONAL = 1;
const REPEATED = 2;

/** parquet.thrift's `ConvertedType`, for readers that do not know logical types. */
const CONVERTED = {
  UTF8: 0,
  MAP: 1,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIME_MILLIS: 7,
  TIMESTAMP_MILLIS: 9,
  TIMESTAMP_MICROS: 10,
  UINT_8: 11,
  INT_8: 15,
  JSON: 19,
} as const;

/** What a leaf's values are, and how they are to be compared. */
export interface LeafType {
  physical: Physical;
  /** Bytes of a value of fixed length. */
  typeLength?: number;
  converted?: number;
  precision?: number;
  scale?: number;
  writeLogical?: (thrift: ThriftWriter) => void;
  /** How smallest and largest values are told; undefined: they are not. */
  order?: "signed" | "unsigned" | "float" | "bytes";
}

/** An element of the schema: a leaf, or a group of others. */
export type SchemaNode =
  | { kind: "leaf"; name: string; isRequired: boolean; type: LeafType; field: Field; leaf: number }
  | { kind: "struct" | "list" | "map"; name: string; field: Field; children: SchemaNode[] };

export interface LeafInfo {
  path: string[];
  type: LeafType;
  maxDefinition: number;
  maxRepetition: number;
}

/** A schema as Parquet lays it out: columns as trees, and their leaves in order. */
export interface ParquetLayout {
  columns: SchemaNode[];
  leaves: LeafInfo[];
}

/** Lays an Arrow schema out for Parquet. Every column may be null. @throws FormatError for types that Parquet does not have. */
export function layOutSchema(schema: Schema): ParquetLayout {
  const leaves: LeafInfo[] = [];
  const columns = schema.fields.map((field) => layOut(field, field.name, [], 0, 0, false, leaves));
  return { columns, leaves };
}

function layOut(
  field: Field,
  name: string,
  parents: string[],
  definition: number,
  repetition: number,
  isRequired: boolean,
  leaves: LeafInfo[],
): SchemaNode {
  const { type } = field;
  const path = [...parents, name];
  const child = (of: Field, as: string, under: string[], levels: number, repeats: number, required = false) =>
    layOut(of, as, under, definition + levels, repetition + repeats, required, leaves);
  if (DataType.isStruct(type)) {
    if (type.children.length === 0)
      throw new FormatError(`Column "${path.join(".")}" is a struct without fields, which Parquet does not have.`);
    return { kind: "struct", name, field, children: type.children.map((of) => child(of, of.name, path, 1, 0)) };
  }
  if (DataType.isList(type) || DataType.isFixedSizeList(type))
    return { kind: "list", name, field, children: [child(type.children[0]!, "element", [...path, "list"], 2, 1)] };
  if (DataType.isMap(type)) {
    const [key, value] = (type.children[0]!.type as DataType & { children: Field[] }).children;
    const under = [...path, "key_value"];
    return {
      kind: "map",
      name,
      field,
      children: [child(key!, "key", under, 2, 1, true), child(value!, "value", under, 2, 1)],
    };
  }
  const leafType = describeLeaf(field, path.join("."));
  const leaf = leaves.length;
  leaves.push({
    path,
    type: leafType,
    maxDefinition: definition + (isRequired ? 0 : 1),
    maxRepetition: repetition,
  });
  return { kind: "leaf", name, isRequired, type: leafType, field, leaf };
}

function describeLeaf(field: Field, path: string): LeafType {
  const type = DataType.isDictionary(field.type) ? (field.type.dictionary as DataType) : field.type;
  const extension = field.metadata.get("ARROW:extension:name");
  if (DataType.isNull(type)) return { physical: PHYSICAL.INT32 };
  if (DataType.isBool(type)) return { physical: PHYSICAL.BOOLEAN };
  if (DataType.isInt(type)) return describeInteger(type.bitWidth, type.isSigned);
  if (DataType.isFloat(type))
    return { physical: type.precision === 2 ? PHYSICAL.DOUBLE : PHYSICAL.FLOAT, order: "float" };
  if (isUuidText(field)) return describeUuid();
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type))
    return extension === "arrow.json" ? plainLogical(12, CONVERTED.JSON) : plainLogical(1, CONVERTED.UTF8);
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return { physical: PHYSICAL.BYTE_ARRAY };
  if (DataType.isFixedSizeBinary(type))
    return extension === "arrow.uuid" && type.byteWidth === 16
      ? describeUuid()
      : { physical: PHYSICAL.FIXED, typeLength: type.byteWidth };
  if (DataType.isDate(type))
    return {
      physical: PHYSICAL.INT32,
      converted: CONVERTED.DATE,
      order: "signed",
      writeLogical: (thrift) => emptyUnion(thrift, 6),
    };
  if (DataType.isTime(type)) return describeTime(type.unit);
  if (DataType.isTimestamp(type)) return describeTimestamp(type.unit, Boolean(type.timezone));
  if (DataType.isDecimal(type) && type.bitWidth === 128) return describeDecimal(type.precision, type.scale);
  if (DataType.isDuration(type)) return { physical: PHYSICAL.INT64, order: "signed" };
  throw new FormatError(
    `Column "${path}" has the type ${type}, which Parquet does not have. Export it as CSV or JSON.`,
  );
}

/** Whether a column's text is the canonical form of UUIDs, which Parquet holds as 16 bytes. */
export function isUuidText({ type, metadata }: Field): boolean {
  return DataType.isUtf8(type) && metadata.get("ARROW:extension:name") === "arrow.uuid";
}

function describeUuid(): LeafType {
  return { physical: PHYSICAL.FIXED, typeLength: 16, writeLogical: (thrift) => emptyUnion(thrift, 14) };
}

function emptyUnion(thrift: ThriftWriter, id: number): void {
  thrift.struct(id, () => {});
}

function plainLogical(id: number, converted: number): LeafType {
  return {
    physical: PHYSICAL.BYTE_ARRAY,
    converted,
    order: "bytes",
    writeLogical: (thrift) => emptyUnion(thrift, id),
  };
}

function describeInteger(bits: number, isSigned: boolean): LeafType {
  const width = Math.log2(bits) - 3;
  return {
    physical: bits === 64 ? PHYSICAL.INT64 : PHYSICAL.INT32,
    converted: (isSigned ? CONVERTED.INT_8 : CONVERTED.UINT_8) + width,
    order: isSigned ? "signed" : "unsigned",
    writeLogical: (thrift) =>
      thrift.struct(10, () => {
        thrift.i8(1, bits);
        thrift.bool(2, isSigned);
      }),
  };
}

/** parquet.thrift's `TimeUnit`. Seconds are written as milliseconds. */
function writeUnit(thrift: ThriftWriter, unit: TimeUnit): void {
  thrift.struct(2, () => emptyUnion(thrift, Math.max(1, unit)));
}

function describeTime(unit: TimeUnit): LeafType {
  const isShort = unit <= TimeUnit.MILLISECOND;
  return {
    physical: isShort ? PHYSICAL.INT32 : PHYSICAL.INT64,
    order: "signed",
    writeLogical: (thrift) =>
      thrift.struct(7, () => {
        thrift.bool(1, false);
        writeUnit(thrift, unit);
      }),
  };
}

function describeTimestamp(unit: TimeUnit, isUtc: boolean): LeafType {
  const converted =
    unit === TimeUnit.MICROSECOND
      ? CONVERTED.TIMESTAMP_MICROS
      : unit === TimeUnit.NANOSECOND
        ? undefined
        : CONVERTED.TIMESTAMP_MILLIS;
  return {
    physical: PHYSICAL.INT64,
    order: "signed",
    // The converted types mean instants in UTC.
    ...(isUtc && converted !== undefined ? { converted } : {}),
    writeLogical: (thrift) =>
      thrift.struct(8, () => {
        thrift.bool(1, isUtc);
        writeUnit(thrift, unit);
      }),
  };
}

function describeDecimal(precision: number, scale: number): LeafType {
  const physical = precision <= 9 ? PHYSICAL.INT32 : precision <= 18 ? PHYSICAL.INT64 : PHYSICAL.FIXED;
  return {
    physical,
    ...(physical === PHYSICAL.FIXED ? { typeLength: 16 } : { order: "signed" as const }),
    converted: CONVERTED.DECIMAL,
    precision,
    scale,
    writeLogical: (thrift) =>
      thrift.struct(5, () => {
        thrift.i32(1, scale);
        thrift.i32(2, precision);
      }),
  };
}

interface Element {
  name: string;
  repetition?: number;
  children?: number;
  leaf?: LeafType;
  converted?: number;
  logical?: number;
}

/** Writes parquet.thrift's flat list of `SchemaElement`, as field `id` of the file's metadata. */
export function writeSchema(thrift: ThriftWriter, id: number, { columns }: ParquetLayout): void {
  const elements: Element[] = [{ name: "schema", children: columns.length }];
  for (const column of columns) flatten(column, elements);
  thrift.structs(id, elements, (element) => {
    const { leaf } = element;
    if (leaf) thrift.i32(1, leaf.physical);
    if (leaf?.typeLength !== undefined) thrift.i32(2, leaf.typeLength);
    if (element.repetition !== undefined) thrift.i32(3, element.repetition);
    thrift.text(4, element.name);
    if (element.children !== undefined) thrift.i32(5, element.children);
    const converted = leaf?.converted ?? element.converted;
    if (converted !== undefined) thrift.i32(6, converted);
    if (leaf?.scale !== undefined) thrift.i32(7, leaf.scale);
    if (leaf?.precision !== undefined) thrift.i32(8, leaf.precision);
    if (leaf?.writeLogical) thrift.struct(10, () => leaf.writeLogical?.(thrift));
    else if (element.logical !== undefined) thrift.struct(10, () => emptyUnion(thrift, element.logical ?? 0));
  });
}

function flatten(node: SchemaNode, elements: Element[]): void {
  const { name } = node;
  if (node.kind === "leaf") {
    elements.push({ name, repetition: node.isRequired ? REQUIRED : OPTIONAL, leaf: node.type });
    return;
  }
  if (node.kind === "struct") elements.push({ name, repetition: OPTIONAL, children: node.children.length });
  else if (node.kind === "list") {
    elements.push({ name, repetition: OPTIONAL, children: 1, converted: CONVERTED.LIST, logical: 3 });
    elements.push({ name: "list", repetition: REPEATED, children: 1 });
  } else {
    elements.push({ name, repetition: OPTIONAL, children: 1, converted: CONVERTED.MAP, logical: 2 });
    elements.push({ name: "key_value", repetition: REPEATED, children: 2 });
  }
  for (const child of node.children) flatten(child, elements);
}
