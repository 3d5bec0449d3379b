import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { ROOT } from "../local/run-wrangler.ts";

/** Native DuckDB on one thread: what the figures are held against, and what makes the data. */

const FOLDER = `${ROOT}.eider/bench/data`;
/** Of one row of `ROWS`, about. */
const ROW_BYTES = 88;

/** Eight columns of the kinds that uploads have: keys, times, categories, codes, money, counts, flags and free text. */
const ROWS = (count: number) => `SELECT i AS id,
  TIMESTAMP '2024-01-01' + to_seconds(i) AS ordered_at,
  'region-' || (hash(i) % 12) AS region,
  'P' || lpad((hash(i + 1) % 1000)::VARCHAR, 5, '0') AS product,
  ((hash(i + 2) % 100000) / 100)::DECIMAL(10, 2) AS amount,
  (hash(i + 3) % 50 + 1)::INTEGER AS quantity,
  hash(i + 4) % 17 = 0 AS returned,
  'customer' || (hash(i + 5) % 200000) || '@example.com' AS email
FROM range(${count}) AS numbers(i)`;

export interface DataFile {
  name: string;
  path: string;
  rows: number;
  bytes: number;
}

/** Makes a CSV file of about so many bytes or just so many rows, once. */
export async function makeCsv(size: { megabytes: number } | { rows: number }): Promise<DataFile> {
  const rows = "rows" in size ? size.rows : Math.ceil((size.megabytes * 1_000_000) / ROW_BYTES);
  const name = `orders_${rows}.csv`;
  const path = `${FOLDER}/${name}`;
  if (!existsSync(path)) {
    mkdirSync(FOLDER, { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    await withNative(":memory:", 2, (db) => db.run(`COPY (${ROWS(rows)}) TO '${unfinished}' (FORMAT csv, HEADER)`));
    renameSync(unfinished, path);
  }
  return { name, path, rows, bytes: statSync(path).size };
}

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

/** Seconds for `CREATE TABLE … AS FROM read_csv(…)` into a database file, on one thread. */
export async function ingestNatively(file: DataFile): Promise<{ seconds: number; database: string }> {
  const database = `${FOLDER}/${file.name}.duckdb`;
  for (const path of [database, `${database}.wal`]) rmSync(path, { force: true });
  const started = performance.now();
  await withNative(database, 1, async (db) => {
    await db.run(`CREATE TABLE data AS FROM read_csv('${file.path}')`);
    await db.run("CHECKPOINT");
  });
  return { seconds: (performance.now() - started) / 1000, database };
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
