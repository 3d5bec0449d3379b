import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { ROOT } from "../local/run-wrangler.ts";
import type { DataFile } from "./data.ts";

/** Native DuckDB on one thread: what the figures are held against. */

const FOLDER = `${ROOT}.eider/bench/native`;

export async function withNative<T>(
  database: string,
  threads: number,
  work: (db: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(database, { threads: String(threads) });
  const db = await instance.connect();
  try {
    return await work(db);
  } finally {
    db.closeSync();
    instance.closeSync();
  }
}

const READERS = { csv: "read_csv", parquet: "read_parquet", ndjson: "read_ndjson" };
export type NativeFormat = keyof typeof READERS;

/** Seconds for `CREATE TABLE … AS FROM read_…(…)` into a database file, on one thread. */
export async function ingestNatively(
  file: DataFile & { format: NativeFormat },
): Promise<{ seconds: number; database: string }> {
  const database = `${FOLDER}/${file.name}.duckdb`;
  mkdirSync(FOLDER, { recursive: true });
  dropDatabase(database);
  const started = performance.now();
  await withNative(database, 1, async (db) => {
    await db.run(`CREATE TABLE data AS FROM ${READERS[file.format]}('${file.path}')`);
    await db.run("CHECKPOINT");
  });
  return { seconds: (performance.now() - started) / 1000, database };
}

export function dropDatabase(database: string): void {
  for (const path of [database, `${database}.wal`]) rmSync(path, { force: true });
}

/** Seconds for `COPY data TO …` out of a database file, on one thread. */
export async function exportNatively(database: string, format: NativeFormat): Promise<number> {
  const path = `${dirname(database)}/exported.${format}`;
  const started = performance.now();
  try {
    await withNative(database, 1, (db) =>
      db.run(`COPY data TO '${path}' (FORMAT ${format === "ndjson" ? "json" : format})`),
    );
    return (performance.now() - started) / 1000;
  } finally {
    rmSync(path, { force: true });
  }
}

/** Milliseconds of each run of a query, warm, on one thread. */
export async function queryNatively(database: string, sql: string, times: number): Promise<number[]> {
  return withNative(database, 1, async (db) => {
    const taken: number[] = [];
    for (let i = 0; i < times + 2; i++) {
      const started = performance.now();
      await db.runAndReadAll(sql);
      if (i >= 2) taken.push(performance.now() - started);
    }
    return taken;
  });
}

/** What one column of a stored table takes: distinct blocks, and bytes of its segments within them. */
export async function measureColumn(database: string, column: string): Promise<{ blocks: number; bytes: number }> {
  return withNative(":memory:", 1, async (db) => {
    await db.run(`ATTACH '${database}' AS stored (READ_ONLY)`);
    const tables = await db.runAndReadAll(
      "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'stored' ORDER BY estimated_size DESC LIMIT 1",
    );
    const [schema, table] = tables.getRows()[0] ?? [];
    // Segments lie in blocks one behind the other: one ends where the next begins, the last at most at the block's end.
    const result = await db.runAndReadAll(`
      WITH segments AS (
        SELECT DISTINCT column_name, block_id, block_offset FROM pragma_storage_info('stored.${schema}.${table}') WHERE persistent AND block_id >= 0
      ), sized AS (
        SELECT *, coalesce(lead(block_offset) OVER (PARTITION BY block_id ORDER BY block_offset), 262136) - block_offset AS bytes FROM segments
      ), further AS (
        SELECT unnest(additional_block_ids) AS block_id FROM pragma_storage_info('stored.${schema}.${table}') WHERE column_name = '${column}'
      )
      SELECT (SELECT count(DISTINCT block_id) FROM (SELECT block_id FROM sized WHERE column_name = '${column}' UNION SELECT block_id FROM further)),
             (SELECT sum(bytes) FROM sized WHERE column_name = '${column}') + 262144 * (SELECT count(DISTINCT block_id) FROM further)`);
    const [blocks, bytes] = result.getRows()[0] ?? [];
    return { blocks: Number(blocks), bytes: Number(bytes) };
  });
}
