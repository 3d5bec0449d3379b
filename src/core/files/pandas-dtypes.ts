import type { ColumnInfo } from "../../storage/schema.ts";

const INTEGERS: Record<string, string> = {
  TINYINT: "int8",
  SMALLINT: "int16",
  INTEGER: "int32",
  BIGINT: "int64",
  UTINYINT: "uint8",
  USMALLINT: "uint16",
  UINTEGER: "uint32",
  UBIGINT: "uint64",
};

/**
 * The pandas dtype of a column, as `DataFrame.dtypes` prints it once pandas has read the same data with its NumPy types
 * (https://pandas.pydata.org/docs/user_guide/missing_data.html): integers with nulls are `float64`, booleans with nulls `object`;
 * dates and timestamps are `datetime64[ns]`, intervals `timedelta64[ns]`; text, decimals, integers beyond 64 bits, times, bytes and
 * nested values are `object`.
 */
export function pandasDtype(column: Pick<ColumnInfo, "duckdbType" | "nullable">): string {
  const type = column.duckdbType.toUpperCase();
  const integer = INTEGERS[type];
  if (integer) return column.nullable ? "float64" : integer;
  if (type === "DOUBLE") return "float64";
  if (type === "FLOAT") return "float32";
  if (type === "BOOLEAN") return column.nullable ? "object" : "bool";
  if (type === "INTERVAL") return "timedelta64[ns]";
  const isInstant = (type === "DATE" || type.startsWith("TIMESTAMP")) && !type.endsWith("]");
  return isInstant ? "datetime64[ns]" : "object";
}
