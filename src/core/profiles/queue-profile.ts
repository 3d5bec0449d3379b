import type { JobRow } from "../../storage/jobs.ts";
import { findKeyedJob, insertKeyedJob } from "../../storage/keyed-jobs.ts";
import { listTablesOfFile } from "../../storage/profiles.ts";
import { type FileRow, findFile, type TableRow } from "../../storage/uploads.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Services } from "../services.ts";

/** Queues the statistics of a table, unless that is under way. @returns the job, or undefined when its file was deleted meanwhile. */
export async function queueProfile(
  services: Services,
  file: Pick<FileRow, "id" | "userId" | "uploadId">,
  table: Pick<TableRow, "id">,
): Promise<JobRow | undefined> {
  const job = { type: "profile", key: table.id, fileId: file.id } as const;
  const id = `job_${services.randomId()}`;
  const isNew = await insertKeyedJob(
    services.db,
    { ...job, id, userId: file.userId, uploadId: file.uploadId, input: { table_id: table.id } },
    services.now(),
  );
  if (isNew) await sendJob(services, id);
  return findKeyedJob(services.db, job);
}

/** Queues the statistics of every table that was read from a file. */
export async function queueProfilesOfFile(services: Services, fileId: string): Promise<void> {
  const file = await findFile(services.db, fileId);
  if (!file) return;
  for (const table of await listTablesOfFile(services.db, fileId)) {
    if (table.profileKey === null) await queueProfile(services, file, table);
  }
}
