import { deletePendingFile, listUnfinishedArtifacts } from "../../storage/dataset-removal.ts";
import { listStalledJobs } from "../../storage/jobs.ts";
import { listExpiredSessions } from "../../storage/sessions.ts";
import { deleteUploadRows, listAbandonedUploads, listFiles } from "../../storage/uploads.ts";
import { clearAbandonedExports, expireExports } from "../exports/expire-exports.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { closeSession } from "../sessions/end-session.ts";
import { dropVisualizations } from "../visualizations/drop-visualizations.ts";
import { deleteMarkedObjects } from "./delete-marked-objects.ts";

const BATCH = 100;
/** How long after its presigned URLs ended a pending upload is given up. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** What cron does each minute. Every step can run twice, and a step that fails does not stop the others. */
export async function maintain(services: Services): Promise<void> {
  const steps = {
    expireSessions,
    endOrphanedSessions: () => endOrphanedSessions(services),
    restartStalledJobs,
    dropAbandonedUploads,
    dropUnfinishedArtifacts,
    expireExports: () => expireExports(services),
    clearAbandonedExports: () => clearAbandonedExports(services),
    dropVisualizations,
    deleteMarkedObjects: () => deleteMarkedObjects(services),
  };
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step(services);
    } catch (error) {
      console.error({
        message: "A maintenance step failed; it runs again in a minute.",
        step: name,
        error: String(error),
      });
    }
  }
}

async function expireSessions(services: Services): Promise<void> {
  for (const session of await listExpiredSessions(services.db, services.now(), BATCH))
    await closeSession(services, session.id, "expired", services.now());
}

async function restartStalledJobs(services: Services): Promise<void> {
  const before = new Date(services.now().getTime() - services.limits.JOB_HEARTBEAT_SECONDS * 1000);
  for (const job of await listStalledJobs(services.db, before, BATCH)) await sendJob(services, job.id);
}

/** Presigned URLs that nobody confirmed: rows and bytes go. Confirmed files are never touched. */
async function dropAbandonedUploads(services: Services): Promise<void> {
  const before = new Date(services.now().getTime() - ABANDONED_AFTER_MS);
  for (const upload of await listAbandonedUploads(services.db, before, BATCH)) {
    const files = await listFiles(services.db, [upload.id]);
    if (files.some((file) => file.status !== "pending")) continue;
    await deleteUploadRows(
      services.db,
      upload.id,
      files.map((file) => file.objectKey),
      services.now(),
    );
  }
}

/** Files of datasets whose upload broke off together with its Worker. */
async function dropUnfinishedArtifacts(services: Services): Promise<void> {
  const before = new Date(services.now().getTime() - ABANDONED_AFTER_MS);
  for (const file of await listUnfinishedArtifacts(services.db, before, BATCH))
    await deletePendingFile(services.db, file, services.now());
}
