import { countExperiments, deleteEmptyProject } from "../../storage/projects.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { getProject } from "./get-project.ts";

/** Deletes a project. @throws AppError `not_found`; `resource_conflict` while it has datasets or experiments. */
export async function deleteProject(services: Services, caller: Caller, projectId: string): Promise<void> {
  await getProject(services, caller, projectId);
  if (await deleteEmptyProject(services.db, projectId)) return;
  const { datasetCount } = await getProject(services, caller, projectId);
  const experiments = await countExperiments(services.db, projectId);
  const what = [
    ...(datasetCount > 0 ? [datasetCount === 1 ? "1 dataset" : `${datasetCount} datasets`] : []),
    ...(experiments > 0 ? [experiments === 1 ? "1 experiment" : `${experiments} experiments`] : []),
  ].join(" and ");
  throw new AppError("resource_conflict", `The project still has ${what}. Delete them first, then the project.`, {
    members: { datasets: datasetCount, experiments },
  });
}
