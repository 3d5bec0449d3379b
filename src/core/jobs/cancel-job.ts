import { endJob, findJob, type JobRow } from "../../storage/jobs.ts";
import { AppError } from "../errors.ts";
import { failIngest } from "../ingest/fail-ingest.ts";
import type { Caller, Services } from "../services.ts";
import { getJob } from "./get-job.ts";

/**
 * Cancels a job that is waiting or running; cancelling a cancelled job changes nothing. The file of a cancelled ingest can be confirmed
 * again.
 *
 * @throws AppError `not_found`; `resource_conflict` when the job has already completed or failed.
 */
export async function cancelJob(services: Services, caller: Caller, jobId: string): Promise<JobRow> {
  const job = await getJob(services, caller, jobId);
  const now = services.now();
  const ended = await endJob(services.db, job.id, { status: "cancelled" }, now);
  const current = await getJob(services, caller, jobId);
  if (!ended && current.status !== "cancelled")
    throw new AppError(
      "resource_conflict",
      `The job has already ${current.status}; only a pending or running job can be cancelled.`,
    );
  if (ended) {
    await services.workbenches.get(job.id).cancel();
    if (job.type === "ingest" && job.fileId)
      await failIngest(services, job.fileId, {
        code: "cancelled",
        message: "Processing was cancelled. Confirm the file again to start anew.",
      });
  }
  return (await findJob(services.db, jobId)) ?? current;
}
