import { and, asc, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { objectsToDelete } from "./schema.ts";

/** Notes objects for deletion; to be run alone or within a batch. */
export function markObjectsStatement(db: Database, keys: readonly string[], now: Date) {
  // `where true` keeps SQLite from taking `on conflict` for a join condition.
  return db
    .insert(objectsToDelete)
    .select(sql`select value as key, ${now.getTime()} as created_at from json_each(${JSON.stringify(keys)}) where true`)
    .onConflictDoNothing();
}

/** Notes an object that is about to be written: unless a row comes to point at it, which takes the note away, it goes after `until`. */
export async function reserveObject(db: Database, key: string, until: Date): Promise<void> {
  await markObjectsStatement(db, [key], until);
}

/** The keys whose time has come, those that have waited longest first. */
export async function listMarkedObjects(db: Database, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .select({ key: objectsToDelete.key })
    .from(objectsToDelete)
    .where(lte(objectsToDelete.createdAt, now))
    .orderBy(asc(objectsToDelete.createdAt))
    .limit(limit);
  return rows.map((row) => row.key);
}

/** Takes away the marks of objects that have been removed, but for those whose time has not come. */
export async function forgetMarkedObjects(db: Database, keys: readonly string[], now: Date): Promise<void> {
  const among = inArray(objectsToDelete.key, sql`(select value from json_each(${JSON.stringify(keys)}))`);
  await db.delete(objectsToDelete).where(and(among, lte(objectsToDelete.createdAt, now)));
}
