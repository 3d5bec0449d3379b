import { OpenAPIHono } from "@hono/zod-openapi";
import { composeServices } from "../../../src/compose.ts";
import type { JobMessage } from "../../../src/core/services.ts";
import type { Environment } from "../../../src/environment.ts";
import type { AppEnv } from "../../../src/http/context.ts";
import { registerCreateUpload } from "../../../src/http/data/create-upload.ts";
import { authenticate } from "../../../src/http/middleware/authenticate.ts";
import { respondWithProblem } from "../../../src/http/problem.ts";
import { s3App } from "../../../src/http/s3/app.ts";
import { findJob } from "../../../src/storage/jobs.ts";
import { completeFile, findFile } from "../../../src/storage/uploads.ts";

/** The doors through which uploads come in, over the real bindings; whatever arrives is said to be parsed. */
const app = new OpenAPIHono<AppEnv>();
app.onError((error, c) => respondWithProblem(c, error));
app.use("*", async (c, next) => {
  c.set("requestId", crypto.randomUUID());
  c.set(
    "services",
    composeServices(c.env, { origin: new URL(c.req.url).origin, waitUntil: (work) => c.executionCtx.waitUntil(work) }),
  );
  await next();
});
app.use("/uploads", authenticate());
app.use("/data/upload", authenticate());
registerCreateUpload(app);
app.route("/s3", s3App);

// biome-ignore lint/style/noDefaultExport: a Worker's module has one
export default {
  fetch: app.fetch,
  async queue(batch, env) {
    const { db, now } = composeServices(env, { origin: "", waitUntil: () => undefined });
    for (const message of batch.messages) {
      const job = await findJob(db, message.body.jobId);
      const file = job?.fileId ? await findFile(db, job.fileId) : undefined;
      if (file) await completeFile(db, file, { ...file, format: "csv", tables: [] }, now());
    }
  },
} satisfies ExportedHandler<Environment, JobMessage>;
