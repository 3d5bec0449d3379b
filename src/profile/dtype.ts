import type { ColumnKind, PandasDtype } from "./types.ts";

const INTEGER = /^(U?TINYINT|U?SMALLINT|U?INTEGER|U?BIGINT|U?HUGEINT|INT\d?|INT)$/;
const FLOAT = /^(FLOAT|REAL|DOUBLE|DECIMAL|NUMERIC)\b/;

/** Tells what a DuckDB type holds. */
export function findColumnKind(type: string): ColumnKind {
  const name = type.toUpperCase();
  if (name.endsWith("[]") || /^(STRUCT|MAP|UNION)\b/.test(name)) return "other";
  if (INTEGER.test(name)) return "integer";
  if (FLOAT.test(name)) return "float";
  if (name === "BOOLEAN" || name === "BOOL") return "boolean";
  if (name === "DATE") return "date";
  if (/^(TIMESTAMP|DATETIME)/.test(name)) return "datetime";
  if (/^(VARCHAR|TEXT|STRING|CHAR|BPCHAR|UUID|ENUM|JSON)/.test(name)) return "text";
  return "other";
}

/** True for types that can hold NaN and infinities. */
export const isFloatingPoint = (type: string): boolean => /^(FLOAT|REAL|DOUBLE)\b/i.test(type);

/** At most this many distinct values make a category … */
export const CATEGORY_MAX_VALUES = 50;
/** … when they also are at most this share of the non-null rows. */
export const CATEGORY_MAX_SHARE = 0.05;

/**
 * Maps a column to the Datasets API's types. Whole numbers stay `int64` when some are missing; text with at most 50
 * distinct values that are at most 5 % of the non-null rows is `category`.
 * @param counts non-null and distinct non-null values; without them text is `object`.
 */
export function findPandasDtype(kind: ColumnKind, counts?: { count: number; unique: number }): PandasDtype {
  switch (kind) {
    case "integer":
      return "int64";
    case "float":
      return "float64";
    case "boolean":
      return "bool";
    case "date":
    case "datetime":
      return "datetime64";
    case "text": {
      const isCategory =
        counts !== undefined &&
        counts.unique > 0 &&
        counts.unique <= CATEGORY_MAX_VALUES &&
        counts.unique <= CATEGORY_MAX_SHARE * counts.count;
      return isCategory ? "category" : "object";
    }
    default:
      return "object";
  }
}

/** The Data API's names of the types (`string, integer, float, boolean, date, datetime, time, json`). */
export function findDataApiType(kind: ColumnKind, sqlType: string): string {
  if (kind === "integer" || kind === "float" || kind === "boolean" || kind === "date" || kind === "datetime")
    return kind;
  if (/^TIME\b/i.test(sqlType)) return "time";
  if (/^(STRUCT|MAP|UNION|JSON)\b|\[\]$/i.test(sqlType)) return "json";
  return "string";
}
