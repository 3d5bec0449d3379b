import { and, count, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import {
  type ColumnInfo,
  datasetVersions,
  deployments,
  experiments,
  files,
  lineageEvents,
  models,
  tables,
} from "./schema.ts";

export type LineageRow = typeof lineageEvents.$inferSelect;

const among = (ids: readonly string[]) => sql`(select value from json_each(${JSON.stringify(ids)}))`;

/** Writes an event, once: the same run of the same kind changes nothing. Its user's events of that kind from before `keptSince` go. */
export async function insertLineageEvent(db: Database, row: LineageRow, keptSince?: Date): Promise<void> {
  const insert = db.insert(lineageEvents).values(row).onConflictDoNothing();
  if (!keptSince) {
    await insert;
    return;
  }
  const isOld = and(
    eq(lineageEvents.userId, row.userId),
    lt(lineageEvents.createdAt, keptSince),
    eq(lineageEvents.kind, row.kind),
  );
  await db.batch([insert, db.delete(lineageEvents).where(isOld)]);
}

/** The uploads and datasets that some tables, files and dataset versions belong to. */
export async function findOwners(
  db: Database,
  of: { tableIds: readonly string[]; fileIds: readonly string[]; versionIds: readonly string[] },
): Promise<{ uploadIds: string[]; datasetIds: string[] }> {
  const tableFiles = db
    .select({ id: tables.fileId })
    .from(tables)
    .where(inArray(tables.id, among(of.tableIds)));
  const [fileRows, versionRows] = await db.batch([
    db
      .select({ uploadId: files.uploadId, datasetId: datasetVersions.datasetId })
      .from(files)
      .leftJoin(datasetVersions, eq(datasetVersions.fileId, files.id))
      .where(sql`${inArray(files.id, among(of.fileIds))} or ${inArray(files.id, tableFiles)}`),
    db
      .select({ datasetId: datasetVersions.datasetId })
      .from(datasetVersions)
      .where(inArray(datasetVersions.id, among(of.versionIds))),
  ]);
  const distinct = (ids: (string | null)[]) => [...new Set(ids)].filter((id) => id !== null);
  return {
    uploadIds: distinct(fileRows.map((row) => row.uploadId)),
    datasetIds: distinct([...fileRows, ...versionRows].map((row) => row.datasetId)),
  };
}

export interface LineageFilter {
  kind?: string | undefined;
  uploadId?: string | undefined;
  datasetId?: string | undefined;
  tableId?: string | undefined;
}

/** One page of a user's events, newest first, and how many there are in all. */
export async function pageLineageEvents(
  db: Database,
  page: { userId: string; filter: LineageFilter; limit: number; offset: number },
): Promise<{ events: LineageRow[]; total: number }> {
  const { filter } = page;
  const lists = (path: string, id: string) =>
    sql`exists (select 1 from json_each(${lineageEvents.facets}, ${path}) where value = ${id})`;
  const names = (column: typeof lineageEvents.inputs | typeof lineageEvents.outputs, id: string) =>
    sql`exists (select 1 from json_each(${column}) where json_extract(value, '$.id') = ${id})`;
  const where = and(
    eq(lineageEvents.userId, page.userId),
    filter.kind === undefined ? undefined : eq(lineageEvents.kind, filter.kind),
    filter.uploadId === undefined ? undefined : lists("$.uploadIds", filter.uploadId),
    filter.datasetId === undefined ? undefined : lists("$.datasetIds", filter.datasetId),
    filter.tableId === undefined
      ? undefined
      : sql`(${names(lineageEvents.inputs, filter.tableId)} or ${names(lineageEvents.outputs, filter.tableId)})`,
  );
  const [events, totals] = await db.batch([
    db
      .select()
      .from(lineageEvents)
      .where(where)
      .orderBy(desc(lineageEvents.createdAt), desc(lineageEvents.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(lineageEvents).where(where),
  ]);
  return { events, total: totals[0]?.total ?? 0 };
}

/** The columns of those of some tables that are still there and have at most `maxColumns`. */
export async function listTableColumns(
  db: Database,
  tableIds: readonly string[],
  maxColumns: number,
): Promise<Map<string, ColumnInfo[]>> {
  const rows = await db
    .select({ id: tables.id, columns: tables.columns })
    .from(tables)
    .where(and(inArray(tables.id, among(tableIds)), sql`${tables.columnCount} <= ${maxColumns}`));
  return new Map(rows.map((row) => [row.id, row.columns]));
}

/** The tables and files whose objects some keys are: ids by key. */
export async function findByObjectKeys(db: Database, keys: readonly string[]): Promise<Map<string, string>> {
  const [tableRows, fileRows] = await db.batch([
    db
      .select({ id: tables.id, key: tables.objectKey })
      .from(tables)
      .where(inArray(tables.objectKey, among(keys))),
    db
      .select({ id: files.id, key: files.objectKey })
      .from(files)
      .where(inArray(files.objectKey, among(keys))),
  ]);
  return new Map([...tableRows, ...fileRows].map((row) => [row.key, row.id]));
}

/** The version before another of its dataset. */
export async function findPreviousVersion(
  db: Database,
  version: Pick<typeof datasetVersions.$inferSelect, "datasetId" | "version">,
): Promise<typeof datasetVersions.$inferSelect | undefined> {
  return db.query.datasetVersions.findFirst({
    where: and(eq(datasetVersions.datasetId, version.datasetId), sql`${datasetVersions.version} < ${version.version}`),
    orderBy: [desc(datasetVersions.version)],
  });
}

/** What was made of a dataset, up to `limit` of each. */
export interface DatasetTrace {
  experiments: {
    id: string;
    name: string;
    targetColumn: string | null;
    problemType: string | null;
    status: string;
    modelCount: number;
  }[];
  models: { id: string; name: string; algorithm: string | null; experimentId: string | null }[];
  deployments: { id: string; name: string; modelId: string; stage: string; isActive: boolean }[];
}

/** Traces all versions of a dataset to experiments, models and deployments, newest first. */
export async function traceDataset(
  db: Database,
  datasetId: string,
  page: { limit: number; offset: number },
): Promise<DatasetTrace> {
  const versions = sql`(select id from dataset_versions where dataset_id = ${datasetId})`;
  const isTraced = (model: SQL) => sql`(exists (select 1 from experiments e
      where e.id = ${model}.experiment_id and e.dataset_version_id in ${versions})
    or exists (select 1 from model_dataset_versions b where b.model_id = ${model}.id and b.dataset_version_id in ${versions}))`;
  const [experimentRows, modelRows, deploymentRows] = await db.batch([
    db
      .select({
        id: experiments.id,
        name: experiments.name,
        targetColumn: experiments.targetColumn,
        problemType: experiments.problemType,
        status: experiments.status,
        modelCount: sql<number>`(select count(*) from models m where m.experiment_id = experiments.id)`,
      })
      .from(experiments)
      .where(inArray(experiments.datasetVersionId, versions))
      .orderBy(desc(experiments.createdAt), desc(experiments.id))
      .limit(page.limit)
      .offset(page.offset),
    db
      .select({ id: models.id, name: models.name, algorithm: models.algorithm, experimentId: models.experimentId })
      .from(models)
      .where(isTraced(sql`models`))
      .orderBy(desc(models.createdAt), desc(models.id))
      .limit(page.limit)
      .offset(page.offset),
    db
      .select({
        id: deployments.id,
        name: deployments.name,
        modelId: deployments.modelId,
        stage: deployments.stage,
        isActive: deployments.isActive,
      })
      .from(deployments)
      .where(sql`exists (select 1 from models m where m.id = ${deployments.modelId} and ${isTraced(sql`m`)})`)
      .orderBy(desc(deployments.createdAt), desc(deployments.id))
      .limit(page.limit)
      .offset(page.offset),
  ]);
  return { experiments: experimentRows, models: modelRows, deployments: deploymentRows };
}
