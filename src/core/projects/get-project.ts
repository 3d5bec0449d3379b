import { type CountedProject, findProject } from "../../storage/projects.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's projects. @throws AppError `not_found`. */
export async function getProject(services: Services, caller: Caller, projectId: string): Promise<CountedProject> {
  const project = await findProject(services.db, caller.userId, projectId);
  if (!project) throw notFound("project", projectId);
  return project;
}
