import { type BoundModel, findModel, type ModelFilter, pageModels } from "../../storage/models.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's models. @throws AppError `not_found`. */
export async function getModel(services: Pick<Services, "db">, caller: Caller, modelId: string): Promise<BoundModel> {
  const model = await findModel(services.db, caller.userId, modelId);
  if (!model) throw notFound("model", modelId);
  return model;
}

/** One page of the caller's models, newest first. */
export function listModels(
  services: Pick<Services, "db">,
  caller: Caller,
  page: { filter: ModelFilter; limit: number; offset: number },
): Promise<{ models: BoundModel[]; total: number }> {
  return pageModels(services.db, { userId: caller.userId, ...page });
}
