import { and, asc, count, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { rejectsKey, tableObjects } from "./object-keys.ts";
import { files, filesApiFiles, jobs, objectsToDelete, organizationMembers, tables, users } from "./schema.ts";
import type { FileRow, TableRow } from "./uploads.ts";

/**
 * The Files API's files. Each stands for one `files` row at a time, which is one parse of some bytes: other bytes or other options make
 * a new row, so that a job which still works on the old one finds it gone and changes nothing.
 */
export type ApiFileRow = typeof filesApiFiles.$inferSelect;

/** A file with its owner's number, its bytes and its tables, as far as there are any. */
export interface ApiFile extends ApiFileRow {
  author: number;
  data: FileRow | null;
  tables: TableRow[];
}

/** Files that a user may see: one's own, and those of one's organisations. */
function isVisible(userId: string): SQL {
  return sql`(${filesApiFiles.userId} = ${userId} or ${filesApiFiles.organizationId} in
    (select ${organizationMembers.organizationId} from ${organizationMembers} where ${organizationMembers.userId} = ${userId}))`;
}

export async function insertApiFile(db: Database, row: ApiFileRow): Promise<void> {
  await db.insert(filesApiFiles).values(row);
}

/** One page of the files that a user may see, newest first, and how many there are in all. */
export async function pageApiFiles(
  db: Database,
  page: { userId: string; limit: number; offset: number },
): Promise<{ files: ApiFile[]; total: number }> {
  const where = isVisible(page.userId);
  // Not a batch: D1 gives its rows as objects, in which columns of one name from two tables would be one.
  const [rows, totals] = await Promise.all([
    db
      .select({ file: filesApiFiles, author: users.number, data: files })
      .from(filesApiFiles)
      .innerJoin(users, eq(users.id, filesApiFiles.userId))
      .leftJoin(files, eq(files.id, filesApiFiles.fileId))
      .where(where)
      .orderBy(desc(filesApiFiles.createdAt), desc(filesApiFiles.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(filesApiFiles).where(where),
  ]);
  return { files: await withTables(db, rows), total: totals[0]?.total ?? 0 };
}

export async function findApiFile(db: Database, userId: string, id: string): Promise<ApiFile | undefined> {
  const rows = await db
    .select({ file: filesApiFiles, author: users.number, data: files })
    .from(filesApiFiles)
    .innerJoin(users, eq(users.id, filesApiFiles.userId))
    .leftJoin(files, eq(files.id, filesApiFiles.fileId))
    .where(and(eq(filesApiFiles.id, id), isVisible(userId)));
  return (await withTables(db, rows))[0];
}

async function withTables(
  db: Database,
  rows: readonly { file: ApiFileRow; author: number; data: FileRow | null }[],
): Promise<ApiFile[]> {
  const ids = rows.flatMap((row) => row.data?.id ?? []);
  const found =
    ids.length === 0
      ? []
      : await db
          .select()
          .from(tables)
          .where(inArray(tables.fileId, sql`(select value from json_each(${JSON.stringify(ids)}))`))
          .orderBy(asc(tables.ordinal));
  const byFile = Map.groupBy(found, (table) => table.fileId);
  return rows.map(({ file, author, data }) => ({
    ...file,
    author,
    data,
    tables: data?.status === "complete" ? (byFile.get(data.id) ?? []) : [],
  }));
}

/** What a file's owner may say of it. */
export type ApiFileChanges = Partial<
  Pick<ApiFileRow, "name" | "description" | "fileType" | "fileCompression" | "parserOptions" | "sqlTransforms">
>;

/** Writes what was said of a file. */
export async function describeApiFile(db: Database, id: string, changes: ApiFileChanges, now: Date): Promise<void> {
  await db
    .update(filesApiFiles)
    .set({ ...changes, updatedAt: now })
    .where(eq(filesApiFiles.id, id));
}

/** Object keys of some tables, as a select of one column: `tableObjects` in SQL. */
function tableKeys(fileId: SQL): SQL {
  const patterns = JSON.stringify(tableObjects("*"));
  return sql`select replace(pattern.value, '*', ${tables.id}) from ${tables}, json_each(${patterns}) as pattern where ${tables.fileId} = ${fileId}`;
}

function markStatement(db: Database, keys: SQL, now: Date) {
  return db
    .insert(objectsToDelete)
    .select(sql`select key, ${now.getTime()} from (${keys}) where true`)
    .onConflictDoNothing();
}

const currentOf = (id: string) =>
  sql`(select ${filesApiFiles.fileId} from ${filesApiFiles} where ${filesApiFiles.id} = ${id})`;

/** What is undone before a file gets other bytes: its tables go, its jobs end. */
function dropParse(db: Database, fileId: SQL, now: Date) {
  return [
    db.delete(tables).where(eq(tables.fileId, fileId)),
    db
      .update(jobs)
      .set({ status: "cancelled", completedAt: now, message: "Replaced by newer data or options." })
      .where(and(eq(jobs.fileId, fileId), inArray(jobs.status, ["pending", "running"]))),
  ] as const;
}

function ingestJob(row: Pick<FileRow, "id" | "userId">, jobId: string, now: Date): typeof jobs.$inferInsert {
  return {
    id: jobId,
    userId: row.userId,
    type: "ingest",
    status: "pending",
    progress: 0,
    message: "Waiting for a free workbench.",
    fileId: row.id,
    input: {},
    attempts: 0,
    createdAt: now,
  };
}

/**
 * Gives a file other bytes, which are in R2 already, and queues their ingest; the old ones and what was made of them are marked for
 * deletion. One transaction. When the file was deleted meanwhile nothing is written and the new bytes keep their mark.
 */
export async function replaceData(db: Database, id: string, row: FileRow, jobId: string, now: Date): Promise<void> {
  const current = currentOf(id);
  const isThere = sql`exists (select 1 from ${filesApiFiles} where ${filesApiFiles.id} = ${id})`;
  const isNew = sql`exists (select 1 from ${files} where ${files.id} = ${row.id})`;
  const rejects = rejectsKey("*");
  const old = sql`select ${files.objectKey} as key from ${files} where ${files.id} = ${current}
    union all select replace(${rejects}, '*', ${files.id}) from ${files} where ${files.id} = ${current}
    union all ${tableKeys(current)}`;
  await db.batch([
    markStatement(db, old, now),
    ...dropParse(db, current, now),
    db.delete(files).where(eq(files.id, current)),
    db.insert(files).values(row),
    db.delete(files).where(and(eq(files.id, row.id), sql`not ${isThere}`)),
    db
      .update(filesApiFiles)
      .set({ fileId: row.id, updatedAt: now })
      .where(and(eq(filesApiFiles.id, id), isNew)),
    db.insert(jobs).values(ingestJob(row, jobId, now)),
    db.delete(jobs).where(and(eq(jobs.id, jobId), sql`not ${isNew}`)),
    db.delete(objectsToDelete).where(and(eq(objectsToDelete.key, row.objectKey), isNew)),
  ]);
}

/**
 * Makes a new parse of the bytes that a file has: its row gets a new id, and a job. One transaction.
 *
 * @returns false when the file has other bytes by now; nothing has changed then.
 */
export async function renewParse(
  db: Database,
  id: string,
  old: FileRow,
  renewed: Pick<FileRow, "id" | "name" | "options">,
  jobId: string,
  now: Date,
): Promise<boolean> {
  const isNew = sql`exists (select 1 from ${files} where ${files.id} = ${renewed.id})`;
  const rejects = sql`select ${rejectsKey(old.id)} as key`;
  await db.batch([
    markStatement(db, sql`${rejects} union all ${tableKeys(sql`${old.id}`)}`, now),
    ...dropParse(db, sql`${old.id}`, now),
    // While anything points at the row its id cannot change.
    db
      .update(filesApiFiles)
      .set({ fileId: null })
      .where(and(eq(filesApiFiles.id, id), eq(filesApiFiles.fileId, old.id))),
    db
      .update(files)
      .set({
        ...renewed,
        status: "processing",
        format: null,
        compression: null,
        problem: null,
        remarks: null,
        rejectCount: 0,
        rejectsKey: null,
        updatedAt: now,
      })
      .where(eq(files.id, old.id)),
    db
      .update(filesApiFiles)
      .set({ fileId: renewed.id, updatedAt: now })
      .where(and(eq(filesApiFiles.id, id), isNew)),
    db.insert(jobs).values(ingestJob({ id: renewed.id, userId: old.userId }, jobId, now)),
    db.delete(jobs).where(and(eq(jobs.id, jobId), sql`not ${isNew}`)),
  ]);
  return (await db.select({ id: jobs.id }).from(jobs).where(eq(jobs.id, jobId))).length > 0;
}

/** Drops the bytes of a parse that failed, and keeps why it failed. Running it twice changes nothing. */
export async function eraseData(db: Database, row: FileRow, now: Date): Promise<void> {
  const failed = and(eq(files.id, row.id), eq(files.status, "failed"));
  await db.batch([
    markStatement(db, sql`select ${files.objectKey} as key from ${files} where ${failed}`, now),
    db.update(files).set({ etag: null, sizeBytes: null }).where(failed),
  ]);
}

/** Deletes a file and everything made of it; its objects are noted for deletion in the same transaction. */
export async function deleteApiFile(db: Database, id: string, now: Date): Promise<void> {
  const current = currentOf(id);
  const rejects = rejectsKey("*");
  await db.batch([
    markStatement(
      db,
      sql`select ${files.objectKey} as key from ${files} where ${files.id} = ${current}
        union all select replace(${rejects}, '*', ${files.id}) from ${files} where ${files.id} = ${current}
        union all ${tableKeys(current)}`,
      now,
    ),
    db.delete(tables).where(eq(tables.fileId, current)),
    db.delete(jobs).where(eq(jobs.fileId, current)),
    db.delete(files).where(eq(files.id, current)),
    db.delete(filesApiFiles).where(eq(filesApiFiles.id, id)),
  ]);
}
