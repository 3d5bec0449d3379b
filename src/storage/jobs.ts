import { and, asc, count, desc, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { type FileProblem, type JobStatus, type JobType, jobs } from "./schema.ts";

export type JobRow = typeof jobs.$inferSelect;

const OPEN: JobStatus[] = ["pending", "running"];

export async function findJob(db: Database, jobId: string): Promise<JobRow | undefined> {
  return db.query.jobs.findFirst({ where: eq(jobs.id, jobId) });
}

/** One page of a user's jobs, newest first, and how many there are in all. */
export async function pageJobs(
  db: Database,
  page: {
    userId: string;
    type?: JobType | undefined;
    status?: JobStatus | undefined;
    uploadId?: string | undefined;
    order: "asc" | "desc";
    limit: number;
    offset: number;
  },
): Promise<{ jobs: JobRow[]; total: number }> {
  const where = and(
    eq(jobs.userId, page.userId),
    page.type ? eq(jobs.type, page.type) : undefined,
    page.status ? eq(jobs.status, page.status) : undefined,
    page.uploadId ? eq(jobs.uploadId, page.uploadId) : undefined,
  );
  const direction = page.order === "asc" ? asc : desc;
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(jobs)
      .where(where)
      .orderBy(direction(jobs.createdAt), direction(jobs.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(jobs).where(where),
  ]);
  return { jobs: rows, total: totals[0]?.total ?? 0 };
}

/** Marks a job as running and counts the attempt. Undefined when it is gone or has ended, so that nothing runs twice to its end. */
export async function beginJob(db: Database, jobId: string, now: Date): Promise<JobRow | undefined> {
  const rows = await db
    .update(jobs)
    .set({
      status: "running",
      startedAt: sql`coalesce(${jobs.startedAt}, ${now.getTime()})`,
      heartbeatAt: now,
      attempts: sql`${jobs.attempts} + 1`,
    })
    .where(and(eq(jobs.id, jobId), inArray(jobs.status, OPEN)))
    .returning();
  return rows[0];
}

/** A job that made progress has its attempts given back: only attempts without progress count against it. */
export async function pauseJob(db: Database, jobId: string): Promise<void> {
  await db.update(jobs).set({ attempts: 0 }).where(eq(jobs.id, jobId));
}

/** Says how far a running job is; false when the job has been cancelled or deleted meanwhile. */
export async function reportJob(
  db: Database,
  jobId: string,
  progress: number,
  message: string | undefined,
  now: Date,
): Promise<boolean> {
  const rows = await db
    .update(jobs)
    .set({ progress: sql`max(${jobs.progress}, ${progress})`, message, heartbeatAt: now })
    .where(and(eq(jobs.id, jobId), eq(jobs.status, "running")))
    .returning({ id: jobs.id });
  return rows.length > 0;
}

/** A job's last word. */
export type JobEnding =
  | { status: "completed"; result: Record<string, unknown>; message: string }
  | { status: "failed"; problem: FileProblem }
  | { status: "cancelled" };

/** Ends a job that has not ended yet; false when it had. */
export async function endJob(db: Database, jobId: string, ending: JobEnding, now: Date): Promise<boolean> {
  const rows = await db
    .update(jobs)
    .set({
      status: ending.status,
      completedAt: now,
      ...(ending.status === "completed" ? { result: ending.result, progress: 1, message: ending.message } : {}),
      ...(ending.status === "failed" ? { problem: ending.problem, message: null } : {}),
      ...(ending.status === "cancelled" ? { message: "Cancelled." } : {}),
    })
    .where(and(eq(jobs.id, jobId), inArray(jobs.status, OPEN)))
    .returning({ id: jobs.id });
  return rows.length > 0;
}

/** Open jobs that nobody has worked on since `before`: never started, or their machine died. */
export async function listStalledJobs(db: Database, before: Date, limit: number): Promise<JobRow[]> {
  return db
    .select()
    .from(jobs)
    .where(
      and(
        inArray(jobs.status, OPEN),
        or(lt(jobs.heartbeatAt, before), and(isNull(jobs.heartbeatAt), lt(jobs.createdAt, before))),
      ),
    )
    .orderBy(asc(jobs.createdAt))
    .limit(limit);
}
