import { type CountedProject, updateProject as write } from "../../storage/projects.ts";
import { invalidField } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { getProject } from "./get-project.ts";

/** Renames or redescribes a project. @throws AppError `not_found`; `validation_failed` when nothing is to be changed. */
export async function updateProject(
  services: Services,
  caller: Caller,
  projectId: string,
  changes: { name?: string | undefined; description?: string | null | undefined },
): Promise<CountedProject> {
  await getProject(services, caller, projectId);
  if (changes.name === undefined && changes.description === undefined)
    throw invalidField("name", "Nothing is to be changed. Send a name, a description, or both.");
  await write(services.db, projectId, changes, services.now());
  return getProject(services, caller, projectId);
}
