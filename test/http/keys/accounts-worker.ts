import { OpenAPIHono } from "@hono/zod-openapi";
import { readLimits } from "../../../src/core/limits.ts";
import type { Services } from "../../../src/core/services.ts";
import type { AppEnv } from "../../../src/http/context.ts";
import { registerKeyRoutes } from "../../../src/http/keys/register-key-routes.ts";
import { authenticate } from "../../../src/http/middleware/authenticate.ts";
import { respondWithProblem, validationFailed } from "../../../src/http/problem.ts";
import { s3App } from "../../../src/http/s3/app.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { createPresigner } from "../../../src/storage/s3/presign.ts";

/** Eider without its engine: accounts and storage alone, over the real bindings. */
const app = new OpenAPIHono<AppEnv>({
  defaultHook: (result) => {
    if (!result.success) throw validationFailed(result.error);
  },
});

app.onError((error, c) => respondWithProblem(c, error));
app.use("*", async (c, next) => {
  const limits = readLimits({ ...c.env });
  const origin = new URL(c.req.url).origin;
  const now = () => new Date();
  c.set("requestId", crypto.randomUUID());
  const services: Pick<
    Services,
    "db" | "bucket" | "limits" | "origin" | "now" | "randomId" | "waitUntil" | "presigner"
  > = {
    db: openDatabase(c.env.DB),
    bucket: c.env.BUCKET,
    limits,
    origin,
    now,
    randomId: () => crypto.randomUUID().replaceAll("-", ""),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    presigner: createPresigner({
      settings: c.env,
      origin,
      bucket: c.env.BUCKET,
      expiresInSeconds: limits.PRESIGNED_URL_SECONDS,
      now,
    }),
  };
  // What the routes under test never touch (queue, objects) is left out.
  c.set("services", services as Services);
  await next();
});

registerKeyRoutes(app);
app.route("/s3", s3App);
app.all("/whoami", authenticate(), (c) => c.json(c.var.caller));
app.get("/open-locally", authenticate("read", { localWithoutKey: true }), (c) => c.json(c.var.caller));
app.post("/presign", async (c) => c.json({ url: await c.var.services.presigner.presign(await c.req.json()) }));
app.post("/presign-multipart", async (c) =>
  c.json(await c.var.services.presigner.presignMultipart(await c.req.json())),
);

// biome-ignore lint/style/noDefaultExport: a Worker's module has one
export default app;
