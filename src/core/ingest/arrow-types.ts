import { DataType, type Field, type Schema } from "apache-arrow";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import { FormatError } from "../../formats/source.ts";

/**
 * The DuckDB type that holds an Arrow type exactly, for the types that readers emit.
 *
 * @param metadata of the type's field, which tells UUIDs from other bytes.
 * @throws FormatError for any other.
 */
export function duckdbTypeOf(type: DataType, metadata?: Field["metadata"]): string {
  if (DataType.isFixedSizeBinary(type) && metadata?.get("ARROW:extension:name") === "arrow.uuid") return "UUID";
  if (DataType.isDictionary(type)) return duckdbTypeOf(type.dictionary);
  if (DataType.isNull(type)) return "VARCHAR";
  if (DataType.isBool(type)) return "BOOLEAN";
  if (DataType.isInt(type)) {
    const name = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" }[type.bitWidth];
    return type.isSigned ? name : `U${name}`;
  }
  if (DataType.isFloat(type)) return type.precision === 2 ? "DOUBLE" : "FLOAT";
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return "VARCHAR";
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isFixedSizeBinary(type)) return "BLOB";
  if (DataType.isDate(type)) return "DATE";
  if (DataType.isTime(type)) return "TIME";
  if (DataType.isTimestamp(type)) return type.unit === 3 ? "TIMESTAMP_NS" : "TIMESTAMP";
  if (DataType.isDecimal(type)) return `DECIMAL(${type.precision}, ${type.scale})`;
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) return `${fieldTypeOf(type.children[0])}[]`;
  if (DataType.isStruct(type))
    return `STRUCT(${type.children.map((field) => `${quoteIdentifier(field.name)} ${fieldTypeOf(field)}`).join(", ")})`;
  if (DataType.isMap(type)) {
    const entry = type.children[0]?.type as (DataType & { children: Field[] }) | undefined;
    return `MAP(${fieldTypeOf(entry?.children[0])}, ${fieldTypeOf(entry?.children[1])})`;
  }
  throw new FormatError(`A column has the type ${type}, which cannot be stored.`);
}

function fieldTypeOf(field: Field | undefined): string {
  if (!field) throw new FormatError("A nested column has no element type.");
  return duckdbTypeOf(field.type, field.metadata);
}

/** The columns of an Arrow schema as DuckDB stores them. */
export function columnsOf(schema: Schema): { name: string; duckdbType: string }[] {
  return schema.fields.map((field) => ({ name: field.name, duckdbType: fieldTypeOf(field) }));
}
