import { and, asc, count, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { markObjectsStatement } from "./marked-objects.ts";
import { tableObjects } from "./object-keys.ts";
import {
  csvSessions,
  type FileProblem,
  files,
  jobs,
  models,
  modelUploads,
  objectsToDelete,
  tables,
  type UploadStatus,
  uploads,
  users,
} from "./schema.ts";

export type UploadRow = typeof uploads.$inferSelect;
export type FileRow = typeof files.$inferSelect;
export type TableRow = typeof tables.$inferSelect;

/** A file with its parsed tables in order. */
export interface FileWithTables extends FileRow {
  tables: TableRow[];
}

/** A file as listings tell it: of its tables only how large they are, as column lists can be long. */
export interface ListedFile extends FileRow {
  tables: Pick<TableRow, "rowCount" | "columnCount">[];
}

/** D1 takes 100 bound parameters a statement; ids travel as one JSON array instead. */
const among = (ids: readonly string[]) => sql`(select value from json_each(${JSON.stringify(ids)}))`;

/** Writes an upload and its files at once. */
export async function insertUpload(
  db: Database,
  upload: typeof uploads.$inferInsert,
  rows: (typeof files.$inferInsert)[],
) {
  const inserts = rows.map((row) => db.insert(files).values(row));
  await db.batch([db.insert(uploads).values(upload), ...inserts]);
}

export async function findUpload(db: Database, userId: string, uploadId: string): Promise<UploadRow | undefined> {
  return db.query.uploads.findFirst({ where: and(eq(uploads.id, uploadId), eq(uploads.userId, userId)) });
}

/** One page of a user's uploads, and how many there are in all. */
export async function pageUploads(
  db: Database,
  page: {
    userId: string;
    status?: UploadStatus | undefined;
    sort: "created_at" | "status";
    order: "asc" | "desc";
    limit: number;
    offset: number;
  },
): Promise<{ uploads: UploadRow[]; total: number }> {
  const where = and(eq(uploads.userId, page.userId), page.status ? eq(uploads.status, page.status) : undefined);
  const direction = page.order === "asc" ? asc : desc;
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(uploads)
      .where(where)
      .orderBy(
        direction(page.sort === "status" ? uploads.status : uploads.createdAt),
        direction(uploads.createdAt),
        direction(uploads.id),
      )
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(uploads).where(where),
  ]);
  return { uploads: rows, total: totals[0]?.total ?? 0 };
}

/** The files of some uploads, with their tables, in the order they were declared. */
export async function listFiles(db: Database, uploadIds: readonly string[]): Promise<FileWithTables[]> {
  if (uploadIds.length === 0) return [];
  const [fileRows, tableRows] = await db.batch([
    db
      .select()
      .from(files)
      .where(inArray(files.uploadId, among(uploadIds)))
      .orderBy(asc(files.uploadId), asc(files.ordinal)),
    db
      .select({ table: tables })
      .from(tables)
      .innerJoin(files, eq(files.id, tables.fileId))
      .where(inArray(files.uploadId, among(uploadIds)))
      .orderBy(asc(tables.ordinal)),
  ]);
  const byFile = Map.groupBy(tableRows, (row) => row.table.fileId);
  return fileRows.map((file) => ({ ...file, tables: (byFile.get(file.id) ?? []).map((row) => row.table) }));
}

/** The files of some uploads, with the sizes of their tables, in the order they were declared. */
export async function listFileSizes(db: Database, uploadIds: readonly string[]): Promise<ListedFile[]> {
  if (uploadIds.length === 0) return [];
  const [fileRows, tableRows] = await db.batch([
    db
      .select()
      .from(files)
      .where(inArray(files.uploadId, among(uploadIds)))
      .orderBy(asc(files.uploadId), asc(files.ordinal)),
    db
      .select({ fileId: tables.fileId, rowCount: tables.rowCount, columnCount: tables.columnCount })
      .from(tables)
      .innerJoin(files, eq(files.id, tables.fileId))
      .where(inArray(files.uploadId, among(uploadIds)))
      .orderBy(asc(tables.ordinal)),
  ]);
  const byFile = Map.groupBy(tableRows, (row) => row.fileId);
  return fileRows.map((file) => ({ ...file, tables: byFile.get(file.id) ?? [] }));
}

