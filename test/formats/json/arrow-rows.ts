import type { RecordBatch, StructRow, Vector } from "apache-arrow";
import type { FormatTable } from "../../../src/formats/source.ts";

/** An Arrow value as plain JavaScript: structs as objects, lists as arrays, decimals as bigints, nulls kept. */
export function toPlain(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint32Array) {
    const [a = 0, b = 0, c = 0, d = 0] = value;
    return BigInt.asIntN(128, (BigInt(d) << 96n) | (BigInt(c) << 64n) | (BigInt(b) << 32n) | BigInt(a));
  }
  if (value instanceof Uint8Array || value instanceof Date) return value;
  if ("toArray" in value)
    return Array.from({ length: (value as Vector).length }, (_, i) => toPlain((value as Vector).get(i)));
  return Object.fromEntries(Object.entries((value as StructRow).toJSON()).map(([key, item]) => [key, toPlain(item)]));
}

/** All rows of a table as plain objects. For tests only. */
export async function collectRows(table: FormatTable, from = 0): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of table.batches(from)) rows.push(...rowsOf(batch));
  return rows;
}

export function rowsOf(batch: RecordBatch): Record<string, unknown>[] {
  const columns = batch.schema.fields.map((field, i) => [field.name, batch.getChildAt(i)!] as const);
  return Array.from({ length: batch.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, column]) => [name, toPlain(column.get(row))])),
  );
}
