import { asc, inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { objectsToDelete } from "./schema.ts";

/** Notes objects for deletion; to be run alone or within a batch. */
export function markObjectsStatement(keys: readonly string[], now: Date) {
  return sql`insert or ignore into objects_to_delete (key, created_at) select value, ${now.getTime()} from json_each(${JSON.stringify(keys)})`;
}

/** The keys that have waited longest. */
export async function listMarkedObjects(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ key: objectsToDelete.key })
    .from(objectsToDelete)
    .orderBy(asc(objectsToDelete.createdAt))
    .limit(limit);
  return rows.map((row) => row.key);
}

export async function forgetMarkedObjects(db: Database, keys: readonly string[]): Promise<void> {
  await db
    .delete(objectsToDelete)
    .where(inArray(objectsToDelete.key, sql`(select value from json_each(${JSON.stringify(keys)}))`));
}
