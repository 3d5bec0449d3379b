import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createDeployment } from "../../core/deployments/create-deployment.ts";
import { deleteDeployment } from "../../core/deployments/delete-deployment.ts";
import { getDeployment, listDeployments } from "../../core/deployments/get-deployment.ts";
import { updateDeployment } from "../../core/deployments/update-deployment.ts";
import type { DeploymentRow } from "../../storage/deployments.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { bodyOf, deleted, EXAMPLE_IDS, Id, Name, pageOf, search, Timestamp, Word } from "../lineage/registry-shapes.ts";

const fields = {
  name: Name("GBM_1_AutoML"),
  model_id: Id(EXAMPLE_IDS.model),
  stage: Word("production"),
  is_active: z.boolean(),
};

const NewDeployment = z.object({ ...fields, is_active: fields.is_active.default(true) }).openapi("NewDeployment");
const DeploymentChanges = z.object(fields).partial().openapi("DeploymentChanges");

const Deployment = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.deployment }),
    name: z.string(),
    model_id: z.string(),
    stage: z.string(),
    is_active: z.boolean(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Deployment");

function describeDeployment(deployment: DeploymentRow): z.infer<typeof Deployment> {
  return {
    id: deployment.id,
    name: deployment.name,
    model_id: deployment.modelId,
    stage: deployment.stage,
    is_active: deployment.isActive,
    created_at: deployment.createdAt.toISOString(),
    updated_at: deployment.updatedAt.toISOString(),
  };
}

const params = z.object({ deployment_id: Id(EXAMPLE_IDS.deployment) });
const tags = ["Deployments"];

const create = createRoute({
  method: "post",
  path: "/api/deployments",
  operationId: "createDeployment",
  tags,
  summary: "Register a model in use",
  request: bodyOf(NewDeployment),
  responses: { 201: json(Deployment, "The deployment."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const list = createRoute({
  method: "get",
  path: "/api/deployments",
  operationId: "listDeployments",
  tags,
  summary: "Your deployments",
  request: {
    query: z.object({
      model_id: z.string().optional(),
      stage: z.string().optional(),
      is_active: z.enum(["true", "false"]).optional(),
      search,
      ...pageQuery(50, 500),
    }),
  },
  responses: { 200: pageOf(Deployment), ...errorAnswers(401, 422) },
});

const get = createRoute({
  method: "get",
  path: "/api/deployments/{deployment_id}",
  operationId: "getDeployment",
  tags,
  summary: "One deployment",
  request: { params },
  responses: { 200: json(Deployment, "The deployment."), ...errorAnswers(401, 404) },
});

const update = createRoute({
  method: "patch",
  path: "/api/deployments/{deployment_id}",
  operationId: "updateDeployment",
  tags,
  summary: "Change a deployment",
  description: "Only the fields that are sent change.",
  request: { params, ...bodyOf(DeploymentChanges) },
  responses: { 200: json(Deployment, "The deployment."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const remove = createRoute({
  method: "delete",
  path: "/api/deployments/{deployment_id}",
  operationId: "deleteDeployment",
  tags,
  summary: "Delete a deployment",
  request: { params },
  responses: { 200: deleted, ...errorAnswers(401, 403, 404) },
});

/** Everything under /api/deployments. */
export function registerDeployments(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { services, caller } = c.var;
    const { model_id: modelId, is_active: isActive, name, stage } = c.req.valid("json");
    return c.json(
      describeDeployment(await createDeployment(services, caller, { name, modelId, stage, isActive })),
      201,
    );
  });

  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { limit, offset, ...query } = c.req.valid("query");
    const filter = {
      modelId: query.model_id,
      stage: query.stage,
      isActive: query.is_active === undefined ? undefined : query.is_active === "true",
      search: query.search,
    };
    const { deployments, total } = await listDeployments(services, caller, { filter, limit, offset });
    return c.json({ items: deployments.map(describeDeployment), total, limit, offset }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeDeployment(await getDeployment(services, caller, c.req.valid("param").deployment_id)), 200);
  });

  app.openapi(update, async (c) => {
    const { services, caller } = c.var;
    const { model_id: modelId, is_active: isActive, name, stage } = c.req.valid("json");
    const changes = { name, modelId, stage, isActive };
    const { deployment_id } = c.req.valid("param");
    return c.json(describeDeployment(await updateDeployment(services, caller, deployment_id, changes)), 200);
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteDeployment(services, caller, c.req.valid("param").deployment_id);
    return c.json({ ok: true as const }, 200);
  });
}
