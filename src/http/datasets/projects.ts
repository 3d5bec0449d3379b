import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createProject } from "../../core/projects/create-project.ts";
import { deleteProject } from "../../core/projects/delete-project.ts";
import { getProject } from "../../core/projects/get-project.ts";
import { updateProject } from "../../core/projects/update-project.ts";
import { type CountedProject, pageProjects } from "../../storage/projects.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { EXAMPLE_IDS } from "./shapes.ts";

const name = z.string().trim().min(1).max(255).openapi({ example: "Fraud Detection v2" });
const description = z.string().max(10_000).nullish().openapi({ example: "Card transactions, 2025" });

const NewProject = z.object({ name, description }).openapi("NewProject");
const ProjectChanges = z.object({ name: name.optional(), description }).openapi("ProjectChanges");

const Project = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.project }),
    name: z.string().openapi({ example: "Fraud Detection v2" }),
    description: z.string().nullable(),
    dataset_count: z.number().int(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .openapi("Project");

function describeProject(project: CountedProject): z.infer<typeof Project> {
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    dataset_count: project.datasetCount,
    created_at: project.createdAt.toISOString(),
    updated_at: project.updatedAt.toISOString(),
  };
}

const params = z.object({ project_id: z.string().openapi({ example: EXAMPLE_IDS.project }) });
const tags = ["Projects"];

const create = createRoute({
  method: "post",
  path: "/api/projects",
  operationId: "createProject",
  tags,
  summary: "Create a project",
  request: { body: { required: true, content: { "application/json": { schema: NewProject } } } },
  responses: { 201: json(Project, "The project."), ...errorAnswers(400, 401, 403, 422) },
});

const list = createRoute({
  method: "get",
  path: "/api/projects",
  operationId: "listProjects",
  tags,
  summary: "Your projects, newest first",
  request: { query: z.object({ search: z.string().max(255).optional(), ...pageQuery(50, 500) }) },
  responses: {
    200: json(
      z.object({
        items: z.array(Project),
        total: z.number().int(),
        limit: z.number().int(),
        offset: z.number().int(),
      }),
      "One page.",
    ),
    ...errorAnswers(401, 422),
  },
});

const get = createRoute({
  method: "get",
  path: "/api/projects/{project_id}",
  operationId: "getProject",
  tags,
  summary: "One project",
  request: { params },
  responses: { 200: json(Project, "The project."), ...errorAnswers(401, 404) },
});

const update = createRoute({
  method: "patch",
  path: "/api/projects/{project_id}",
  operationId: "updateProject",
  tags,
  summary: "Rename a project",
  request: { params, body: { required: true, content: { "application/json": { schema: ProjectChanges } } } },
  responses: { 200: json(Project, "The project as it is now."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const remove = createRoute({
  method: "delete",
  path: "/api/projects/{project_id}",
  operationId: "deleteProject",
  tags,
  summary: "Delete a project that has no datasets and experiments",
  request: { params },
  responses: { 200: json(z.object({ ok: z.literal(true) }), "Deleted."), ...errorAnswers(401, 403, 404, 409) },
});

/** Everything under /api/projects. */
export function registerProjects(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeProject(await createProject(services, caller, c.req.valid("json"))), 201);
  });

  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { search, limit, offset } = c.req.valid("query");
    const page = await pageProjects(services.db, { userId: caller.userId, search, limit, offset });
    return c.json({ items: page.projects.map(describeProject), total: page.total, limit, offset }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeProject(await getProject(services, caller, c.req.valid("param").project_id)), 200);
  });

  app.openapi(update, async (c) => {
    const { services, caller } = c.var;
    const { project_id } = c.req.valid("param");
    return c.json(describeProject(await updateProject(services, caller, project_id, c.req.valid("json"))), 200);
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteProject(services, caller, c.req.valid("param").project_id);
    return c.json({ ok: true } as const, 200);
  });
}
