import { findJob, type JobRow } from "../../storage/jobs.ts";
import type { Services } from "../services.ts";

/** A job that has come to its end. */
export function hasEnded(job: JobRow): boolean {
  return job.status === "completed" || job.status === "failed" || job.status === "cancelled";
}

/**
 * Yields a job each time it changes, until it has ended, is deleted, or `until` has come. D1 is asked every `intervalMs`.
 */
export async function* watchJob(
  services: Pick<Services, "db" | "now">,
  jobId: string,
  options: { intervalMs: number; until: Date; signal?: AbortSignal },
): AsyncGenerator<JobRow> {
  let last = "";
  while (!options.signal?.aborted) {
    const job = await findJob(services.db, jobId);
    if (!job) return;
    const state = JSON.stringify([job.status, job.progress, job.message]);
    if (state !== last) yield job;
    last = state;
    if (hasEnded(job) || services.now() >= options.until) return;
    await new Promise((resolve) => setTimeout(resolve, options.intervalMs));
  }
}
