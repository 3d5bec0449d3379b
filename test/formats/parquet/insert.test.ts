import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RecordBatch, RecordBatchReader } from "apache-arrow";
import { expect, it } from "vitest";
import { readArrow } from "../../../src/formats/arrow/read-arrow.ts";
import { readParquet } from "../../../src/formats/parquet/read-parquet.ts";
import { encodeArrowStream, encodeBatch, encodeNdjson } from "../../../src/formats/result/index.ts";
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
