import { readColumnBlocks } from "../../engine/index.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { Engine } from "../../engine/types.ts";
import { FormatError } from "../../formats/source.ts";
import { layoutKey, previewKey, tableKey } from "../../storage/object-keys.ts";
import type { ColumnInfo, tables } from "../../storage/schema.ts";
import type { FileRow } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";
import {
  attachOptions,
  COLUMNS_PER_PART,
  LEAST_ROW_GROUP_ROWS,
  partsOf,
  rowGroupRowsFor,
} from "../tables/table-layout.ts";
import { type Bench, JobPaused, SHORT_OF_MEMORY } from "./bench.ts";
import { describeColumns } from "./column-facts.ts";
import { TABLE_ID_NOTES } from "./discard-tables.ts";
import type { CellMap, LoadedTable, TableSource } from "./find-tables.ts";
import type { SqlTransforms } from "./read-options.ts";
import { storeTableFile } from "./store-table.ts";
import { removeTransformFiles, type TableOnDisk, transformTables } from "./transform-tables.ts";

/** Shares of the whole that each step takes, for the progress bar. */
export const READ_SHARE = 0.85;
const DESCRIBED_SHARE = 0.9;

export type TableInsert = typeof tables.$inferInsert;

export interface MadeTables {
  inserts: TableInsert[];
  /** Rows of the file that were set aside. */
  rejectCount: number;
}

/** Makes a file's tables one after the other: each is stored before the next is loaded. */
export async function makeTables(
  services: Services,
  bench: Bench,
  file: FileRow,
  sources: readonly TableSource[],
): Promise<MadeTables> {
  const inserts: TableInsert[] = [];
  for (const [ordinal, source] of sources.entries()) {
    const done = findMade(services, bench, ordinal);
    if (done) {
      inserts.push(done);
      continue;
    }
    const table = await loadTable(services, bench, source, ordinal);
    inserts.push(await storeTable(services, bench, file, table, ordinal, source.cellMap(table.loaded)));
  }
  return { inserts, rejectCount: inserts.reduce((sum, table) => sum + table.rejectCount, 0) };
}

/** Loads all of a file's tables, runs its SQL over them, and stores what comes out. */
export async function makeTransformedTables(
  services: Services,
  bench: Bench,
  file: FileRow,
  sources: readonly TableSource[],
  transforms: SqlTransforms,
): Promise<MadeTables> {
  const planned = bench.notes.get<{ results: TableOnDisk[]; rejectCount: number }>("transformed");
  const { results, rejectCount } = planned ?? (await transform());
  const inserts: TableInsert[] = [];
  for (const [ordinal, table] of results.entries()) {
    const source = table.source === undefined ? undefined : sources[table.source];
    inserts.push(
      findMade(services, bench, ordinal) ??
        (await storeTable(services, bench, file, table, ordinal, source?.cellMap(table.loaded))),
    );
  }
  removeTransformFiles(bench, transforms);
  return { inserts, rejectCount };

  async function transform() {
    const tables: TableOnDisk[] = [];
    for (const [ordinal, source] of sources.entries()) tables.push(await loadTable(services, bench, source, ordinal));
    const timeLimitMs = services.limits.QUERY_TIME_LIMIT_SECONDS * 1000;
    const results = await transformTables(bench, { tables, transforms, filename: file.name, timeLimitMs });
    const rejectCount = tables.reduce((sum, table) => sum + table.loaded.rejected, 0);
    bench.notes.put("transformed", { results, rejectCount });
    // A wide table's blocks leave the memory only with its engine: a locked one attaches nothing again.
    if (results.some((table) => table.loaded.columns.length > COLUMNS_PER_PART)) throw new JobPaused();
    return { results, rejectCount };
  }
}

/** A table that an earlier turn of the job has stored. */
function findMade(services: Services, bench: Bench, ordinal: number): TableInsert | undefined {
  const made = bench.notes.get<TableInsert>(`made/${ordinal}`);
  return made ? { ...made, createdAt: services.now() } : undefined;
}

