import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { Field, type RecordBatch, Schema, Struct } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { type ParquetOptions, ParquetWriter } from "../../../src/formats/parquet/write-parquet.ts";
import type { FormatTable } from "../../../src/formats/source.ts";
import { readRows } from "../arrow/plain-values.ts";
import { createMemorySource } from "../memory-source.ts";
import { nativeRows, openNative } from "./native.ts";

let native: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  native = await openNative();
  folder = mkdtempSync(join(tmpdir(), "parquet-write-"));
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

/** The rows of a query of native DuckDB as Arrow batches. */
async function tableOf(sql: string): Promise<FormatTable> {
  const path = join(folder, "source.parquet");
  await native.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
  const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
  return table!;
}

async function write(table: FormatTable, options: ParquetOptions = {}): Promise<string> {
  const writer = new ParquetWriter(table.schema, options);
  const parts: Uint8Array[] = [];
  for await (const batch of table.batches()) {
    // As DuckDB's own batches.
    for (let at = 0; at < batch.numRows; at += 2048)
      parts.push(...writer.add(batch.slice(at, Math.min(batch.numRows, at + 2048))));
  }
  parts.push(...writer.finish());
  const path = join(folder, `${Math.random().toString(36).slice(2)}.parquet`);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** Native DuckDB reads the same rows and types from what is written as the query gives itself; so does Eider's reader. */
async function expectSame(sql: string, options: ParquetOptions = {}): Promise<string> {
  const path = await write(await tableOf(sql), options);
  const source = join(folder, "source.parquet");
  expect(await nativeRows(native, `FROM read_parquet('${path}')`)).toEqual(
    await nativeRows(native, `FROM read_parquet('${source}')`),
  );
  const types = (file: string) => nativeRows(native, `SELECT column_name, column_type FROM (DESCRIBE FROM '${file}')`);
  expect(await types(path)).toEqual(await types(source));
  const [again] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
  const [first] = await readParquet(createMemorySource(new Uint8Array(readFileSync(source))), undefined);
  expect(await readRows(again!)).toEqual(await readRows(first!));
  return path;
}

const TYPES: Record<string, string> = {
  integers: `SELECT unnest([-128, 127, NULL])::TINYINT a, unnest([-32768, 32767, NULL])::SMALLINT b,
    unnest([-2147483648, NULL, 2147483647])::INTEGER c, unnest([-9223372036854775808, 9007199254740993, NULL]::BIGINT[]) d,
    unnest([255, 0, NULL])::UTINYINT e, unnest([65535, 0, NULL])::USMALLINT f, unnest([4294967295, 0, NULL])::UINTEGER g,
    unnest([18446744073709551615, 0, NULL]::UBIGINT[]) h`,
  floats: `SELECT unnest(['nan', 'inf', '-inf', '-0.1', NULL, '1e300']::DOUBLE[]) a, unnest([0.1, NULL, 1e38, 0, 1, 2]::FLOAT[]) b, -0.0::DOUBLE c`,
  decimals: `SELECT unnest([-1.5, NULL, 99.99])::DECIMAL(4, 2) a, unnest([-12345678.9, NULL, 0])::DECIMAL(18, 3) b,
    unnest(['-12345678901234567890123456.123456789012', NULL, '0'])::DECIMAL(38, 12) c, unnest([1, -1, 2147483647])::DECIMAL(10, 0) d`,
  times: `SELECT unnest(['1969-12-31 23:59:59.999999', '0044-03-15 12:00:00', '9999-12-31 00:00:00', NULL]::TIMESTAMP[]) a,
    unnest(['1969-12-31 23:59:59.999', '2020-02-29 00:00:00', NULL, '1900-01-01 00:00:00.001']::TIMESTAMP_MS[]) b,
    unnest(['1969-12-31 23:59:59.999999999', '2020-02-29 00:00:00', NULL, '1900-01-01 00:00:00.001']::TIMESTAMP_NS[]) c,
    unnest(['1582-10-04', '1970-01-01', NULL, '2400-02-29']::DATE[]) d, unnest(['00:00:00', '23:59:59.999999', NULL, '12:30:00.5']::TIME[]) e`,
  texts: `SELECT unnest(['', 'naïve 🦆', NULL, repeat('long ', 100)]) a, unnest(['\\x00\\xFF'::BLOB, ''::BLOB, NULL, 'ab'::BLOB]) b,
    unnest([true, false, NULL, true]) c, unnest([NULL, NULL, NULL, 'z']) d`,
  nested: `SELECT unnest([[1, NULL, 2], [], NULL, [3]]) a, unnest([[['x'], []], [NULL, [NULL]], [], NULL]) b,
    unnest([{'p': 1, 'q': 'x'}, NULL, {'p': NULL, 'q': NULL}, {'p': 2, 'q': ''}]) c,
    unnest([MAP {'k': 1, 'l': NULL}, MAP {}, NULL, MAP {'m': 3}]) d,
    unnest([[{'p': [1, 2], 'q': MAP {'a': [DATE '2020-01-01']}}], NULL, [], [NULL, {'p': NULL, 'q': NULL}]]) e,
    unnest([[MAP {'x': [[1], NULL]}, NULL], [], NULL, [MAP {}]]) f, unnest([{'s': {'t': {'u': 1}}}, {'s': NULL}, {'s': {'t': NULL}}, NULL]) g`,
};

describe("native DuckDB reads what is written", () => {
  for (const [name, sql] of Object.entries(TYPES)) test(name, () => expectSame(sql).then(() => undefined));

  test("batches that begin anywhere", async () => {
    for (const sql of Object.values(TYPES)) {
      const table = await tableOf(sql);
      const sliced: FormatTable = {
        ...table,
        async *batches() {
          for await (const batch of table.batches()) {
            yield batch.slice(0, 1);
            yield batch.slice(1, batch.numRows);
          }
        },
      };
      const path = await write(sliced);
      const source = join(folder, "source.parquet");
      expect(await nativeRows(native, `FROM '${path}'`)).toEqual(await nativeRows(native, `FROM '${source}'`));
    }
  });

  test("no rows", async () => {
    await expectSame("SELECT 1 a, 'x' b, [1] c WHERE false");
  });

  test("many rows in many row groups and pages, with dictionaries and without", async () => {
    const sql = `SELECT i, i % 7 AS few, 'name ' || (i % 50) AS name, md5(i::VARCHAR) AS unique_text, i / 3 AS ratio,
      CASE WHEN i % 3 = 0 THEN NULL ELSE i::VARCHAR END AS gaps, i % 2 = 0 AS flag, [i, i % 5] AS pair, 5 AS one,
      DATE '2000-01-01' + (i % 1000)::INTEGER AS day FROM range(100000) t(i)`;
    const path = await expectSame(sql, { rowGroupRows: 30_000 });
    const [groups] = await nativeRows(
      native,
      `SELECT count(DISTINCT row_group_id) > 2, sum(num_values)::BIGINT FROM parquet_metadata('${path}') WHERE path_in_schema = 'i'`,
    );
    expect(groups).toEqual([true, "100000"]);
    const encodings = new Map(
      (
        await nativeRows(
          native,
          `SELECT path_in_schema, encodings FROM parquet_metadata('${path}') WHERE row_group_id = 0`,
        )
      ).map((row) => [row[0], String(row[1])]),
    );
    expect(encodings.get("name")).toContain("RLE_DICTIONARY");
    expect(encodings.get("few")).toContain("RLE_DICTIONARY");
    expect(encodings.get("unique_text")).not.toContain("RLE_DICTIONARY");
    const source = join(folder, "source.parquet");
    // Not much larger than what native DuckDB writes, which packs integers by differences as well.
    expect(readFileSync(path).length).toBeLessThan(readFileSync(source).length * 1.6);
  });

  test("statistics are right: filters find the same rows", async () => {
    const sql = `SELECT i - 5000 AS i, (i - 5000)::UBIGINT % 10 AS u, 'é' || lpad(i::VARCHAR, 6, '0') AS s, (i - 5000) / 7 AS f,
      TIMESTAMP '1969-01-01' + to_hours(i) AS t FROM range(5000, 15000) t(i)`;
    const path = await write(await tableOf(sql), { rowGroupRows: 1000 });
    const source = join(folder, "source.parquet");
    for (const filter of [
      "i < -1",
      "i BETWEEN 100 AND 120",
      "u = 9",
      "s > 'é014990'",
      "f < 0.5",
      "t < TIMESTAMP '1970-01-01'",
    ])
      expect(await nativeRows(native, `SELECT count(*), min(i) FROM '${path}' WHERE ${filter}`), filter).toEqual(
        await nativeRows(native, `SELECT count(*), min(i) FROM '${source}' WHERE ${filter}`),
      );
    const [stats] = await nativeRows(
      native,
      `SELECT stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('${path}') WHERE path_in_schema = 's' AND row_group_id = 0`,
    );
    expect(stats).toEqual(["é005000", expect.stringMatching(/^é00[67]\d{3}$/), "0"]);
  });
});

test("another writer goes on where one left off, and the file is the same", async () => {
  const table = await tableOf("SELECT i, 'text ' || (i % 1000) AS s, [i] AS l FROM range(40000) t(i)");
  const batches: RecordBatch[] = [];
  for await (const batch of table.batches())
    for (let at = 0; at < batch.numRows; at += 2048) batches.push(batch.slice(at, at + 2048));
  const options = { rowGroupRows: 10_000 };
  const whole: Uint8Array[] = [];
  const writer = new ParquetWriter(table.schema, options);
  for (const batch of batches) whole.push(...writer.add(batch));
  whole.push(...writer.finish());

  const pieces: Uint8Array[] = [];
  let from: ParquetOptions["from"];
  for (let rows = 0; rows < 40_000; ) {
    const next = new ParquetWriter(table.schema, { ...options, from: from && JSON.parse(JSON.stringify(from)) });
    let seen = 0;
    for (const batch of batches) {
      const skip = Math.max(0, Math.min(batch.numRows, rows - seen));
      seen += batch.numRows;
      if (skip < batch.numRows) pieces.push(...next.add(batch.slice(skip, batch.numRows)));
      // The process dies after some more batches than a row group has.
      if (next.writtenRows > rows) break;
    }
    if (next.writtenRows === rows) {
      pieces.push(...next.finish());
      break;
    }
    rows = next.writtenRows;
    from = next.state;
  }
  expect(Buffer.concat(pieces).equals(Buffer.concat(whole))).toBe(true);
});

test("a type that Parquet does not have is refused with the column's name", () => {
  const field = new Field("odd", new Struct([]));
  expect(() => new ParquetWriter(new Schema([field]))).toThrow(/Column "odd" is a struct without fields/);
});
