import { and, count, desc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { type ColumnInfo, datasetVersions, experiments, models, tables } from "./schema.ts";

export type ExperimentRow = typeof experiments.$inferSelect;

/** An experiment and how many models came of it. */
export interface CountedExperiment extends ExperimentRow {
  modelCount: number;
}

export interface ExperimentFilter {
  projectId?: string | undefined;
  datasetId?: string | undefined;
  datasetVersionId?: string | undefined;
  status?: string | undefined;
  search?: string | undefined;
}

const modelCount = sql<number>`(select count(*) from models m where m.experiment_id = experiments.id)`;

const counted = (db: Database) => db.select({ experiment: experiments, modelCount }).from(experiments);

const join = (row: { experiment: ExperimentRow; modelCount: number }): CountedExperiment => ({
  ...row.experiment,
  modelCount: row.modelCount,
});

/** @throws when what it names has been deleted meanwhile (a foreign key fails). */
export async function insertExperiment(db: Database, row: ExperimentRow): Promise<void> {
  await db.insert(experiments).values(row);
}

export async function findExperiment(
  db: Database,
  userId: string,
  experimentId: string,
): Promise<CountedExperiment | undefined> {
  const [row] = await counted(db).where(and(eq(experiments.id, experimentId), eq(experiments.userId, userId)));
  return row && join(row);
}

/** One page of a user's experiments, newest first, and how many there are in all. */
export async function pageExperiments(
  db: Database,
  page: { userId: string; filter: ExperimentFilter; limit: number; offset: number },
): Promise<{ experiments: CountedExperiment[]; total: number }> {
  const { filter } = page;
  const versionsOf = (datasetId: string) =>
    db.select({ id: datasetVersions.id }).from(datasetVersions).where(eq(datasetVersions.datasetId, datasetId));
  const where = and(
    eq(experiments.userId, page.userId),
    filter.projectId === undefined ? undefined : eq(experiments.projectId, filter.projectId),
    filter.datasetVersionId === undefined ? undefined : eq(experiments.datasetVersionId, filter.datasetVersionId),
    filter.datasetId === undefined ? undefined : inArray(experiments.datasetVersionId, versionsOf(filter.datasetId)),
    filter.status === undefined ? undefined : eq(experiments.status, filter.status),
    filter.search === undefined ? undefined : sql`instr(lower(${experiments.name}), lower(${filter.search})) > 0`,
  );
  const [rows, totals] = await db.batch([
    counted(db)
      .where(where)
      .orderBy(desc(experiments.createdAt), desc(experiments.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(experiments).where(where),
  ]);
  return { experiments: rows.map(join), total: totals[0]?.total ?? 0 };
}

/** Sets what is given. @throws when what it names has been deleted meanwhile (a foreign key fails). */
export async function updateExperimentRow(
  db: Database,
  experimentId: string,
  changes: Partial<Omit<ExperimentRow, "id" | "userId">>,
): Promise<void> {
  await db.update(experiments).set(changes).where(eq(experiments.id, experimentId));
}

/** Deletes an experiment; its models stay and lose their tie to it. */
export async function deleteExperimentRow(db: Database, experimentId: string): Promise<void> {
  await db.batch([
    db.update(models).set({ experimentId: null }).where(eq(models.experimentId, experimentId)),
    db.delete(experiments).where(eq(experiments.id, experimentId)),
  ]);
}

/** The columns of a dataset version; undefined while its file is not parsed. */
export async function findVersionColumns(db: Database, versionId: string): Promise<ColumnInfo[] | undefined> {
  const [row] = await db
    .select({ columns: tables.columns })
    .from(tables)
    .innerJoin(datasetVersions, eq(datasetVersions.fileId, tables.fileId))
    .where(and(eq(datasetVersions.id, versionId), eq(tables.ordinal, 0)));
  return row?.columns;
}
