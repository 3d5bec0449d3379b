import { describeResult } from "../../ask/sentences.ts";
import type { CellValue, ResultShape } from "../../ask/types.ts";
import { type ChartData, type ChartSpec, chartTypeName, chooseChart, toChartData } from "../../charts/index.ts";
import type { AnswerForm, QueryAnswer, QueryRequest, RowsEnd } from "../services.ts";
import { type CollectedRows, collectRows } from "../sessions/collect-rows.ts";

/** Rows and bytes that are read to draw a picture or to say a sentence; a chart shows no more than some thousand points. */
const DRAWN_ROWS = 100_000;
const DRAWN_BYTES = 16_000_000;
/** Rows of a table that take the place of a picture which cannot be drawn. */
const TABLE_ROWS = 100;

/** How much of a result is read. */
export function limitsFor(
  request: Pick<QueryRequest, "maxRows" | "maxBytes" | "format">,
  form: AnswerForm | undefined,
): Pick<QueryRequest, "maxRows" | "maxBytes"> {
  const { maxRows, maxBytes, format } = request;
  if (format !== "json" || form === undefined || form === "table") return { maxRows, maxBytes };
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

export interface Presentation {
  form: AnswerForm;
  /** What the result's columns are for; null where no planner has told. */
  shape: ResultShape | null;
  /** Made of the columns' names unless given. */
  title?: string | undefined;
  /** The question's words; empty for SQL. */
  question: string;
  /** A single figure is told in a sentence. */
  saysValues: boolean;
  /** Of a table. */
  maxRows: number | null;
}

/**
 * Puts a result's rows into the form that was decided on: a chart, a sentence computed from them, or a table. What cannot be drawn becomes
 * a table, and a note says so.
 *
 * @throws AppError when the rows break off.
 */
export async function presentAnswer(answer: QueryAnswer, how: Presentation): Promise<PresentedAnswer> {
  // A model's query has no shape: whether it is a single figure shows in the rows.
  const maySay = how.saysValues && how.shape === null && answer.columns.length === 1;
  if (how.form === "table" && !maySay) return { kind: "stream" };
  const collected = await collectRows(answer);
  const { columns, rows, end } = collected;
  const shape = how.shape ?? guessShape(collected);
  const names = columns.map(({ name }) => name);
  const text = describeResult({ columns: names, rows: plainRows(collected), truncated: end.truncated }, shape);
  if (how.form === "text" || (maySay && rows.length === 1)) return { kind: "text", text, end };
  const table = cutRows(collected, how.maxRows ?? TABLE_ROWS);
  if (how.form === "table") return { kind: "table", ...table, notes: [] };
  // Distributions are best named by what is drawn; the planner would name their bins.
  const title = shape.intent === "distribution" ? undefined : how.title;
  const spec = chooseChart({ columns, rows, intent: { ...(how.shape ?? {}), question: how.question }, title });
  if (!spec) return { kind: "table", ...table, notes: [rows.length === 0 ? NO_ROWS : NOTHING_TO_DRAW] };
  const notes = end.truncated ? [`Only the first ${rows.length} rows are drawn.`, ...spec.notes] : spec.notes;
  const chart = { kind: spec.kind, type: chartTypeName(spec.kind), title: spec.title, data: toChartData(spec) };
  return { kind: "visualization", spec, chart, text, notes, end };
}

const NO_ROWS = "There are no rows to draw.";
const NOTHING_TO_DRAW = "There is nothing in this result that could be drawn.";

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
