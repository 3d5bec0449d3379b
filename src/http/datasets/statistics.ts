import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { compareDatasetVersions } from "../../core/datasets/compare-versions.ts";
import { getDataset, getReadyVersion } from "../../core/datasets/find-version.ts";
import { analyzeVersion, assessVersion } from "../../core/datasets/read-version.ts";
import { AppError } from "../../core/errors.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, queryNumber } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { validationFailed } from "../problem.ts";
import { checkCached, dontCache, notModified } from "./caching.ts";
import { datasetParams, QualityIssue, versionNumber, versionQuery } from "./shapes.ts";
import { answerPending, patienceOf, pendingAnswer, preferHeader } from "./waiting.ts";

/** Changes when statistics or reports are made differently. */
const EDITION = "2";

const number = z.number().nullable();
const matrix = z.record(z.string(), z.record(z.string(), number));

const ColumnStatistics = z
  .object({
    type: z.string().openapi({ example: "float64" }),
    count: z.number().int(),
    unique: z.number().int().openapi({ example: 4520 }),
    missing: z.number().int().openapi({ example: 12 }),
    missing_percent: z.number().openapi({ example: 0.00024, description: "A share from 0 to 1." }),
    min: z.union([z.number(), z.string()]).nullish(),
    max: z.union([z.number(), z.string()]).nullish(),
    mean: z.union([z.number(), z.string()]).nullish(),
    std: z.number().nullish(),
    percentiles: z.record(z.string(), number).optional(),
    skewness: z.number().nullish(),
    kurtosis: z.number().nullish(),
    iqr: z.number().nullish(),
    outlier_count: z.number().int().optional(),
    histogram: z.object({ counts: z.array(z.number()), bin_edges: z.array(z.number()) }).nullish(),
    top_values: z.record(z.string(), z.number().int()).optional(),
  })
  .catchall(z.unknown())
  .openapi("ColumnStatistics");

const Statistics = z
  .object({
    columns: z.record(z.string(), ColumnStatistics),
    row_count: z.number().int().openapi({ example: 50000 }),
    duplicate_rows: z.number().int().openapi({ example: 45 }),
    memory_usage: z.number().openapi({ example: 5.8, description: "MiB, as pandas counts it." }),
    correlations: matrix.openapi({ description: "Pearson, of numeric and boolean columns." }),
    spearman: matrix,
    cramers_v: matrix,
    notes: z.array(z.string()),
  })
  .openapi("DatasetStatistics");

const analyze = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/analyze",
  operationId: "analyzeDataset",
  tags: ["Datasets"],
  summary: "Statistics of every column",
  description:
    "Computed when the version came in, exactly, by the definitions of pandas and numpy; kept and answered at once.",
  request: { params: datasetParams, query: z.object(versionQuery), headers: preferHeader },
  responses: {
    200: json(
      z.object({ statistics: Statistics.nullable(), error: z.string().nullable() }).openapi("DatasetAnalysis"),
      "The statistics; null with an `error` when they cannot be computed.",
    ),
    ...pendingAnswer,
    ...notModified,
    ...errorAnswers(401, 404, 409, 422),
  },
});

const QualityReport = z
  .object({
    overall_score: z.number().openapi({ example: 92.5 }),
    checks: z.array(
      z
        .object({
          name: z.string().openapi({ example: "missing_values" }),
          passed: z.boolean(),
          details: z.string().openapi({ example: "Max 0.02% missing" }),
          severity: z.string(),
          weight: z.number(),
          penalty: z.number(),
        })
        .catchall(z.unknown()),
    ),
    issues: z.array(QualityIssue),
  })
  .openapi("QualityReport");

const quality = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/quality",
  operationId: "getDatasetQuality",
  tags: ["Datasets"],
  summary: "The quality report",
  description: "Made when the version came in. How the score is computed: docs/statistics.md.",
  request: { params: datasetParams, query: z.object(versionQuery), headers: preferHeader },
  responses: {
    200: json(
      z.object({ quality: QualityReport.nullable(), error: z.string().nullable() }).openapi("DatasetQuality"),
      "The report; null with an `error` when it cannot be made.",
    ),
    ...pendingAnswer,
    ...notModified,
    ...errorAnswers(401, 404, 409, 422),
  },
});

