import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createExperiment } from "../../core/experiments/create-experiment.ts";
import { deleteExperiment } from "../../core/experiments/delete-experiment.ts";
import { getExperiment, listExperiments } from "../../core/experiments/get-experiment.ts";
import { updateExperiment } from "../../core/experiments/update-experiment.ts";
import type { CountedExperiment } from "../../storage/experiments.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { bodyOf, deleted, EXAMPLE_IDS, Id, Name, pageOf, search, Timestamp, Word } from "../lineage/registry-shapes.ts";

const fields = {
  name: Name("AutoML Run 1"),
  project_id: Id(EXAMPLE_IDS.project),
  dataset_version_id: Id(EXAMPLE_IDS.version),
  target_column: z
    .string()
    .min(1)
    .max(1_000)
    .nullish()
    .openapi({ example: "is_fraud", description: "A column of the dataset version." }),
  problem_type: Word("classification").nullish(),
  status: Word("succeeded").openapi({ description: "In the words of the system that trains, such as “running”." }),
};

const NewExperiment = z.object({ ...fields, status: fields.status.default("created") }).openapi("NewExperiment");
const ExperimentChanges = z
  .object({ ...fields, dataset_version_id: fields.dataset_version_id.nullable() })
  .partial()
  .openapi("ExperimentChanges");

const Experiment = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.experiment }),
    name: z.string(),
    project_id: z.string(),
    dataset_version_id: z.string().nullable(),
    target_column: z.string().nullable(),
    problem_type: z.string().nullable(),
    status: z.string(),
    model_count: z.number().int(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Experiment");

function describeExperiment(experiment: CountedExperiment): z.infer<typeof Experiment> {
  return {
    id: experiment.id,
    name: experiment.name,
    project_id: experiment.projectId,
    dataset_version_id: experiment.datasetVersionId,
    target_column: experiment.targetColumn,
    problem_type: experiment.problemType,
    status: experiment.status,
    model_count: experiment.modelCount,
    created_at: experiment.createdAt.toISOString(),
    updated_at: experiment.updatedAt.toISOString(),
  };
}

const params = z.object({ experiment_id: Id(EXAMPLE_IDS.experiment) });
const tags = ["Experiments"];

const create = createRoute({
  method: "post",
  path: "/api/experiments",
  operationId: "createExperiment",
  tags,
  summary: "Register a training run on a dataset version",
  request: bodyOf(NewExperiment),
  responses: { 201: json(Experiment, "The experiment."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const list = createRoute({
  method: "get",
  path: "/api/experiments",
  operationId: "listExperiments",
  tags,
  summary: "Your experiments",
  request: {
    query: z.object({
      project_id: z.string().optional(),
      dataset_id: z.string().optional().openapi({ description: "On any version of this dataset." }),
      dataset_version_id: z.string().optional(),
      status: z.string().optional(),
      search,
      ...pageQuery(50, 500),
    }),
  },
  responses: { 200: pageOf(Experiment), ...errorAnswers(401, 422) },
});

const get = createRoute({
  method: "get",
  path: "/api/experiments/{experiment_id}",
  operationId: "getExperiment",
  tags,
  summary: "One experiment",
  request: { params },
  responses: { 200: json(Experiment, "The experiment."), ...errorAnswers(401, 404) },
});

const update = createRoute({
  method: "patch",
  path: "/api/experiments/{experiment_id}",
  operationId: "updateExperiment",
  tags,
  summary: "Change an experiment",
  description: "Only the fields that are sent change. `dataset_version_id: null` lets the version go.",
  request: { params, ...bodyOf(ExperimentChanges) },
  responses: { 200: json(Experiment, "The experiment."), ...errorAnswers(400, 401, 403, 404, 422) },
});

const remove = createRoute({
  method: "delete",
  path: "/api/experiments/{experiment_id}",
  operationId: "deleteExperiment",
  tags,
  summary: "Delete an experiment; its models stay, without it",
  request: { params },
  responses: { 200: deleted, ...errorAnswers(401, 403, 404) },
});

/** Everything under /api/experiments. */
export function registerExperiments(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { services, caller } = c.var;
    const body = c.req.valid("json");
    const experiment = await createExperiment(services, caller, {
      name: body.name,
      projectId: body.project_id,
      datasetVersionId: body.dataset_version_id,
      targetColumn: body.target_column,
      problemType: body.problem_type,
      status: body.status,
    });
    return c.json(describeExperiment(experiment), 201);
  });

  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { limit, offset, ...query } = c.req.valid("query");
    const filter = {
      projectId: query.project_id,
      datasetId: query.dataset_id,
      datasetVersionId: query.dataset_version_id,
      status: query.status,
      search: query.search,
    };
    const { experiments, total } = await listExperiments(services, caller, { filter, limit, offset });
    return c.json({ items: experiments.map(describeExperiment), total, limit, offset }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeExperiment(await getExperiment(services, caller, c.req.valid("param").experiment_id)), 200);
  });

  app.openapi(update, async (c) => {
    const { services, caller } = c.var;
    const body = c.req.valid("json");
    const experiment = await updateExperiment(services, caller, c.req.valid("param").experiment_id, {
      name: body.name,
      projectId: body.project_id,
      datasetVersionId: body.dataset_version_id,
      targetColumn: body.target_column,
      problemType: body.problem_type,
      status: body.status,
    });
    return c.json(describeExperiment(experiment), 200);
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteExperiment(services, caller, c.req.valid("param").experiment_id);
    return c.json({ ok: true as const }, 200);
  });
}
