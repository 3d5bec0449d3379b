import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { columnsOf } from "../../../src/core/ingest/arrow-types.ts";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { createMemorySource } from "../../formats/memory-source.ts";
import { openNative } from "../../formats/parquet/native.ts";

const SQL = `SELECT 1::TINYINT a, 1::SMALLINT b, 1::INTEGER c, 1::BIGINT d, 1::UTINYINT e, 1::USMALLINT f, 1::UINTEGER g, 1::UBIGINT h,
  1.5::DOUBLE i, 1.5::FLOAT j, 1.5::DECIMAL(4, 2) k, 1.5::DECIMAL(38, 9) l, true m, 'text' n, 'x'::BLOB o, uuid() p, DATE '1900-01-01' q,
  TIME '23:59:59.999999' r, TIMESTAMP '1600-01-01 00:00:00.000001' s, TIMESTAMP_NS '2020-01-01 00:00:00.123456789' t,
  [uuid()] u, {'x': 1, 'y y': [{'id': uuid()}]} v, MAP {uuid(): [1.5::DECIMAL(4, 2)]} w,
  INTERVAL '14 months 3 days 1.5 seconds' x`;

it("gives each column of a Parquet file the type that native DuckDB reads it as", async () => {
  const folder = mkdtempSync(join(tmpdir(), "types-"));
  const native = await openNative();
  try {
    const path = join(folder, "types.parquet");
    await native.run(`COPY (${SQL}) TO '${path}' (FORMAT parquet)`);
    const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    const described = await native.runAndReadAll(`SELECT column_name, column_type FROM (DESCRIBE FROM '${path}')`);
    const plain = (type: string) => type.replaceAll(/[" ]/g, "");
    expect(columnsOf(table!.schema).map(({ name, duckdbType }) => [name, plain(duckdbType)])).toEqual(
      described.getRows().map(([name, type]) => [name, plain(String(type))]),
    );
  } finally {
    native.closeSync();
    rmSync(folder, { recursive: true });
  }
});
