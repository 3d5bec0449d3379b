import { deleteDeploymentRow } from "../../storage/deployments.ts";
import type { Caller, Services } from "../services.ts";
import { getDeployment } from "./get-deployment.ts";

/** Deletes a deployment. @throws AppError `not_found`. */
export async function deleteDeployment(services: Services, caller: Caller, deploymentId: string): Promise<void> {
  await getDeployment(services, caller, deploymentId);
  await deleteDeploymentRow(services.db, deploymentId);
}
