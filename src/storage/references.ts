import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { datasets, datasetVersions, experiments, models, projects, uploads } from "./schema.ts";

/** What rows may name, with the table that has it. All are owned by a user. */
const TABLES = {
  project: projects,
  dataset: datasets,
  dataset_version: datasetVersions,
  experiment: experiments,
  model: models,
  upload: uploads,
};

export type ReferenceKind = keyof typeof TABLES;

/** Which of some ids do not exist or are not the user's. */
export async function listMissing(
  db: Database,
  userId: string,
  kind: ReferenceKind,
  ids: readonly string[],
): Promise<string[]> {
  const table = TABLES[kind];
  const rows = await db
    .select({ id: table.id })
    .from(table)
    .where(
      and(eq(table.userId, userId), inArray(table.id, sql`(select value from json_each(${JSON.stringify(ids)}))`)),
    );
  const there = new Set(rows.map((row) => row.id));
  return ids.filter((id) => !there.has(id));
}
