import { type DeploymentRow, insertDeployment } from "../../storage/deployments.ts";
import { requireReferences, writeReferring } from "../lineage/require-references.ts";
import type { Caller, Services } from "../services.ts";

export interface NewDeployment {
  name: string;
  modelId: string;
  stage: string;
  isActive: boolean;
}

/** Registers a model in use. @throws AppError `not_found` for a model that is not the caller's. */
export async function createDeployment(
  services: Services,
  caller: Caller,
  input: NewDeployment,
): Promise<DeploymentRow> {
  await requireReferences(services, caller, [{ path: "model_id", kind: "model", ids: input.modelId }]);
  const now = services.now();
  const row = { id: services.randomUuid(), userId: caller.userId, ...input, createdAt: now, updatedAt: now };
  await writeReferring(() => insertDeployment(services.db, row));
  return row;
}
