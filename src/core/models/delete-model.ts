import { deleteModelRow } from "../../storage/models.ts";
import type { Caller, Services } from "../services.ts";
import { getModel } from "./get-model.ts";

/** Deletes a model, its deployments, and its hold on uploads and dataset versions. @throws AppError `not_found`. */
export async function deleteModel(services: Services, caller: Caller, modelId: string): Promise<void> {
  await getModel(services, caller, modelId);
  await deleteModelRow(services.db, modelId);
}
