import { and, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { JobRow } from "./jobs.ts";
import { jobs, visualizations } from "./schema.ts";
import { visualizationObjects } from "./visualizations.ts";

/** One part of an analysis, as JSON: a table's, numbered from 0, or after these the recommendations. */
export function analysisKey(jobId: string, part: number): string {
  return `analyses/${jobId}/${part}.json`;
}

/** Writes the job of an analysis. */
export async function insertAnalysisJob(db: Database, job: JobRow): Promise<void> {
  await db.insert(jobs).values(job);
}

/** Every object that the analyses of an upload have made; not all of them need be there. */
export async function listAnalysisObjects(db: Database, uploadId: string): Promise<string[]> {
  const analyses = and(eq(jobs.uploadId, uploadId), eq(jobs.type, "analysis"));
  const [rows, charts] = await db.batch([
    db.select({ id: jobs.id, input: jobs.input }).from(jobs).where(analyses),
    db
      .select({ id: visualizations.id })
      .from(visualizations)
      .innerJoin(jobs, eq(jobs.id, visualizations.jobId))
      .where(analyses),
  ]);
  const parts = rows.flatMap(({ id, input }) => {
    const tables = Array.isArray(input["tables"]) ? input["tables"].length : 0;
    return Array.from({ length: tables + 1 }, (_, part) => analysisKey(id, part));
  });
  return [...parts, ...charts.flatMap(({ id }) => visualizationObjects(id))];
}
