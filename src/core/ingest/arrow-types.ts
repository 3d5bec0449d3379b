import { DataType, type Field, type Schema } from "apache-arrow";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import { FormatError } from "../../formats/source.ts";

/** The DuckDB type that holds a field's values exactly, for the types that readers emit. @throws FormatError for any other. */
export function duckdbTypeOf({ type, metadata }: Pick<Field, "type" | "metadata">): string {
  if (metadata.get("ARROW:extension:name") === "arrow.uuid") return "UUID";
  if (DataType.isDictionary(type)) return duckdbTypeOf({ type: type.dictionary, metadata });
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
  if (DataType.isInterval(type) || DataType.isDuration(type)) return "INTERVAL";
  if (DataType.isDecimal(type)) return `DECIMAL(${type.precision}, ${type.scale})`;
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) return `${duckdbTypeOf(childOf(type.children))}[]`;
  if (DataType.isStruct(type))
    return `STRUCT(${type.children.map((field) => `${quoteIdentifier(field.name)} ${duckdbTypeOf(field)}`).join(", ")})`;
  if (DataType.isMap(type)) {
    const [key, value] = childOf(type.children).type.children as Field[];
    if (key && value) return `MAP(${duckdbTypeOf(key)}, ${duckdbTypeOf(value)})`;
  }
  throw new FormatError(`A column has the type ${type}, which cannot be stored.`);
}

function childOf(children: readonly Field[]): Field {
  const child = children[0];
  if (!child) throw new FormatError("A nested column has no element type.");
  return child;
}

/** The columns of an Arrow schema as DuckDB stores them. */
export function columnsOf(schema: Schema): { name: string; duckdbType: string }[] {
  return schema.fields.map((field) => ({ name: field.name, duckdbType: duckdbTypeOf(field) }));
}
