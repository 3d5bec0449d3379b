import { and, count, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { modelDatasetVersions, models, modelUploads } from "./schema.ts";

export type ModelRow = typeof models.$inferSelect;

/** A model and what it was made from. */
export interface BoundModel extends ModelRow {
  uploadIds: string[];
  datasetVersionIds: string[];
}

/** What a model is to be bound to; undefined leaves it as it is. */
export interface Bindings {
  uploadIds?: readonly string[] | undefined;
  datasetVersionIds?: readonly string[] | undefined;
}

export interface ModelFilter {
  experimentId?: string | undefined;
  uploadId?: string | undefined;
  datasetVersionId?: string | undefined;
  algorithm?: string | undefined;
  search?: string | undefined;
}

const bound = (db: Database) =>
  db
    .select({
      model: models,
      uploadIds: sql<string>`(select json_group_array(b.upload_id) from model_uploads b where b.model_id = models.id)`,
      datasetVersionIds: sql<string>`(select json_group_array(b.dataset_version_id) from model_dataset_versions b where b.model_id = models.id)`,
    })
    .from(models);

const join = (row: { model: ModelRow; uploadIds: string; datasetVersionIds: string }): BoundModel => ({
  ...row.model,
  uploadIds: JSON.parse(row.uploadIds) as string[],
  datasetVersionIds: JSON.parse(row.datasetVersionIds) as string[],
});

/** Writes a model and its bindings at once. @throws when what it names has been deleted meanwhile (a foreign key fails). */
export async function insertModel(db: Database, row: ModelRow, bindings: Bindings): Promise<void> {
  await db.batch([db.insert(models).values(row), ...bind(db, row.id, bindings)]);
}

/** Sets what is given; lists of bindings replace what was bound. @throws as `insertModel`. */
export async function updateModelRow(
  db: Database,
  modelId: string,
  changes: Partial<Omit<ModelRow, "id" | "userId">>,
  bindings: Bindings,
): Promise<void> {
  await db.batch([db.update(models).set(changes).where(eq(models.id, modelId)), ...bind(db, modelId, bindings)]);
}

function bind(db: Database, modelId: string, { uploadIds, datasetVersionIds }: Bindings) {
  const pairs = (ids: readonly string[], column: SQL) =>
    sql`select ${modelId} as model_id, value as ${column} from json_each(${JSON.stringify(ids)}) where true`;
  return [
    ...(uploadIds === undefined
      ? []
      : [
          db.delete(modelUploads).where(eq(modelUploads.modelId, modelId)),
          db.insert(modelUploads).select(pairs(uploadIds, sql`upload_id`)),
        ]),
    ...(datasetVersionIds === undefined
      ? []
      : [
          db.delete(modelDatasetVersions).where(eq(modelDatasetVersions.modelId, modelId)),
          db.insert(modelDatasetVersions).select(pairs(datasetVersionIds, sql`dataset_version_id`)),
        ]),
  ];
}

export async function findModel(db: Database, userId: string, modelId: string): Promise<BoundModel | undefined> {
  const [row] = await bound(db).where(and(eq(models.id, modelId), eq(models.userId, userId)));
  return row && join(row);
}

/** One page of a user's models, newest first, and how many there are in all. */
export async function pageModels(
  db: Database,
  page: { userId: string; filter: ModelFilter; limit: number; offset: number },
): Promise<{ models: BoundModel[]; total: number }> {
  const { filter } = page;
  const where = and(
    eq(models.userId, page.userId),
    filter.experimentId === undefined ? undefined : eq(models.experimentId, filter.experimentId),
    filter.algorithm === undefined ? undefined : eq(models.algorithm, filter.algorithm),
    filter.search === undefined ? undefined : sql`instr(lower(${models.name}), lower(${filter.search})) > 0`,
    filter.uploadId === undefined
      ? undefined
      : sql`exists (select 1 from model_uploads b where b.model_id = ${models.id} and b.upload_id = ${filter.uploadId})`,
    filter.datasetVersionId === undefined
      ? undefined
      : sql`exists (select 1 from model_dataset_versions b where b.model_id = ${models.id}
          and b.dataset_version_id = ${filter.datasetVersionId})`,
  );
  const [rows, totals] = await db.batch([
    bound(db).where(where).orderBy(desc(models.createdAt), desc(models.id)).limit(page.limit).offset(page.offset),
    db.select({ total: count() }).from(models).where(where),
  ]);
  return { models: rows.map(join), total: totals[0]?.total ?? 0 };
}

/** Deletes a model with its bindings and deployments. */
export async function deleteModelRow(db: Database, modelId: string): Promise<void> {
  await db.delete(models).where(eq(models.id, modelId));
}