export async function findFile(db: Database, fileId: string): Promise<FileRow | undefined> {
  return db.query.files.findFirst({ where: eq(files.id, fileId) });
}

export async function findUserEmail(db: Database, userId: string): Promise<string | undefined> {
  return (await db.query.users.findFirst({ where: eq(users.id, userId), columns: { email: true } }))?.email;
}

/** Models that were made from an upload. */
export async function listModelsOfUpload(db: Database, uploadId: string) {
  return db
    .select({ id: models.id, name: models.name, version: models.version })
    .from(modelUploads)
    .innerJoin(models, eq(models.id, modelUploads.modelId))
    .where(eq(modelUploads.uploadId, uploadId))
    .orderBy(asc(models.createdAt));
}

/** What the status of an upload is, told by its files; one expression, so that concurrent jobs cannot race. */
function statusFromFiles(uploadId: string) {
  return sql<UploadStatus>`(select case
      when count(*) filter (where ${files.status} = 'pending') > 0 then 'pending'
      when count(*) filter (where ${files.status} = 'processing') > 0 then 'processing'
      when count(*) filter (where ${files.status} = 'failed') > 0 then 'failed'
      else 'complete' end from ${files} where ${files.uploadId} = ${uploadId})`;
}

/** Sets an upload's status to what its files say; to be run within a batch. */
export function refreshUpload(db: Database, uploadId: string, now: Date) {
  const status = statusFromFiles(uploadId);
  return db
    .update(uploads)
    .set({
      status,
      completedAt: sql`case when ${status} in ('complete', 'failed') then coalesce(${uploads.completedAt}, ${now.getTime()}) end`,
    })
    .where(eq(uploads.id, uploadId));
}

/** A confirmed file and the job that will read it. */
export interface ConfirmedFile {
  fileId: string;
  sizeBytes: number;
  etag: string;
  jobId: string;
}

/**
 * Marks files as arrived and writes a job row for each, in one transaction. A file that somebody else has confirmed in the meantime is left
 * alone.
 *
 * @returns the ids of the jobs that were written.
 */
export async function confirmFiles(
  db: Database,
  upload: UploadRow,
  confirmed: readonly ConfirmedFile[],
  now: Date,
): Promise<string[]> {
  const isWaiting = (fileId: string) => and(eq(files.id, fileId), inArray(files.status, ["pending", "failed"]));
  const writes = confirmed.flatMap((file) => [
    db.insert(jobs).select(
      db
        .select({
          id: sql<string>`${file.jobId}`.as("id"),
          userId: files.userId,
          type: sql<"ingest">`'ingest'`.as("type"),
          status: sql<"pending">`'pending'`.as("status"),
          progress: sql<number>`0`.as("progress"),
          message: sql<string>`'Waiting for a free workbench.'`.as("message"),
          uploadId: files.uploadId,
          fileId: sql<string>`${files.id}`.as("file_id"),
          input: sql<Record<string, unknown>>`'{}'`.as("input"),
          result: sql<null>`null`.as("result"),
          problem: sql<null>`null`.as("problem"),
          attempts: sql<number>`0`.as("attempts"),
          createdAt: sql<Date>`${now.getTime()}`.as("created_at"),
          startedAt: sql<null>`null`.as("started_at"),
          heartbeatAt: sql<null>`null`.as("heartbeat_at"),
          completedAt: sql<null>`null`.as("completed_at"),
        })
        .from(files)
        .where(isWaiting(file.fileId)),
    ),
    db
      .update(files)
      .set({ status: "processing", sizeBytes: file.sizeBytes, etag: file.etag, problem: null, updatedAt: now })
      .where(isWaiting(file.fileId)),
  ]);
  await db.batch([
    db.update(uploads).set({ confirmedAt: now, completedAt: null }).where(eq(uploads.id, upload.id)),
    ...writes,
    refreshUpload(db, upload.id, now),
  ]);
  const written = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(inArray(jobs.id, among(confirmed.map((file) => file.jobId))));
  return written.map((job) => job.id);
}

