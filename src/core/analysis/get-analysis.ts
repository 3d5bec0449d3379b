import { analysisKey } from "../../storage/analyses.ts";
import { findJob, type JobRow } from "../../storage/jobs.ts";
import { AppError, notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import type { AnalysisInput, AnalyzedTable, TableRecommendation } from "./analysis-parts.ts";

/** An analysis: its job and, once it is completed, its parts. */
export interface Analysis {
  job: JobRow;
  input: AnalysisInput;
  /** The tables one after the other, as they are read. */
  tables: () => AsyncGenerator<AnalyzedTable>;
  recommendations: TableRecommendation[];
}

/** One of the caller's analyses. @throws AppError `not_found`. */
export async function getAnalysis(services: Services, caller: Caller, jobId: string): Promise<Analysis> {
  const job = await findJob(services.db, jobId);
  if (!job || job.userId !== caller.userId || job.type !== "analysis") throw notFound("analysis", jobId);
  const input = job.input as unknown as AnalysisInput;
  const isDone = job.status === "completed";
  return {
    job,
    input,
    tables: () => readTables(services, job.id, isDone ? input.tables.length : 0),
    recommendations: isDone ? await readPart<TableRecommendation[]>(services, job.id, input.tables.length) : [],
  };
}

async function* readTables(
  services: Pick<Services, "bucket">,
  jobId: string,
  count: number,
): AsyncGenerator<AnalyzedTable> {
  for (let i = 0; i < count; i++) yield await readPart<AnalyzedTable>(services, jobId, i);
}

async function readPart<T>({ bucket }: Pick<Services, "bucket">, jobId: string, ordinal: number): Promise<T> {
  const object = await bucket.get(analysisKey(jobId, ordinal));
  if (!object) throw new AppError("gone", "The result of this analysis has been removed. Analyze the upload again.");
  return object.json<T>();
}
