import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { registerDatasets } from "./datasets.ts";
import { registerDownload } from "./download.ts";
import { registerProjects } from "./projects.ts";
import { registerRows } from "./rows.ts";
import { registerStatistics } from "./statistics.ts";
import { registerUploadDataset } from "./upload-dataset.ts";
import { registerVersions } from "./versions.ts";

/** The Datasets API: projects, datasets and their versions. */
export function registerDatasetRoutes(app: OpenAPIHono<AppEnv>): void {
  registerProjects(app);
  registerUploadDataset(app);
  registerDatasets(app);
  registerVersions(app);
  registerStatistics(app);
  registerDownload(app);
  registerRows(app);
}
