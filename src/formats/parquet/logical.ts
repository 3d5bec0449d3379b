import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  FixedSizeBinary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  Interval,
  IntervalUnit,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import type { SchemaElement } from "hyparquet";
import { FormatError } from "../source.ts";
import {
  convertBigEndianDecimals,
  convertFloat16,
  convertInt96,
  convertIntDecimals,
  convertIntervals,
  narrowIntegers,
  scaleInt32To64,
  scaleInt64,
} from "./convert-values.ts";
import type { Values } from "./values.ts";

/** The Arrow type of a leaf column and how its stored values become that type's. */
export interface LeafType {
  readonly type: DataType;
  /** Stored → Arrow layout; nulls are not among the values yet. Undefined when they are the same. */
  readonly convert?: (values: Values) => Values;
  /** Tells types that share an Arrow type apart. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** Values must be valid UTF-8. */
  readonly isText?: boolean;
}

/** DuckDB takes 16 bytes so marked for its own UUID type. */
const UUID = new Map([["ARROW:extension:name", "arrow.uuid"]]);
const TEXT: LeafType = { type: new Utf8(), isText: true };

/**
 * Chooses the Arrow type for a leaf of a Parquet schema, by its logical type, else by its older converted type,
 * else by how it is stored, as https://github.com/apache/parquet-format/blob/master/LogicalTypes.md has it.
 */
export function chooseLeafType(element: SchemaElement): LeafType {
  const { type, logical_type: logical, converted_type: converted } = element;
  checkConvertedType(element);
  const unit = logical?.type === "TIMESTAMP" || logical?.type === "TIME" ? logical.unit : undefined;
  switch (type) {
    case "BOOLEAN":
      return { type: new Bool() };
    case "INT32":
      if (logical?.type === "DATE" || converted === "DATE") return { type: new DateDay() };
      if (logical?.type === "TIME" || converted === "TIME_MILLIS") {
        return { type: new TimeMicrosecond(), convert: (values) => scaleInt32To64(values, 1000) };
      }
      if (isDecimal(element)) return decimalOfIntegers(element, 4);
      return chooseInteger(element, 32);
    case "INT64":
      if (logical?.type === "TIMESTAMP" || converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS") {
        if (unit === "NANOS") return { type: new TimestampNanosecond() };
        if (unit === "MILLIS" || (unit === undefined && converted === "TIMESTAMP_MILLIS")) {
          return { type: new TimestampMicrosecond(), convert: (values) => scaleInt64(values, 1000n, 1n) };
        }
        return { type: new TimestampMicrosecond() };
      }
      if (logical?.type === "TIME" || converted === "TIME_MICROS") {
        if (unit === "NANOS") {
          return { type: new TimeMicrosecond(), convert: (values) => scaleInt64(values, 1n, 1000n) };
        }
        return { type: new TimeMicrosecond() };
      }
      if (isDecimal(element)) return decimalOfIntegers(element, 8);
      return chooseInteger(element, 64);
    case "INT96":
      return { type: new TimestampMicrosecond(), convert: convertInt96 };
    case "FLOAT":
      return { type: new Float32() };
    case "DOUBLE":
      return { type: new Float64() };
    case "FIXED_LEN_BYTE_ARRAY":
      if (isDecimal(element)) return decimalOfBytes(element);
      if (logical?.type === "UUID" && element.type_length === 16)
        return { type: new FixedSizeBinary(16), metadata: UUID };
      if (logical?.type === "FLOAT16" && element.type_length === 2) {
        return { type: new Float32(), convert: convertFloat16 };
      }
      if (converted === "INTERVAL" && element.type_length === 12) {
        return { type: new Interval(IntervalUnit.MONTH_DAY_NANO), convert: convertIntervals };
      }
      return { type: new Binary(), convert: fixedToBytes };
    case "BYTE_ARRAY":
      if (isDecimal(element)) return decimalOfBytes(element);
      if (logical?.type === "STRING" || logical?.type === "ENUM" || logical?.type === "JSON") return TEXT;
      if (converted === "UTF8" || converted === "ENUM" || converted === "JSON") return TEXT;
      return { type: new Binary() };
    default:
      throw new FormatError(`Column "${element.name}" of the Parquet file has an unknown type.`);
  }
}

