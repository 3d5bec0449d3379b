import { type DeploymentRow, updateDeploymentRow } from "../../storage/deployments.ts";
import { requireReferences, writeReferring } from "../lineage/require-references.ts";
import type { Caller, Services } from "../services.ts";
import type { NewDeployment } from "./create-deployment.ts";
import { getDeployment } from "./get-deployment.ts";

/** What may be changed; undefined leaves it as it is. */
export type DeploymentChanges = { [Field in keyof NewDeployment]?: NewDeployment[Field] | undefined };

/** Changes a deployment. @throws AppError `not_found` for it or for the model that it is to serve. */
export async function updateDeployment(
  services: Services,
  caller: Caller,
  deploymentId: string,
  changes: DeploymentChanges,
): Promise<DeploymentRow> {
  await getDeployment(services, caller, deploymentId);
  await requireReferences(services, caller, [{ path: "model_id", kind: "model", ids: changes.modelId }]);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  await writeReferring(() => updateDeploymentRow(services.db, deploymentId, { ...given, updatedAt: services.now() }));
  return getDeployment(services, caller, deploymentId);
}
