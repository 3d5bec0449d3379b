import { EngineError } from "../../engine/errors.ts";
import { openDecompressed } from "../../formats/compression/open.ts";
import { FormatError } from "../../formats/source.ts";
import { completeExport, type ExportRow, findExportOfJob, markExportRemoved } from "../../storage/exports.ts";
import type { JobRow } from "../../storage/jobs.ts";
import { exportKey } from "../../storage/object-keys.ts";
import type { ExportedFile, FileProblem } from "../../storage/schema.ts";
import type { StreamedObject } from "../../storage/stream-to-object.ts";
import { AppError } from "../errors.ts";
import type { Bench } from "../ingest/bench.ts";
import { openObjectSource } from "../ingest/object-source.ts";
import type { Services } from "../services.ts";
import { attachTable } from "../sessions/attached-engine.ts";
import { discardExport } from "./discard-export.ts";
import { MEDIA_TYPES } from "./export-format.ts";
import { type ExportPlan, type PlannedFile, planOf } from "./export-plan.ts";
import { type Notifications, notify } from "./notify.ts";
import { openExportQuery } from "./query-rows.ts";
import { openTableRows } from "./read-rows.ts";
import { type FileTarget, forgetFile, writeRows, writeStream } from "./write-rows.ts";

export interface ExportResult extends Notifications {
  export_id: string;
  files: { filename: string; size_bytes: number }[];
}

const DAY_MS = 86_400_000;
/** After so many attempts that ended in an error, a file is begun anew instead of gone on with. */
const ATTEMPTS_ON_SAME_FILE = 2;
/** Share of the whole that writing the files takes; the rest is telling of it. */
const WRITTEN_SHARE = 0.97;

/**
 * Writes the files of an export, then tells of them by webhook and mail. Killed anywhere and run again it goes on where it was: a file
 * that is there is not written again, and the files are the same.
 *
 * @returns undefined when the export is no longer there.
 * @throws AppError or FormatError for what the user has to mend; anything else may be tried again.
 */
export async function runExport(services: Services, bench: Bench, job: JobRow): Promise<ExportResult | undefined> {
  let row = await findExportOfJob(services.db, job.id);
  if (!row) return undefined;
  try {
    if (!row.completedAt) {
      await writeFiles(services, bench, job, row);
      row = (await findExportOfJob(services.db, job.id)) ?? row;
    }
    const files = row.files ?? [];
    const notifications = await notify(services, bench, row, { status: "completed", files });
    return {
      export_id: row.id,
      files: files.map(({ filename, sizeBytes }) => ({ filename, size_bytes: sizeBytes })),
      ...notifications,
    };
  } catch (error) {
    if (bench.signal.aborted) await abandonExport(services, bench, job.id);
    throw error;
  }
}

/** Leaves nothing of an export in R2 that was given up before it was complete, and notes that it is gone. */
export async function abandonExport(services: Services, bench: Bench, jobId: string): Promise<void> {
  const row = await findExportOfJob(services.db, jobId);
  if (!row || row.completedAt) return;
  for (const ordinal of planOf(row).files.keys())
    await forgetFile(services, bench, { ordinal, key: exportKey(row.id, ordinal) });
  await discardExport(services, row.id);
  await markExportRemoved(services.db, row.id, services.now());
}

/** Gives up what there is of an export that cannot be made, and says so to those who wait for it. */
export async function failExport(services: Services, bench: Bench, job: JobRow, problem: FileProblem): Promise<void> {
  const row = await findExportOfJob(services.db, job.id);
  if (!row || row.completedAt) return;
  await abandonExport(services, bench, job.id);
  await notify(services, bench, row, { status: "failed", problem });
}