const threshold = z.coerce.number<string>().min(0).max(100);
const CompareQuery = z.object({
  v1: versionNumber.openapi({ description: "The reference." }),
  v2: versionNumber.openapi({ example: 1 }),
  bins: queryNumber(z.coerce.number<string>().int().min(2).max(100)).default(10).openapi({
    type: "integer",
    default: 10,
    minimum: 2,
    maximum: 100,
    description: "Bins of the reference's quantiles.",
  }),
  epsilon: queryNumber(z.coerce.number<string>().positive().max(0.1))
    .default(0.0001)
    .openapi({ type: "number", default: 0.0001, maximum: 0.1, description: "Stands for empty shares." }),
  moderate_threshold: queryNumber(threshold).default(0.1).openapi({
    type: "number",
    default: 0.1,
    minimum: 0,
    maximum: 100,
    description: "From this PSI on a shift is moderate.",
  }),
  high_threshold: queryNumber(threshold).default(0.25).openapi({
    type: "number",
    default: 0.25,
    minimum: 0,
    maximum: 100,
    description: "Above this PSI a shift is high.",
  }),
});

const compare = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/compare",
  operationId: "compareDatasetVersions",
  tags: ["Datasets"],
  summary: "Compare two versions: schema and drift",
  request: { params: datasetParams, query: CompareQuery, headers: preferHeader },
  responses: {
    200: json(
      z
        .object({
          summary: z.object({ v1: z.number().int(), v2: z.number().int() }).catchall(z.unknown()),
          settings: z.object({
            bins: z.number().int(),
            epsilon: z.number(),
            moderate_threshold: z.number(),
            high_threshold: z.number(),
          }),
          column_diffs: z.record(z.string(), z.object({ type: z.string() }).catchall(z.unknown())),
        })
        .openapi("DatasetComparison", {
          example: {
            summary: { v1: 0, v2: 1, v1_rows: 50000, v2_rows: 75000, rows_diff: 25000, columns_added: [] },
            settings: { bins: 10, epsilon: 0.0001, moderate_threshold: 0.1, high_threshold: 0.25 },
            column_diffs: {
              amount: { type: "numeric", v1_mean: 88.35, v2_mean: 92.1, psi: 0.023, shift_level: "low" },
            },
          },
        }),
      "What differs.",
    ),
    ...pendingAnswer,
    ...notModified,
    ...errorAnswers(401, 404, 409, 422),
  },
});

/** Statistics, quality and comparison of a dataset's versions. */
export function registerStatistics(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(analyze);
  app.get("/api/datasets/:dataset_id/analyze", async (c) => {
    const { services, caller } = c.var;
    const number = readVersionNumber(c.req.query());
    const found = await getReadyVersion(services, caller, c.req.param("dataset_id"), number);
    const cached = checkCached(c, number === undefined ? "dataset" : "version", found.table.id, "statistics", EDITION);
    if (cached) return cached;
    const made = await analyzeVersion(services, found, patienceOf(c) ?? services.now());
    if (made.state === "made") return answerJson(c, { statistics: made.value, error: null });
    dontCache(c);
    return made.state === "pending" ? answerPending(c, made.job) : c.json({ statistics: null, error: made.message });
  });

  app.openAPIRegistry.registerPath(quality);
  app.get("/api/datasets/:dataset_id/quality", async (c) => {
    const { services, caller } = c.var;
    const number = readVersionNumber(c.req.query());
    const found = await getReadyVersion(services, caller, c.req.param("dataset_id"), number);
    const cached = checkCached(c, number === undefined ? "dataset" : "version", found.table.id, "quality", EDITION);
    if (cached) return cached;
    const made = await assessVersion(services, found, patienceOf(c) ?? services.now());
    if (made.state === "made") return c.json({ quality: made.value, error: null });
    dontCache(c);
    return made.state === "pending" ? answerPending(c, made.job) : c.json({ quality: null, error: made.message });
  });

  app.openAPIRegistry.registerPath(compare);
  app.get("/api/datasets/:dataset_id/compare", async (c) => {
    const { services, caller } = c.var;
    const dataset = await getDataset(services, caller, c.req.param("dataset_id"));
    const query = CompareQuery.safeParse(c.req.query());
    if (!query.success) throw validationFailed(query.error);
    const { v1, v2, ...settings } = query.data;
    const { bins, epsilon, moderate_threshold, high_threshold } = settings;
    const input = {
      datasetId: dataset.id,
      v1,
      v2,
      options: { bins, epsilon, thresholds: { moderate: moderate_threshold, high: high_threshold } },
    };
    const until = patienceOf(c) ?? services.now();
    const made = await compareDatasetVersions(services, caller, input, until);
    if (made.state === "pending") return answerPending(c, made.job);
    if (made.state === "failed") throw new AppError("server_error", made.message);
    const { summary, column_diffs } = made.value;
    const tag = Object.values(query.data).join("-");
    return (
      checkCached(c, "version", dataset.id, "comparison", EDITION, tag) ?? c.json({ summary, settings, column_diffs })
    );
  });
}

function readVersionNumber(query: Record<string, string>): number | undefined {
  const parsed = z.object(versionQuery).safeParse(query);
  if (!parsed.success) throw validationFailed(parsed.error);
  return parsed.data.version;
}
