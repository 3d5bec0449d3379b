import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type Data,
  type DataType,
  DurationMicrosecond,
  DurationMillisecond,
  DurationNanosecond,
  DurationSecond,
  Interval,
  IntervalUnit,
  makeData,
  makeVector,
  type RecordBatch,
  RecordBatchReader,
  Table,
} from "apache-arrow";
import { expect, it } from "vitest";
import { columnsOf } from "../../../src/core/ingest/arrow-types.ts";
import { readArrow } from "../../../src/formats/arrow/read-arrow.ts";
import { sliceBatch } from "../../../src/formats/arrow/slice-batch.ts";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { encodeArrowStream, encodeBatch, encodeNdjson, encodePieces } from "../../../src/formats/result/index.ts";
import type { FormatTable } from "../../../src/formats/source.ts";
import { createMemorySource } from "../memory-source.ts";
import { openNative } from "./native.ts";

/** The little of DuckDB-WASM's own Node build that is needed to put batches into a table and get them out again. */
interface WasmDatabase {
  instantiate(): Promise<unknown>;
  open(config: Record<string, unknown>): void;
  connect(): { readonly _conn: number };
  runQuery(connection: number, sql: string): Uint8Array;
  insertArrowFromIPCStream(connection: number, stream: Uint8Array, options: { name: string; create: boolean }): void;
}
interface WasmModule {
  createDuckDB(bundles: unknown, logger: unknown, runtime: unknown): Promise<WasmDatabase>;
  readonly VoidLogger: new () => unknown;
  readonly NODE_RUNTIME: unknown;
}

async function openWasm(): Promise<{ database: WasmDatabase; connection: number }> {
  const require = createRequire(import.meta.url);
  const path = require.resolve("@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs");
  const module = require(path) as WasmModule;
  const bundles = {
    mvp: { mainModule: join(dirname(path), "duckdb-mvp.wasm") },
    eh: { mainModule: join(dirname(path), "duckdb-eh.wasm") },
  };
  const database = await module.createDuckDB(bundles, new module.VoidLogger(), module.NODE_RUNTIME);
  await database.instantiate();
  const query = { castBigIntToDouble: false, castTimestampToDate: false, castDurationToTime64: false };
  database.open({ path: ":memory:", query: { ...query, castDecimalToDouble: false } });
  return { database, connection: database.connect()._conn };
}

async function textOf(table: Pick<FormatTable, "schema" | "batches">): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of encodeNdjson(table.schema, table.batches())) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const SQL = `SELECT i::TINYINT a, i::SMALLINT b, i::INTEGER c, i * 4611686018427387904 d, i::UTINYINT e, i::USMALLINT f, i::UINTEGER g,
  18446744073709551615::UBIGINT h, i / 3 AS i, (i / 3)::FLOAT j, (i * 1.5)::DECIMAL(4, 2) k, (i * 1.5)::DECIMAL(38, 9) l, i = 1 m,
  CASE WHEN i = 1 THEN NULL ELSE 'text ' || i END n, encode('é') o, uuid() p, DATE '1900-01-01' q, TIME '23:59:59.999999' r,
  TIMESTAMP '1600-01-01 00:00:00.000001' s, TIMESTAMP_NS '2020-01-01 00:00:00.123456789' t, TIMESTAMPTZ '2020-01-01 00:00:00+05' u,
  to_months(i::INTEGER) + to_milliseconds(i * 1000) v, [[i, NULL], [], NULL] w, {'x': i, 'y': [{'z': 'deep'}], 'id': uuid()} x,
  MAP {'k' || i: [i]} y FROM range(2) t(i)`;

it("DuckDB-WASM takes every type that readers give out, and gives the same values back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "insert-"));
  const native = await openNative();
  try {
    const path = join(folder, "types.parquet");
    await native.run(`COPY (${SQL}) TO '${path}' (FORMAT parquet)`);
    const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    const written = await textOf(table!);
    expect(written.split("\n").length).toBe(3);

    const { database, connection } = await openWasm();
    let create = true;
    for await (const batch of table!.batches()) {
      database.insertArrowFromIPCStream(connection, encodeBatch(batch), { name: "types", create });
      create = false;
    }
    const typeOf = (column: string): string =>
      RecordBatchReader.from(database.runQuery(connection, `SELECT typeof(${column})::VARCHAR FROM types`))
        .next()
        .value.getChildAt(0)
        .get(0);
    expect(["h", "l", "p", "t", "u", "v", "y"].map(typeOf)).toEqual([
      "UBIGINT",
      "DECIMAL(38,9)",
      "UUID",
      "TIMESTAMP_NS",
      "TIMESTAMP",
      "INTERVAL",
      "MAP(VARCHAR, BIGINT[])",
    ]);
    const reader = RecordBatchReader.from(database.runQuery(connection, "FROM types")).open();
    const { schema } = reader;
    const batches: RecordBatch[] = [...reader];
    async function* stored(): AsyncGenerator<RecordBatch> {
      yield* batches;
    }
    expect(await textOf({ schema, batches: stored })).toBe(written);

    // Once more through an Arrow stream of the engine's own result.
    const parts: Uint8Array[] = [];
    for await (const chunk of encodeArrowStream(schema, stored())) parts.push(chunk);
    const [again] = await readArrow(createMemorySource(new Uint8Array(Buffer.concat(parts))), undefined);
    expect(await textOf(again!)).toBe(written);
  } finally {
    native.closeSync();
    rmSync(folder, { recursive: true });
  }
});

