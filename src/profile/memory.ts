/** Memory as pandas' `memory_usage(deep=True)` counts it, for a frame read with `read_csv` under CPython 3.11. */
import type { ScannedColumn } from "./scan.ts";
import type { TextResult } from "./text.ts";

/** A `RangeIndex`. */
export const PYTHON_INDEX_BYTES = 132;
const POINTER = 8;
/** NaN, which stands for a missing value among objects, is a Python float. */
const PYTHON_FLOAT = 24;
const PYTHON_BOOL = 28;

/** Bytes of one column: 8 a number or date, 1 a boolean; text is a pointer and a Python string a value. */
export function measureMemory(column: ScannedColumn, rows: number, text: TextResult | undefined): number {
  const missing = rows - column.count;
  if (text !== undefined) return rows * POINTER + text.memoryBytes + missing * PYTHON_FLOAT;
  if (column.kind !== "boolean") return rows * 8;
  if (missing === 0) return rows;
  return rows * POINTER + column.count * PYTHON_BOOL + missing * PYTHON_FLOAT;
}