/** Records what a file holds and that it is ready. Running it twice leaves the same rows; tables that it replaces are marked for deletion. */
export async function completeFile(
  db: Database,
  file: FileRow,
  found: Pick<FileRow, "format" | "compression" | "remarks" | "rejectCount" | "rejectsKey"> & {
    tables: (typeof tables.$inferInsert)[];
  },
  now: Date,
): Promise<void> {
  const before = await db.select({ id: tables.id }).from(tables).where(eq(tables.fileId, file.id));
  const replaced = before.filter(({ id }) => !found.tables.some((table) => table.id === id));
  await db.batch([
    db.delete(tables).where(eq(tables.fileId, file.id)),
    markObjectsStatement(
      db,
      replaced.flatMap(({ id }) => tableObjects(id)),
      now,
    ),
    ...found.tables.map((table) => db.insert(tables).values(table)),
    db
      .update(files)
      .set({
        status: "complete",
        format: found.format,
        compression: found.compression,
        remarks: found.remarks,
        rejectCount: found.rejectCount,
        rejectsKey: found.rejectsKey,
        problem: null,
        updatedAt: now,
      })
      .where(eq(files.id, file.id)),
    ...(file.uploadId ? [refreshUpload(db, file.uploadId, now)] : []),
  ]);
}

/** Records that a file cannot be read, and why; with the rows that were set aside, if it failed for them. */
export async function failFile(
  db: Database,
  file: FileRow,
  problem: FileProblem,
  now: Date,
  rejects: Pick<FileRow, "rejectCount" | "rejectsKey"> = { rejectCount: 0, rejectsKey: null },
): Promise<void> {
  await db.batch([
    db
      .update(files)
      .set({ status: "failed", problem, ...rejects, updatedAt: now })
      .where(eq(files.id, file.id)),
    ...(file.uploadId ? [refreshUpload(db, file.uploadId, now)] : []),
  ]);
}

/**
 * Deletes the rows of an upload, and of the CSV session that it may stand behind, and notes its objects for deletion, in one transaction.
 *
 * @throws when a model uses the upload (a foreign key fails); nothing is deleted then.
 */
export async function deleteUploadRows(
  db: Database,
  uploadId: string,
  objectKeys: readonly string[],
  now: Date,
): Promise<void> {
  await db.batch([
    db.delete(jobs).where(eq(jobs.uploadId, uploadId)),
    // Files that came after the keys were listed too. While the presigned URLs are good the bytes can come again: they go once more then.
    db
      .insert(objectsToDelete)
      .select(
        sql`select object_key as key, max(${now.getTime()}, coalesce(expires_at, 0)) as created_at
            from files join uploads on uploads.id = upload_id where upload_id = ${uploadId}`,
      )
      .onConflictDoNothing(),
    markObjectsStatement(db, objectKeys, now),
    db.delete(csvSessions).where(eq(csvSessions.uploadId, uploadId)),
    db.delete(tables).where(inArray(tables.fileId, sql`(select id from files where upload_id = ${uploadId})`)),
    db.delete(files).where(eq(files.uploadId, uploadId)),
    db.delete(uploads).where(eq(uploads.id, uploadId)),
  ]);
}

/** Pending uploads whose presigned URLs ended before `before`. */
export async function listAbandonedUploads(db: Database, before: Date, limit: number): Promise<UploadRow[]> {
  return db
    .select()
    .from(uploads)
    .where(and(eq(uploads.status, "pending"), lt(uploads.expiresAt, before)))
    .limit(limit);
}

/** Of these tables, those that no file has. */
export async function listUnusedTables(db: Database, tableIds: readonly string[]): Promise<string[]> {
  const used = await db
    .select({ id: tables.id })
    .from(tables)
    .where(inArray(tables.id, among(tableIds)));
  return tableIds.filter((id) => !used.some((table) => table.id === id));
}

/** The tables of one file, in order. */
export async function listTables(db: Database, fileId: string): Promise<TableRow[]> {
  return db.select().from(tables).where(eq(tables.fileId, fileId)).orderBy(asc(tables.ordinal));
}
