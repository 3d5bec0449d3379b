import { and, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { VersionRow } from "./datasets.ts";
import { markObjectsStatement } from "./marked-objects.ts";
import { ARTIFACTS } from "./object-keys.ts";
import { datasets, datasetVersions, experiments, files, jobs, modelDatasetVersions, models, tables } from "./schema.ts";
import type { FileRow } from "./uploads.ts";

/** Forgets a version whose file could not be read, and its dataset when it has no other; its objects are noted for deletion. */
export async function discardVersion(
  db: Database,
  version: VersionRow,
  objectKeys: readonly string[],
  now: Date,
): Promise<void> {
  await db.batch([
    markObjectsStatement(db, objectKeys, now),
    db.delete(datasetVersions).where(eq(datasetVersions.id, version.id)),
    db.delete(tables).where(eq(tables.fileId, version.fileId)),
    db.delete(files).where(eq(files.id, version.fileId)),
    deleteEmptyDataset(db, version.datasetId),
  ]);
}

const filesOf = (datasetId: string) => sql`(select file_id from dataset_versions where dataset_id = ${datasetId})`;

/** The files of all versions of a dataset with the ids of their tables, and the jobs that are still open. */
export async function listDatasetFiles(
  db: Database,
  datasetId: string,
): Promise<{ files: FileRow[]; tableIds: string[]; openJobs: string[] }> {
  const [fileRows, tableRows, jobRows] = await db.batch([
    db
      .select()
      .from(files)
      .where(inArray(files.id, filesOf(datasetId))),
    db
      .select({ id: tables.id })
      .from(tables)
      .where(inArray(tables.fileId, filesOf(datasetId))),
    db
      .select({ id: jobs.id })
      .from(jobs)
      .where(and(inArray(jobs.fileId, filesOf(datasetId)), inArray(jobs.status, ["pending", "running"]))),
  ]);
  return { files: fileRows, tableIds: tableRows.map((row) => row.id), openJobs: jobRows.map((row) => row.id) };
}

/** Models and experiments that were made from versions of a dataset. */
export async function listDatasetUses(
  db: Database,
  datasetId: string,
): Promise<{ kind: "model" | "experiment"; id: string; name: string }[]> {
  const [modelRows, experimentRows] = await db.batch([
    db
      .selectDistinct({ id: models.id, name: models.name })
      .from(modelDatasetVersions)
      .innerJoin(models, eq(models.id, modelDatasetVersions.modelId))
      .innerJoin(datasetVersions, eq(datasetVersions.id, modelDatasetVersions.datasetVersionId))
      .where(eq(datasetVersions.datasetId, datasetId)),
    db
      .select({ id: experiments.id, name: experiments.name })
      .from(experiments)
      .innerJoin(datasetVersions, eq(datasetVersions.id, experiments.datasetVersionId))
      .where(eq(datasetVersions.datasetId, datasetId)),
  ]);
  return [
    ...modelRows.map((row) => ({ kind: "model" as const, ...row })),
    ...experimentRows.map((row) => ({ kind: "experiment" as const, ...row })),
  ];
}

/**
 * Deletes a dataset with the versions of these files and, in the same transaction, notes its objects for deletion.
 *
 * @returns false when another version has come meanwhile: the dataset is then still there, with that version.
 * @throws when a model or an experiment uses a version (a foreign key fails); nothing is deleted then.
 */
export async function deleteDatasetRows(
  db: Database,
  datasetId: string,
  fileIds: readonly string[],
  objectKeys: readonly string[],
  now: Date,
): Promise<boolean> {
  const among = sql`(select value from json_each(${JSON.stringify(fileIds)}))`;
  const results = await db.batch([
    markObjectsStatement(db, objectKeys, now),
    db.delete(datasetVersions).where(inArray(datasetVersions.fileId, among)),
    db.delete(jobs).where(inArray(jobs.fileId, among)),
    db.delete(tables).where(inArray(tables.fileId, among)),
    db.delete(files).where(inArray(files.id, among)),
    deleteEmptyDataset(db, datasetId).returning({ id: datasets.id }),
  ]);
  return results[5].length > 0;
}

function deleteEmptyDataset(db: Database, datasetId: string) {
  const isEmpty = sql`not exists (select 1 from dataset_versions where dataset_id = ${datasetId})`;
  return db.delete(datasets).where(and(eq(datasets.id, datasetId), isEmpty));
}

/** Files of versions whose bytes never arrived whole. */
export async function listUnfinishedArtifacts(db: Database, before: Date, limit: number): Promise<FileRow[]> {
  return db
    .select()
    .from(files)
    .where(
      and(
        isNull(files.uploadId),
        eq(files.status, "pending"),
        lt(files.createdAt, before),
        sql`${files.objectKey} like ${`${ARTIFACTS}%`}`,
      ),
    )
    .limit(limit);
}

/** Deletes the row of a file that never arrived and notes its object for deletion. */
export async function deletePendingFile(db: Database, file: Pick<FileRow, "id" | "objectKey">, now: Date) {
  await db.batch([
    markObjectsStatement(db, [file.objectKey], now),
    db.delete(files).where(and(eq(files.id, file.id), eq(files.status, "pending"))),
  ]);
}
