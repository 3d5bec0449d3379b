import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { type ByteSource, FormatError, type FormatTable } from "../../../src/formats/source.ts";
import { readRows } from "../arrow/plain-values.ts";
import { createMemorySource } from "../memory-source.ts";
import { nativeRows, openNative, withoutZones } from "./native.ts";

let native: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  native = await openNative();
  folder = mkdtempSync(join(tmpdir(), "parquet-"));
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

/** Writes a query's rows with native DuckDB. */
async function writeParquet(sql: string, options = ""): Promise<string> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.parquet`);
  await native.run(`COPY (${sql}) TO '${path}' (FORMAT parquet ${options})`);
  return path;
}

async function openTable(source: string | Uint8Array | ByteSource): Promise<FormatTable> {
  const bytes = typeof source === "string" ? new Uint8Array(readFileSync(source)) : source;
  const [table] = await readParquet(bytes instanceof Uint8Array ? createMemorySource(bytes) : bytes, undefined);
  return table!;
}

async function expectSame(path: string): Promise<void> {
  const table = await openTable(path);
  const expected = (await nativeRows(native, `FROM read_parquet('${path}')`)).map((row) => row.map(withoutZones));
  expect(table.rowCount).toBe(expected.length);
  expect(await readRows(table)).toEqual(expected);
}

const TYPES: Record<string, string> = {
  integers: `SELECT unnest([-128, 127, NULL])::TINYINT a, unnest([-32768, 32767, NULL])::SMALLINT b,
    unnest([-2147483648, NULL, 2147483647])::INTEGER c, unnest([-9223372036854775807, 9007199254740993, NULL]::BIGINT[]) d,
    unnest([255, 0, NULL])::UTINYINT e, unnest([65535, 0, NULL])::USMALLINT f, unnest([4294967295, 0, NULL])::UINTEGER g,
    unnest([18446744073709551615, 0, NULL]::UBIGINT[]) h`,
  floats: `SELECT unnest(['nan', 'inf', '-inf', '-0.1', NULL, '1e300']::DOUBLE[]) a, unnest([0.1, NULL, 1e38, 0, 1, 2]::FLOAT[]) b`,
  decimals: `SELECT unnest([-1.5, NULL, 99.99])::DECIMAL(4, 2) a, unnest([-12345678.9, NULL, 0])::DECIMAL(18, 3) b,
    unnest(['-12345678901234567890123456.123456789012', NULL, '0'])::DECIMAL(38, 12) c`,
  times: `SELECT unnest(['1969-12-31 23:59:59.999999', '0044-03-15 12:00:00', '9999-12-31 00:00:00', NULL]::TIMESTAMP[]) a,
    unnest(['1969-12-31 23:59:59.999', '2020-02-29 00:00:00', NULL, '1900-01-01 00:00:00.001']::TIMESTAMP_MS[]) b,
    unnest(['1969-12-31 23:59:59.999999999', '2020-02-29 00:00:00', NULL, '1900-01-01 00:00:00.001']::TIMESTAMP_NS[]) c,
    unnest(['1582-10-04', '1970-01-01', NULL, '2400-02-29']::DATE[]) d, unnest(['00:00:00', '23:59:59.999999', NULL, '12:30:00.5']::TIME[]) e,
    unnest(['2020-01-01 00:00:00+05', NULL, '1800-06-01 12:00:00+00', '2020-07-01 00:00:00-08']::TIMESTAMPTZ[]) f`,
  texts: `SELECT unnest(['', 'naïve 🦆', NULL, repeat('long ', 100)]) a, unnest(['\\x00\\xFF'::BLOB, ''::BLOB, NULL, 'ab'::BLOB]) b,
    unnest(['a', 'b', NULL, 'a']::ENUM('a', 'b')[]) c, unnest([uuid(), NULL, uuid(), '00000000-0000-0000-0000-000000000001']) d, true e, NULL f`,
  nested: `SELECT unnest([[1, NULL, 2], [], NULL, [3]]) a, unnest([[['x'], []], [NULL, [NULL]], [], NULL]) b,
    unnest([{'p': 1, 'q': 'x'}, NULL, {'p': NULL, 'q': NULL}, {'p': 2, 'q': ''}]) c,
    unnest([MAP {'k': 1, 'l': NULL}, MAP {}, NULL, MAP {'m': 3}]) d,
    unnest([[{'p': [1, 2], 'q': {'r': 'deep'}}, NULL], [], NULL, [{'p': NULL, 'q': NULL}, {'p': [], 'q': {'r': NULL}}]]) e`,
};

async function firstOf(table: FormatTable, from: number): Promise<unknown> {
  for await (const batch of table.batches(from)) return batch.get(0)?.["a"];
  return undefined;
}

describe("values are those of native DuckDB", () => {
  for (const [name, sql] of Object.entries(TYPES)) it(name, async () => expectSame(await writeParquet(sql)));

  for (const codec of ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]) {
    for (const version of ["V1", "V2"]) {
      it(`${codec}, encodings of ${version}`, async () => {
        const sql = `SELECT i, i % 7 = 0 flag, CASE WHEN i % 5 = 0 THEN NULL ELSE i * 1.5::DOUBLE END amount, 'user ' || i % 100 AS name,
          'text number ' || i * 7919 AS long_text, [i, i + 1] l, i::FLOAT f, (i * 400003)::INTEGER n FROM range(5000) t(i)`;
        await expectSame(
          await writeParquet(sql, `, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`),
        );
      });
    }
  }

  it("names that differ only in case, or not at all, are kept apart", async () => {
    const table = await openTable(await writeParquet(`SELECT 1 AS a, 2 AS "A_1", {'x': 1} AS s`));
    expect(table.schema.fields.map((field) => field.name)).toEqual(["a", "A_1", "s"]);
  });
});

describe("batches", () => {
  const ROWS = 300_000;
  const big = `SELECT i, 'value ' || i % 1000 AS v, CASE WHEN i % 3 = 0 THEN NULL ELSE [i, i] END l FROM range(${ROWS}) t(i)`;

  it("stay small, and any of them can be the first", async () => {
    const table = await openTable(await writeParquet(big, ", ROW_GROUP_SIZE 122880"));
    const firsts: unknown[] = [];
    let rows = 0;
    for await (const batch of table.batches()) {
      firsts.push(batch.getChildAt(0)!.get(0));
      expect(batch.data.byteLength).toBeLessThan(8 * 2 ** 20);
      rows += batch.numRows;
    }
    expect(rows).toBe(ROWS);
    expect(firsts.length).toBeGreaterThan(3);
    for (const [ordinal, first] of firsts.entries()) {
      for await (const batch of table.batches(ordinal)) {
        expect(batch.getChildAt(0)!.get(0)).toBe(first);
        break;
      }
    }
    expect((await readRows(table, 3, firsts.length)).length).toBe(0);
  });

  it("of long texts that repeat, stored once and given out each time, stay small too", async () => {
    const sql = "SELECT repeat('abc', 200) || i % 5 AS v, i FROM range(100000) t(i)";
    const table = await openTable(await writeParquet(sql));
    let bytes = 0;
    for await (const batch of table.batches()) {
      expect(batch.data.byteLength).toBeLessThan(8 * 2 ** 20);
      bytes += batch.data.byteLength;
    }
    expect(bytes).toBeGreaterThan(60_000_000);
  });

  it("read each byte about once", async () => {
    const bytes = new Uint8Array(readFileSync(await writeParquet(big)));
    let read = 0;
    let reads = 0;
    const source = createMemorySource(bytes);
    const counting: ByteSource = {
      ...source,
      slice: async (start, end = bytes.length) => {
        read += end - start;
        reads++;
        return source.slice(start, end);
      },
    };
    await readRows(await openTable(counting), 1);
    expect(reads).toBeLessThan(5);
    read = reads = 0;
    for await (const batch of (await openTable(counting)).batches()) expect(batch.numRows).toBeGreaterThan(0);
    expect(read).toBeLessThan(bytes.length * 1.1 + 70_000);
    expect(reads).toBeLessThan(10);
  });

  it("of a wide table with large pages are read in bounded memory, and right", async () => {
    const columns = Array.from({ length: 60 }, (_, k) => `hash(i + ${k})::UBIGINT c${k}`).join(", ");
    const path = await writeParquet(
      `SELECT ${columns}, [i] l FROM range(60000) t(i)`,
      ", ROW_GROUP_SIZE 60000, COMPRESSION snappy",
    );
    const table = await openTable(path);
    const sums = Array.from({ length: 60 }, () => 0n);
    let largest = 0;
    for await (const batch of table.batches()) {
      largest = Math.max(largest, batch.data.byteLength);
      sums.forEach((_, k) => {
        for (const value of batch.data.children[k]!.values as BigUint64Array) sums[k]! += value;
      });
    }
    expect(largest).toBeLessThan(10 * 2 ** 20);
    const query = `SELECT ${Array.from({ length: 60 }, (_, k) => `sum(c${k})::VARCHAR`).join(", ")} FROM read_parquet('${path}')`;
    expect(sums.map(String)).toEqual((await nativeRows(native, query))[0]);
  });

  it.each([
    ["snappy", 122_880],
    ["uncompressed", 20_000],
    ["zstd", 20_000],
    ["gzip", 20_000],
  ])("of a page that is too large to be in memory are read one after the other: %s, %i texts", async (codec, rows) => {
    const text = (seed: string) =>
      `md5(${seed}) || repeat('word ' || (i % 1000) || ' ', 20) || sha256(${seed} || 'x') || sha256(${seed} || 'y')`;
    const path = await writeParquet(
      `SELECT i, CASE WHEN i % 7 > 0 THEN ${text("i::VARCHAR")} END AS a,
        CASE WHEN i % 100 = 3 THEN [${text("'p' || i")}, NULL, 'q'] WHEN i % 3 = 0 THEN [] END AS b FROM range(${rows}) t(i)`,
      `, COMPRESSION ${codec}`,
    );
    const [largest] = await nativeRows(
      native,
      `SELECT max(total_uncompressed_size)::INTEGER FROM parquet_metadata('${path}')`,
    );
    expect(largest![0]).toBeGreaterThan(rows > 100_000 ? 33 * 2 ** 20 : 4 * 2 ** 20);
    const table = await openTable(path);
    const hash = createHash("md5");
    let pieces = 0;
    for await (const batch of table.batches()) {
      expect(batch.data.byteLength).toBeLessThan(10 * 2 ** 20);
      pieces++;
      for (const { a, b } of batch) hash.update(`${a ?? "-"}${b ? [...b].map((part) => part ?? "-").join("+") : "!"}`);
    }
    expect(pieces).toBeGreaterThan(1);
    const sql = `SELECT md5(string_agg(coalesce(a, '-') || coalesce(list_aggregate(list_transform(b, x -> coalesce(x, '-')), 'string_agg', '+'),
      CASE WHEN b IS NULL THEN '!' ELSE '' END), '' ORDER BY i)) FROM read_parquet('${path}')`;
    expect([[hash.digest("hex")]]).toEqual(await nativeRows(native, sql));

    // From the middle, as after a pause.
    const middle = Math.floor(pieces / 2);
    let skipped = 0;
    for await (const batch of table.batches())
      if (skipped++ === middle) expect(await firstOf(table, middle)).toBe(batch.get(0)?.a);
  });

  it("of no rows", async () => {
    const table = await openTable(await writeParquet("SELECT 1 a, 'x' b WHERE false"));
    expect([table.rowCount, (await readRows(table)).length, table.schema.fields.length]).toEqual([0, 0, 2]);
  });
});

describe("what cannot be read is refused with a sentence", () => {
  async function refusal(bytes: Uint8Array): Promise<string> {
    try {
      await readRows(await openTable(bytes));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return error.message;
    }
    return "";
  }

  it("cut off at twenty places", async () => {
    const bytes = new Uint8Array(readFileSync(await writeParquet("SELECT i, 'v' || i v, [i] l FROM range(1000) t(i)")));
    for (let k = 0; k < 20; k++)
      expect(await refusal(bytes.slice(0, Math.floor((bytes.length * k) / 20)))).toMatch(/\.$/);
    expect(await refusal(bytes)).toBe("");
  });

  it("other formats", async () => {
    expect(await refusal(new TextEncoder().encode("a,b\n1,2\n3,4\n5,6"))).toMatch(/not a Parquet file/);
    expect(await refusal(new Uint8Array(0))).toMatch(/0 bytes/);
  });

  it("encrypted ones", async () => {
    const bytes = new Uint8Array(readFileSync(await writeParquet("SELECT 1 a")));
    const mark = new TextEncoder().encode("PARE");
    bytes.set(mark, 0);
    bytes.set(mark, bytes.length - 4);
    expect(await refusal(bytes)).toMatch(/encrypted/);
  });

  it("any byte changed: read or refused, never anything else", async () => {
    const bytes = new Uint8Array(
      readFileSync(
        await writeParquet("SELECT i, 'v' || i % 9 v, [i] l, i / 3 d FROM range(300) t(i)", ", PARQUET_VERSION V2"),
      ),
    );
    let seed = 7;
    for (let k = 0; k < 1500; k++) {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      const damaged = bytes.slice();
      damaged[seed % bytes.length]! ^= 1 << (seed >>> 29);
      await refusal(damaged);
    }
  });
});
