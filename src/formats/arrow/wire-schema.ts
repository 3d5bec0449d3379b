import { FormatError } from "../source.ts";
import type { FlatTable } from "./flatbuffer.ts";

/** A type as an Arrow file declares it. Units count from seconds (0) to nanoseconds (3). */
export type WireType =
  | { readonly kind: "null" | "bool" | "struct" | "runEndEncoded" }
  | { readonly kind: "int"; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: "float"; readonly bits: number }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number; readonly bits: number }
  | { readonly kind: "date"; readonly bits: number }
  | { readonly kind: "time"; readonly unit: number; readonly bits: number }
  | { readonly kind: "timestamp" | "duration"; readonly unit: number }
  | { readonly kind: "interval"; readonly unit: number }
  | { readonly kind: "bytes"; readonly isText: boolean; readonly isLarge: boolean }
  | { readonly kind: "view"; readonly isText: boolean }
  | { readonly kind: "fixedBytes"; readonly width: number }
  | { readonly kind: "list" | "listView"; readonly isLarge: boolean }
  | { readonly kind: "fixedList"; readonly size: number }
  | { readonly kind: "map" }
  | { readonly kind: "union"; readonly isDense: boolean; readonly typeIds: readonly number[] };

export interface WireField {
  readonly name: string;
  readonly type: WireType;
  readonly children: readonly WireField[];
  readonly dictionary: { readonly id: bigint; readonly index: WireType & { kind: "int" } } | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface WireSchema {
  readonly fields: readonly WireField[];
  readonly isBigEndian: boolean;
  /** Fields whose values come in dictionary batches, by the dictionary's id. */
  readonly dictionaries: ReadonlyMap<bigint, WireField>;
}

const MAX_DEPTH = 64;

/** Reads the schema of an Arrow file (https://github.com/apache/arrow/blob/main/format/Schema.fbs). */
export function readWireSchema(table: FlatTable): WireSchema {
  const dictionaries = new Map<bigint, WireField>();
  const fields = table.tables(1).map((field) => readField(field, dictionaries, 0));
  return { fields, isBigEndian: table.int16(0) === 1, dictionaries };
}

function readField(table: FlatTable, dictionaries: Map<bigint, WireField>, depth: number): WireField {
  if (depth > MAX_DEPTH) throw new FormatError("The Arrow file nests its types more than 64 levels deep.");
  const name = table.string(0) ?? "";
  const children = table.tables(5).map((child) => readField(child, dictionaries, depth + 1));
  const type = readType(table, name, children.length);
  const encoding = table.table(4);
  const index = encoding?.table(1);
  const indexBits = index?.int32(0) ?? 32;
  if (![8, 16, 32, 64].includes(indexBits)) {
    throw new FormatError(`The dictionary of column "${name}" in the Arrow file has indices of ${indexBits} bits.`);
  }
  const field: WireField = {
    name,
    type,
    children,
    dictionary: encoding && {
      id: encoding.int64(0),
      index: { kind: "int", bits: indexBits, isSigned: index?.bool(1) ?? true },
    },
    metadata: new Map(table.tables(6).map((pair) => [pair.string(0) ?? "", pair.string(1) ?? ""])),
  };
  if (field.dictionary) dictionaries.set(field.dictionary.id, { ...field, dictionary: undefined });
  return field;
}

/** How many children each nested type has; structs and unions have as many as they like. */
const CHILDREN: Record<number, number> = { 12: 1, 16: 1, 17: 1, 21: 1, 22: 2, 25: 1, 26: 1 };

/** The largest unit, precision or mode of the types that have one. */
const MAX_UNIT: Record<number, number> = { 3: 2, 8: 1, 9: 3, 10: 3, 11: 2, 14: 1, 18: 3 };

function readType(field: FlatTable, name: string, children: number): WireType {
  const tag = field.int8(2);
  const type = field.table(3);
  const expected = CHILDREN[tag];
  if (!type || (expected !== undefined && expected !== children)) {
    throw new FormatError(`The type of column "${name}" in the Arrow file is damaged.`);
  }
  const maxUnit = MAX_UNIT[tag];
  const unit = maxUnit === undefined ? 0 : type.int16(0, tag === 9 || tag === 18 ? 1 : 0);
  if (unit < 0 || unit > (maxUnit ?? 0)) {
    throw new FormatError(`The type of column "${name}" in the Arrow file is damaged.`);
  }
  switch (tag) {
    case 1:
      return { kind: "null" };
    case 2:
      return { kind: "int", bits: type.int32(0), isSigned: type.bool(1) };
    case 3:
      return { kind: "float", bits: 16 << unit };
    case 4:
      return { kind: "bytes", isText: false, isLarge: false };
    case 5:
      return { kind: "bytes", isText: true, isLarge: false };
    case 6:
      return { kind: "bool" };
    case 7:
      return { kind: "decimal", precision: type.int32(0), scale: type.int32(1), bits: type.int32(2, 128) };
    case 8:
      return { kind: "date", bits: type.int16(0, 1) === 0 ? 32 : 64 };
    case 9:
      return { kind: "time", unit, bits: unit < 2 ? 32 : 64 };
    case 10:
      return { kind: "timestamp", unit };
    case 11:
      return { kind: "interval", unit };
    case 12:
      return { kind: "list", isLarge: false };
    case 13:
      return { kind: "struct" };
    case 14: {
      const ids = type.structs(1, 4).map((view) => view.getInt32(0, true));
      const typeIds = ids.length > 0 ? ids : Array.from({ length: children }, (_, i) => i);
      return { kind: "union", isDense: unit === 1, typeIds };
    }
    case 15:
      return { kind: "fixedBytes", width: type.int32(0) };
    case 16:
      return { kind: "fixedList", size: type.int32(0) };
    case 17:
      return { kind: "map" };
    case 18:
      return { kind: "duration", unit };
    case 19:
      return { kind: "bytes", isText: false, isLarge: true };
    case 20:
      return { kind: "bytes", isText: true, isLarge: true };
    case 21:
      return { kind: "list", isLarge: true };
    case 22:
      return { kind: "runEndEncoded" };
    case 23:
      return { kind: "view", isText: false };
    case 24:
      return { kind: "view", isText: true };
    case 25:
      return { kind: "listView", isLarge: false };
    case 26:
      return { kind: "listView", isLarge: true };
    default:
      throw new FormatError(`Column "${name}" of the Arrow file has a type (number ${tag}) that is not known.`);
  }
}
