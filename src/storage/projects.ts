import { and, asc, count, desc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { datasets, experiments, projects } from "./schema.ts";

export type ProjectRow = typeof projects.$inferSelect;

/** A project and how many datasets it has. */
export interface CountedProject extends ProjectRow {
  datasetCount: number;
}

const datasetCount = sql<number>`(select count(*) from datasets d where d.project_id = projects.id)`;

const counted = (db: Database) => db.select({ project: projects, datasetCount }).from(projects);

export async function insertProject(db: Database, row: ProjectRow): Promise<void> {
  await db.insert(projects).values(row);
}

export async function findProject(
  db: Database,
  userId: string,
  projectId: string,
): Promise<CountedProject | undefined> {
  const [row] = await counted(db).where(and(eq(projects.id, projectId), eq(projects.userId, userId)));
  return row && { ...row.project, datasetCount: row.datasetCount };
}

/** One page of a user's projects, newest first, and how many there are in all. */
export async function pageProjects(
  db: Database,
  page: { userId: string; search?: string | undefined; limit: number; offset: number },
): Promise<{ projects: CountedProject[]; total: number }> {
  const where = and(
    eq(projects.userId, page.userId),
    page.search === undefined ? undefined : sql`instr(lower(${projects.name}), lower(${page.search})) > 0`,
  );
  const [rows, totals] = await db.batch([
    counted(db).where(where).orderBy(desc(projects.createdAt), asc(projects.id)).limit(page.limit).offset(page.offset),
    db.select({ total: count() }).from(projects).where(where),
  ]);
  return {
    projects: rows.map((row) => ({ ...row.project, datasetCount: row.datasetCount })),
    total: totals[0]?.total ?? 0,
  };
}

/** Changes what is given. */
export async function updateProject(
  db: Database,
  projectId: string,
  changes: { name?: string | undefined; description?: string | null | undefined },
  now: Date,
): Promise<void> {
  await db
    .update(projects)
    .set({
      ...(changes.name === undefined ? {} : { name: changes.name }),
      ...(changes.description === undefined ? {} : { description: changes.description }),
      updatedAt: now,
    })
    .where(eq(projects.id, projectId));
}

/** Deletes a project that nothing belongs to; false when something does. One statement, so that no dataset can slip in between. */
export async function deleteEmptyProject(db: Database, projectId: string): Promise<boolean> {
  const rows = await db
    .delete(projects)
    .where(
      and(
        eq(projects.id, projectId),
        sql`not exists (select 1 from ${datasets} where ${datasets.projectId} = ${projectId})`,
        sql`not exists (select 1 from ${experiments} where ${experiments.projectId} = ${projectId})`,
      ),
    )
    .returning({ id: projects.id });
  return rows.length > 0;
}

/** How many experiments a project has. */
export async function countExperiments(db: Database, projectId: string): Promise<number> {
  const [row] = await db.select({ n: count() }).from(experiments).where(eq(experiments.projectId, projectId));
  return row?.n ?? 0;
}
