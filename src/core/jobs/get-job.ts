import { findJob, type JobRow } from "../../storage/jobs.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's jobs. @throws AppError `not_found`. */
export async function getJob(services: Pick<Services, "db">, caller: Caller, jobId: string): Promise<JobRow> {
  const job = await findJob(services.db, jobId);
  if (!job || job.userId !== caller.userId) throw notFound("job", jobId);
  return job;
}
