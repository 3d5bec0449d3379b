import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { Services } from "../core/services.ts";
import type { Environment } from "../environment.ts";
import { registerTokenRoutes } from "./auth/tokens.ts";
import { boundJsonBody } from "./body.ts";
import type { AppEnv } from "./context.ts";
import { json } from "./contracts.ts";
import { registerCsvRoutes } from "./csv/register-csv-routes.ts";
import { registerAnalysis } from "./data/analysis.ts";
import { registerConfirmUpload } from "./data/confirm-upload.ts";
import { registerCreateUpload } from "./data/create-upload.ts";
import { registerExports } from "./data/exports.ts";
import { registerOriginal } from "./data/original.ts";
import { registerPreview } from "./data/preview.ts";
import { registerQuery } from "./data/query.ts";
import { registerReadUploads } from "./data/read-uploads.ts";
import { registerSessions } from "./data/sessions.ts";
import { registerVisualizations } from "./data/visualizations.ts";
import { registerDatasetRoutes } from "./datasets/register-dataset-routes.ts";
import { API_INTRODUCTION, API_TAGS } from "./description.ts";
import { registerFileRoutes } from "./files/register-file-routes.ts";
import { registerJobs } from "./jobs/jobs.ts";
import { registerKeyRoutes } from "./keys/register-key-routes.ts";
import { registerLineageRoutes } from "./lineage/register-lineage-routes.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { allowPages } from "./middleware/cors.ts";
import { respondWithProblem, validationFailed } from "./problem.ts";
import { s3App } from "./s3/app.ts";
import { respondToUnknownRoute } from "./unknown-route.ts";

/** Makes the services of one request. */
export type ComposeServices = (
  env: Environment,
  request: Request,
  context: { waitUntil: (work: Promise<unknown>) => void },
) => Services;

const health = createRoute({
  method: "get",
  path: "/healthz",
  operationId: "checkHealth",
  tags: ["Service"],
  summary: "Whether the service is up",
  security: [],
  responses: { 200: json(z.object({ status: z.literal("ok") }), "It is.") },
});

/** The whole HTTP surface: five APIs over one core. */
export function createApp(compose: ComposeServices): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailed(result.error);
    },
  });

  app.use(async (c, next) => {
    c.set("requestId", c.req.header("cf-ray") ?? crypto.randomUUID());
    c.set("services", compose(c.env, c.req.raw, c.executionCtx));
    await next();
    c.header("x-request-id", c.get("requestId"));
  });
  app.use((c, next) => (c.req.path.startsWith("/s3/") ? next() : allowPages(c, next)));
  app.onError((error, c) => respondWithProblem(c, error));
  app.notFound((c) => respondToUnknownRoute(c, app));

  app.openapi(health, (c) => c.json({ status: "ok" as const }, 200));
  app.get("/", (c) =>
    c.json({
      name: "Eider",
      documentation: `${c.var.services.origin}/docs`,
      openapi: `${c.var.services.origin}/openapi.json`,
    }),
  );
  app.doc31("/openapi.json", (c) => ({
    openapi: "3.1.0",
    info: { title: "Eider", version: "0.1.0", description: API_INTRODUCTION },
    tags: API_TAGS,
    servers: [{ url: new URL(c.req.url).origin }],
    security: [{ key: [] }],
  }));
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description: "An API key or a JWT. `x-api-key` carries a key as well.",
  });
  app.route("/s3", s3App);
  registerTokenRoutes(app);

  registerCsvRoutes(app);
  for (const path of ["/uploads", "/uploads/*", "/data/*", "/jobs", "/jobs/*", "/api/*"]) {
    app.use(path, authenticate(), boundJsonBody);
  }
  registerKeyRoutes(app);
  registerConfirmUpload(app);
  registerCreateUpload(app);
  registerReadUploads(app);
  registerPreview(app);
  registerOriginal(app);
  registerSessions(app);
  registerQuery(app);
  registerExports(app);
  registerAnalysis(app);
  registerVisualizations(app);
  registerJobs(app);
  registerLineageRoutes(app);
  registerDatasetRoutes(app);
  registerFileRoutes(app);
  return app;
}
