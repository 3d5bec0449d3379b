import { and, asc, desc, eq, gt, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { type SessionStatus, sessions } from "./schema.ts";

export type SessionRow = typeof sessions.$inferSelect;

/** Writes a session unless its user already has `maxActive`; false then. One statement, so that two requests cannot both be the last. */
export async function insertSession(db: Database, row: SessionRow, maxActive: number): Promise<boolean> {
  const result = await db.run(sql`
    insert into sessions (id, user_id, name, upload_id, tables, status, created_at, expires_at)
    select ${row.id}, ${row.userId}, ${row.name}, ${row.uploadId}, ${JSON.stringify(row.tables)}, ${row.status},
           ${row.createdAt.getTime()}, ${row.expiresAt.getTime()}
    where (select count(*) from sessions
           where user_id = ${row.userId} and status = 'ready' and expires_at > ${row.createdAt.getTime()}) < ${maxActive}`);
  return result.meta.changes > 0;
}

export async function findSession(db: Database, userId: string, sessionId: string): Promise<SessionRow | undefined> {
  return db.query.sessions.findFirst({ where: and(eq(sessions.id, sessionId), eq(sessions.userId, userId)) });
}

/** A user's sessions that can be queried now, newest first. */
export async function listActiveSessions(db: Database, userId: string, now: Date): Promise<SessionRow[]> {
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.status, "ready"), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.createdAt), desc(sessions.id));
}

/** Sessions that have not ended although a table of theirs is gone: those of one user, or all. */
export async function listOrphanedSessions(
  db: Database,
  of: { userId?: string | undefined; limit: number },
): Promise<SessionRow[]> {
  const hasLost = sql`exists (select 1 from json_each(${sessions.tables}) as named
    where json_extract(named.value, '$.tableId') not in (select id from tables))`;
  return db
    .select()
    .from(sessions)
    .where(
      and(of.userId === undefined ? undefined : eq(sessions.userId, of.userId), eq(sessions.status, "ready"), hasLost),
    )
    .limit(of.limit);
}

/** Ends a session that has not ended yet. */
export async function endSessionRow(
  db: Database,
  sessionId: string,
  status: Exclude<SessionStatus, "ready">,
  now: Date,
): Promise<void> {
  await db
    .update(sessions)
    .set({ status, endedAt: now })
    .where(and(eq(sessions.id, sessionId), eq(sessions.status, "ready")));
}

/** Sessions whose time is over but which nobody has ended. */
export async function listExpiredSessions(db: Database, now: Date, limit: number): Promise<SessionRow[]> {
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.status, "ready"), lt(sessions.expiresAt, now)))
    .orderBy(asc(sessions.expiresAt))
    .limit(limit);
}
