import { describeResult } from "../../ask/sentences.ts";
import type { CellValue, ResultShape } from "../../ask/types.ts";
import { type ChartData, type ChartSpec, chartTypeName, chooseChart, toChartData } from "../../charts/index.ts";
import type { QueryAnswer, QueryRequest, QuestionPlan, RowsEnd } from "../services.ts";
import { type CollectedRows, collectRows } from "../sessions/collect-rows.ts";

/** Rows and bytes that are read to draw a picture or to say a sentence; a chart shows no more than some thousand points. */
const DRAWN_ROWS = 50_000;
const DRAWN_BYTES = 16_000_000;
/** Rows of a table that take the place of a picture which cannot be drawn. */
const TABLE_ROWS = 100;

/** How much of a question's result is read. */
export function limitsFor(request: QueryRequest, plan: QuestionPlan): Pick<QueryRequest, "maxRows" | "maxBytes"> {
  const { maxRows, maxBytes, format } = request;
  if (format !== "json" || plan.form === "table") return { maxRows, maxBytes };
  return { maxRows: DRAWN_ROWS, maxBytes: Math.min(maxBytes ?? DRAWN_BYTES, DRAWN_BYTES) };
}

/** A result in the form that its question asked for. */
export type PresentedAnswer =
  /** Rows as they come. */
  | { kind: "stream" }
  | ({ kind: "table"; notes: string[] } & CollectedRows)
  | { kind: "visualization"; spec: ChartSpec; chart: PresentedChart; text: string; notes: string[]; end: RowsEnd }
  | { kind: "text"; text: string; end: RowsEnd };

export interface PresentedChart {
  /** `bar`, `line`, … as v1 of the Data API names them. */
  kind: string;
  /** `bar_chart`, `line_chart`, … as v2 does. */
  type: string;
  title: string;
  data: ChartData;
}

/**
 * Puts the rows of an answered question into the form that the plan decided on: a chart, a sentence computed from them, or a table. What
 * cannot be drawn becomes a table, and a note says so.
 *
 * @param maxRows of a table.
 * @throws AppError when the rows break off.
 */
export async function presentAnswer(
  answer: QueryAnswer,
  plan: QuestionPlan,
  { question, saysValues, maxRows }: { question: string; saysValues: boolean; maxRows: number | null },
): Promise<PresentedAnswer> {
  // A model's query has no shape: whether it is a single figure shows in the rows.
  const maySay = saysValues && plan.shape === null && answer.columns.length === 1;
  if (plan.form === "table" && !maySay) return { kind: "stream" };
  const collected = await collectRows(answer);
  const { columns, rows, end } = collected;
  const shape = plan.shape ?? guessShape(collected);
  const text = describeResult(
    { columns: columns.map(({ name }) => name), rows: plainRows(collected), truncated: end.truncated },
    shape,
  );
  if (plan.form === "text" || (maySay && rows.length === 1)) return { kind: "text", text, end };
  const most = maxRows ?? TABLE_ROWS;
  if (plan.form === "table") return { kind: "table", ...cutRows(collected, most), notes: [] };
  const spec = chooseChart({ columns, rows, intent: { ...shape, question }, title: titleFor(plan) });
  if (!spec) {
    const note =
      rows.length === 0 ? "There are no rows to draw." : "There is nothing in this result that could be drawn.";
    return { kind: "table", ...cutRows(collected, most), notes: [note] };
  }
  const notes = end.truncated ? [`Only the first ${rows.length} rows are drawn.`, ...spec.notes] : spec.notes;
  const chart = { kind: spec.kind, type: chartTypeName(spec.kind), title: spec.title, data: toChartData(spec) };
  return { kind: "visualization", spec, chart, text, notes, end };
}

/** Distributions are best named by what is drawn; the planner would name their bins. */
function titleFor({ shape, title }: QuestionPlan): string | undefined {
  return shape?.intent === "distribution" ? undefined : title;
}

function cutRows(collected: CollectedRows, most: number): CollectedRows {
  const { columns, rows, end } = collected;
  if (rows.length <= most) return collected;
  const reason = `Only the first ${most} rows were asked for (max_results).`;
  return { columns, rows: rows.slice(0, most), end: { ...end, rowCount: most, truncated: true, reason } };
}

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UINTEGER|FLOAT|DOUBLE|DECIMAL.*)$/;

/** What the columns of a result are for, where no planner has told: figures measure, all else labels. */
function guessShape({ columns, rows }: CollectedRows): ResultShape {
  const measures = columns.filter(({ type }) => NUMBER_TYPE.test(type)).map(({ name }) => name);
  const labels = columns.map(({ name }) => name).filter((name) => !measures.includes(name));
  const [time] = columns.filter(({ type }) => /^(DATE|TIMESTAMP)/.test(type));
  if (rows.length === 1 && labels.length === 0) return { intent: "value", labels, measures };
  if (time && measures.length > 0) return { intent: "trend", labels, measures };
  return { intent: measures.length > 0 ? "comparison" : "list", labels, measures };
}

/** Long integers and decimals come as text, so that no digit is lost; sentences round them anyway. */
function plainRows({ columns, rows }: CollectedRows): CellValue[][] {
  return rows.map((row) =>
    row.map((cell, i) => {
      if (typeof cell === "string" && NUMBER_TYPE.test(columns[i]?.type ?? "")) return Number(cell);
      return typeof cell === "object" && cell !== null ? JSON.stringify(cell) : (cell as CellValue);
    }),
  );
}
