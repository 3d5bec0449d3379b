import { type ExportRow, findExport } from "../../storage/exports.ts";
import { findJob, type JobRow } from "../../storage/jobs.ts";
import type { ExportedFile, FileProblem } from "../../storage/schema.ts";
import { AppError, notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** `expired`: it was there, and its files have been removed or are about to be. */
export const EXPORT_STATUSES = ["processing", "completed", "failed", "expired"] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

export interface ExportDetail {
  row: ExportRow;
  status: ExportStatus;
  /** 0 to 1. */
  progress: number;
  message: string | null;
  problem: FileProblem | null;
}

const DELETED: FileProblem = {
  code: "gone",
  message: "The upload was deleted before the export was ready.",
};
const CANCELLED: FileProblem = { code: "cancelled", message: "The export was cancelled." };

/**
 * One of the caller's exports and how far it is. Its job may have gone with its upload; files that were ready stay until they expire.
 *
 * @throws AppError `not_found`
 */
export async function getExport(services: Services, caller: Caller, exportId: string): Promise<ExportDetail> {
  const row = await findExport(services.db, caller.userId, exportId);
  if (!row) throw notFound("export", exportId);
  return describeExport(row, await findJob(services.db, row.jobId), services.now());
}

/** What the rows of an export and of its job say together. */
export function describeExport(row: ExportRow, job: JobRow | undefined, now: Date): ExportDetail {
  const progress = job?.progress ?? 0;
  const message = job?.message ?? null;
  if (row.completedAt) {
    const isOver = row.removedAt !== null || (row.expiresAt !== null && row.expiresAt <= now);
    return { row, status: isOver ? "expired" : "completed", progress: 1, message, problem: null };
  }
  if (!job) return { row, status: "failed", progress, message, problem: DELETED };
  if (job.status === "failed" || job.status === "cancelled")
    return { row, status: "failed", progress, message, problem: job.problem ?? CANCELLED };
  return { row, status: "processing", progress, message, problem: null };
}

/**
 * One file of an export that can be downloaded.
 *
 * @throws AppError `not_found` for an export or file that is not there; `resource_conflict` while it is being written or when it failed;
 * `gone` once it has expired.
 */
export async function getExportedFile(
  services: Services,
  caller: Caller,
  exportId: string,
  filename: string,
): Promise<ExportedFile> {
  const { row, status, problem } = await getExport(services, caller, exportId);
  if (status === "processing")
    throw new AppError("resource_conflict", "The export is still being written. Try again once it is “completed”.", {
      retryAfterSeconds: 2,
    });
  if (status === "failed")
    throw new AppError("resource_conflict", `The export has failed, so there is no file. ${problem?.message ?? ""}`);
  const file = row.files?.find((candidate) => candidate.filename === filename);
  if (!file) throw notFound("file in this export named", filename);
  if (status === "expired")
    throw new AppError(
      "gone",
      `The export expired at ${row.expiresAt?.toISOString()} and its files were removed. Export again with POST /data/export.`,
    );
  return file;
}
