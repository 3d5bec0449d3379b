import { findJob, type JobRow } from "../../storage/jobs.ts";
import { poll } from "../poll.ts";
import type { Services } from "../services.ts";
import { hasEnded } from "./watch-job.ts";

/** Waits until a job has ended or `until` has come, and returns it as it then is; undefined when it was deleted meanwhile. */
export function waitForJob(services: Pick<Services, "db">, jobId: string, until: Date): Promise<JobRow | undefined> {
  return poll(
    () => findJob(services.db, jobId),
    (job) => !job || hasEnded(job),
    until.getTime(),
  );
}