async function writeFiles(services: Services, bench: Bench, job: JobRow, row: ExportRow): Promise<void> {
  const plan = planOf(row);
  const totalRows = plan.files.reduce((sum, { content }) => sum + ("rowCount" in content ? content.rowCount : 0), 0);
  let rowsBefore = 0;
  const files: ExportedFile[] = [];
  for (const [ordinal, file] of plan.files.entries()) {
    const contentType = contentTypeOf(file, plan);
    const target: FileTarget = {
      ordinal,
      key: exportKey(row.id, ordinal),
      contentType,
      onRows: (rows) =>
        bench.report(
          WRITTEN_SHARE * Math.min(1, (rowsBefore + rows) / Math.max(1, totalRows)),
          `Writing “${file.filename}”: ${rows} rows.`,
        ),
    };
    if (job.attempts > ATTEMPTS_ON_SAME_FILE) await forgetFile(services, bench, target);
    const { sizeBytes } = await writeFile(services, bench, target, file, plan);
    files.push({ filename: file.filename, objectKey: target.key, sizeBytes, contentType });
    rowsBefore += "rowCount" in file.content ? file.content.rowCount : 0;
    bench.checkpoint();
  }
  const now = services.now();
  const expiresAt = new Date(now.getTime() + services.limits.EXPORT_RETENTION_DAYS * DAY_MS);
  await completeExport(services.db, row.id, files, now, expiresAt);
}

function contentTypeOf({ content }: PlannedFile, plan: ExportPlan): string {
  if (content.kind === "original") return content.contentType;
  if (content.format === "csv" && !plan.includeHeaders) return "text/csv; charset=utf-8; header=absent";
  return MEDIA_TYPES[content.format];
}

async function writeFile(
  services: Services,
  bench: Bench,
  target: FileTarget,
  { filename, content }: PlannedFile,
  plan: ExportPlan,
): Promise<Pick<StreamedObject, "sizeBytes">> {
  // An object is to be seen only once it is whole.
  const there = await services.bucket.head(target.key);
  if (there) return { sizeBytes: there.size };
  const { engine } = bench;
  const { includeHeaders } = plan;
  try {
    switch (content.kind) {
      case "original":
        return await writeStream(services, bench, target, await readOriginal(services, content));
      case "table": {
        const catalog = `export_${target.ordinal}`;
        await attachTable(engine, services.bucket, content.source, catalog);
        const table = { catalog, table: "data" };
        const source = await openTableRows(engine, table, content.source.columnCount, content.format);
        const options = { includeHeaders, isResumable: true };
        const stored = await writeRows(services, bench, target, source, content.format, options);
        await engine.run(`DETACH ${catalog}`);
        return stored;
      }
      case "query": {
        const { source, rowCount, isResumable } = await openExportQuery(services, bench, content);
        const counted = { ...target, onRows: (rows: number) => reportQuery(bench, filename, rows, rowCount) };
        return await writeRows(services, bench, counted, source, content.format, { includeHeaders, isResumable });
      }
    }
  } catch (error) {
    throw explainFailure(error, filename, bench);
  }
}

async function readOriginal(
  services: Services,
  content: Extract<PlannedFile["content"], { kind: "original" }>,
): Promise<ReadableStream<Uint8Array>> {
  const source = openObjectSource(services.bucket, content.object);
  if (!content.compressed) return source.stream();
  const { members } = await openDecompressed(source, undefined, {
    maxBytes: services.limits.MAX_DECOMPRESSED_BYTES,
    maxRatio: services.limits.MAX_DECOMPRESSION_RATIO,
  });
  const member = members[0];
  if (!member || members.length > 1) throw new FormatError("The compressed file does not hold exactly one file.");
  return member.stream();
}

function reportQuery(bench: Bench, filename: string, rows: number, rowCount: number | undefined): void {
  const share = rowCount === undefined ? 0.5 : Math.min(1, rows / Math.max(1, rowCount));
  bench.report(WRITTEN_SHARE * share, `Writing “${filename}”: ${rows} rows.`);
}

/** Says of which file an error is that the user can do something about. */
function explainFailure(error: unknown, filename: string, bench: Bench): unknown {
  if (bench.signal.aborted) return error;
  if (error instanceof FormatError)
    return new AppError("validation_failed", `“${filename}”: ${error.message}`, {}, { cause: error });
  if (error instanceof EngineError && error.code === "query_failed")
    return new AppError("query_failed", `“${filename}” could not be written: ${error.message}`, {}, { cause: error });
  return error;
}
