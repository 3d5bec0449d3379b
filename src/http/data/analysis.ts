import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ANALYSIS_TYPES, type AnalyzedTable } from "../../core/analysis/analysis-parts.ts";
import { type Analysis, getAnalysis } from "../../core/analysis/get-analysis.ts";
import { startAnalysis } from "../../core/analysis/start-analysis.ts";
import { JOB_STATUSES } from "../../storage/schema.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { ProblemShape, timestamp } from "./shapes.ts";

const NewAnalysis = z
  .object({
    upload_id: z.string().openapi({ example: "upload_abc123def456" }),
    files: z
      .array(z.string())
      .min(1, "Name at least one file, or leave files out for all.")
      .max(1_000)
      .optional()
      .openapi({ example: ["customers.csv"] }),
    analysis_type: z
      .enum(ANALYSIS_TYPES, { error: `analysis_type is ${ANALYSIS_TYPES.join(" or ")}.` })
      .default("basic"),
  })
  .openapi("NewAnalysis");

const NewAnalysisForm = z
  .object({
    upload_id: z.string(),
    files: z
      .string()
      .transform((name) => [name])
      .optional(),
    analysis_type: NewAnalysis.shape.analysis_type,
  })
  .openapi("NewAnalysisForm");

const StartedAnalysis = z
  .object({
    job_id: z.string().openapi({ example: "job_stu345vwx678" }),
    status: z.enum(JOB_STATUSES),
    estimated_completion: z.string(),
  })
  .openapi("StartedAnalysis");

const sqlProof = z.string().openapi({ description: "A query that shows it, for a session over the upload." });
const counts = z.record(z.string(), z.number());
const figure = z.number().nullable();

const StatsShape = z
  .object({
    rows: z.number().int(),
    columns: z.number().int(),
    missing_values: counts,
    column_types: z.record(z.string(), z.string()),
    summary: z.record(z.string(), z.object({ min: figure, max: figure, mean: figure, median: figure })),
    categorical_counts: z
      .record(z.string(), counts)
      .openapi({ description: "The most frequent values; the rest is summed under `other`." }),
  })
  .openapi("AnalysisStats");

const AnalysisShape = z
  .object({
    job_id: z.string(),
    upload_id: z.string(),
    analysis_type: z.enum(ANALYSIS_TYPES),
    status: z.enum(JOB_STATUSES),
    progress: z.number().openapi({ description: "0 to 1." }),
    message: z.string().nullable(),
    error: ProblemShape.nullable(),
    created_at: z.string(),
    completed_at: z.string().nullable(),
    files: z.array(
      z.object({
        filename: z.string().openapi({ example: "customers.csv" }),
        table: z.string().nullable().openapi({ description: "The table's own name where the file holds several." }),
        stats: StatsShape,
        correlations: z.array(z.object({ feature1: z.string(), feature2: z.string(), correlation: z.number() })),
        insights: z.array(
          z.object({
            type: z.string().openapi({ example: "missing_data" }),
            message: z.string(),
            severity: z.enum(["low", "medium", "high"]),
            columns: z.array(z.string()),
            sql: sqlProof,
          }),
        ),
        visualizations: z.array(
          z.object({
            type: z.string().openapi({ example: "bar_chart" }),
            title: z.string().openapi({ example: "Churn by Country" }),
            data_url: z.string(),
            thumbnail_url: z.string(),
          }),
        ),
        notes: z.array(z.string()).openapi({ description: "What was bounded or left out." }),
      }),
    ),
    recommendations: z.array(
      z.object({
        type: z.enum(["preprocessing", "feature_engineering", "modeling"]),
        message: z.string(),
        importance: z.enum(["low", "medium", "high"]),
        filename: z.string(),
        columns: z.array(z.string()),
        sql: sqlProof,
      }),
    ),
  })
  .openapi("Analysis");

const start = createRoute({
  method: "post",
  path: "/data/analyze",
  operationId: "analyzeData",
  tags: ["Analysis"],
  summary: "Analyze an upload's files",
  description:
    "Starts a job; `GET /data/analysis/{job_id}` tells how far it is, and the result. `basic`: statistics, correlations, what they say, and " +
    "advice. `comprehensive`: also for whom values are missing, values out of range, and charts of what is interesting in this data.",
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: NewAnalysis },
        "application/x-www-form-urlencoded": { schema: NewAnalysisForm },
      },
    },
  },
  responses: { 200: json(StartedAnalysis, "The job has begun."), ...errorAnswers(400, 401, 403, 404, 409, 415, 422) },
});

const get = createRoute({
  method: "get",
  path: "/data/analysis/{job_id}",
  operationId: "getAnalysis",
  tags: ["Analysis"],
  summary: "The result of an analysis, or how far it is",
  description:
    "Until the job is completed, `files` and `recommendations` are empty. `/jobs/{job_id}/events` streams its progress.",
  request: { params: z.object({ job_id: z.string().openapi({ example: "job_stu345vwx678" }) }) },
  responses: { 200: json(AnalysisShape, "The analysis."), ...errorAnswers(401, 404, 410) },
});

/** POST /data/analyze and GET /data/analysis/{job_id}. */
export function registerAnalysis(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(start);
  app.post("/data/analyze", async (c) => {
    const { services, caller } = c.var;
    const { value } = await readVersionedBody(c, { form: NewAnalysisForm, json: NewAnalysis });
    const { job, estimatedCompletion } = await startAnalysis(services, caller, {
      uploadId: value.upload_id,
      files: value.files,
      analysisType: value.analysis_type,
    });
    const body: z.infer<typeof StartedAnalysis> = {
      job_id: job.id,
      status: job.status,
      estimated_completion: timestamp(estimatedCompletion),
    };
    return c.json(body, 200);
  });

  app.openAPIRegistry.registerPath(get);
  app.get("/data/analysis/:job_id", async (c: Context<AppEnv, "/data/analysis/:job_id">) => {
    const { services, caller } = c.var;
    const analysis = await getAnalysis(services, caller, c.req.param("job_id"));
    const body = streamText(writeAnalysis(analysis, services.origin));
    return new Response(body, { headers: { "content-type": "application/json" } });
  });
}

function streamText(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

/** Writes the result table by table: one of fifty wide files is larger than what should be held at once. */
async function* writeAnalysis(
  { job, input, tables, recommendations }: Analysis,
  origin: string,
): AsyncGenerator<string> {
  const head = {
    job_id: job.id,
    upload_id: job.uploadId ?? "",
    analysis_type: input.analysis_type,
    status: job.status,
    progress: job.progress,
    message: job.message,
    error: job.problem,
    created_at: timestamp(job.createdAt),
    completed_at: job.completedAt ? timestamp(job.completedAt) : null,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"files":[`;
  let separator = "";
  for await (const table of tables()) {
    yield separator + JSON.stringify(describeTable(table, origin));
    separator = ",";
  }
  yield `],"recommendations":${JSON.stringify(recommendations)}}`;
}

function describeTable(
  { filename, table, stats, correlations, insights, visualizations, notes }: AnalyzedTable,
  origin: string,
): z.infer<typeof AnalysisShape>["files"][number] {
  return {
    filename,
    table,
    stats,
    correlations,
    insights,
    visualizations: visualizations.map(({ id, type, title }) => ({
      type,
      title,
      data_url: `${origin}/data/visualizations/${id}`,
      thumbnail_url: `${origin}/data/visualizations/${id}/thumbnail`,
    })),
    notes,
  };
}
