import { openDecompressed } from "../../formats/compression/open.ts";
import { FormatError } from "../../formats/source.ts";
import { rejectsKey } from "../../storage/object-keys.ts";
import { completeFile, type FileRow, failFile, findFile, listTables } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";
import type { Bench } from "./bench.ts";
import { CsvRejectedError } from "./csv/ingest-input.ts";
import type { CsvReject } from "./csv/rejects.ts";
import { declaredFormat } from "./detect-format.ts";
import { findTables, remarksOfLoading, type TableReject } from "./find-tables.ts";
import { KeptList } from "./kept-list.ts";
import { makeTables, makeTransformedTables, READ_SHARE, type TableInsert } from "./make-tables.ts";
import { openObjectSource } from "./object-source.ts";
import { readOptionsOf } from "./read-options.ts";

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
  const sizeBytes = file.sizeBytes ?? 0;
  let furthest = 0;
  const source = openObjectSource(services.bucket, { key: file.objectKey, etag: file.etag ?? "", sizeBytes }, (end) => {
    furthest = Math.max(furthest, end);
    bench.report(READ_SHARE * (furthest / sizeBytes), "Reading the file.");
  });
  const options = readOptionsOf(file);
  const opened = await openDecompressed(source, options.compression, {
    maxBytes: services.limits.MAX_DECOMPRESSED_BYTES,
    maxRatio: services.limits.MAX_DECOMPRESSION_RATIO,
  });
  const found = await findTables(bench, {
    members: opened.members,
    whole: opened.compression === undefined ? source : undefined,
    declared: options.format ?? declaredFormat(file),
    options,
    limits: services.limits,
    rejects,
  });
  const { inserts, rejectCount } = options.sqlTransforms
    ? await makeTransformedTables(services, bench, file, found.tables, options.sqlTransforms)
    : await makeTables(services, bench, file, found.tables);
  const kept = await storeRejects(services, file, rejects);
  const now = services.now();
  await completeFile(
    services.db,
    file,
    {
      format: found.format,
      compression: opened.compression ?? null,
      remarks: [...found.remarks, ...remarksOfLoading(bench)],
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
