import { listAbandonedExports, listExpiredExports, markExportRemoved } from "../../storage/exports.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Services } from "../services.ts";
import { discardExport } from "./discard-export.ts";

const BATCH = 100;
const DAY_MS = 86_400_000;

/** Removes the files of exports whose time is over, and what is left of those that never came to their end. Safe to run twice. */
export async function expireExports(services: Services): Promise<void> {
  const now = services.now();
  const begunBefore = new Date(now.getTime() - services.limits.EXPORT_RETENTION_DAYS * DAY_MS);
  for (const row of await listExpiredExports(services.db, now, begunBefore, BATCH)) {
    await discardExport(services, row.id);
    await markExportRemoved(services.db, row.id, now);
  }
}

/**
 * Sends the jobs of exports that were cancelled or failed while nobody worked on them: only their workbench knows what it has sent to R2.
 * Safe to run twice.
 */
export async function clearAbandonedExports(services: Services): Promise<void> {
  const before = new Date(services.now().getTime() - services.limits.JOB_HEARTBEAT_SECONDS * 1_000);
  for (const row of await listAbandonedExports(services.db, before, BATCH)) await sendJob(services, row.jobId);
}
