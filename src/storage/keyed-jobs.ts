import { and, desc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { JobRow } from "./jobs.ts";
import { type JobType, jobs } from "./schema.ts";

/** A job that makes one thing, which `key` names: there is never more than one open job for it. */
export interface KeyedJob {
  id: string;
  userId: string;
  type: JobType;
  key: string;
  /** The file that it works on: the job goes when the file goes. */
  fileId: string;
  uploadId: string | null;
  input: Record<string, unknown>;
}

/** Writes a job unless one for the same thing is open already; false then. One statement, so that two requests cannot both write. */
export async function insertKeyedJob(db: Database, job: KeyedJob, now: Date): Promise<boolean> {
  const input = JSON.stringify({ ...job.input, key: job.key });
  const result = await db.run(sql`
    insert into jobs (id, user_id, type, status, progress, message, upload_id, file_id, input, attempts, created_at)
    select ${job.id}, ${job.userId}, ${job.type}, 'pending', 0, 'Waiting for a free workbench.', ${job.uploadId}, ${job.fileId},
           ${input}, 0, ${now.getTime()}
    where not exists (select 1 from jobs where file_id = ${job.fileId} and type = ${job.type}
                      and status in ('pending', 'running') and json_extract(input, '$.key') = ${job.key})`);
  return result.meta.changes > 0;
}

/** The latest job for one thing. */
export async function findKeyedJob(
  db: Database,
  job: Pick<KeyedJob, "type" | "key" | "fileId">,
): Promise<JobRow | undefined> {
  return db.query.jobs.findFirst({
    where: and(
      eq(jobs.fileId, job.fileId),
      eq(jobs.type, job.type),
      sql`json_extract(${jobs.input}, '$.key') = ${job.key}`,
    ),
    orderBy: [desc(jobs.createdAt), desc(jobs.id)],
  });
}
