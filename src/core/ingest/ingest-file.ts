import { readColumnBlocks } from "../../engine/index.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import { openDecompressed } from "../../formats/compression/open.ts";
import { type ByteSource, FormatError } from "../../formats/source.ts";
import { layoutKey, previewKey, rejectsKey, tableKey } from "../../storage/object-keys.ts";
import type { tables } from "../../storage/schema.ts";
import { completeFile, type FileRow, failFile, findFile, listTables } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";
import { blockBytesFor, COLUMNS_PER_PART, tableSource } from "../tables/table-layout.ts";
import type { Bench } from "./bench.ts";
import { describeColumns } from "./column-facts.ts";
import { type CsvReject, CsvRejectedError } from "./csv/ingest-csv.ts";
import { declaredFormat } from "./detect-format.ts";
import { TABLE_ID_NOTES } from "./discard-tables.ts";
import { findTables, type LoadedTable, type TableReject, type TableSource } from "./find-tables.ts";
import { KeptList } from "./kept-list.ts";
import { openObjectSource } from "./object-source.ts";
import { storeTableFile } from "./store-table.ts";

/** Shares of the whole that each step takes, for the progress bar. */
const READ_SHARE = 0.85;
const DESCRIBED_SHARE = 0.9;

type TableInsert = typeof tables.$inferInsert;

export interface IngestResult {
  format: string;
  tables: number;
  rows: number;
  rejected_rows: number;
}

/**
 * Reads a confirmed file into table files in R2, and writes down what it holds. Killed anywhere and run again it goes on where it was,
 * and ends with the same tables.
 *
 * @returns what was found, or undefined when the file has been deleted meanwhile.
 * @throws FormatError, AppError or EngineError `query_failed` for what the user has to mend; anything else may be tried again.
 */
export async function ingestFile(services: Services, bench: Bench, fileId: string): Promise<IngestResult | undefined> {
  const file = await findFile(services.db, fileId);
  if (file?.status === "complete") return summarize(file.format ?? "", await listTables(services.db, file.id));
  if (file?.status !== "processing" || file.etag === null || file.sizeBytes === null) return undefined;
  if (file.sizeBytes === 0) throw new FormatError(`“${file.name}” is empty: it has 0 bytes.`);
  const rejects = new KeptList<TableReject>(bench.notes, "rejects");
  try {
    return await readTables(services, bench, file, rejects);
  } catch (error) {
    if (error instanceof CsvRejectedError) await failWithRejects(services, file, error, rejects);
    throw error;
  }
}

async function readTables(
  services: Services,
  bench: Bench,
  file: FileRow,
  rejects: KeptList<TableReject>,
): Promise<IngestResult | undefined> {
  const source = openObjectSource(services.bucket, {
    key: file.objectKey,
    etag: file.etag ?? "",
    sizeBytes: file.sizeBytes ?? 0,
  });
  const counted = countReads(source, bench);
  const opened = await openDecompressed(counted, undefined, {
    maxBytes: services.limits.MAX_DECOMPRESSED_BYTES,
    maxRatio: services.limits.MAX_DECOMPRESSION_RATIO,
  });
  const found = await findTables(bench, {
    members: opened.members,
    whole: opened.compression === undefined ? counted : undefined,
    declared: declaredFormat(file),
    limits: services.limits,
    rejects,
  });
  const inserts: TableInsert[] = [];
  let rejectCount = 0;
  for (const [ordinal, table] of found.tables.entries()) {
    const { insert, rejected } = await makeTable(services, bench, file, table, ordinal);
    inserts.push(insert);
    rejectCount += rejected;
  }
  const kept = await storeRejects(services, file, rejects);
  const now = services.now();
  await completeFile(
    services.db,
    file,
    {
      format: found.format,
      compression: opened.compression ?? null,
      remarks: found.remarks,
      rejectCount,
      rejectsKey: kept,
      tables: inserts,
    },
    now,
  );
  return summarize(found.format, inserts);
}

function summarize(format: string, made: readonly Pick<TableInsert, "rowCount" | "rejectCount">[]): IngestResult {
  return {
    format,
    tables: made.length,
    rows: made.reduce((sum, table) => sum + table.rowCount, 0),
    rejected_rows: made.reduce((sum, table) => sum + table.rejectCount, 0),
  };
}

