import {
  type DeploymentFilter,
  type DeploymentRow,
  findDeployment,
  pageDeployments,
} from "../../storage/deployments.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's deployments. @throws AppError `not_found`. */
export async function getDeployment(
  services: Pick<Services, "db">,
  caller: Caller,
  deploymentId: string,
): Promise<DeploymentRow> {
  const deployment = await findDeployment(services.db, caller.userId, deploymentId);
  if (!deployment) throw notFound("deployment", deploymentId);
  return deployment;
}

/** One page of the caller's deployments, newest first. */
export function listDeployments(
  services: Pick<Services, "db">,
  caller: Caller,
  page: { filter: DeploymentFilter; limit: number; offset: number },
): Promise<{ deployments: DeploymentRow[]; total: number }> {
  return pageDeployments(services.db, { userId: caller.userId, ...page });
}
