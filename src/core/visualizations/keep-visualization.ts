import type { ChartSpec } from "../../charts/index.ts";
import { chartTypeName } from "../../charts/index.ts";
import { chartKey, insertVisualizations, type VisualizationRow } from "../../storage/visualizations.ts";
import type { Services } from "../services.ts";

/** Whose chart it is, and what made it. */
export interface ChartOwner {
  userId: string;
  /** The chart goes when this job goes. Null: it is kept for `KEPT_DAYS`. */
  jobId: string | null;
}

/** Charts that answered a question are kept this long. */
export const KEPT_DAYS = 30;

/** Keeps a chart, so that its data and pictures can be asked for by its id. */
export async function keepVisualization(
  services: Pick<Services, "db" | "bucket" | "now" | "randomId">,
  owner: ChartOwner,
  spec: ChartSpec,
  id = `viz_${services.randomId()}`,
): Promise<VisualizationRow> {
  const row: VisualizationRow = {
    id,
    ...owner,
    type: chartTypeName(spec.kind),
    title: spec.title,
    objectKey: chartKey(id),
    createdAt: services.now(),
  };
  await services.bucket.put(row.objectKey, JSON.stringify(spec));
  await insertVisualizations(services.db, [row]);
  return row;
}
