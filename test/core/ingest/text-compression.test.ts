import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Field, Float64, makeData, RecordBatch, Schema, Struct, Utf8, vectorFromArray } from "apache-arrow";
import { expect, it } from "vitest";
import { withCompression } from "../../../src/core/ingest/text-compression.ts";
import { openNative } from "../../formats/parquet/native.ts";

const ROWS = 60_000;
const email = (row: number) => `customer${(row * 7919) % 200_003}@example.com`;
const region = (row: number) => `region-${row % 12}`;

function batchOf(columns: Record<string, (row: number) => string | number | null>, rows: number): RecordBatch {
  const vectors = Object.entries(columns).map(([name, read]) => {
    const values = Array.from({ length: rows }, (_, row) => read(row));
    return [name, vectorFromArray(values, typeof values[0] === "number" ? new Float64() : new Utf8())] as const;
  });
  const schema = new Schema(vectors.map(([name, { type }]) => new Field(name, type, true)));
  const children = vectors.map(([, vector]) => vector.data[0]!);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
}

const DEFINITIONS = ["email VARCHAR", "region VARCHAR", "amount DOUBLE"];

it("names the compression of texts that hardly repeat, and leaves all others to DuckDB", () => {
  const columns = { email, region, amount: (row: number) => row / 3 };
  const defined = withCompression(DEFINITIONS, batchOf(columns, ROWS));
  expect(defined).toEqual(["email VARCHAR USING COMPRESSION fsst", "region VARCHAR", "amount DOUBLE"]);
  // Too few rows to tell, texts that are often missing, and long ones.
  expect(withCompression(DEFINITIONS, batchOf(columns, 1000))).toEqual(DEFINITIONS);
  const rare = (row: number) => (row % 2 ? null : email(row));
  expect(withCompression(["email VARCHAR"], batchOf({ email: rare }, ROWS))).toEqual(["email VARCHAR"]);
  const long = (row: number) => email(row).repeat(20);
  expect(withCompression(["email VARCHAR"], batchOf({ email: long }, 5000))).toEqual(["email VARCHAR"]);
});

it("comes to the same compression that DuckDB chooses after trying all", async () => {
  const folder = mkdtempSync(join(tmpdir(), "compression-"));
  const native = await openNative();
  try {
    await native.run(`ATTACH '${join(folder, "texts.duckdb")}' AS texts (STORAGE_VERSION 'v1.2.0')`);
    const [definition] = withCompression(["email VARCHAR"], batchOf({ email }, ROWS));
    const used: unknown[] = [];
    for (const [name, column] of Object.entries({ chosen: "email VARCHAR", named: definition })) {
      await native.run(`CREATE TABLE texts.${name} (${column})`);
      const values = `SELECT 'customer' || (i * 7919) % 200003 || '@example.com' FROM range(300000) AS rows(i)`;
      await native.run(`INSERT INTO texts.${name} ${values}`);
      await native.run("CHECKPOINT texts");
      const info = `SELECT DISTINCT compression FROM pragma_storage_info('texts.${name}') WHERE segment_type = 'VARCHAR'`;
      used.push((await native.runAndReadAll(info)).getRows());
    }
    expect(used).toEqual([[["FSST"]], [["FSST"]]]);
  } finally {
    native.closeSync();
    rmSync(folder, { recursive: true });
  }
});
