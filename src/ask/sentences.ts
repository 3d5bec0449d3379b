/** Sentences about a result, computed from its rows and from nothing else: peak, trend, change, share. */
import type { CellValue, ResultShape, TimeUnit } from "./types.ts";

export interface ResultTable {
  columns: readonly string[];
  rows: readonly (readonly CellValue[])[];
  /** The result was cut off; further rows exist. */
  truncated?: boolean;
}

/** Most names listed in one sentence. */
const MOST_LISTED = 5;

/** One to three sentences that say what a result shows. Every figure in them stands in the rows or is computed from them. */
export function describeResult(table: ResultTable, shape: ResultShape): string {
  const { rows, columns } = table;
  if (rows.length === 0) return "No rows match the question.";
  const measure = columns.indexOf(shape.measures[0] ?? "");
  const label = columns.indexOf(shape.time?.column ?? shape.labels[0] ?? "");
  if (rows.length === 1) return describeRow(table, shape, measure);
  if (measure < 0) return describeList(table, Math.max(label, 0));
  const points = rows.flatMap((row) => {
    const value = row[measure];
    return typeof value === "number" && Number.isFinite(value) ? [{ name: nameOf(row, table, shape), value }] : [];
  });
  if (points.length < 2) return describeList(table, Math.max(label, 0));
  const name = readable(columns[measure] ?? "value");
  if (shape.intent === "trend" && shape.labels.filter((own) => own !== shape.time?.column).length === 0)
    return describeTrend(name, points, shape.time?.unit === undefined ? "step" : shape.time.unit);
  return describeGroups(name, points, shape, table.truncated === true);
}

const FIGURE_WORDS: [RegExp, string][] = [
  [/^avg_/, "average "],
  [/^sum_/, "total "],
  [/^min_/, "minimum "],
  [/^max_/, "maximum "],
  [/^stddev_/, "standard deviation of "],
  [/^variance_/, "variance of "],
  [/^count_/, "number of different "],
  [/^growth_percent$/, "growth in percent"],
];

