import { type ChartInput, type ChartSpec, chooseChart } from "../../charts/index.ts";
import type { VisualizationRow } from "../../storage/visualizations.ts";
import type { Caller, Services } from "../services.ts";
import { keepVisualization } from "./keep-visualization.ts";

/**
 * Chooses the chart of a query's result and keeps it under an id, for the pictures of a natural-language answer.
 *
 * @returns undefined when nothing in the result can be drawn.
 */
export async function visualizeResult(
  services: Pick<Services, "db" | "bucket" | "now" | "randomId">,
  caller: Pick<Caller, "userId">,
  result: ChartInput,
): Promise<{ spec: ChartSpec; visualization: VisualizationRow } | undefined> {
  const spec = chooseChart(result);
  if (!spec) return undefined;
  return { spec, visualization: await keepVisualization(services, { userId: caller.userId, jobId: null }, spec) };
}
