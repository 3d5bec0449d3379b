import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  DurationMicrosecond,
  Field,
  FixedSizeBinary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  Interval,
  IntervalUnit,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import { FormatError } from "../source.ts";
import { uniqueNames } from "./unique-names.ts";
import type { WireField } from "./wire-schema.ts";

const INTEGERS: Record<string, () => DataType> = {
  "8true": () => new Int8(),
  "16true": () => new Int16(),
  "32true": () => new Int32(),
  "64true": () => new Int64(),
  "8false": () => new Uint8(),
  "16false": () => new Uint16(),
  "32false": () => new Uint32(),
  "64false": () => new Uint64(),
};

/** The fields of a table or struct, as they are given out: types that DuckDB can hold, names that it can tell apart. */
export function targetFields(fields: readonly WireField[]): Field[] {
  const names = uniqueNames(fields.map((field) => field.name));
  return fields.map((field, i) => targetField(field, names[i]!));
}

/** A field as it is given out. */
export function targetField(field: WireField, name = field.name): Field {
  const type = targetType(field);
  return new Field(name, type, true, isUuid(field) ? new Map(field.metadata) : undefined);
}

export function isUuid(field: WireField): boolean {
  const { type } = field;
  return type.kind === "fixedBytes" && type.width === 16 && field.metadata.get("ARROW:extension:name") === "arrow.uuid";
}

/** The type as which a field is given out. Dictionaries and runs become their values, views plain lists and bytes, unions JSON text. */
function targetType(field: WireField): DataType {
  const { type, children } = field;
  switch (type.kind) {
    case "null":
    case "union":
      return new Utf8();
    case "bool":
      return new Bool();
    case "int": {
      const create = INTEGERS[`${type.bits}${type.isSigned}`];
      if (!create) throw new FormatError(`Column "${field.name}" of the Arrow file has integers of ${type.bits} bits.`);
      return create();
    }
    case "float":
      return type.bits === 64 ? new Float64() : new Float32();
    case "decimal":
      if (type.precision < 1 || ![32, 64, 128, 256].includes(type.bits)) {
        throw new FormatError(`Column "${field.name}" of the Arrow file is a decimal of ${type.precision} digits.`);
      }
      // A negative scale or one beyond the precision, and more than 38 digits, are not for DuckDB's decimals.
      return hasDuckDbDecimal(type) ? new Decimal(type.scale, type.precision, 128) : new Float64();
    case "date":
      return new DateDay();
    case "time":
      return new TimeMicrosecond();
    case "timestamp":
      return type.unit === 3 ? new TimestampNanosecond() : new TimestampMicrosecond();
    case "duration":
      return new DurationMicrosecond();
    case "interval":
      return new Interval(IntervalUnit.MONTH_DAY_NANO);
    case "bytes":
    case "view":
      return type.isText ? new Utf8() : new Binary();
    case "fixedBytes":
      return isUuid(field) ? new FixedSizeBinary(16) : new Binary();
    case "list":
    case "listView":
    case "fixedList":
      return new List(targetField(children[0]!));
    case "struct":
      if (children.length === 0)
        throw new FormatError(`Column "${field.name}" of the Arrow file is a struct without fields.`);
      return new Struct(targetFields(children));
    case "map": {
      const [key, value] = children[0]!.children;
      if (!key || !value)
        throw new FormatError(`Column "${field.name}" of the Arrow file is a map without keys or values.`);
      const { type: keyType, metadata } = targetField(key, "key");
      const entries = new Struct([new Field("key", keyType, false, metadata), targetField(value, "value")]);
      return new Map_(new Field("entries", entries, false) as ConstructorParameters<typeof Map_>[0], false);
    }
    case "runEndEncoded":
      return targetType(children[1]!);
  }
}

/** DuckDB's decimals have up to 38 digits, of which up to all are behind the point. */
export function hasDuckDbDecimal(type: { precision: number; scale: number }): boolean {
  return type.precision <= 38 && type.scale >= 0 && type.scale <= type.precision;
}
