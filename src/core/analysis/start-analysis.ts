import { insertAnalysisJob } from "../../storage/analyses.ts";
import type { JobRow } from "../../storage/jobs.ts";
import type { FileWithTables } from "../../storage/uploads.ts";
import { AppError, type FieldFault } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Caller, Services } from "../services.ts";
import { nameTables } from "../sessions/name-tables.ts";
import { getUpload } from "../uploads/get-upload.ts";
import type { AnalysisInput, AnalysisType } from "./analysis-parts.ts";

/** What statistics take, for the estimate of the end. */
const CELLS_PER_SECOND = 500_000;
const SECONDS_PER_TABLE = 2;

/**
 * Begins the analysis of an upload's files.
 *
 * @throws AppError `not_found`; `validation_failed` for names that are not the upload's; `resource_conflict` while the upload is not
 * parsed, or when a named file could not be.
 */
export async function startAnalysis(
  services: Services,
  caller: Caller,
  input: { uploadId: string; files?: readonly string[] | undefined; analysisType: AnalysisType },
): Promise<{ job: JobRow; estimatedCompletion: Date }> {
  const { upload, files } = await getUpload(services, caller, input.uploadId);
  const chosen = chooseFiles(files, input.files);
  const now = services.now();
  const plan: AnalysisInput = { analysis_type: input.analysisType, tables: planTables(files, chosen) };
  const job: JobRow = {
    id: `job_${services.randomId()}`,
    userId: caller.userId,
    type: "analysis",
    status: "pending",
    progress: 0,
    message: "Waiting for a free workbench.",
    uploadId: upload.id,
    fileId: null,
    input: { ...plan },
    result: null,
    problem: null,
    attempts: 0,
    createdAt: now,
    startedAt: null,
    heartbeatAt: null,
    completedAt: null,
  };
  await insertAnalysisJob(services.db, job);
  await sendJob(services, job.id);
  return { job, estimatedCompletion: new Date(now.getTime() + 1000 * estimateSeconds(chosen)) };
}

/** Tables are named as in a session over the whole upload, so that the SQL of an insight runs there. */
function planTables(all: readonly FileWithTables[], chosen: readonly FileWithTables[]): AnalysisInput["tables"] {
  const tables = all
    .filter((file) => file.status === "complete")
    .flatMap((file) =>
      file.tables.map((table) => ({
        file,
        table,
        filename: file.name,
        name: table.name,
        siblings: file.tables.length,
      })),
    );
  const names = nameTables(tables);
  return tables.flatMap(({ file, table }, i) =>
    chosen.includes(file)
      ? [
          {
            table_id: table.id,
            filename: file.name,
            table: file.tables.length > 1 ? table.name : null,
            sql_table: names[i] ?? "data",
          },
        ]
      : [],
  );
}

function chooseFiles(files: readonly FileWithTables[], wanted: readonly string[] | undefined): FileWithTables[] {
  const faults = (wanted ?? []).flatMap((name, i): FieldFault[] => {
    if (files.some((file) => file.name === name)) return [];
    const known = files.map((file) => `“${file.name}”`).join(", ");
    return [{ path: `files[${i}]`, message: `“${name}” is not a file of this upload; it has ${known}.` }];
  });
  if (faults[0]) throw new AppError("validation_failed", `${faults[0].path}: ${faults[0].message}`, { errors: faults });
  const chosen = wanted ? files.filter((file) => wanted.includes(file.name)) : files;
  const busy = chosen.find((file) => file.status === "pending" || file.status === "processing");
  if (busy)
    throw new AppError(
      "resource_conflict",
      `“${busy.name}” is ${busy.status === "pending" ? "not uploaded and confirmed yet" : "still being processed"}. Analyze it once its status is “complete”.`,
      busy.status === "processing" ? { retryAfterSeconds: 2 } : {},
    );
  const failed = chosen.find((file) => file.status === "failed");
  if (failed && (wanted || chosen.every((file) => file.status === "failed")))
    throw new AppError(
      "resource_conflict",
      `“${failed.name}” could not be read, so there is nothing to analyze. ${failed.problem?.message ?? ""}`.trim(),
    );
  return chosen.filter((file) => file.status === "complete");
}

function estimateSeconds(files: readonly FileWithTables[]): number {
  const tables = files.flatMap((file) => file.tables);
  return tables.reduce(
    (sum, { rowCount, columnCount, profileKey }) =>
      sum + SECONDS_PER_TABLE + (profileKey === null ? (rowCount * columnCount) / CELLS_PER_SECOND : 0),
    1,
  );
}
