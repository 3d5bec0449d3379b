import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { registerDeployments } from "../deployments/deployments.ts";
import { registerExperiments } from "../experiments/experiments.ts";
import { registerModels } from "../models/models.ts";
import { registerDatasetLineage } from "./dataset-lineage.ts";
import { registerLineageEvents } from "./events.ts";

/** The registries of what is made of datasets, and what is traced from them. */
export function registerLineageRoutes(app: OpenAPIHono<AppEnv>): void {
  registerExperiments(app);
  registerModels(app);
  registerDeployments(app);
  registerDatasetLineage(app);
  registerLineageEvents(app);
}
