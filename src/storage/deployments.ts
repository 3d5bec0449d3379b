import { and, count, desc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { deployments } from "./schema.ts";

export type DeploymentRow = typeof deployments.$inferSelect;

export interface DeploymentFilter {
  modelId?: string | undefined;
  stage?: string | undefined;
  isActive?: boolean | undefined;
  search?: string | undefined;
}

/** @throws when its model has been deleted meanwhile (a foreign key fails). */
export async function insertDeployment(db: Database, row: DeploymentRow): Promise<void> {
  await db.insert(deployments).values(row);
}

export async function findDeployment(
  db: Database,
  userId: string,
  deploymentId: string,
): Promise<DeploymentRow | undefined> {
  return db.query.deployments.findFirst({
    where: and(eq(deployments.id, deploymentId), eq(deployments.userId, userId)),
  });
}

/** One page of a user's deployments, newest first, and how many there are in all. */
export async function pageDeployments(
  db: Database,
  page: { userId: string; filter: DeploymentFilter; limit: number; offset: number },
): Promise<{ deployments: DeploymentRow[]; total: number }> {
  const { filter } = page;
  const where = and(
    eq(deployments.userId, page.userId),
    filter.modelId === undefined ? undefined : eq(deployments.modelId, filter.modelId),
    filter.stage === undefined ? undefined : eq(deployments.stage, filter.stage),
    filter.isActive === undefined ? undefined : eq(deployments.isActive, filter.isActive),
    filter.search === undefined ? undefined : sql`instr(lower(${deployments.name}), lower(${filter.search})) > 0`,
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(deployments)
      .where(where)
      .orderBy(desc(deployments.createdAt), desc(deployments.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(deployments).where(where),
  ]);
  return { deployments: rows, total: totals[0]?.total ?? 0 };
}

/** Sets what is given. @throws as `insertDeployment`. */
export async function updateDeploymentRow(
  db: Database,
  deploymentId: string,
  changes: Partial<Omit<DeploymentRow, "id" | "userId">>,
): Promise<void> {
  await db.update(deployments).set(changes).where(eq(deployments.id, deploymentId));
}

export async function deleteDeploymentRow(db: Database, deploymentId: string): Promise<void> {
  await db.delete(deployments).where(eq(deployments.id, deploymentId));
}