/** Loads one table into a database file of its own, describes it and stores it. Each step done is noted and not done again. */
async function makeTable(
  services: Services,
  bench: Bench,
  file: FileRow,
  source: TableSource,
  ordinal: number,
): Promise<{ insert: TableInsert; rejected: number }> {
  const catalog = `table_${ordinal}`;
  const database = `${catalog}.duckdb`;
  const done = bench.notes.get<{ insert: TableInsert; rejected: number }>(`made/${ordinal}`);
  if (done) return { ...done, insert: { ...done.insert, createdAt: services.now() } };
  const tableId = bench.notes.get<string>(`${TABLE_ID_NOTES}${ordinal}`) ?? `tbl_${services.randomId()}`;
  bench.notes.put(`${TABLE_ID_NOTES}${ordinal}`, tableId);

  const { engine } = bench;
  await engine.run(
    `ATTACH IF NOT EXISTS '${database}' AS ${catalog} (BLOCK_SIZE ${blockBytesFor(source.columnCount)})`,
  );
  const loaded = bench.notes.get<LoadedTable>(`loaded/${ordinal}`) ?? (await source.load({ catalog, table: "data" }));
  bench.notes.put(`loaded/${ordinal}`, loaded);
  for (const leftover of loaded.leftovers)
    await engine.run(`DROP TABLE IF EXISTS ${catalog}.${quoteIdentifier(leftover)}`);
  bench.report(READ_SHARE, "Describing the columns.");
  const columns = await describeColumns(
    engine,
    tableSource({ catalog, table: "data" }, loaded.columns.length),
    loaded.columns,
    loaded.rows,
  );
  await engine.run(`CHECKPOINT ${catalog}`);
  const layout = columns.length > COLUMNS_PER_PART ? undefined : await readColumnBlocks(engine, `${catalog}.main.data`);
  if (layout) await services.bucket.put(layoutKey(tableId), JSON.stringify(layout));
  await engine.run(`DETACH ${catalog}`);
  bench.signal.throwIfAborted();
  const size = bench.disk.size(database) ?? 0;
  const stored = await storeTableFile(services.bucket, bench.disk, database, tableKey(tableId), (bytes) =>
    bench.report(DESCRIBED_SHARE + (1 - DESCRIBED_SHARE) * (bytes / Math.max(1, size)), "Storing the table."),
  );
  const cells = source.cellMap(loaded);
  if (cells) await services.bucket.put(previewKey(tableId), JSON.stringify(cells));
  const insert: TableInsert = {
    id: tableId,
    fileId: file.id,
    ordinal,
    name: source.name ?? null,
    rowCount: loaded.rows,
    columnCount: columns.length,
    objectKey: tableKey(tableId),
    objectBytes: stored.sizeBytes,
    columns,
    rejectCount: loaded.rejected,
    previewKey: cells ? previewKey(tableId) : null,
    createdAt: services.now(),
  };
  bench.notes.put(`made/${ordinal}`, { insert, rejected: loaded.rejected });
  bench.disk.remove(database);
  return { insert, rejected: loaded.rejected };
}

/** Writes the rows that were set aside as NDJSON; null when there are none. They are at most a few thousand lines. */
async function storeRejects(
  services: Services,
  file: FileRow,
  rejects: Iterable<TableReject | CsvReject>,
): Promise<string | null> {
  const lines = [...rejects].map((reject) => `${JSON.stringify(reject)}\n`);
  if (lines.length === 0) return null;
  await services.bucket.put(rejectsKey(file.id), lines.join(""));
  return rejectsKey(file.id);
}

async function failWithRejects(
  services: Services,
  file: FileRow,
  error: CsvRejectedError,
  rejects: KeptList<TableReject>,
): Promise<void> {
  const listed = [...rejects];
  const kept = await storeRejects(services, file, listed.length > 0 ? listed : error.rejects);
  await failFile(services.db, file, { code: "too_many_rejects", message: error.message }, services.now(), {
    rejectCount: error.rejectCount,
    rejectsKey: kept,
  });
}

/** Reports how much of the file has been read, as it is read. */
function countReads(source: ByteSource, bench: Bench): ByteSource {
  let furthest = 0;
  const advance = (to: number) => {
    furthest = Math.max(furthest, to);
    bench.report(READ_SHARE * (furthest / source.byteLength), "Reading the file.");
  };
  return {
    byteLength: source.byteLength,
    async slice(start, end = source.byteLength) {
      const bytes = await source.slice(start, end);
      advance(end);
      return bytes;
    },
    stream(start = 0) {
      let at = start;
      return source.stream(start).pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            at += chunk.length;
            advance(at);
            controller.enqueue(chunk);
          },
        }),
      );
    },
  };
}
