import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { files, uploads } from "./schema.ts";

/** Adds a file to an upload that is still being received. */
export async function insertFile(db: Database, row: typeof files.$inferInsert): Promise<void> {
  await db.insert(files).values(row);
}

/** Sets what an upload is called, once a form has told it. */
export async function describeReceivedUpload(
  db: Database,
  uploadId: string,
  words: { name: string | null; description: string | null },
): Promise<void> {
  await db.update(uploads).set(words).where(eq(uploads.id, uploadId));
}

/** Deletes the rows of an upload of which nothing was confirmed; its objects have to be gone already. */
export async function deleteReceivedUpload(db: Database, uploadId: string): Promise<void> {
  await db.batch([
    db.delete(files).where(eq(files.uploadId, uploadId)),
    db.delete(uploads).where(eq(uploads.id, uploadId)),
  ]);
}
