import { type BoundModel, insertModel } from "../../storage/models.ts";
import { requireReferences, writeReferring } from "../lineage/require-references.ts";
import type { Caller, Services } from "../services.ts";

export interface NewModel {
  name: string;
  algorithm?: string | null | undefined;
  version: string;
  experimentId?: string | null | undefined;
  uploadIds: readonly string[];
  datasetVersionIds: readonly string[];
}

/**
 * Registers a trained model, and what it was made from. Uploads and dataset versions that it names cannot be deleted until it lets them go.
 *
 * @throws AppError `not_found` that says which of the things it names are not there.
 */
export async function createModel(services: Services, caller: Caller, input: NewModel): Promise<BoundModel> {
  await requireReferences(services, caller, [
    { path: "experiment_id", kind: "experiment", ids: input.experimentId },
    { path: "upload_ids", kind: "upload", ids: input.uploadIds },
    { path: "dataset_version_ids", kind: "dataset_version", ids: input.datasetVersionIds },
  ]);
  const now = services.now();
  const row = {
    id: services.randomUuid(),
    userId: caller.userId,
    name: input.name,
    algorithm: input.algorithm ?? null,
    version: input.version,
    experimentId: input.experimentId ?? null,
    createdAt: now,
    updatedAt: now,
  };
  const uploadIds = [...new Set(input.uploadIds)];
  const datasetVersionIds = [...new Set(input.datasetVersionIds)];
  await writeReferring(() => insertModel(services.db, row, { uploadIds, datasetVersionIds }));
  return { ...row, uploadIds, datasetVersionIds };
}
