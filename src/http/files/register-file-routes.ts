import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { registerCreateFile } from "./create-file.ts";
import { registerListFiles } from "./list-files.ts";
import { registerOneFile } from "./one-file.ts";
import { registerOrganizations } from "./organizations.ts";
import { registerUploadData } from "./upload-data.ts";

/** The Files API, without its sign-in. */
export function registerFileRoutes(app: OpenAPIHono<AppEnv>): void {
  registerListFiles(app);
  registerCreateFile(app);
  registerOneFile(app);
  registerUploadData(app);
  registerOrganizations(app);
}
