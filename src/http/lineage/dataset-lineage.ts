import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { traceDataset } from "../../core/lineage/trace-dataset.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { EXAMPLE_IDS, Id } from "./registry-shapes.ts";

const Lineage = z
  .object({
    experiments: z.array(
      z.object({
        id: z.string().openapi({ example: EXAMPLE_IDS.experiment }),
        name: z.string().openapi({ example: "AutoML Run 1" }),
        target_column: z.string().nullable().openapi({ example: "is_fraud" }),
        problem_type: z.string().nullable().openapi({ example: "classification" }),
        status: z.string().openapi({ example: "succeeded" }),
        model_count: z.number().int().openapi({ example: 8 }),
      }),
    ),
    models: z.array(
      z.object({
        id: z.string().openapi({ example: EXAMPLE_IDS.model }),
        name: z.string().openapi({ example: "GBM_1_AutoML" }),
        algorithm: z.string().nullable().openapi({ example: "GBM" }),
        experiment_id: z
          .string()
          .nullable()
          .openapi({ example: EXAMPLE_IDS.experiment, description: "Null when the model names a version itself." }),
      }),
    ),
    deployments: z.array(
      z.object({
        id: z.string().openapi({ example: EXAMPLE_IDS.deployment }),
        name: z.string().openapi({ example: "GBM_1_AutoML" }),
        model_id: z.string().openapi({ example: EXAMPLE_IDS.model }),
        stage: z.string().openapi({ example: "production" }),
        is_active: z.boolean(),
      }),
    ),
  })
  .openapi("DatasetLineage");

const get = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/lineage",
  operationId: "getDatasetLineage",
  tags: ["Lineage"],
  summary: "Experiments, models and deployments of a dataset",
  description:
    "Traced from all versions of the dataset, newest first. `limit` and `offset` hold for each of the three lists; while one of them goes on, the `Link` header names the next page.",
  request: {
    params: z.object({ dataset_id: Id("e5f6a7b8-c9d0-1234-5678-90abcdef1234") }),
    query: z.object(pageQuery(500, 1_000)),
  },
  responses: { 200: json(Lineage, "The lineage."), ...errorAnswers(401, 404, 422) },
});

/** GET /api/datasets/{dataset_id}/lineage. */
export function registerDatasetLineage(app: OpenAPIHono<AppEnv>): void {
  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    const { dataset_id } = c.req.valid("param");
    const { limit, offset } = c.req.valid("query");
    const { trace, hasMore } = await traceDataset(services, caller, dataset_id, { limit, offset });
    if (hasMore) {
      const path = `${services.origin}/api/datasets/${encodeURIComponent(dataset_id)}/lineage`;
      c.header("link", `<${path}?limit=${limit}&offset=${offset + limit}>; rel="next"`);
    }
    const answer = {
      experiments: trace.experiments.map((experiment) => ({
        id: experiment.id,
        name: experiment.name,
        target_column: experiment.targetColumn,
        problem_type: experiment.problemType,
        status: experiment.status,
        model_count: experiment.modelCount,
      })),
      models: trace.models.map((model) => ({
        id: model.id,
        name: model.name,
        algorithm: model.algorithm,
        experiment_id: model.experimentId,
      })),
      deployments: trace.deployments.map((deployment) => ({
        id: deployment.id,
        name: deployment.name,
        model_id: deployment.modelId,
        stage: deployment.stage,
        is_active: deployment.isActive,
      })),
    };
    return c.json(answer, 200);
  });
}
