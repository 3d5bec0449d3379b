import { findJob, type JobRow } from "../../storage/jobs.ts";
import type { Services } from "../services.ts";
import { hasEnded } from "./watch-job.ts";

const FIRST_POLL_MS = 40;
const LAST_POLL_MS = 500;

/** Waits until a job has ended or `until` has come, and returns it as it then is; undefined when it was deleted meanwhile. */
export async function waitForJob(
  services: Pick<Services, "db" | "now">,
  jobId: string,
  until: Date,
): Promise<JobRow | undefined> {
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(LAST_POLL_MS, pause * 1.3)) {
    const job = await findJob(services.db, jobId);
    if (!job || hasEnded(job) || services.now() >= until) return job;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
