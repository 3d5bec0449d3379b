import { asc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { datasetVersions, tables } from "./schema.ts";
import type { FileRow, TableRow } from "./uploads.ts";

/** A table and the file that it was read from. */
export interface TableOfFile {
  table: TableRow;
  file: FileRow;
}

export async function findTable(db: Database, tableId: string): Promise<TableRow | undefined> {
  return db.query.tables.findFirst({ where: eq(tables.id, tableId) });
}

export async function listTablesOfFile(db: Database, fileId: string): Promise<TableRow[]> {
  return db.query.tables.findMany({ where: eq(tables.fileId, fileId), orderBy: asc(tables.ordinal) });
}

/** Notes where a table's statistics are, what they tell of its columns, and their score with the dataset version of its file; false when the table is gone. */
export async function recordProfile(
  db: Database,
  table: Pick<TableRow, "id" | "fileId" | "ordinal" | "columns">,
  profileKey: string,
  quality: { overall_score: number; issues: number },
): Promise<boolean> {
  const [changed] = await db.batch([
    db
      .update(tables)
      .set({ profileKey, columns: table.columns })
      .where(eq(tables.id, table.id))
      .returning({ id: tables.id }),
    ...(table.ordinal === 0
      ? [db.update(datasetVersions).set({ quality }).where(eq(datasetVersions.fileId, table.fileId))]
      : []),
  ]);
  return changed.length > 0;
}