it("DuckDB-WASM takes durations and intervals of every unit for intervals", async () => {
  const make = (type: DataType, data: Int32Array | BigInt64Array): Data =>
    makeData({ type, length: 2, nullCount: 0, data } as never);
  const columns = {
    s: make(new DurationSecond(), BigInt64Array.of(90_061n, -1n)),
    ms: make(new DurationMillisecond(), BigInt64Array.of(1_500n, -1n)),
    us: make(new DurationMicrosecond(), BigInt64Array.of(1_000_001n, -9_007_199_254_740_993n)),
    ns: make(new DurationNanosecond(), BigInt64Array.of(1_000_001_000n, -1_000n)),
    months: make(new Interval(IntervalUnit.YEAR_MONTH), Int32Array.of(14, -1)),
    days: make(new Interval(IntervalUnit.DAY_TIME), Int32Array.of(3, 1_500, -3, -1)),
  };
  const table = new Table(Object.fromEntries(Object.entries(columns).map(([name, data]) => [name, makeVector(data)])));
  const [batch] = table.batches as RecordBatch[];
  async function* batches(): AsyncGenerator<RecordBatch> {
    yield batch!;
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of encodeArrowStream(table.schema, batches())) parts.push(chunk);
  const [read] = await readArrow(createMemorySource(new Uint8Array(Buffer.concat(parts))), undefined);
  expect(columnsOf(read!.schema).map(({ duckdbType }) => duckdbType)).toEqual(Array(6).fill("INTERVAL"));

  const { database, connection } = await openWasm();
  for await (const rows of read!.batches())
    database.insertArrowFromIPCStream(connection, encodeBatch(rows), { name: "spans", create: true });
  const names = Object.keys(columns);
  const answer = RecordBatchReader.from(
    database.runQuery(connection, `SELECT ${names.map((name) => `${name}::VARCHAR AS ${name}`).join(", ")} FROM spans`),
  ).next().value;
  const native = await openNative();
  const expected = await native.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM (VALUES
    (to_seconds(90061), to_milliseconds(1500), to_microseconds(1000001), to_microseconds(1000001), to_months(14), to_days(3) + to_milliseconds(1500)),
    (to_seconds(-1), to_milliseconds(-1), to_microseconds(-9007199254740993), to_microseconds(-1), to_months(-1), to_days(-3) + to_milliseconds(-1)))`);
  native.closeSync();
  expect([0, 1].map((row) => names.map((name) => answer.getChild(name).get(row)))).toEqual(expected.getRows());
});

it("rows in the middle of a batch keep their intervals", async () => {
  const folder = mkdtempSync(join(tmpdir(), "insert-"));
  const native = await openNative();
  try {
    const path = join(folder, "spans.parquet");
    const sql = `SELECT i AS id, CASE WHEN i % 7 = 3 THEN NULL ELSE to_months(i::INTEGER) + to_milliseconds(i) END AS span,
      {'in': to_days(i::INTEGER)} AS nested FROM range(5000) t(i)`;
    await native.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    const [table] = await readParquet(createMemorySource(new Uint8Array(readFileSync(path))), undefined);
    const { database, connection } = await openWasm();
    let create = true;
    for await (const batch of table!.batches()) {
      for (let from = 0; from < batch.numRows; from += 2_048) {
        const ipc = Buffer.concat(await encodePieces(sliceBatch(batch, from, Math.min(batch.numRows, from + 2_048))));
        database.insertArrowFromIPCStream(connection, ipc, { name: "spans", create });
        create = false;
      }
    }
    const texts = "id, span::VARCHAR AS span, nested::VARCHAR AS nested";
    const answers = [
      ...RecordBatchReader.from(database.runQuery(connection, `SELECT ${texts} FROM spans ORDER BY id`)),
    ].flatMap((batch) => [...batch].map((row) => [row!["id"], row!["span"], row!["nested"]]));
    const expected = await native.runAndReadAll(`SELECT ${texts} FROM '${path}' ORDER BY id`);
    expect(answers).toEqual(expected.getRows());
  } finally {
    native.closeSync();
    rmSync(folder, { recursive: true });
  }
});
