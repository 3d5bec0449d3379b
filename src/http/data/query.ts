import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ANSWER_FORMS, type ResultFormat, type QueryAnswer as SessionRows } from "../../core/services.ts";
import { querySession } from "../../core/sessions/query-session.ts";
import { signPictureUrl } from "../../core/visualizations/sign-picture-url.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, form } from "../contracts.ts";
import { rateHeaders } from "../problem.ts";
import { type AnswerLinks, QueryAnswer, QueryAnswerV1, writeAnswer, writeAnswerV1 } from "./query-answer.ts";

const DEFAULT_ROWS = 100;
const MAX_ROWS = 10_000;

const QueryType = z.enum(["natural_language", "sql"]);

const Prefer = z.enum(ANSWER_FORMS).nullish().openapi({
  description: "The form of the answer. Without it the question decides; SQL is answered with a table.",
});

const Query = z
  .object({
    query_type: QueryType,
    query: z.string().openapi({
      description: "A question in English, which may follow up on the one before (“and by country?”), or SQL.",
      example: "Show me the average lifetime value by country for customers who haven't churned",
    }),
    max_results: z
      .number()
      .int()
      .min(1)
      .max(MAX_ROWS)
      .nullish()
      .openapi({ description: "Rows at most. JSON answers: 100 unless given." }),
    session_id: z.string().nullish().openapi({
      description: "Or in the X-Session-Id header; may be left out while you have only one active session.",
    }),
    prefer: Prefer,
  })
  .openapi("Query");

const QueryForm = z
  .object({
    session_id: z.string().optional(),
    query: z.string(),
    query_type: QueryType.default("natural_language"),
    max_results: z.coerce.number().int().min(1).max(MAX_ROWS).optional(),
    prefer: Prefer,
  })
  .openapi("QueryForm");

const contract = createRoute({
  method: "post",
  path: "/data/query",
  operationId: "queryData",
  tags: ["Sessions"],
  summary: "Ask a session's tables, in plain language or SQL",
  description:
    "A question is answered with a table or, when it asks for a picture (visualize, chart, plot, distribution, trend), with a chart's data; " +
    "v1 tells single figures in a sentence. What cannot be answered is 422: `question_unclear` with `candidates`, or " +
    "`question_unanswerable` with the `nearest` questions that can. JSON is answered in v2's form, form data in v1's. `Accept` may ask for `text/csv`, `application/x-ndjson` or " +
    "`application/vnd.apache.arrow.stream` instead; these stream all rows unless `max_results` says otherwise; the header `Eider-Exactness` then says `exact` or `truncated`, and a stream " +
    "that fails on the way ends in an error record (NDJSON) or breaks off.",
  request: {
    headers: z.object({ "x-session-id": z.string().optional() }),
    body: {
      required: true,
      content: { "application/json": { schema: Query }, ...form(QueryForm) },
    },
  },
  responses: {
    200: {
      description: "The rows, the chart or the sentence.",
      headers: z.object({
        "eider-query-id": z.string(),
        "eider-exactness": z.enum(["exact", "truncated"]).optional().openapi({
          description:
            "Answers that are not JSON: whether there are no more rows than these. Left out where only the rows would tell.",
        }),
      }),
      content: {
        "application/json": { schema: z.union([QueryAnswer, QueryAnswerV1]) },
        "text/csv": { schema: z.string() },
        "application/x-ndjson": { schema: z.string() },
        "application/vnd.apache.arrow.stream": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...errorAnswers(400, 401, 403, 404, 409, 410, 415, 422, 429, 503),
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
      prefer: body.value.prefer ?? undefined,
      saysValues: body.version === 1,
    });
    const headers = {
      "eider-query-id": result.queryId,
      ...(result.answer.rateLimit ? rateHeaders(result.answer.rateLimit) : {}),
    };
    if (format !== "json")
      return new Response(result.answer.body, {
        headers: { ...headers, ...exactnessHeader(result.answer), "content-type": CONTENT_TYPES[format] },
      });
    return new Response(await (body.version === 1 ? writeAnswerV1 : writeAnswer)(result, linksFor(c)), {
      headers: { ...headers, "content-type": "application/json" },
    });
  });
}

function linksFor(c: Context<AppEnv>): AnswerLinks {
  const { services } = c.var;
  const signing = { secret: c.env.SIGNING_SECRET, now: services.now() };
  const { origin } = services;
  return {
    origin,
    pictureUrl: (visualizationId) =>
      signPictureUrl({ origin, visualizationId }, signing) ?? `${origin}/visualizations/${visualizationId}.png`,
  };
}

/** What `exactness.kind` is in JSON. Rows that end in an error record or break off are not whole, whatever it says. */
function exactnessHeader({ isCut }: SessionRows): Record<string, string> {
  return isCut === undefined ? {} : { "eider-exactness": isCut ? "truncated" : "exact" };
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
