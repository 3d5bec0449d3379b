import { z } from "@hono/zod-openapi";
import type { QuestionPlan, RowsEnd } from "../../core/services.ts";
import type { SessionAnswer } from "../../core/sessions/query-session.ts";
import { type Frame, streamTableAnswer } from "./table-answer.ts";

const Exactness = z
  .object({
    kind: z.enum(["exact", "truncated"]),
    rows: z.number().int(),
    reason: z.string().nullable(),
  })
  .openapi("Exactness");

const Cell = z.unknown().openapi({
  type: ["string", "number", "boolean", "array", "object", "null"],
  description: "A JSON value. Integers beyond 2^53 and long decimals are strings.",
});

/** What the answer to a question tells of how it was understood. */
const Understanding = {
  interpretation: z.string().optional().openapi({ description: "Questions: what the query does, in plain words." }),
  assumptions: z.array(z.string()).optional().openapi({ description: "Questions: choices that were left open." }),
  planner: z.enum(["built-in", "model"]).optional(),
  notes: z.array(z.string()).optional().openapi({ description: "What was left out, summed up, binned or sampled." }),
};

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
    ...Understanding,
  })
  .openapi("TableResult");

const ChartData = z
  .object({
    labels: z.array(z.string()),
    datasets: z.array(z.object({ label: z.string(), data: z.array(Cell) })),
  })
  .openapi("ChartData");

const VisualizationAnswer = z
  .object({
    query_id: z.string(),
    result_type: z.literal("visualization"),
    visualization_type: z.string().openapi({ example: "bar_chart" }),
    title: z.string(),
    data: ChartData,
    visualization_id: z.string(),
    data_url: z.string().openapi({ description: "The chart: its data, SVG, PNG or Vega-Lite specification." }),
    thumbnail_url: z.string(),
    image_url: z.string().openapi({ description: "A PNG. Where links can be signed it needs no key for a day." }),
    summary: z.string().openapi({ description: "What the rows show, in a sentence or two." }),
    truncated: z.boolean(),
    exactness: Exactness,
    execution_time_ms: z.number(),
    generated_sql: z.string(),
    ...Understanding,
  })
  .openapi("VisualizationResult");

const TextAnswer = z
  .object({
    query_id: z.string(),
    result_type: z.literal("text"),
    text: z.string(),
    truncated: z.boolean(),
    exactness: Exactness,
    execution_time_ms: z.number(),
    generated_sql: z.string(),
    ...Understanding,
  })
  .openapi("TextResult");

/** What v2 answers. */
export const QueryAnswer = z.union([TableAnswer, VisualizationAnswer, TextAnswer]);

const more = {
  truncated: z.boolean(),
  exactness: Exactness,
  generated_sql: z.string().optional(),
  interpretation: z.string().optional(),
};

const TableAnswerV1 = z
  .object({
    type: z.literal("table"),
    data: z.object({ columns: z.array(z.string()), rows: z.array(z.array(Cell)) }),
    ...more,
  })
  .openapi("TableResultV1");

const VisualizationAnswerV1 = z
  .object({
    type: z.literal("visualization"),
    visualization_type: z.string().openapi({ example: "bar" }),
    data: ChartData.optional(),
    visualization: z.string().optional().openapi({ description: "The picture's URL, with the type s3_url." }),
    title: z.string(),
    ...more,
  })
  .openapi("VisualizationResultV1");

const TextAnswerV1 = z.object({ type: z.literal("text"), data: z.string(), ...more }).openapi("TextResultV1");

/** What v1 answers. */
export const QueryAnswerV1 = z.union([TextAnswerV1, TableAnswerV1, VisualizationAnswerV1]);

/** Where links in answers point. */
export interface AnswerLinks {
  origin: string;
  /** The URL of a chart's PNG. */
  pictureUrl: (visualizationId: string) => string;
}

