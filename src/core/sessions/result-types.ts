import { DataType, type Field } from "apache-arrow";
import { duckdbTypeOf } from "../ingest/arrow-types.ts";

const EXTENSIONS: Record<string, string> = {
  "arrow.uuid": "UUID",
  "arrow.json": "JSON",
  "duckdb.hugeint": "HUGEINT",
  "duckdb.uhugeint": "UHUGEINT",
  "duckdb.bit": "BIT",
  "duckdb.time_tz": "TIME WITH TIME ZONE",
};

/** DuckDB's name for the type of a result column, from what its Arrow field says. */
export function resultTypeOf(field: Field): string {
  const { type } = field;
  const extension = field.metadata.get("ARROW:extension:name");
  const opaque = /"type_name":\s*"([^"]+)"/.exec(field.metadata.get("ARROW:extension:metadata") ?? "")?.[1];
  if (opaque) return opaque.toUpperCase();
  if (extension && EXTENSIONS[extension]) return EXTENSIONS[extension];
  if (DataType.isDictionary(type)) return "ENUM";
  if (DataType.isTimestamp(type) && type.timezone) return "TIMESTAMP WITH TIME ZONE";
  try {
    return duckdbTypeOf(field);
  } catch {
    return String(type).toUpperCase();
  }
}
