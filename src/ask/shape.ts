/** Title and shape of a planned query: what its columns are for, and what picture the question asks for. */
import type { Frame } from "./frame.ts";
import { isTableNoun } from "./grammar/state.ts";
import type { Built } from "./resolve/built.ts";
import type { Expression, Predicate, Query, SelectQuery } from "./tree.ts";
import type { ResultShape } from "./types.ts";

/** The SELECT whose columns the result has. */
export function outputQuery(query: Query): SelectQuery {
  return query.kind === "select" ? query : outputQuery(query.left);
}

/** How the result may be drawn. */
export function shapeOf(frame: Frame, built: Built): ResultShape {
  const { output } = outputQuery(built.query);
  const measures = output.filter((column) => column.role === "measure").map((column) => column.name);
  const labels = output.filter((column) => column.role !== "measure").map((column) => column.name);
  const shape: ResultShape = { intent: intentOf(frame, built, labels, measures), labels, measures };
  if (frame.chart !== undefined) shape.chart = frame.chart;
  if (built.time !== undefined) shape.time = built.time;
  return shape;
}

function intentOf(frame: Frame, built: Built, labels: string[], measures: string[]): ResultShape["intent"] {
  const query = outputQuery(built.query);
  if (frame.correlation) return "correlation";
  if (frame.share) return "share";
  if (frame.distribution) return "distribution";
  if (built.time !== undefined || frame.trend || frame.growth || frame.running) return "trend";
  if (query.limit !== undefined) return measures.length > 0 ? "ranking" : "list";
  if (query.group.length > 0) return "comparison";
  return labels.length === 0 && query.output.some((column) => column.expr.kind === "call") ? "value" : "list";
}

const AGGREGATE_WORDS: Record<string, string> = {
  avg: "Average",
  sum: "Total",
  min: "Lowest",
  max: "Highest",
  median: "Median",
  stddev: "Standard deviation of",
  variance: "Variance of",
  corr: "Correlation of",
};

/** A title for a table or chart: "Average lifetime value by country (churn is false)". */
export function titleOf(query: Query, frame: Frame): string {
  const select = outputQuery(query);
  const counted = frame.wishes.find(
    (wish) =>
      (wish.fn === undefined || wish.fn === "count") && isTableNoun(wish.noun) && /s$/i.test(wish.noun?.text ?? ""),
  )?.noun?.text;
  const grouped = new Set(select.group.map((expr) => JSON.stringify(expr)));
  const figures = select.output.filter((column) => !grouped.has(JSON.stringify(column.expr)));
  const shown = (figures.length > 0 ? figures : select.output)
    .slice(0, 3)
    .map((column) => nameExpression(column.expr, column.name))
    .map((name) => (name === "Number of rows" && counted !== undefined ? `Number of ${counted}` : name));
  const by = select.output
    .filter((column) => grouped.has(JSON.stringify(column.expr)))
    .map((column) => readable(column.expr.kind === "binary" ? column.name.replace(/ from$/, "") : column.name));
  const [name, figure] = shown;
  if (frame.distribution && by.length === 1) shown.splice(0, shown.length, `Distribution of ${by.pop()}`);
  else if (frame.chart === "box" && by.length === 0 && shown.length === 2) shown.splice(0, 2, `${figure} by ${name}`);
  else if (frame.chart === "scatter" && shown.length === 2) shown.splice(0, 2, `${name} and ${figure}`);
  const where = select.where.map(namePredicate).filter((text) => text !== "");
  const title = `${shown.join(", ")}${figures.length > 0 && by.length > 0 ? ` by ${by.join(" and ")}` : ""}${where.length > 0 ? ` (${where.slice(0, 3).join(", ")})` : ""}`;
  return title.charAt(0).toUpperCase() + title.slice(1);
}

function readable(name: string): string {
  return name.replaceAll("_", " ");
}

function nameExpression(expr: Expression, fallback: string): string {
  if (expr.kind === "column") return readable(expr.name);
  if (expr.kind !== "call") return readable(fallback);
  if (expr.fn === "count")
    return expr.args[0]?.kind === "column" && expr.distinct === true
      ? `Number of different ${readable(expr.args[0].name)}`
      : "Number of rows";
  const inner = expr.args.map((arg) =>
    arg.kind === "cast" ? nameExpression(arg.arg, fallback) : nameExpression(arg, fallback),
  );
  const words = AGGREGATE_WORDS[expr.fn];
  return words === undefined ? readable(fallback) : `${words} ${inner.join(" and ")}`;
}

function namePredicate(predicate: Predicate): string {
  if (predicate.kind === "compare" && predicate.right.kind === "literal")
    return predicate.op === "="
      ? `${nameExpression(predicate.left, "")} ${String(predicate.right.value)}`
      : `${nameExpression(predicate.left, "")} ${predicate.op} ${String(predicate.right.value)}`;
  if (predicate.kind === "in")
    return `${nameExpression(predicate.arg, "")} ${predicate.values.map((value) => (value.kind === "literal" ? String(value.value) : "")).join(" or ")}`;
  if (
    predicate.kind === "and" &&
    predicate.parts.every((part) => part.kind === "compare" && part.right.kind === "date")
  ) {
    const [from, to] = predicate.parts.map((part) =>
      part.kind === "compare" && part.right.kind === "date" ? part.right.value : "",
    );
    return namePeriod(from ?? "", to ?? "");
  }
  return "";
}

function namePeriod(from: string, to: string): string {
  const [start, end] = [from.slice(0, 4), to.slice(0, 4)];
  if (from.endsWith("-01-01") && to.endsWith("-01-01") && Number(end) === Number(start) + 1) return start;
  return `${from} to before ${to}`;
}
