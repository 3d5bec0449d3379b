import { and, eq, inArray, isNotNull, isNull, lt, notExists, or } from "drizzle-orm";
import type { Database } from "./database.ts";
import { markObjectsStatement } from "./marked-objects.ts";
import { jobs, visualizations } from "./schema.ts";

export type VisualizationRow = typeof visualizations.$inferSelect;

export const PICTURE_THEMES = ["light", "dark"] as const;
export const PICTURE_SIZES = ["full", "thumbnail"] as const;
export const PICTURE_FORMATS = ["svg", "png"] as const;

/** Which picture of a chart. */
export interface PictureVariant {
  theme: (typeof PICTURE_THEMES)[number];
  size: (typeof PICTURE_SIZES)[number];
  format: (typeof PICTURE_FORMATS)[number];
}

/** Pictures that were drawn by an older version of the drawing code are drawn anew. */
export const PICTURE_VERSION = 1;

/** A chart's specification with its data, as JSON. */
export function chartKey(visualizationId: string): string {
  return `visualizations/${visualizationId}/chart.json`;
}

/** A picture of it. */
export function pictureKey(visualizationId: string, { theme, size, format }: PictureVariant): string {
  return `visualizations/${visualizationId}/${theme}-${size}-${PICTURE_VERSION}.${format}`;
}

/** Every object that belongs to a chart; not all of them need be there. */
export function visualizationObjects(visualizationId: string): string[] {
  const variants = PICTURE_THEMES.flatMap((theme) =>
    PICTURE_SIZES.flatMap((size) => PICTURE_FORMATS.map((format) => ({ theme, size, format }))),
  );
  return [chartKey(visualizationId), ...variants.map((variant) => pictureKey(visualizationId, variant))];
}

/** Writes rows that are not there yet. */
export async function insertVisualizations(db: Database, rows: readonly VisualizationRow[]): Promise<void> {
  const [first, ...rest] = rows.map((row) => db.insert(visualizations).values(row).onConflictDoNothing());
  if (first) await db.batch([first, ...rest]);
}

/** A chart; undefined when there is none, or when the job that made it has been deleted with its upload. */
export async function findVisualization(db: Database, visualizationId: string): Promise<VisualizationRow | undefined> {
  const [found] = await db
    .select({ row: visualizations, job: jobs.id })
    .from(visualizations)
    .leftJoin(jobs, eq(jobs.id, visualizations.jobId))
    .where(eq(visualizations.id, visualizationId));
  return found && (found.row.jobId === null || found.job !== null) ? found.row : undefined;
}

/** Charts whose job has been deleted, and those of no job that were made before `before`. */
export async function listUnneededVisualizations(db: Database, before: Date, limit: number): Promise<string[]> {
  const job = db.select({ id: jobs.id }).from(jobs).where(eq(jobs.id, visualizations.jobId));
  const rows = await db
    .select({ id: visualizations.id })
    .from(visualizations)
    .where(
      or(
        and(isNotNull(visualizations.jobId), notExists(job)),
        and(isNull(visualizations.jobId), lt(visualizations.createdAt, before)),
      ),
    )
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Deletes charts and, in the same transaction, notes their objects for deletion. At most 90 at once. */
export async function deleteVisualizations(db: Database, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await db.batch([
    markObjectsStatement(db, ids.flatMap(visualizationObjects), now),
    db.delete(visualizations).where(inArray(visualizations.id, [...ids])),
  ]);
}