/** A column's name as it is spoken: `avg_age` is "average age". */
function readable(name: string): string {
  const [pattern, words] = FIGURE_WORDS.find(([start]) => start.test(name)) ?? [/^(?!)/, ""];
  return name.replace(pattern, words).replaceAll("_", " ");
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

/** A moment as long as its unit asks for: "April 2023", "Q2 2023". */
function formatMoment(value: CellValue, unit: TimeUnit): string {
  const parts = /^(\d{4})-(\d\d)-\d\d/.exec(String(value ?? ""));
  const month = Number(parts?.[2]) - 1;
  if (parts === null) return formatLabel(value);
  if (unit === "month") return `${MONTHS[month] ?? ""} ${parts[1]}`;
  if (unit === "quarter") return `Q${Math.floor(month / 3) + 1} ${parts[1]}`;
  return unit === "year" ? String(parts[1]) : formatLabel(value);
}

/** A figure as a person writes it: thousands apart, at most two decimals (more for small ones). */
export function formatFigure(value: CellValue): string {
  if (typeof value !== "number") return value === null ? "unknown" : String(value);
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  const [whole = "", decimals = ""] = Math.abs(value).toFixed(digits).split(".");
  const trimmed = decimals.replace(/0+$/, "");
  return `${value < 0 ? "-" : ""}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${trimmed === "" ? "" : `.${trimmed}`}`;
}

function formatLabel(value: CellValue): string {
  if (value === null) return "(missing)";
  if (typeof value === "number") return String(value);
  return String(value).replace(/^(\d{4}-\d\d-\d\d)[ T]00:00:00.*$/, "$1");
}

function nameOf(row: readonly CellValue[], table: ResultTable, shape: ResultShape): string {
  const labels = shape.labels.map((label) => {
    const value = row[table.columns.indexOf(label)] ?? null;
    return label === shape.time?.column ? formatMoment(value, shape.time.unit) : formatLabel(value);
  });
  return labels.length === 0 ? "the row" : labels.join(" / ");
}

function describeRow(table: ResultTable, shape: ResultShape, measure: number): string {
  const [row = []] = table.rows;
  const [value] = row;
  if (table.columns.length === 1) {
    const name = readable(table.columns[0] ?? "answer");
    if (value === null || value === undefined) return `There is no ${name}: no row has a value.`;
    if (shape.intent === "correlation" && typeof value === "number")
      return `The correlation is ${formatFigure(value)}, which is ${strengthOf(value)}.`;
    if (/^percent$/.test(name)) return `It is ${formatFigure(value)} %.`;
    return measure === 0 ? `The ${name} is ${formatFigure(value)}.` : `The answer is ${formatLabel(value)} (${name}).`;
  }
  return `${table.columns.map((column, i) => `${readable(column)}: ${i === measure || typeof row[i] === "number" ? formatFigure(row[i] ?? null) : formatLabel(row[i] ?? null)}`).join(", ")}.`;
}

function strengthOf(value: number): string {
  const size = Math.abs(value);
  const words =
    size >= 0.8
      ? "very strong"
      : size >= 0.6
        ? "strong"
        : size >= 0.4
          ? "moderate"
          : size >= 0.2
            ? "weak"
            : "next to none";
  return size < 0.2 ? words : `${words} and ${value > 0 ? "positive" : "negative"}`;
}

function describeList(table: ResultTable, label: number): string {
  const names = table.rows.slice(0, MOST_LISTED).map((row) => formatLabel(row[label] ?? null));
  const more = table.rows.length - names.length;
  const count = `${table.truncated === true ? "More than " : ""}${formatFigure(table.rows.length)} rows`;
  return `${count}: ${names.join(", ")}${more > 0 ? ` and ${formatFigure(more)} more` : ""}.`;
}

interface Point {
  name: string;
  value: number;
}

function extremes(points: readonly Point[]): { high: Point; low: Point } {
  let [high, low] = [points[0], points[0]];
  for (const point of points) {
    if (high === undefined || point.value > high.value) high = point;
    if (low === undefined || point.value < low.value) low = point;
  }
  const none = { name: "", value: 0 };
  return { high: high ?? none, low: low ?? none };
}

function describeTrend(name: string, points: readonly Point[], unit: string): string {
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined) return "No rows match the question.";
  const { high, low } = extremes(points);
  const steps = points.slice(1).map((point, i) => point.value - (points[i]?.value ?? 0));
  const ups = steps.filter((step) => step > 0).length;
  const downs = steps.filter((step) => step < 0).length;
  const change =
    first.value === 0
      ? ""
      : ` (${last.value >= first.value ? "+" : ""}${formatFigure(((last.value - first.value) / Math.abs(first.value)) * 100)} %)`;
  const at = unit === "day" ? "on" : unit === "step" || unit === "hour" || unit === "week" ? "at" : "in";
  const way = ups === steps.length ? "rose in every" : downs === steps.length ? "fell in every" : undefined;
  const course =
    way === undefined
      ? `${last.value > first.value ? "rose" : last.value < first.value ? "fell" : "ended as it began,"} from ${formatFigure(first.value)} (${first.name}) to ${formatFigure(last.value)} (${last.name})${change}`
      : `${way} ${unit}, from ${formatFigure(first.value)} (${first.name}) to ${formatFigure(last.value)} (${last.name})${change}`;
  const peak =
    high.value === low.value
      ? ""
      : ` It was highest ${at} ${high.name} with ${formatFigure(high.value)} and lowest ${at} ${low.name} with ${formatFigure(low.value)}.`;
  return `The ${name} ${course}.${peak}`;
}

/** "US", "US and CA", "US and 2 others". */
function listNames(points: readonly Point[]): string {
  const [first, second] = points;
  if (second === undefined) return first?.name ?? "";
  return `${first?.name} and ${points.length === 2 ? second.name : `${points.length - 1} others`}`;
}

function describeGroups(name: string, points: readonly Point[], shape: ResultShape, truncated: boolean): string {
  const { high, low } = extremes(points);
  const figure = (value: number): string => `${formatFigure(value)}${shape.intent === "share" ? " %" : ""}`;
  if (high.value === low.value)
    return `The ${name} is ${figure(high.value)} for all ${formatFigure(points.length)} rows.`;
  const holders = (value: number): Point[] => points.filter((point) => point.value === value);
  const [most, least] = [holders(high.value), holders(low.value)];
  const sentences = [
    `${listNames(most)} ${most.length > 1 ? "have" : "has"} the highest ${name} with ${figure(high.value)}, ${listNames(least)} the lowest with ${figure(low.value)}.`,
  ];
  const total = points.reduce((sum, point) => sum + point.value, 0);
  const adds = /^(count|sum)/.test(name) && points.every((point) => point.value >= 0) && total > 0;
  if (adds && !truncated && shape.intent !== "ranking" && most.length === 1)
    sentences.push(
      `${high.name} makes up ${formatFigure((high.value / total) * 100)} % of the total of ${formatFigure(total)} over ${formatFigure(points.length)} groups.`,
    );
  return sentences.join(" ");
}
