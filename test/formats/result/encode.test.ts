import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type RecordBatch, type Schema, tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readArrow } from "../../../src/formats/arrow/read-arrow.ts";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import {
  encodeArrowStream,
  encodeCsv,
  encodeJson,
  encodeNdjson,
  type ResultSummary,
  readJsonRows,
  streamOf,
} from "../../../src/formats/result/index.ts";
import { readRows } from "../arrow/plain-values.ts";
import { createMemorySource } from "../memory-source.ts";
import { nativeRows, openNative } from "../parquet/native.ts";

let native: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  native = await openNative();
  folder = mkdtempSync(join(tmpdir(), "result-"));
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

interface Result {
  readonly schema: Schema;
  batches(): AsyncIterable<RecordBatch>;
}

/** The rows of a query of native DuckDB as Arrow batches. */
async function resultOf(sql: string): Promise<Result> {
  const path = join(folder, "result.parquet");
  await native.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
  const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
  return table!;
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const ALL_TYPES = `SELECT (i - 1)::TINYINT a, CASE WHEN i = 2 THEN NULL ELSE 9007199254740991 + i END b,
  18446744073709551615::UBIGINT - i::UBIGINT c, (i * 1.25)::DECIMAL(9, 2) d, (i * 12345678901234567.123)::DECIMAL(38, 3) e,
  i / 3 f, (i / 3)::FLOAT g, i % 2 = 0 h, CASE i WHEN 0 THEN '' WHEN 1 THEN 'quote " comma , line
  end' WHEN 2 THEN NULL ELSE 'ümlaut 🦆 \\ tab	' || chr(1) END j, DATE '1969-12-30' + i::INTEGER k,
  TIMESTAMP '1969-12-31 23:59:59.5' + to_microseconds(i * 250001) l, TIME '12:00:00' + to_milliseconds(i * 1500) m,
  '\\x00\\xFF'::BLOB n, uuid() o, [i, NULL] p, {'x': i, 'y': 'é"'} q, MAP {'k' || i: i} r FROM range(4) t(i)`;

describe("CSV", () => {
  it("holds every value exactly: native DuckDB reads back what it had", async () => {
    const result = await resultOf(ALL_TYPES.replace(", [i, NULL] p", ", 1 p").replace(/, \{.*\} q, MAP \{.*\} r/, ""));
    const path = join(folder, "out.csv");
    const text = await textOf(encodeCsv(result.schema, result.batches()));
    writeFileSync(path, text);
    expect(text.startsWith("a,b,c,d,e,f,g,h,j,k,l,m,n,o,p\r\n")).toBe(true);
    const columns = `{'a': 'TINYINT', 'b': 'BIGINT', 'c': 'UBIGINT', 'd': 'DECIMAL(9,2)', 'e': 'DECIMAL(38,3)', 'f': 'DOUBLE', 'g': 'FLOAT',
      'h': 'BOOLEAN', 'j': 'VARCHAR', 'k': 'DATE', 'l': 'TIMESTAMP', 'm': 'TIME', 'n': 'VARCHAR', 'o': 'UUID', 'p': 'INTEGER'}`;
    const read = `(SELECT * REPLACE (from_base64(n) AS n) FROM read_csv('${path}', columns = ${columns}, header = true, nullstr = '', allow_quoted_nulls = false))`;
    const written = `read_parquet('${join(folder, "result.parquet")}')`;
    const difference = await nativeRows(
      native,
      `(FROM ${read} EXCEPT FROM ${written}) UNION ALL (FROM ${written} EXCEPT FROM ${read})`,
    );
    expect(difference).toEqual([]);
    expect((await nativeRows(native, `SELECT count(*)::INTEGER FROM ${read}`))[0]).toEqual([4]);
  });

  it("holds texts of every kind and length, in stretches that need quotes and in such that do not", async () => {
    const result = await resultOf(
      `SELECT i, 'plain ' || i a, CASE WHEN i // 3000 % 2 = 0 THEN 'x' WHEN i % 7 = 0 THEN NULL WHEN i % 5 = 0 THEN '' ELSE 'a"b,' || i END b,
       CASE WHEN i % 1000 = 999 THEN repeat('long ' || i, 40000) WHEN i < 2500 THEN NULL ELSE 'ü' || i END c FROM range(9000) t(i)`,
    );
    const written = `read_parquet('${join(folder, "result.parquet")}')`;
    const sums = "count(*), count(a), count(b), count(c), sum(hash(i, a, b, c))::VARCHAR";
    const expected = await nativeRows(native, `SELECT ${sums} FROM ${written}`);
    const columns = "{'i': 'BIGINT', 'a': 'VARCHAR', 'b': 'VARCHAR', 'c': 'VARCHAR'}";
    writeFileSync(join(folder, "texts.csv"), await textOf(encodeCsv(result.schema, result.batches())));
    const csv = `read_csv('${join(folder, "texts.csv")}', columns = ${columns}, header = true, nullstr = '', allow_quoted_nulls = false)`;
    expect(await nativeRows(native, `SELECT ${sums} FROM ${csv}`)).toEqual(expected);
    writeFileSync(join(folder, "texts.json"), await textOf(encodeNdjson(result.schema, result.batches())));
    const json = `read_json('${join(folder, "texts.json")}', columns = ${columns}, format = 'newline_delimited')`;
    expect(await nativeRows(native, `SELECT ${sums} FROM ${json}`)).toEqual(expected);
  });

  it("writes nulls as nothing, empty text as quotes, nested values as JSON, and numbers that JSON lacks", async () => {
    const { schema, batches } = await resultOf(
      "SELECT NULL::INTEGER a, '' b, [1, NULL] c, {'x': 'q\"'} d, 'nan'::DOUBLE e, '-inf'::FLOAT f, INTERVAL '14 months 3 days 1.5 seconds' g",
    );
    expect(await textOf(encodeCsv(schema, batches(), { header: false }))).toBe(
      `,"","[1,null]","{""x"":""q\\""""}",NaN,-Infinity,P1Y2M3DT1.5S\r\n`,
    );
    expect(await textOf(encodeCsv(schema, batches(), { delimiter: ";" }))).toMatch(/^a;b;c;d;e;f;g\r\n;"";\[1,null\];/);
  });
});

describe("JSON", () => {
  it("is what native DuckDB reads back", async () => {
    const { schema, batches } = await resultOf(ALL_TYPES);
    const path = join(folder, "out.json");
    writeFileSync(path, await textOf(encodeNdjson(schema, batches())));
    const columns = `{'a': 'TINYINT', 'b': 'BIGINT', 'c': 'UBIGINT', 'd': 'DECIMAL(9,2)', 'e': 'DECIMAL(38,3)', 'f': 'DOUBLE', 'g': 'FLOAT',
      'h': 'BOOLEAN', 'j': 'VARCHAR', 'k': 'DATE', 'l': 'TIMESTAMP', 'm': 'TIME', 'n': 'VARCHAR', 'o': 'UUID', 'p': 'BIGINT[]',
      'q': 'STRUCT(x BIGINT, y VARCHAR)', 'r': 'MAP(VARCHAR, BIGINT)'}`;
    const read = `(SELECT * REPLACE (from_base64(n) AS n) FROM read_json('${path}', columns = ${columns}, format = 'newline_delimited'))`;
    const written = `read_parquet('${join(folder, "result.parquet")}')`;
    const rows = await nativeRows(native, `FROM ${read} ORDER BY a`);
    expect(rows).toEqual(await nativeRows(native, `FROM ${written} ORDER BY a`));
    expect(rows.length).toBe(4);
  });

  it("keeps long numbers as text, and has null for what it cannot say", async () => {
    const { schema, batches } = await resultOf(
      `SELECT 9007199254740991 a, -9007199254740992 b, 123456789012.345::DECIMAL(20, 3) c, 1234567890123.456::DECIMAL(20, 3) d, 'nan'::DOUBLE e,
       TIMESTAMP_NS '2020-01-01 00:00:00.000000001' f, TIMESTAMP '2020-01-01 00:00:00.25' g, TIMESTAMPTZ '2020-01-01 00:00:00+02' h,
       DATE '12000-01-01' i, INTERVAL 0 days j, 2::DOUBLE k, -0.0::DOUBLE l`,
    );
    expect(await textOf(encodeJson(schema, batches()))).toBe(
      '[{"a":9007199254740991,"b":"-9007199254740992","c":123456789012.345,"d":"1234567890123.456","e":null,' +
        '"f":"2020-01-01T00:00:00.000000001Z","g":"2020-01-01T00:00:00.250Z","h":"2019-12-31T22:00:00Z","i":"+012000-01-01","j":"PT0S","k":2.0,"l":-0.0}]',
    );
  });

  it("stands inside a larger text, rows as arrays", async () => {
    const { schema, batches } = await resultOf("SELECT i, 'x' s FROM range(2) t(i)");
    const options = {
      rowShape: "arrays",
      head: '{"rows":[',
      tail: (end: ResultSummary) => `],"count":${end.rows}}`,
    } as const;
    expect(await textOf(encodeJson(schema, batches(), options))).toBe('{"rows":[[0,"x"],[1,"x"]],"count":2}');
    const { rows, summary } = await readJsonRows(schema, batches());
    expect(rows).toEqual([
      { i: 0, s: "x" },
      { i: 1, s: "x" },
    ]);
    expect(summary).toMatchObject({ rows: 2, truncatedBy: undefined });
  });
});

describe("Arrow", () => {
  it("is read back with the same values, intervals included", async () => {
    const { schema, batches } = await resultOf(
      "SELECT i, 's' || i s, to_months(i::INTEGER) + to_days(i::INTEGER) + to_milliseconds(i * 1000) v, [i] l FROM range(1000) t(i)",
    );
    const parts: Uint8Array[] = [];
    for await (const chunk of encodeArrowStream(schema, batches(), { maxRows: 900 })) parts.push(chunk);
    const bytes = new Uint8Array(Buffer.concat(parts));
    expect(tableFromIPC(bytes).numRows).toBe(900);
    const [table] = await readArrow(createMemorySource(bytes), undefined);
    const rows = await readRows(table!);
    expect(rows.length).toBe(900);
    expect(rows[899]).toEqual(["899", "s899", { months: 899, days: 899, nanoseconds: "899000000000" }, ["899"]]);
  });
});

describe("limits and failures", () => {
  const BIG = "SELECT i, repeat('x', 100) t FROM range(200000) t(i)";

  it("cut at a row, stop the query, and say so", async () => {
    const { schema, batches } = await resultOf(BIG);
    for (const encode of [encodeJson, encodeNdjson, encodeCsv, encodeArrowStream]) {
      let summary: ResultSummary | undefined;
      const onEnd = (end: ResultSummary) => {
        summary = end;
      };
      for await (const _ of encode(schema, batches(), { maxRows: 7, onEnd }));
      expect(summary).toMatchObject({ rows: 7, truncatedBy: "rows", isFinished: true });
      let bytes = 0;
      for await (const chunk of encode(schema, batches(), { maxBytes: 5_000_000, onEnd })) bytes += chunk.length;
      expect(bytes).toBeLessThanOrEqual(5_000_001);
      expect(summary).toMatchObject({ bytes, truncatedBy: "bytes" });
      expect(summary!.rows).toBeGreaterThan(10_000);
      const chunks = encode(schema, batches(), { onEnd });
      await chunks.next();
      await chunks.return(undefined);
      expect(summary).toMatchObject({ truncatedBy: undefined, isFinished: false });
    }
  });

  it("a result that breaks off never looks whole", async () => {
    const { schema, batches } = await resultOf(BIG);
    async function* broken(): AsyncGenerator<RecordBatch> {
      for await (const batch of batches()) {
        yield batch;
        throw new Error("the engine is gone");
      }
    }
    const describeFailure = (failure: unknown) => ({ code: "engine_crashed", message: (failure as Error).message });
    const lines = (await textOf(encodeNdjson(schema, broken(), { describeFailure }))).trim().split("\n");
    expect(JSON.parse(lines.at(-1)!)).toEqual({ error: { code: "engine_crashed", message: "the engine is gone" } });
    expect(lines.length).toBeGreaterThan(1000);
    for (const encode of [encodeJson, encodeNdjson, encodeCsv, encodeArrowStream]) {
      await expect(textOf(encode(schema, broken()))).rejects.toThrow("the engine is gone");
    }
    const tail = (end: ResultSummary) => `],"ok":${end.failure === undefined}}`;
    const json = await textOf(encodeJson(schema, broken(), { head: '{"rows":[', tail }));
    expect(JSON.parse(json)).toMatchObject({ ok: false });
  });

  it("a reader that leaves ends the query", async () => {
    const { schema, batches } = await resultOf(BIG);
    let isEnded = false;
    async function* watched(): AsyncGenerator<RecordBatch> {
      try {
        yield* batches();
      } finally {
        isEnded = true;
      }
    }
    const reader = streamOf(encodeCsv(schema, watched())).getReader();
    expect((await reader.read()).value!.length).toBeGreaterThan(1000);
    await reader.cancel();
    expect(isEnded).toBe(true);
  });
});
