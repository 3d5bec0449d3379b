import { and, asc, count, desc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { datasets, datasetVersions, files, jobs, projects, tables, users } from "./schema.ts";
import type { FileRow, TableRow } from "./uploads.ts";

export type DatasetRow = typeof datasets.$inferSelect;
export type VersionRow = typeof datasetVersions.$inferSelect;

/** One version with the file that holds its bytes and, once that is parsed, its table. */
export interface VersionDetail {
  dataset: DatasetRow;
  version: VersionRow;
  file: FileRow;
  /** The first table of its file; null while the file is not parsed. */
  table: TableRow | null;
  /** How many tables the file has. */
  tableCount: number;
  createdBy: string;
}

const SORT_COLUMNS = {
  created_at: datasets.createdAt,
  name: sql`lower(${datasets.name})`,
  rows: tables.rowCount,
  columns: tables.columnCount,
  project_name: sql`lower(${projects.name})`,
};

export type DatasetSort = keyof typeof SORT_COLUMNS;

/** The latest version whose file has been parsed. */
const latestVersionId = sql<string>`(select v.id from dataset_versions v join files f on f.id = v.file_id
  where v.dataset_id = ${datasets.id} and f.status = 'complete' order by v.version desc limit 1)`;

/** A dataset in a list. */
export interface ListedDataset {
  dataset: DatasetRow;
  projectName: string;
  versionId: string | null;
  rows: number | null;
  columns: number | null;
}

/** One page of a user's datasets, and how many there are in all. */
export async function pageDatasets(
  db: Database,
  page: {
    userId: string;
    projectId?: string | undefined;
    search?: string | undefined;
    sort: DatasetSort;
    order: "asc" | "desc";
    limit: number;
    offset: number;
  },
): Promise<{ datasets: ListedDataset[]; total: number }> {
  const has = (column: typeof datasets.name | typeof datasets.description) =>
    sql`instr(lower(coalesce(${column}, '')), lower(${page.search ?? ""})) > 0`;
  const where = and(
    eq(datasets.userId, page.userId),
    page.projectId === undefined ? undefined : eq(datasets.projectId, page.projectId),
    page.search === undefined ? undefined : sql`(${has(datasets.name)} or ${has(datasets.description)})`,
  );
  const direction = page.order === "asc" ? asc : desc;
  // Not a batch: D1 answers batches with rows by column names, and joined tables share theirs.
  const [rows, totals] = await Promise.all([
    db
      .select({
        dataset: datasets,
        projectName: projects.name,
        versionId: datasetVersions.id,
        rows: tables.rowCount,
        columns: tables.columnCount,
      })
      .from(datasets)
      .innerJoin(projects, eq(projects.id, datasets.projectId))
      .leftJoin(datasetVersions, eq(datasetVersions.id, latestVersionId))
      .leftJoin(tables, and(eq(tables.fileId, datasetVersions.fileId), eq(tables.ordinal, 0)))
      .where(where)
      .orderBy(direction(SORT_COLUMNS[page.sort]), direction(datasets.createdAt), direction(datasets.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(datasets).where(where),
  ]);
  return { datasets: rows, total: totals[0]?.total ?? 0 };
}

export async function findDataset(db: Database, userId: string, datasetId: string): Promise<DatasetRow | undefined> {
  return db.query.datasets.findFirst({ where: and(eq(datasets.id, datasetId), eq(datasets.userId, userId)) });
}

const details = (db: Database) =>
  db
    .select({
      dataset: datasets,
      version: datasetVersions,
      file: files,
      table: tables,
      tableCount: sql<number>`(select count(*) from tables t where t.file_id = ${files.id})`,
      createdBy: users.email,
    })
    .from(datasetVersions)
    .innerJoin(datasets, eq(datasets.id, datasetVersions.datasetId))
    .innerJoin(files, eq(files.id, datasetVersions.fileId))
    .innerJoin(users, eq(users.id, datasetVersions.userId))
    .leftJoin(tables, and(eq(tables.fileId, files.id), eq(tables.ordinal, 0)));

/** One version by its id, its number within a dataset, or the latest that is parsed. */
export async function findVersion(
  db: Database,
  userId: string,
  which: { versionId: string } | { datasetId: string; number?: number | undefined },
): Promise<VersionDetail | undefined> {
  const condition =
    "versionId" in which
      ? eq(datasetVersions.id, which.versionId)
      : and(
          eq(datasetVersions.datasetId, which.datasetId),
          which.number === undefined ? eq(files.status, "complete") : eq(datasetVersions.version, which.number),
        );
  const [row] = await details(db)
    .where(and(eq(datasetVersions.userId, userId), condition))
    .orderBy(desc(datasetVersions.version))
    .limit(1);
  return row;
}

/** One page of a dataset's versions in their order, and how many there are in all. */
export async function pageVersions(
  db: Database,
  page: { datasetId: string; limit: number; offset: number },
): Promise<{ versions: VersionDetail[]; total: number }> {
  const where = eq(datasetVersions.datasetId, page.datasetId);
  const [versions, totals] = await Promise.all([
    details(db).where(where).orderBy(asc(datasetVersions.version)).limit(page.limit).offset(page.offset),
    db.select({ total: count() }).from(datasetVersions).where(where),
  ]);
  return { versions, total: totals[0]?.total ?? 0 };
}

/** What is written when a version's bytes have arrived. */
export interface NewVersion {
  version: Omit<typeof datasetVersions.$inferInsert, "version">;
  file: { id: string; sizeBytes: number; etag: string };
  jobId: string;
}

/**
 * Writes a version with the next number of its dataset, hands its file over to ingest, and writes the dataset too when it is new:
 * one transaction, so that numbers are unique and follow one another.
 *
 * @returns the version's number.
 * @throws when the project or the dataset has been deleted meanwhile (a foreign key fails).
 */
export async function insertVersion(
  db: Database,
  { version, file, jobId }: NewVersion,
  dataset: typeof datasets.$inferInsert | undefined,
  now: Date,
): Promise<number> {
  const next = sql<number>`(select coalesce(max(version), -1) + 1 from dataset_versions where dataset_id = ${version.datasetId})`;
  const insert = db
    .insert(datasetVersions)
    .values({ ...version, version: next })
    .returning({ version: datasetVersions.version });
  const writes = [
    db
      .update(files)
      .set({ status: "processing", sizeBytes: file.sizeBytes, etag: file.etag, updatedAt: now })
      .where(eq(files.id, file.id)),
    db.insert(jobs).values({
      id: jobId,
      userId: version.userId,
      type: "ingest",
      status: "pending",
      progress: 0,
      message: "Waiting for a free workbench.",
      uploadId: null,
      fileId: file.id,
      input: { dataset_id: version.datasetId, dataset_version_id: version.id },
      attempts: 0,
      createdAt: now,
    }),
  ] as const;
  const results = dataset
    ? await db.batch([db.insert(datasets).values(dataset), insert, ...writes])
    : await db.batch([
        db.update(datasets).set({ updatedAt: now }).where(eq(datasets.id, version.datasetId)),
        insert,
        ...writes,
      ]);
  const number = results[1][0]?.version;
  if (number === undefined) throw new Error("The version was not written.");
  return number;
}

/** The version that a file is of. */
export async function findVersionOfFile(db: Database, fileId: string): Promise<VersionRow | undefined> {
  return db.query.datasetVersions.findFirst({ where: eq(datasetVersions.fileId, fileId) });
}
