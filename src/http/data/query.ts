import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ResultFormat } from "../../core/services.ts";
import { querySession, type SessionAnswer } from "../../core/sessions/query-session.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { type Frame, streamTableAnswer } from "./table-answer.ts";

const DEFAULT_ROWS = 100;
const MAX_ROWS = 10_000;

const QueryType = z.enum(["natural_language", "sql"]);

const Query = z
  .object({
    query_type: QueryType,
    query: z.string().openapi({
      example: "SELECT country, avg(lifetime_value) AS avg_ltv FROM customers GROUP BY country ORDER BY avg_ltv DESC",
    }),
    max_results: z
      .number()
      .int()
      .min(1)
      .max(MAX_ROWS)
      .optional()
      .openapi({ description: "Rows at most. JSON answers: 100 unless given." }),
    session_id: z.string().optional().openapi({
      description: "Or in the X-Session-Id header; may be left out while you have only one active session.",
    }),
  })
  .openapi("Query");

const QueryForm = z
  .object({
    session_id: z.string().optional(),
    query: z.string(),
    query_type: QueryType.default("natural_language"),
    max_results: z.coerce.number().int().min(1).max(MAX_ROWS).optional(),
  })
  .openapi("QueryForm");

const Exactness = z
  .object({
    kind: z.enum(["exact", "truncated"]),
    rows: z.number().int(),
    reason: z.string().nullable(),
  })
  .openapi("Exactness");

const Cell = z
  .unknown()
  .openapi({ type: "object", description: "A JSON value. Integers beyond 2^53 and long decimals are strings." });

const TableAnswer = z
  .object({
    query_id: z.string(),
    result_type: z.literal("table"),
    columns: z.array(z.string()),
    column_types: z.array(z.string()).openapi({ description: "DuckDB's type of each column." }),
    rows: z.array(z.array(Cell)),
    row_count: z.number().int(),
    truncated: z.boolean(),
    exactness: Exactness,
    execution_time_ms: z.number(),
    generated_sql: z.string(),
  })
  .openapi("TableResult");

const TableAnswerV1 = z
  .object({ type: z.literal("table"), data: z.object({ columns: z.array(z.string()), rows: z.array(z.array(Cell)) }) })
  .openapi("TableResultV1");

const contract = createRoute({
  method: "post",
  path: "/data/query",
  operationId: "queryData",
  tags: ["Sessions"],
  summary: "Query a session's tables",
  description:
    "JSON is answered in v2's form, form data in v1's. `Accept` may ask for `text/csv`, `application/x-ndjson` or " +
    "`application/vnd.apache.arrow.stream` instead; these stream all rows unless `max_results` says otherwise.",
  request: {
    headers: z.object({ "x-session-id": z.string().optional() }),
    body: {
      required: true,
      content: { "application/json": { schema: Query }, "application/x-www-form-urlencoded": { schema: QueryForm } },
    },
  },
  responses: {
    200: {
      description: "The rows.",
      content: {
        "application/json": { schema: z.union([TableAnswer, TableAnswerV1]) },
        "text/csv": { schema: z.string() },
        "application/x-ndjson": { schema: z.string() },
        "application/vnd.apache.arrow.stream": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...errorAnswers(400, 401, 403, 404, 409, 410, 415, 422, 429, 501),
  },
});

/** POST /data/query. */
export function registerQuery(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(contract);
  app.post("/data/query", async (c) => {
    const { services, caller } = c.var;
    const body = await readVersionedBody(c, { form: QueryForm, json: Query });
    const format = chooseFormat(c.req.header("accept"));
    const result = await querySession(services, caller, {
      sessionId: body.value.session_id ?? c.req.header("x-session-id"),
      queryType: body.value.query_type,
      query: body.value.query,
      maxRows: body.value.max_results ?? (format === "json" ? DEFAULT_ROWS : undefined),
      format,
    });
    const headers = {
      "eider-query-id": result.queryId,
      "ratelimit-limit": String(services.limits.MAX_QUERIES_PER_MINUTE),
      "ratelimit-remaining": String(result.answer.remaining ?? services.limits.MAX_QUERIES_PER_MINUTE),
    };
    if (format !== "json")
      return new Response(result.answer.body, { headers: { ...headers, "content-type": CONTENT_TYPES[format] } });
    return new Response(
      await streamTableAnswer(result.answer.body, body.version === 1 ? frameV1(result) : frameV2(result)),
      {
        headers: { ...headers, "content-type": "application/json" },
      },
    );
  });
}

const CONTENT_TYPES: Record<ResultFormat, string> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  ndjson: "application/x-ndjson",
  arrow: "application/vnd.apache.arrow.stream",
};

/** The first format of `Accept` that a query can answer in; JSON when it names none. */
export function chooseFormat(accept: string | undefined): ResultFormat {
  const ranked = (accept ?? "")
    .split(",")
    .map((part) => {
      const [type = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find((q) => q !== undefined);
      return { type: type.trim(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter((entry) => entry.quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { type } of ranked) {
    const format = FORMAT_OF_TYPE[type];
    if (format) return format;
  }
  return "json";
}

const FORMAT_OF_TYPE: Record<string, ResultFormat> = {
  "application/json": "json",
  "text/csv": "csv",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/jsonl": "ndjson",
  "application/vnd.apache.arrow.stream": "arrow",
};

function frameV2({ queryId, sql, answer }: SessionAnswer): Frame {
  const head = {
    query_id: queryId,
    result_type: "table",
    columns: answer.columns.map((column) => column.name),
    column_types: answer.columns.map((column) => column.type),
  };
  return {
    prefix: `${JSON.stringify(head).slice(0, -1)},"rows":[`,
    suffix: (end) => {
      const tail = {
        row_count: end.rowCount,
        truncated: end.truncated,
        exactness: { kind: end.truncated ? "truncated" : "exact", rows: end.rowCount, reason: end.reason },
        execution_time_ms: end.executionTimeMs,
        generated_sql: sql,
        ...(end.error ? { error: end.error } : {}),
      };
      return `],${JSON.stringify(tail).slice(1)}`;
    },
  };
}

function frameV1({ answer }: SessionAnswer): Frame {
  return {
    prefix: `{"type":"table","data":{"columns":${JSON.stringify(answer.columns.map((column) => column.name))},"rows":[`,
    suffix: (end) => `]},"truncated":${end.truncated}${end.error ? `,"error":${JSON.stringify(end.error)}` : ""}}`,
  };
}
