import type { OpenAPIHono } from "@hono/zod-openapi";
import { boundJsonBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { registerCsvFiles } from "./files.ts";
import { registerCsvSessions } from "./sessions.ts";

/**
 * Everything under /api/csv. Under `wrangler dev` the documented calls work without a key, so this has to be registered before the rule for
 * the whole of /api.
 */
export function registerCsvRoutes(app: OpenAPIHono<AppEnv>): void {
  app.use("/api/csv/*", authenticate(undefined, { localWithoutKey: true }), boundJsonBody);
  registerCsvSessions(app);
  registerCsvFiles(app);
}
