import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { cancelJob } from "../../core/jobs/cancel-job.ts";
import { getJob } from "../../core/jobs/get-job.ts";
import { hasEnded, watchJob } from "../../core/jobs/watch-job.ts";
import { type JobRow, pageJobs } from "../../storage/jobs.ts";
import { JOB_STATUSES, JOB_TYPES } from "../../storage/schema.ts";
import type { AppEnv } from "../context.ts";
import { describePage, errorAnswers, json, Pagination, pageQuery } from "../contracts.ts";

/** A watcher is let go after this long; `EventSource` then connects again by itself. */
const WATCH_MS = 5 * 60_000;
const WATCH_INTERVAL_MS = 500;

const JobShape = z
  .object({
    job_id: z.string().openapi({ example: "job_stu345vwx678" }),
    type: z.enum(JOB_TYPES),
    status: z.enum(JOB_STATUSES),
    progress: z.number().openapi({ description: "0 to 1." }),
    message: z.string().nullable(),
    upload_id: z.string().nullable(),
    created_at: z.string(),
    started_at: z.string().nullable(),
    completed_at: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
    links: z.record(z.string(), z.string()),
  })
  .openapi("Job");

function describeJob(job: JobRow, origin: string): z.infer<typeof JobShape> {
  return {
    job_id: job.id,
    type: job.type,
    status: job.status,
    progress: job.progress,
    message: job.message,
    upload_id: job.uploadId,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    completed_at: job.completedAt?.toISOString() ?? null,
    error: job.problem,
    result: job.result,
    links: linksOf(job, origin),
  };
}

/** Where the job itself is, what can be done with it, and where its result is. */
function linksOf(job: JobRow, origin: string): Record<string, string> {
  const result = RESULT_PATHS[job.type]?.(job);
  return {
    self: `${origin}/jobs/${job.id}`,
    events: `${origin}/jobs/${job.id}/events`,
    ...(hasEnded(job) ? {} : { cancel: `${origin}/jobs/${job.id}/cancel` }),
    ...(job.uploadId ? { upload: `${origin}/uploads/${job.uploadId}` } : {}),
    ...(result && job.status === "completed" ? { result: `${origin}${result}` } : {}),
  };
}

const RESULT_PATHS: Partial<Record<JobRow["type"], (job: JobRow) => string | undefined>> = {
  ingest: (job) => (job.uploadId ? `/uploads/${job.uploadId}` : undefined),
  analysis: (job) => `/data/analysis/${job.id}`,
  export: (job) => `/data/export/${String(job.input["export_id"])}`,
};

const params = z.object({ job_id: z.string().openapi({ example: "job_stu345vwx678" }) });

const list = createRoute({
  method: "get",
  path: "/jobs",
  operationId: "listJobs",
  tags: ["Jobs"],
  summary: "Your jobs",
  request: {
    query: z.object({
      type: z.enum(JOB_TYPES).optional(),
      status: z.enum(JOB_STATUSES).optional(),
      upload_id: z.string().optional(),
      order: z.enum(["asc", "desc"]).default("desc"),
      ...pageQuery(20, 100),
    }),
  },
  responses: {
    200: json(z.object({ jobs: z.array(JobShape), pagination: Pagination }), "One page."),
    ...errorAnswers(401, 422),
  },
});

const get = createRoute({
  method: "get",
  path: "/jobs/{job_id}",
  operationId: "getJob",
  tags: ["Jobs"],
  summary: "One job",
  request: { params },
  responses: { 200: json(JobShape, "The job."), ...errorAnswers(401, 404) },
});

const cancel = createRoute({
  method: "post",
  path: "/jobs/{job_id}/cancel",
  operationId: "cancelJob",
  tags: ["Jobs"],
  summary: "Cancel a job that has not ended",
  request: { params },
  responses: { 200: json(JobShape, "The job, cancelled."), ...errorAnswers(401, 403, 404, 409) },
});

const events = createRoute({
  method: "get",
  path: "/jobs/{job_id}/events",
  operationId: "watchJob",
  tags: ["Jobs"],
  summary: "A job's progress as server-sent events",
  description:
    "An event `progress` at each change and one named after the final status (`completed`, `failed`, `cancelled`); the data is the job.",
  request: { params },
  responses: {
    200: { description: "The events.", content: { "text/event-stream": { schema: z.string() } } },
    ...errorAnswers(401, 404),
  },
});

/** Everything under /jobs. */
export function registerJobs(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { upload_id, ...query } = c.req.valid("query");
    const page = await pageJobs(services.db, { userId: caller.userId, uploadId: upload_id, ...query });
    return c.json(
      {
        jobs: page.jobs.map((job) => describeJob(job, services.origin)),
        pagination: describePage({ total: page.total, limit: query.limit, offset: query.offset }, page.jobs.length),
      },
      200,
    );
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeJob(await getJob(services, caller, c.req.valid("param").job_id), services.origin), 200);
  });

  app.openapi(cancel, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeJob(await cancelJob(services, caller, c.req.valid("param").job_id), services.origin), 200);
  });

  app.openAPIRegistry.registerPath(events);
  app.get("/jobs/:job_id/events", async (c) => {
    const { services, caller } = c.var;
    const job = await getJob(services, caller, c.req.param("job_id"));
    return streamSSE(c, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const until = new Date(services.now().getTime() + WATCH_MS);
      for await (const state of watchJob(services, job.id, {
        intervalMs: WATCH_INTERVAL_MS,
        until,
        signal: gone.signal,
      })) {
        await stream.writeSSE({
          event: hasEnded(state) ? state.status : "progress",
          data: JSON.stringify(describeJob(state, services.origin)),
        });
      }
    });
  });
}
