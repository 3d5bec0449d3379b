import { setTimeout as sleep } from "node:timers/promises";
import type { EiderClient, Job } from "../eider-client.ts";
import type { ProgressBar } from "../terminal/progress-bar.ts";

const POLL_MS = 500;

/** Seconds from the moment that a job was begun until it had completed, by the server's clock. */
export async function followJob(client: EiderClient, jobId: string, bar: ProgressBar): Promise<number> {
  const job = await client.finishJob(jobId, ({ progress, message }) => bar.update(progress, message ?? ""), POLL_MS);
  return (Date.parse(job.completed_at ?? "") - Date.parse(job.started_at ?? "")) / 1000;
}

/** The job that computes the statistics of the table that came in last: an ingest queues it at its end. */
export async function findProfileJob(client: EiderClient): Promise<string> {
  const { jobs } = await client.call<{ jobs: Job[] }>("GET", "/jobs?type=profile&limit=1");
  const job = jobs[0];
  if (!job) throw new Error("No job computes statistics.");
  return job.job_id;
}

/** Cancels what is still at work, so that the next figure has the machine for itself. */
export async function cancelJobs(client: EiderClient): Promise<void> {
  for (const status of ["pending", "running"]) {
    const { jobs } = await client.call<{ jobs: Job[] }>("GET", `/jobs?status=${status}&limit=100`);
    for (const { job_id } of jobs) await client.call("POST", `/jobs/${job_id}/cancel`).catch(() => undefined);
    // A statement that is under way comes to its end first.
    if (jobs.length > 0) await sleep(1_000);
  }
}
