import { z } from "zod";
import { endJob, findJob } from "../../storage/jobs.ts";
import { failIngest } from "../ingest/fail-ingest.ts";
import type { Services } from "../services.ts";

const JobMessageSchema = z.object({ jobId: z.string() });
const DEAD_LETTERS = /-dead$/;
const MAX_DELAY_SECONDS = 300;

/** What becomes of a message whose job could not be handed over: later, and each time later still. */
export function retryDelaySeconds(attempts: number): number {
  return Math.min(MAX_DELAY_SECONDS, 2 ** attempts);
}

/**
 * Hands each job of a batch to its workbench. A message may come twice: starting a job that runs or has ended changes nothing. Messages
 * from the dead-letter queue end their job as failed.
 */
export async function consumeJobs(services: Services, batch: MessageBatch<unknown>): Promise<void> {
  for (const message of batch.messages) {
    const parsed = JobMessageSchema.safeParse(message.body);
    if (!parsed.success) {
      console.error({ message: "A queue message is not a job and was dropped.", id: message.id });
      message.ack();
      continue;
    }
    try {
      if (DEAD_LETTERS.test(batch.queue)) await giveUp(services, parsed.data.jobId);
      else await services.workbenches.get(parsed.data.jobId).start(parsed.data.jobId);
      message.ack();
    } catch (error) {
      console.error({
        message: "A job could not be handed over and will be tried again.",
        jobId: parsed.data.jobId,
        error: String(error),
      });
      message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
    }
  }
}

async function giveUp(services: Services, jobId: string): Promise<void> {
  const job = await findJob(services.db, jobId);
  if (!job || job.startedAt) return;
  const problem = {
    code: "server_error",
    message: "No workbench could be reached for this job. Confirm the file again to retry.",
  };
  if (job.type === "ingest" && job.fileId) await failIngest(services, job.fileId, problem);
  await endJob(services.db, job.id, { status: "failed", problem }, services.now());
}
