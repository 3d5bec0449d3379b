import { findDataset } from "../../storage/datasets.ts";
import { type DatasetTrace, traceDataset as trace } from "../../storage/lineage.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/**
 * Which experiments used a dataset, in any version; which models came of those or name a version themselves; and which deployments serve
 * those models. Newest first.
 *
 * @param page how many of each, and how many of each to pass over.
 * @returns the trace, and whether there is more of anything.
 * @throws AppError `not_found`.
 */
export async function traceDataset(
  services: Pick<Services, "db">,
  caller: Caller,
  datasetId: string,
  page: { limit: number; offset: number },
): Promise<{ trace: DatasetTrace; hasMore: boolean }> {
  if (!(await findDataset(services.db, caller.userId, datasetId))) throw notFound("dataset", datasetId);
  const found = await trace(services.db, datasetId, { ...page, limit: page.limit + 1 });
  return {
    trace: {
      experiments: found.experiments.slice(0, page.limit),
      models: found.models.slice(0, page.limit),
      deployments: found.deployments.slice(0, page.limit),
    },
    hasMore: [found.experiments, found.models, found.deployments].some((list) => list.length > page.limit),
  };
}
