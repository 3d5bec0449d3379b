import { and, asc, eq, inArray, isNotNull, isNull, lt, or } from "drizzle-orm";
import type { Database } from "./database.ts";
import { type ExportedFile, exports, jobs } from "./schema.ts";

export type ExportRow = typeof exports.$inferSelect;

/** Writes an export and the job that will make it, at once. */
export async function insertExport(
  db: Database,
  row: typeof exports.$inferInsert,
  job: typeof jobs.$inferInsert,
): Promise<void> {
  await db.batch([db.insert(jobs).values(job), db.insert(exports).values(row)]);
}

/** One of a user's exports. */
export async function findExport(db: Database, userId: string, exportId: string): Promise<ExportRow | undefined> {
  return db.query.exports.findFirst({ where: and(eq(exports.id, exportId), eq(exports.userId, userId)) });
}

/** The export that a job makes. */
export async function findExportOfJob(db: Database, jobId: string): Promise<ExportRow | undefined> {
  return db.query.exports.findFirst({ where: eq(exports.jobId, jobId) });
}

/** Records that all files of an export are there. The first time counts: running it again changes nothing. */
export async function completeExport(
  db: Database,
  exportId: string,
  files: ExportedFile[],
  completedAt: Date,
  expiresAt: Date,
): Promise<void> {
  await db
    .update(exports)
    .set({ files, completedAt, expiresAt })
    .where(and(eq(exports.id, exportId), isNull(exports.completedAt)));
}

/** Exports whose files are still there although their time is over, or that were begun before `begunBefore` and never completed. */
export async function listExpiredExports(
  db: Database,
  now: Date,
  begunBefore: Date,
  limit: number,
): Promise<ExportRow[]> {
  return db
    .select()
    .from(exports)
    .where(
      and(
        isNull(exports.removedAt),
        or(
          and(isNotNull(exports.expiresAt), lt(exports.expiresAt, now)),
          and(isNull(exports.completedAt), lt(exports.createdAt, begunBefore)),
        ),
      ),
    )
    .orderBy(asc(exports.expiresAt))
    .limit(limit);
}

/** Exports that were given up before `before` and whose workbench has not yet noted that nothing of them is left. */
export async function listAbandonedExports(db: Database, before: Date, limit: number): Promise<ExportRow[]> {
  const rows = await db
    .select({ row: exports })
    .from(exports)
    .leftJoin(jobs, eq(jobs.id, exports.jobId))
    .where(
      and(
        isNull(exports.removedAt),
        isNull(exports.completedAt),
        or(
          and(inArray(jobs.status, ["cancelled", "failed"]), lt(jobs.completedAt, before)),
          and(isNull(jobs.id), lt(exports.createdAt, before)),
        ),
      ),
    )
    .orderBy(asc(exports.createdAt))
    .limit(limit);
  return rows.map(({ row }) => row);
}

/** Records that the files of an export are gone. */
export async function markExportRemoved(db: Database, exportId: string, removedAt: Date): Promise<void> {
  await db.update(exports).set({ removedAt }).where(eq(exports.id, exportId));
}