/** The body of v2's answer. @throws AppError when the rows break off early. */
export async function writeAnswer(
  result: SessionAnswer,
  links: AnswerLinks,
): Promise<ReadableStream<Uint8Array> | string> {
  const { queryId, sql, answer, presented } = result;
  switch (presented?.kind) {
    case "visualization": {
      const { chart, text, notes, end } = presented;
      const head = {
        query_id: queryId,
        result_type: "visualization",
        visualization_type: chart.type,
        title: chart.title,
      };
      const understanding = describePlan(answer.plan, notes);
      return JSON.stringify({
        ...head,
        data: chart.data,
        ...describeLinks(result.visualizationId, links),
        summary: text,
        ...describeEnd(end),
        generated_sql: sql,
        ...understanding,
      });
    }
    case "text": {
      const head = { query_id: queryId, result_type: "text", text: presented.text };
      return JSON.stringify({
        ...head,
        ...describeEnd(presented.end),
        generated_sql: sql,
        ...describePlan(answer.plan),
      });
    }
    case "table": {
      const frame = frameV2(result, presented.notes);
      return `${frame.prefix}${presented.rows.map((row) => JSON.stringify(row)).join(",")}${frame.suffix(presented.end)}`;
    }
    default:
      return streamTableAnswer(answer.body, frameV2(result, []));
  }
}

/** The body of v1's answer. @throws AppError when the rows break off early. */
export async function writeAnswerV1(
  result: SessionAnswer,
  links: AnswerLinks,
): Promise<ReadableStream<Uint8Array> | string> {
  const { sql, answer, presented } = result;
  const { plan } = answer;
  const understanding = plan ? { generated_sql: sql, interpretation: plan.interpretation } : {};
  switch (presented?.kind) {
    case "visualization": {
      const { chart } = presented;
      const whole = describeWhole(presented.end);
      if (plan?.image && result.visualizationId !== undefined) {
        const visualization = links.pictureUrl(result.visualizationId);
        const head = { type: "visualization", visualization_type: "s3_url", visualization };
        return JSON.stringify({ ...head, title: chart.title, ...whole, ...understanding });
      }
      const head = { type: "visualization", visualization_type: chart.kind };
      return JSON.stringify({ ...head, title: chart.title, data: chart.data, ...whole, ...understanding });
    }
    case "text":
      return JSON.stringify({
        type: "text",
        data: presented.text,
        ...describeWhole(presented.end),
        ...understanding,
      });
    case "table": {
      const frame = frameV1(result, understanding);
      return `${frame.prefix}${presented.rows.map((row) => JSON.stringify(row)).join(",")}${frame.suffix(presented.end)}`;
    }
    default:
      return streamTableAnswer(answer.body, frameV1(result, understanding));
  }
}

function describeLinks(id: string | undefined, { origin, pictureUrl }: AnswerLinks): object {
  if (id === undefined) return {};
  const data_url = `${origin}/data/visualizations/${id}`;
  return { visualization_id: id, data_url, thumbnail_url: `${data_url}/thumbnail`, image_url: pictureUrl(id) };
}

function describePlan(plan: QuestionPlan | undefined, notes: readonly string[] = []): object {
  if (!plan) return notes.length > 0 ? { notes } : {};
  const { interpretation, assumptions, planner } = plan;
  return { interpretation, assumptions, planner, notes: [...plan.notes, ...notes] };
}

/** Whether an answer is made of all rows. */
function describeWhole(end: RowsEnd): object {
  return {
    truncated: end.truncated,
    exactness: { kind: end.truncated ? "truncated" : "exact", rows: end.rowCount, reason: end.reason },
  };
}

function describeEnd(end: RowsEnd): object {
  return { ...describeWhole(end), execution_time_ms: end.executionTimeMs };
}

function frameV2({ queryId, sql, answer }: SessionAnswer, notes: readonly string[]): Frame {
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
        ...describeEnd(end),
        generated_sql: sql,
        ...describePlan(answer.plan, notes),
        ...(end.error ? { error: end.error } : {}),
      };
      return `],${JSON.stringify(tail).slice(1)}`;
    },
  };
}

function frameV1({ answer }: SessionAnswer, understanding: object): Frame {
  const columns = JSON.stringify(answer.columns.map((column) => column.name));
  return {
    prefix: `{"type":"table","data":{"columns":${columns},"rows":[`,
    suffix: (end) => {
      const tail = { ...describeWhole(end), ...understanding, ...(end.error ? { error: end.error } : {}) };
      return `]},${JSON.stringify(tail).slice(1)}`;
    },
  };
}
