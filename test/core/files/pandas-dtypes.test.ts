import { expect, test } from "vitest";
import { pandasDtype } from "../../../src/core/files/pandas-dtypes.ts";

/** `str(dtype)` of pandas 2.2 with the NumPy types, for columns without and with missing values. */
const DTYPES: [duckdbType: string, whole: string, withNulls: string][] = [
  ["BIGINT", "int64", "float64"],
  ["UTINYINT", "uint8", "float64"],
  ["INTEGER", "int32", "float64"],
  ["HUGEINT", "object", "object"],
  ["DOUBLE", "float64", "float64"],
  ["FLOAT", "float32", "float32"],
  ["DECIMAL(18,3)", "object", "object"],
  ["BOOLEAN", "bool", "object"],
  ["VARCHAR", "object", "object"],
  ["BLOB", "object", "object"],
  ["DATE", "datetime64[ns]", "datetime64[ns]"],
  ["TIMESTAMP", "datetime64[ns]", "datetime64[ns]"],
  ["TIMESTAMP_NS", "datetime64[ns]", "datetime64[ns]"],
  ["TIMESTAMP[]", "object", "object"],
  ["TIME", "object", "object"],
  ["INTERVAL", "timedelta64[ns]", "timedelta64[ns]"],
  ["BIGINT[]", "object", "object"],
  ["STRUCT(a INTEGER)", "object", "object"],
];

test.each(DTYPES)("%s", (duckdbType, whole, withNulls) => {
  expect(pandasDtype({ duckdbType, nullable: false })).toBe(whole);
  expect(pandasDtype({ duckdbType, nullable: true })).toBe(withNulls);
});
