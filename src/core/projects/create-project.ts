import { type CountedProject, insertProject } from "../../storage/projects.ts";
import type { Caller, Services } from "../services.ts";

/** Opens a project. Names need not differ: the id tells projects apart. */
export async function createProject(
  services: Services,
  caller: Caller,
  input: { name: string; description?: string | null | undefined },
): Promise<CountedProject> {
  const now = services.now();
  const project = {
    id: services.randomUuid(),
    userId: caller.userId,
    name: input.name,
    description: input.description ?? null,
    createdAt: now,
    updatedAt: now,
  };
  await insertProject(services.db, project);
  return { ...project, datasetCount: 0 };
}
