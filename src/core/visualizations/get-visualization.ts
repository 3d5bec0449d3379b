import type { ChartSpec } from "../../charts/index.ts";
import { findVisualization, type VisualizationRow } from "../../storage/visualizations.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's charts. @throws AppError `not_found`. */
export async function getVisualization(
  services: Pick<Services, "db">,
  caller: Pick<Caller, "userId">,
  id: string,
): Promise<VisualizationRow> {
  const row = await findVisualization(services.db, id);
  if (row?.userId !== caller.userId) throw notFound("visualization", id);
  return row;
}

/** A chart's specification with its data. @throws AppError `not_found` when it has been deleted meanwhile. */
export async function readChart(
  services: Pick<Services, "bucket">,
  row: Pick<VisualizationRow, "id" | "objectKey">,
): Promise<ChartSpec> {
  const object = await services.bucket.get(row.objectKey);
  if (!object) throw notFound("visualization", row.id);
  return object.json<ChartSpec>();
}
