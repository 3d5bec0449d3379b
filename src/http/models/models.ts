import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createModel } from "../../core/models/create-model.ts";
import { deleteModel } from "../../core/models/delete-model.ts";
import { getModel, listModels } from "../../core/models/get-model.ts";
import { updateModel } from "../../core/models/update-model.ts";
import type { BoundModel } from "../../storage/models.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { bodyOf, deleted, EXAMPLE_IDS, Id, Name, pageOf, search, Timestamp, Word } from "../lineage/registry-shapes.ts";

/** Uploads, or dataset versions, of one model at most. */
const MAX_BINDINGS = 100;

const uploadIds = z
  .array(Id("upload_abc123def456"))
  .max(MAX_BINDINGS)
  .openapi({ description: "Uploads it was made from. They cannot be deleted while they are named here." });
const versionIds = z
  .array(Id(EXAMPLE_IDS.version))
  .max(MAX_BINDINGS)
  .openapi({ description: "Dataset versions it was made from. They cannot be deleted while they are named here." });

const fields = {
  name: Name("GBM_1_AutoML"),
  algorithm: Word("GBM").nullish(),
  version: Word("1"),
  experiment_id: Id(EXAMPLE_IDS.experiment).nullish(),
};

const NewModel = z
  .object({
    ...fields,
    version: fields.version.default("1"),
    upload_ids: uploadIds.default([]),
    dataset_version_ids: versionIds.default([]),
  })
  .openapi("NewModel");
const ModelChanges = z
  .object({ ...fields, upload_ids: uploadIds, dataset_version_ids: versionIds })
  .partial()
  .openapi("ModelChanges");

const Model = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.model }),
    name: z.string(),
    algorithm: z.string().nullable(),
    version: z.string(),
    experiment_id: z.string().nullable(),
    upload_ids: z.array(z.string()),
    dataset_version_ids: z.array(z.string()),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Model");

function describeModel(model: BoundModel): z.infer<typeof Model> {
  return {
    id: model.id,
    name: model.name,
    algorithm: model.algorithm,
    version: model.version,
    experiment_id: model.experimentId,
    upload_ids: model.uploadIds,
    dataset_version_ids: model.datasetVersionIds,
    created_at: model.createdAt.toISOString(),
    updated_at: model.updatedAt.toISOString(),
  };
}

const params = z.object({ model_id: Id(EXAMPLE_IDS.model) });
const tags = ["Models"];

const create = createRoute({
  method: "post",
  path: "/api/models",
  operationId: "createModel",
  tags,
  summary: "Register a trained model and what it was made from",
  request: bodyOf(NewModel),
  responses: { 201: json(Model, "The model."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const list = createRoute({
  method: "get",
  path: "/api/models",
  operationId: "listModels",
  tags,
  summary: "Your models",
  request: {
    query: z.object({
      experiment_id: z.string().optional(),
      upload_id: z.string().optional(),
      dataset_version_id: z.string().optional().openapi({ description: "That name this version themselves." }),
      algorithm: z.string().optional(),
      search,
      ...pageQuery(50, 500),
    }),
  },
  responses: { 200: pageOf(Model), ...errorAnswers(401, 422) },
});

const get = createRoute({
  method: "get",
  path: "/api/models/{model_id}",
  operationId: "getModel",
  tags,
  summary: "One model",
  request: { params },
  responses: { 200: json(Model, "The model."), ...errorAnswers(401, 404) },
});

const update = createRoute({
  method: "patch",
  path: "/api/models/{model_id}",
  operationId: "updateModel",
  tags,
  summary: "Change a model, or what it is bound to",
  description: "Only the fields that are sent change. A list replaces the whole list; an empty one unbinds everything.",
  request: { params, ...bodyOf(ModelChanges) },
  responses: { 200: json(Model, "The model."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const remove = createRoute({
  method: "delete",
  path: "/api/models/{model_id}",
  operationId: "deleteModel",
  tags,
  summary: "Delete a model and its deployments; what it was made from is free again",
  request: { params },
  responses: { 200: deleted, ...errorAnswers(401, 403, 404) },
});

/** Everything under /api/models. */
export function registerModels(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { services, caller } = c.var;
    const body = c.req.valid("json");
    const model = await createModel(services, caller, {
      name: body.name,
      algorithm: body.algorithm,
      version: body.version,
      experimentId: body.experiment_id,
      uploadIds: body.upload_ids,
      datasetVersionIds: body.dataset_version_ids,
    });
    return c.json(describeModel(model), 201);
  });

  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { limit, offset, ...query } = c.req.valid("query");
    const filter = {
      experimentId: query.experiment_id,
      uploadId: query.upload_id,
      datasetVersionId: query.dataset_version_id,
      algorithm: query.algorithm,
      search: query.search,
    };
    const { models, total } = await listModels(services, caller, { filter, limit, offset });
    return c.json({ items: models.map(describeModel), total, limit, offset }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeModel(await getModel(services, caller, c.req.valid("param").model_id)), 200);
  });

  app.openapi(update, async (c) => {
    const { services, caller } = c.var;
    const body = c.req.valid("json");
    const model = await updateModel(services, caller, c.req.valid("param").model_id, {
      name: body.name,
      algorithm: body.algorithm,
      version: body.version,
      experimentId: body.experiment_id,
      uploadIds: body.upload_ids,
      datasetVersionIds: body.dataset_version_ids,
    });
    return c.json(describeModel(model), 200);
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteModel(services, caller, c.req.valid("param").model_id);
    return c.json({ ok: true as const }, 200);
  });
}