/** Loads a table into a database of its own on the disk, and leaves that attached. */
async function loadTable(
  { limits }: Services,
  bench: Bench,
  source: TableSource,
  ordinal: number,
): Promise<TableOnDisk> {
  if (source.columnCount > limits.MAX_COLUMNS)
    throw new FormatError(
      `The table${source.name ? ` “${source.name}”` : ""} has ${source.columnCount} columns; at most ${limits.MAX_COLUMNS} are allowed. Split it, or make rows of its columns.`,
    );
  if (source.columnCount === 0)
    throw new FormatError(
      `The table${source.name ? ` “${source.name}”` : ""} has no columns, so there is nothing to read. A table needs at least one named value in its rows.`,
    );
  const { engine, notes } = bench;
  const catalog = `table_${ordinal}`;
  const rowGroupRows = notes.get(SHORT_OF_MEMORY)
    ? LEAST_ROW_GROUP_ROWS
    : (notes.get<number>(`row-group/${ordinal}`) ?? rowGroupRowsFor(source.columnCount, await source.measureRow()));
  notes.put(`row-group/${ordinal}`, rowGroupRows);
  const attach = `ATTACH IF NOT EXISTS '${catalog}.duckdb' AS ${catalog} ${attachOptions(rowGroupRows)}`;
  await engine.run(attach);
  const loaded =
    notes.get<LoadedTable>(`loaded/${ordinal}`) ??
    (await source.load({ catalog, table: "data", rowGroupRows, columnCount: source.columnCount }));
  notes.put(`loaded/${ordinal}`, loaded);
  for (const leftover of loaded.leftovers)
    await engine.run(`DROP TABLE IF EXISTS ${catalog}.${quoteIdentifier(leftover)}`);
  // Read from the file, a table's statistics answer what would be a scan of one just written; and its blocks leave the memory.
  await engine.run(`DETACH ${catalog}`);
  await engine.run(attach);
  return { name: source.name ?? null, catalog, loaded, source: ordinal };
}

/** Describes a table and copies its database to R2. Each step done is noted and not done again. */
async function storeTable(
  services: Services,
  bench: Bench,
  file: FileRow,
  { name, catalog, loaded }: TableOnDisk,
  ordinal: number,
  cells: CellMap | undefined,
): Promise<TableInsert> {
  const { engine, notes } = bench;
  const tableId = notes.get<string>(`${TABLE_ID_NOTES}${ordinal}`) ?? `tbl_${services.randomId()}`;
  notes.put(`${TABLE_ID_NOTES}${ordinal}`, tableId);
  await attach(engine, catalog);
  bench.report(READ_SHARE, "Describing the columns.");
  const columns: ColumnInfo[] = [];
  for (const part of partsOf({ catalog, table: "data" }, loaded.columns))
    columns.push(...(await describeColumns(engine, part.name, part.columns, loaded.rows)));
  await engine.run(`CHECKPOINT ${catalog}`);
  const layout = columns.length > COLUMNS_PER_PART ? undefined : await readColumnBlocks(engine, `${catalog}.main.data`);
  if (layout) await services.bucket.put(layoutKey(tableId), JSON.stringify(layout));
  await engine.run(`DETACH ${catalog}`);
  bench.signal.throwIfAborted();
  const database = `${catalog}.duckdb`;
  const size = bench.disk.size(database) ?? 0;
  const stored = await storeTableFile(services.bucket, bench.disk, database, tableKey(tableId), (bytes) =>
    bench.report(DESCRIBED_SHARE + (1 - DESCRIBED_SHARE) * (bytes / Math.max(1, size)), "Storing the table."),
  );
  if (cells) await services.bucket.put(previewKey(tableId), JSON.stringify(cells));
  const insert: TableInsert = {
    id: tableId,
    fileId: file.id,
    ordinal,
    name,
    rowCount: loaded.rows,
    columnCount: columns.length,
    objectKey: tableKey(tableId),
    objectBytes: stored.sizeBytes,
    columns,
    rejectCount: loaded.rejected,
    previewKey: cells ? previewKey(tableId) : null,
    createdAt: services.now(),
  };
  notes.put(`made/${ordinal}`, insert);
  bench.disk.remove(database);
  return insert;
}

/** Attaches a database of the disk, unless it is: after user's SQL ran, the engine opens nothing more. */
async function attach(engine: Engine, catalog: string): Promise<void> {
  const [found] = await engine.rows<{ n: bigint }>(
    `SELECT count(*) AS n FROM duckdb_databases() WHERE database_name = '${catalog}'`,
  );
  if (Number(found?.n ?? 0) === 0) await engine.run(`ATTACH '${catalog}.duckdb' AS ${catalog}`);
}
