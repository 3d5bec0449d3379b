import { and, asc, count, desc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { csvFiles, csvSessions, files, jobs, objectsToDelete, tables, uploads } from "./schema.ts";
import { type FileRow, refreshUpload, type UploadRow } from "./uploads.ts";

export type CsvSessionRow = typeof csvSessions.$inferSelect;
export type CsvFileRow = typeof csvFiles.$inferSelect;

/** A file of a session as it was sent, and the row that holds its bytes. */
export interface CsvFileDetail {
  csvFile: CsvFileRow;
  file: FileRow;
}

export interface CsvSessionDetail {
  session: CsvSessionRow;
  files: CsvFileDetail[];
}

/** Writes a session and the upload that stands behind it. @throws when its user has a session of that name (a unique index fails). */
export async function insertCsvSession(db: Database, session: CsvSessionRow, upload: UploadRow): Promise<void> {
  await db.batch([db.insert(uploads).values(upload), db.insert(csvSessions).values(session)]);
}

export async function findCsvSession(
  db: Database,
  userId: string,
  sessionId: string,
): Promise<CsvSessionRow | undefined> {
  return db.query.csvSessions.findFirst({
    where: and(eq(csvSessions.userId, userId), eq(csvSessions.sessionId, sessionId)),
  });
}

/** The files of some sessions, oldest first. */
export async function listCsvFiles(db: Database, csvSessionIds: readonly string[]): Promise<CsvFileDetail[]> {
  if (csvSessionIds.length === 0) return [];
  return db
    .select({ csvFile: csvFiles, file: files })
    .from(csvFiles)
    .innerJoin(files, eq(files.id, csvFiles.fileId))
    .where(inArray(csvFiles.csvSessionId, sql`(select value from json_each(${JSON.stringify(csvSessionIds)}))`))
    .orderBy(asc(files.ordinal));
}

/** One page of a user's sessions, newest first, and how many there are in all. */
export async function pageCsvSessions(
  db: Database,
  page: { userId: string; limit: number; offset: number },
): Promise<{ sessions: CsvSessionRow[]; total: number }> {
  const where = eq(csvSessions.userId, page.userId);
  const [sessions, totals] = await db.batch([
    db
      .select()
      .from(csvSessions)
      .where(where)
      .orderBy(desc(csvSessions.createdAt), desc(csvSessions.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(csvSessions).where(where),
  ]);
  return { sessions, total: totals[0]?.total ?? 0 };
}

/** A file whose bytes have arrived. */
export interface ArrivedCsvFile {
  csvFile: CsvFileRow;
  userId: string;
  uploadId: string;
  /** Unique within the upload. */
  name: string;
  sizeBytes: number;
  etag: string;
  jobId: string;
}

/**
 * Makes a received file one of its session's, and queues a job row for it, in one transaction.
 *
 * @throws when the session has been deleted meanwhile (a foreign key fails) or another file took the name (a unique index fails).
 */
export async function addCsvFile(db: Database, arrived: ArrivedCsvFile, now: Date): Promise<void> {
  const { csvFile, userId, uploadId, name, sizeBytes, etag, jobId } = arrived;
  await db.batch([
    db.insert(csvFiles).values(csvFile),
    db
      .update(files)
      .set({
        uploadId,
        name,
        sizeBytes,
        etag,
        ordinal: sql`(select coalesce(max(ordinal), -1) + 1 from files where upload_id = ${uploadId})`,
        status: "processing",
        updatedAt: now,
      })
      .where(eq(files.id, csvFile.fileId)),
    db.insert(jobs).values({
      id: jobId,
      userId,
      type: "ingest",
      status: "pending",
      progress: 0,
      message: "Waiting for a free workbench.",
      uploadId,
      fileId: csvFile.fileId,
      input: {},
      attempts: 0,
      createdAt: now,
    }),
    db.update(uploads).set({ confirmedAt: now, completedAt: null }).where(eq(uploads.id, uploadId)),
    refreshUpload(db, uploadId, now),
    db.update(csvSessions).set({ updatedAt: now }).where(eq(csvSessions.id, csvFile.csvSessionId)),
  ]);
}

/** One of a user's files, with its session and the ids of its tables. */
export async function findCsvFile(
  db: Database,
  userId: string,
  csvFileId: string,
): Promise<(CsvFileDetail & { session: CsvSessionRow; tableIds: string[] }) | undefined> {
  const [row] = await db
    .select({
      csvFile: csvFiles,
      file: files,
      session: csvSessions,
      tableIds: sql<string>`(select json_group_array(id) from ${tables} where file_id = ${files.id})`,
    })
    .from(csvFiles)
    .innerJoin(files, eq(files.id, csvFiles.fileId))
    .innerJoin(csvSessions, eq(csvSessions.id, csvFiles.csvSessionId))
    .where(and(eq(csvFiles.id, csvFileId), eq(csvSessions.userId, userId)));
  return row && { ...row, tableIds: JSON.parse(row.tableIds) as string[] };
}

/**
 * Deletes the rows of a file and, in the same transaction, notes its objects for deletion; unless a model uses its upload, which is looked
 * at in the same transaction.
 *
 * @returns false when the file is still there, for a model uses the upload.
 */
export async function deleteCsvFileRows(
  db: Database,
  file: { fileId: string; uploadId: string; csvSessionId: string },
  objectKeys: readonly string[],
  now: Date,
): Promise<boolean> {
  const unbound = sql`not exists (select 1 from model_uploads where upload_id = ${file.uploadId})`;
  const results = await db.batch([
    db.delete(jobs).where(and(eq(jobs.fileId, file.fileId), unbound)),
    db.delete(tables).where(and(eq(tables.fileId, file.fileId), unbound)),
    db
      .delete(files)
      .where(and(eq(files.id, file.fileId), unbound))
      .returning({ id: files.id }),
    db
      .insert(objectsToDelete)
      .select(
        sql`select value as key, ${now.getTime()} as created_at from json_each(${JSON.stringify(objectKeys)})
          where not exists (select 1 from files where id = ${file.fileId})`,
      )
      .onConflictDoNothing(),
    refreshUpload(db, file.uploadId, now),
    db.update(csvSessions).set({ updatedAt: now }).where(eq(csvSessions.id, file.csvSessionId)),
    // Without files an upload waits for some, as it did when its session was new.
    db
      .update(uploads)
      .set({ status: "pending", completedAt: null, confirmedAt: null })
      .where(
        and(eq(uploads.id, file.uploadId), sql`not exists (select 1 from files where upload_id = ${file.uploadId})`),
      ),
  ]);
  return results[2].length > 0;
}
