import type { JobRow } from "../../storage/jobs.ts";
import { findKeyedJob } from "../../storage/keyed-jobs.ts";
import { findTable } from "../../storage/profiles.ts";
import type { FileRow, TableRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { hasEnded } from "../jobs/watch-job.ts";
import type { Services } from "../services.ts";
import { queueProfile } from "./queue-profile.ts";

/** Statistics that could not be made are tried again when somebody asks after this long. */
const RETRY_AFTER_MS = 10 * 60_000;

/** Something that a job makes: it is there, is being made, or could not be made. */
export type Made<T> =
  | { state: "made"; value: T }
  | { state: "pending"; job: JobRow }
  | { state: "failed"; message: string };

/**
 * What is kept with a table's statistics. When they are not there yet, they are made (once for all who ask), and waited for until `until`.
 *
 * @param load reads what is wanted, given the table's row as it then is.
 * @throws AppError `resource_conflict` when the table is deleted meanwhile.
 */
export async function ensureProfile<T>(
  services: Services,
  { file, table }: { file: FileRow; table: TableRow },
  load: (table: TableRow) => Promise<T | undefined>,
  until: Date,
): Promise<Made<T>> {
  const kept = await load(table);
  if (kept !== undefined) return { state: "made", value: kept };
  const last = await findKeyedJob(services.db, { type: "profile", key: table.id, fileId: file.id });
  if (last?.status === "failed" && !isOld(services, last)) return { state: "failed", message: describeProblem(last) };
  const queued = last && !hasEnded(last) ? last : await queueProfile(services, file, table);
  const job = queued && (await waitForJob(services, queued.id, until));
  const current = await findTable(services.db, table.id);
  if (!job || !current)
    throw new AppError("resource_conflict", "The data was deleted while its statistics were being computed.");
  if (!hasEnded(job)) return { state: "pending", job };
  const made = await load(current);
  return made === undefined ? { state: "failed", message: describeProblem(job) } : { state: "made", value: made };
}

function isOld(services: Services, job: JobRow): boolean {
  return services.now().getTime() - (job.completedAt?.getTime() ?? 0) > RETRY_AFTER_MS;
}

function describeProblem(job: JobRow): string {
  return job.problem?.message ?? "The job that computes the statistics was cancelled; ask again to start it anew.";
}