/** The physical type that each converted type annotates; others may annotate several. */
const ANNOTATED: Partial<Record<string, string>> = {
  UTF8: "BYTE_ARRAY",
  ENUM: "BYTE_ARRAY",
  JSON: "BYTE_ARRAY",
  DATE: "INT32",
  TIME_MILLIS: "INT32",
  TIME_MICROS: "INT64",
  TIMESTAMP_MILLIS: "INT64",
  TIMESTAMP_MICROS: "INT64",
  INT_8: "INT32",
  INT_16: "INT32",
  INT_32: "INT32",
  INT_64: "INT64",
  UINT_8: "INT32",
  UINT_16: "INT32",
  UINT_32: "INT32",
  UINT_64: "INT64",
};

function checkConvertedType({ name, type, logical_type: logical, converted_type: converted }: SchemaElement): void {
  const expected = converted && ANNOTATED[converted];
  if (logical || !expected || expected === type) return;
  throw new FormatError(
    `Column "${name}" of the Parquet file is declared as ${converted} but stored as ${type}: the file is corrupt.`,
  );
}

function isDecimal(element: SchemaElement): boolean {
  return element.logical_type?.type === "DECIMAL" || element.converted_type === "DECIMAL";
}

/** Precision and scale; precisions over 38 do not fit DuckDB's decimals and become doubles. */
function decimalShape(element: SchemaElement): { precision: number; scale: number } {
  const logical = element.logical_type?.type === "DECIMAL" ? element.logical_type : undefined;
  const precision = logical?.precision ?? element.precision ?? 0;
  const scale = logical?.scale ?? element.scale ?? 0;
  if (precision < 1 || scale < 0 || scale > precision) {
    throw new FormatError(`Column "${element.name}" is said to be DECIMAL(${precision}, ${scale}), which cannot be.`);
  }
  return { precision, scale };
}

function decimalOfIntegers(element: SchemaElement, width: 4 | 8): LeafType {
  const { precision, scale } = decimalShape(element);
  return {
    type: new Decimal(scale, Math.min(precision, 38), 128),
    convert: (values) => convertIntDecimals(values, width),
  };
}

function decimalOfBytes(element: SchemaElement): LeafType {
  const { precision, scale } = decimalShape(element);
  if (precision > 38) {
    return { type: new Float64(), convert: (values) => convertBigEndianDecimals(values, scale) };
  }
  return { type: new Decimal(scale, precision, 128), convert: (values) => convertBigEndianDecimals(values, undefined) };
}

function chooseInteger(element: SchemaElement, stored: 32 | 64): LeafType {
  const { logical_type: logical, converted_type: converted } = element;
  let bits: number = stored;
  let signed = true;
  if (logical?.type === "INTEGER") {
    bits = logical.bitWidth;
    signed = logical.isSigned;
  } else {
    const match = /^(U?)INT_(\d+)$/.exec(converted ?? "");
    if (match) {
      signed = match[1] === "";
      bits = Number(match[2]);
    }
  }
  if (stored === 64 || bits === 64) {
    if (stored === 64) return { type: signed ? new Int64() : new Uint64() };
    return { type: signed ? new Int32() : new Uint32() };
  }
  switch (bits) {
    case 8:
      return { type: signed ? new Int8() : new Uint8(), convert: (values) => narrowIntegers(values, 1) };
    case 16:
      return { type: signed ? new Int16() : new Uint16(), convert: (values) => narrowIntegers(values, 2) };
    default:
      return { type: signed ? new Int32() : new Uint32() };
  }
}

function fixedToBytes(values: Values): Values {
  if (values.kind === "bytes") return values;
  const offsets = new Int32Array(values.length + 1);
  for (let i = 1; i <= values.length; i++) offsets[i] = i * values.width;
  return { kind: "bytes", length: values.length, offsets, data: values.bytes };
}
