import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEncoder } from "../../../src/core/exports/export-encoders.ts";
import { castFor, joinPieces, openTableRows, type RowEngine } from "../../../src/core/exports/read-rows.ts";
import { partsOf } from "../../../src/core/tables/table-layout.ts";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { createMemorySource } from "../../formats/memory-source.ts";
import { openNative } from "../../formats/parquet/native.ts";

let native: DuckDBConnection;
let folder: string;
const statements: string[] = [];

/** Native DuckDB as the engine: results come as Arrow by way of Parquet. */
const engine: RowEngine = {
  async rows<T extends Record<string, unknown>>(sql: string): Promise<T[]> {
    return (await native.runAndReadAll(sql)).getRowObjects() as T[];
  },
  async query(sql) {
    statements.push(sql);
    const path = join(folder, "result.parquet");
    await native.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    return { schema: table!.schema, batches: table!.batches() };
  },
};

beforeAll(async () => {
  native = await openNative();
  folder = mkdtempSync(join(tmpdir(), "eider-rows-"));
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

/** A table of numbers in its parts: row r, column c is r × 1000 + c. */
async function makeTable(name: string, columns: number, rows: number): Promise<void> {
  const names = Array.from({ length: columns }, (_, column) => column);
  for (const part of partsOf({ catalog: "memory", table: name }, names)) {
    const list = part.columns.map((column) => `r * 1000 + ${column} AS c${column}`).join(", ");
    await native.run(`CREATE TABLE ${part.name} AS SELECT ${list} FROM range(${rows}) t(r)`);
  }
}

test.each([
  ["narrow", 3, 5000],
  ["parts", 250, 300],
  ["wide", 620, 2500],
])("a %s table comes row by row, from any row on", async (name, columns, rows) => {
  await makeTable(name, columns, rows);
  const source = await openTableRows(engine, { catalog: "memory", table: name }, columns, "csv");
  expect(source.schema.fields.map((field) => field.name)).toEqual(Array.from({ length: columns }, (_, c) => `c${c}`));
  for (const from of [0, 1, Math.floor(rows / 2), rows - 1, rows]) {
    let next = from;
    for await (const batch of source.batches(from)) {
      for (const column of [0, columns - 1]) {
        const values = batch.getChildAt(column)!;
        for (let row = 0; row < batch.numRows; row++)
          expect(values.get(row)).toBe(BigInt((next + row) * 1000 + column));
      }
      next += batch.numRows;
    }
    expect(next).toBe(rows);
  }
});

test("pieces whose batches end at different rows are put side by side", () => {
  const batch = (name: string, from: number, count: number) =>
    tableFromArrays({ [name]: Int32Array.from({ length: count }, (_, i) => from + i) }).batches[0] as RecordBatch;
  const schema = tableFromArrays({ a: new Int32Array(1), b: new Int32Array(1) }).schema;
  const joined = [
    ...joinPieces(schema, [
      [batch("a", 0, 3), batch("a", 3, 4)],
      [batch("b", 0, 5), batch("b", 5, 2)],
    ]),
  ];
  expect(joined.map((piece) => piece.numRows)).toEqual([3, 2, 2]);
  const rows = joined.flatMap((piece) => piece.toArray().map((row) => [row["a"], row["b"]]));
  expect(rows).toEqual(Array.from({ length: 7 }, (_, i) => [i, i]));
});

test("types that a format does not have are cast, names of fields are not", () => {
  expect(castFor("HUGEINT", "parquet")).toBe("DECIMAL(38,0)");
  expect(castFor("HUGEINT", "csv")).toBeUndefined();
  expect(castFor("BIGINT", "arrow")).toBeUndefined();
  expect(castFor(`STRUCT("HUGEINT" HUGEINT, b UHUGEINT)[]`, "arrow")).toBe(
    `STRUCT("HUGEINT" DECIMAL(38,0), b UHUGEINT)[]`,
  );
  expect(castFor("UUID", "xlsx")).toBe("VARCHAR");
  expect(castFor("TIMESTAMP_S", "parquet")).toBe("TIMESTAMP");
});

test.each(["csv", "json", "ndjson", "arrow", "parquet"] as const)(
  "%s that is left off anywhere and gone on with is the same, byte for byte",
  async (format) => {
    await native.run(`CREATE OR REPLACE TABLE texts AS SELECT r, 'text ' || r AS t, [r] AS l FROM range(600) t(r)`);
    const source = await openTableRows(engine, { catalog: "memory", table: "texts" }, 3, format);
    const batches: RecordBatch[] = [];
    for await (const batch of source.batches(0))
      for (let at = 0; at < batch.numRows; at += 100) batches.push(batch.slice(at, Math.min(at + 100, batch.numRows)));
    const options = { includeHeaders: true };
    const collect = async (chunks: AsyncIterable<Uint8Array>, into: Uint8Array[]) => {
      for await (const chunk of chunks) into.push(chunk.slice());
    };
    const whole: Uint8Array[] = [];
    const once = createEncoder(format, source.schema, options);
    for (const batch of batches) await collect(once.add(batch), whole);
    await collect(once.finish(), whole);

    for (const cut of [0, 1, 3, 6]) {
      const pieces: Uint8Array[] = [];
      const first = createEncoder(format, source.schema, options);
      for (const batch of batches.slice(0, cut)) await collect(first.add(batch), pieces);
      const { rows, state } = JSON.parse(JSON.stringify({ rows: first.rows, state: first.state }));
      const second = createEncoder(format, source.schema, options, { rows, state });
      for (const batch of batches.slice(rows / 100)) await collect(second.add(batch), pieces);
      await collect(second.finish(), pieces);
      expect(Buffer.concat(pieces).equals(Buffer.concat(whole)), `cut after ${cut}`).toBe(true);
    }
  },
);
