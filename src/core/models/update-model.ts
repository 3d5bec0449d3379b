import { type BoundModel, updateModelRow } from "../../storage/models.ts";
import { requireReferences, writeReferring } from "../lineage/require-references.ts";
import type { Caller, Services } from "../services.ts";
import type { NewModel } from "./create-model.ts";
import { getModel } from "./get-model.ts";

/** What may be changed; undefined leaves it as it is. Lists replace what was bound, so that an empty one unbinds everything. */
export type ModelChanges = { [Field in keyof NewModel]?: NewModel[Field] | undefined };

/** Changes a model. @throws AppError `not_found` for it or for what it is to name. */
export async function updateModel(
  services: Services,
  caller: Caller,
  modelId: string,
  changes: ModelChanges,
): Promise<BoundModel> {
  await getModel(services, caller, modelId);
  const { uploadIds, datasetVersionIds, ...fields } = changes;
  await requireReferences(services, caller, [
    { path: "experiment_id", kind: "experiment", ids: fields.experimentId },
    { path: "upload_ids", kind: "upload", ids: uploadIds },
    { path: "dataset_version_ids", kind: "dataset_version", ids: datasetVersionIds },
  ]);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const bindings = {
    uploadIds: uploadIds && [...new Set(uploadIds)],
    datasetVersionIds: datasetVersionIds && [...new Set(datasetVersionIds)],
  };
  await writeReferring(() => updateModelRow(services.db, modelId, { ...given, updatedAt: services.now() }, bindings));
  return getModel(services, caller, modelId);
}
