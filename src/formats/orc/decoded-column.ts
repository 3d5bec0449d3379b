import {
  Binary,
  Bool,
  type Data,
  DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  Struct,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
} from "apache-arrow";
import { packBits } from "../json/column-builders.ts";
import { FormatError } from "../source.ts";
import { type OrcType, TypeKind } from "./tail.ts";

type Values = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Decoded rows of one column, before they become Arrow. `valid` has one byte a row; without it there are no nulls. */
export type DecodedColumn = { length: number; valid: Uint8Array | undefined } & (
  | { shape: "fixed"; values: Values; stride: number }
  | { shape: "bytes"; offsets: Int32Array; bytes: Uint8Array }
  | { shape: "list"; offsets: Int32Array; child: DecodedColumn }
  | { shape: "struct"; children: DecodedColumn[] }
);

/** Spreads the rows of a column over `present.length` rows: the n-th present row gets the n-th value, the others null. */
export function expandColumn(column: DecodedColumn, present: Uint8Array): DecodedColumn {
  const length = present.length;
  const valid = new Uint8Array(length);
  let next = 0;
  for (let i = 0; i < length; i++)
    if (present[i] === 1) valid[i] = column.valid === undefined ? 1 : column.valid[next++]!;
  if (column.shape === "struct") {
    const children = column.children.map((child) => expandColumn(child, present));
    return { shape: "struct", length, valid, children };
  }
  if (column.shape === "fixed") {
    const { stride, values: dense } = column;
    const values = new (dense.constructor as new (size: number) => Values)(length * stride);
    let from = 0;
    for (let i = 0; i < length; i++) {
      if (present[i] !== 1) continue;
      for (let j = 0; j < stride; j++) values[i * stride + j] = dense[from++]!;
    }
    return { shape: "fixed", length, valid, values, stride };
  }
  const offsets = new Int32Array(length + 1);
  let row = 0;
  for (let i = 0; i < length; i++) {
    if (present[i] === 1) row++;
    offsets[i + 1] = column.offsets[row]!;
  }
  return column.shape === "bytes"
    ? { shape: "bytes", length, valid, offsets, bytes: column.bytes }
    : { shape: "list", length, valid, offsets, child: column.child };
}

/** The Arrow type of an ORC type: maps are lists of key and value, unions structs of a tag and one field a member. */
export function describeType(type: OrcType): DataType {
  switch (type.kind) {
    case TypeKind.boolean:
      return new Bool();
    case TypeKind.byte:
      return new Int8();
    case TypeKind.short:
      return new Int16();
    case TypeKind.int:
      return new Int32();
    case TypeKind.long:
      return new Int64();
    case TypeKind.float:
      return new Float32();
    case TypeKind.double:
      return new Float64();
    case TypeKind.string:
    case TypeKind.varchar:
    case TypeKind.char:
      return new Utf8();
    case TypeKind.binary:
    case TypeKind.geometry:
    case TypeKind.geography:
      return new Binary();
    case TypeKind.timestamp:
    case TypeKind.timestampInstant:
      return type.hasNanoseconds ? new TimestampNanosecond() : new TimestampMicrosecond();
    case TypeKind.date:
      return new DateDay();
    case TypeKind.decimal:
      return describeDecimal(type);
    case TypeKind.list:
      return new List(new Field("item", describeType(type.children[0]!), true));
    case TypeKind.map:
      return new List(new Field("item", structOf(["key", "value"], type.children), true));
    case TypeKind.struct:
      return type.children.length === 0 ? new Utf8() : structOf(type.names, type.children);
    case TypeKind.union: {
      const members = type.children.map((child, i) => new Field(`field${i}`, describeType(child), true));
      return new Struct([new Field("tag", new Int8(), true), ...members]);
    }
    default:
      throw new FormatError(
        `The ORC file has a column of type number ${type.kind}, which is not read. Write it as another type.`,
      );
  }
}

function structOf(names: readonly string[], children: readonly OrcType[]): Struct {
  const taken = new Set<string>();
  return new Struct(
    children.map((child, i) => {
      const wanted = names[i] === "" ? `field${i}` : names[i]!;
      let name = wanted;
      for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wanted}_${n}`;
      taken.add(name.toLowerCase());
      return new Field(name, describeType(child), true);
    }),
  );
}

/** Digits and scale of a decimal; files of Hive 0.11 have none and get 38 and 10, as ORC's own readers do. */
export function describeDecimal({ precision, scale }: OrcType): Decimal {
  if (precision === undefined || precision === 0) return new Decimal(10, 38, 128);
  if (precision > 38 || scale > precision) {
    throw new FormatError(
      `The ORC file has a decimal of ${precision} digits with ${scale} behind the point; at most 38 are read.`,
    );
  }
  return new Decimal(scale, precision, 128);
}

/** Makes Arrow data of a decoded column. */
export function toArrow(column: DecodedColumn, type: DataType): Data {
  const { length, valid } = column;
  const nulls = countNulls(valid);
  const common = { length, nullCount: nulls, nullBitmap: nulls === 0 ? null : packBits(valid!, length) };
  if (column.shape === "struct") {
    const { children } = type as Struct;
    return makeData({
      type: type as Struct,
      ...common,
      children: column.children.map((child, i) => toArrow(child, children[i]!.type)),
    });
  }
  if (column.shape === "list") {
    const child = toArrow(column.child, (type as List).children[0]!.type);
    return makeData({ type: type as List, ...common, valueOffsets: column.offsets, child });
  }
  if (column.shape === "bytes") {
    return makeData({ type: type as Utf8, ...common, valueOffsets: column.offsets, data: column.bytes });
  }
  const { values } = column;
  if (type instanceof Bool) return makeData({ type, ...common, data: packBits(values as Uint8Array, length) });
  if (type instanceof Int64 || DataType.isTimestamp(type)) {
    const data = new BigInt64Array(values.buffer as ArrayBuffer, values.byteOffset, length);
    return makeData({ type: type as Int64, ...common, data });
  }
  if (type instanceof Decimal) {
    const data = new Uint32Array(values.buffer as ArrayBuffer, values.byteOffset, length * 4);
    return makeData({ type, ...common, data });
  }
  return makeData({ type: type as Int32, ...common, data: values as Int32Array });
}

function countNulls(valid: Uint8Array | undefined): number {
  if (valid === undefined) return 0;
  let count = 0;
  for (let i = 0; i < valid.length; i++) if (valid[i] === 0) count++;
  return count;
}
