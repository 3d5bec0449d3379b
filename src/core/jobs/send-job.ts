import type { Services } from "../services.ts";

/**
 * Hands a job to the queue. A failure is only logged: the job's row is already written, and cron sends every job again that nobody
 * works on.
 */
export async function sendJob(services: Pick<Services, "jobs">, jobId: string): Promise<void> {
  try {
    await services.jobs.send({ jobId });
  } catch (cause) {
    console.error({ message: "The queue did not take a job; cron will send it again.", jobId, cause: String(cause) });
  }
}
