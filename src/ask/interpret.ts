/** Says a query tree in plain words, clause by clause, so that the asker can see how the question was understood. */
import type { Expression, OutputColumn, Predicate, Query, SelectQuery, Sort } from "./tree.ts";

const AGGREGATES: Record<string, string> = {
  avg: "the average of",
  sum: "the total of",
  min: "the lowest",
  max: "the highest",
  median: "the median of",
  stddev: "the standard deviation of",
  variance: "the variance of",
  mode: "the most common",
  corr: "the correlation of",
  quantile_cont: "the quantile of",
};
const OPERATORS: Record<string, string> = {
  "=": "is",
  "<>": "is not",
  "<": "is less than",
  "<=": "is at most",
  ">": "is more than",
  ">=": "is at least",
};

/** One or two sentences on what a query does. */
export function interpretQuery(query: Query): string {
  if (query.kind === "set") {
    const glue = { INTERSECT: "that are also in", EXCEPT: "leaving out", UNION: "together with" }[query.op];
    return `${trimEnd(interpretQuery(query.left))}, ${glue}: ${lowerFirst(interpretQuery(query.right))}`;
  }
  return `${sayOutput(query)}${sayWhere(query)}${sayGroups(query)}${sayOrder(query)}.`;
}

function trimEnd(text: string): string {
  return text.replace(/\.$/, "");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function sayTables(query: SelectQuery): string {
  const first = "query" in query.from ? "the rows found by a first query" : `“${query.from.table}”`;
  const joined = query.joins.map((join) => `“${join.table}” (by ${join.left.name} = ${join.right.name})`);
  return joined.length === 0 ? first : `${first} with ${listWords(joined)}`;
}

function sayOutput(query: SelectQuery): string {
  const grouped = new Set(query.group.map((expr) => JSON.stringify(expr)));
  const shown = query.output.filter((column) => !grouped.has(JSON.stringify(column.expr)));
  const names = (shown.length > 0 ? shown : query.output).map(sayColumn);
  return `Shows ${query.distinct ? "the different values of " : ""}${listWords(names)} in ${sayTables(query)}`;
}

function sayColumn(column: OutputColumn): string {
  return sayExpression(column.expr);
}

function sayGroups(query: SelectQuery): string {
  const parts: string[] = [];
  if (query.group.length > 0)
    parts.push(`, for each ${listWords(query.group.map((expr) => sayExpression(expr).replace(/^the /, "")))}`);
  if (query.having.length > 0) parts.push(`, keeping groups where ${query.having.map(sayPredicate).join(" and ")}`);
  return parts.join("");
}

function sayWhere(query: SelectQuery): string {
  return query.where.length === 0 ? "" : `, where ${query.where.map(sayPredicate).join(" and ")}`;
}

function sayOrder(query: SelectQuery): string {
  const sorts = query.order.map((sort) => saySort(sort));
  const order = sorts.length === 0 ? "" : `, ordered by ${listWords(sorts)}`;
  if (query.limit === undefined) return order;
  if (query.offset !== undefined) return `${order}, only number ${query.offset + 1}`;
  return `${order}, only the first ${query.limit === 1 ? "one" : query.limit}`;
}

function saySort(sort: Sort): string {
  return `${sayExpression(sort.by)} (${sort.dir === "desc" ? "highest first" : "lowest first"})`;
}

function sayExpression(expr: Expression): string {
  switch (expr.kind) {
    case "column":
      return expr.name;
    case "star":
      return "all columns";
    case "literal":
      return typeof expr.value === "string" ? `“${expr.value}”` : String(expr.value);
    case "date":
      return expr.value;
    case "call":
      return sayCall(expr);
    case "binary":
      return sayBinary(expr);
    case "cast":
      return sayExpression(expr.arg);
    case "window":
      return sayWindow(expr);
    case "case":
      return `${sayExpression(expr.result)} where ${sayPredicate(expr.when)}${expr.otherwise.kind === "literal" && typeof expr.otherwise.value === "string" ? `, else ${sayExpression(expr.otherwise)}` : ""}`;
    case "subquery":
      return sayScalar(expr.query);
  }
}

function sayCall(expr: Extract<Expression, { kind: "call" }>): string {
  const args = expr.args.map(sayExpression);
  const filter = expr.filter === undefined ? "" : ` where ${sayPredicate(expr.filter)}`;
  if (expr.fn === "count")
    return (
      (expr.args[0]?.kind === "star"
        ? "the number of rows"
        : `the number of ${expr.distinct === true ? "different " : ""}${args[0] ?? ""}`) + filter
    );
  if (expr.fn === "date_trunc") return `the ${String((expr.args[0] as { value?: unknown }).value)} of ${args[1] ?? ""}`;
  if (expr.fn === "date_diff" || expr.fn === "date_sub")
    return `the ${String((expr.args[0] as { value?: unknown }).value)}s from ${args[1] ?? ""} to ${args[2] ?? ""}`;
  if (expr.fn === "corr") return `the correlation of ${args.join(" and ")}`;
  if (expr.fn === "quantile_cont")
    return `the ${Number((expr.args[1] as { value?: unknown }).value) * 100}th percentile of ${args[0] ?? ""}`;
  if (expr.fn === "nullif" || expr.fn === "floor") return args[0] ?? "";
  const words = AGGREGATES[expr.fn];
  return words === undefined ? `the ${expr.fn} of ${args.join(", ")}${filter}` : `${words} ${args.join(", ")}${filter}`;
}

function sayBinary(expr: Extract<Expression, { kind: "binary" }>): string {
  if (
    expr.op === "/" &&
    expr.left.kind === "binary" &&
    expr.left.op === "*" &&
    expr.left.left.kind === "literal" &&
    expr.left.left.value === 100
  ) {
    const part = expr.left.right;
    if (part.kind === "binary" && part.op === "-")
      return `the change of ${sayExpression(part.left)} against the step before, in percent`;
    return `${sayExpression(part)} as a percentage of ${expr.right.kind === "window" ? "the total" : sayExpression(expr.right)}`;
  }
  if (expr.op === "*" && expr.left.kind === "call" && expr.left.fn === "floor")
    return `steps of ${sayExpression(expr.right)} of ${sayExpression((expr.left.args[0] as Extract<Expression, { kind: "binary" }>).left)}`;
  const words = { "+": "plus", "-": "minus", "*": "times", "/": "divided by" }[expr.op];
  return `${sayExpression(expr.left)} ${words} ${sayExpression(expr.right)}`;
}

function sayWindow(expr: Extract<Expression, { kind: "window" }>): string {
  if (expr.call.kind === "call" && expr.call.fn === "sum" && expr.order.length > 0)
    return `the running total of ${expr.call.args.map(sayExpression).join(", ")}`;
  return sayExpression(expr.call);
}

function sayScalar(query: Query): string {
  if (query.kind === "set") return "a computed value";
  const value = query.output[0] === undefined ? "a value" : sayExpression(query.output[0].expr);
  const tables = sayTables(query);
  const row =
    query.limit === 1 && query.offset === undefined && query.order[0] !== undefined
      ? ` of the row with the ${query.order[0].dir === "desc" ? "highest" : "lowest"} ${sayExpression(query.order[0].by)}`
      : "";
  return `${value}${row} in ${tables}${sayWhere(query)}`;
}

function sayPredicate(predicate: Predicate): string {
  switch (predicate.kind) {
    case "and":
    case "or":
      return predicate.parts.map(sayPredicate).join(predicate.kind === "and" ? " and " : " or ");
    case "not":
      return `not (${sayPredicate(predicate.part)})`;
    case "compare":
      return `${sayExpression(predicate.left)} ${OPERATORS[predicate.op] ?? predicate.op} ${sayExpression(predicate.right)}`;
    case "between":
      return `${sayExpression(predicate.arg)} is between ${sayExpression(predicate.low)} and ${sayExpression(predicate.high)}`;
    case "in":
      return `${sayExpression(predicate.arg)} is one of ${listWords(predicate.values.map(sayExpression))}`;
    case "inQuery":
      return sayMembership(predicate);
    case "like":
      return `${sayExpression(predicate.arg)} ${sayPattern(predicate.pattern)}`;
    case "null":
      return `${sayExpression(predicate.arg)} is ${predicate.negated ? "known" : "missing"}`;
    case "exists":
      return predicate.negated ? "there is no related row" : "there is a related row";
  }
}

function sayMembership(predicate: Extract<Predicate, { kind: "inQuery" }>): string {
  const { query } = predicate;
  if (query.kind === "set") return "it is in a computed list";
  const where = query.where.filter((part) => !(part.kind === "null" && part.negated));
  const conditions = where.length === 0 ? "" : ` whose ${where.map(sayPredicate).join(" and ")}`;
  const having = query.having.length === 0 ? "" : ` and ${query.having.map(sayPredicate).join(" and ")}`;
  const order =
    query.order[0] === undefined
      ? ""
      : query.offset !== undefined
        ? `, of which it is number ${query.offset + 1} by ${saySort(query.order[0])}`
        : `, of which it is among the first ${query.limit ?? ""} by ${saySort(query.order[0])}`;
  return `there ${predicate.negated ? "is no" : "is a"} row in ${sayTables(query)}${conditions}${having}${order}`;
}

function sayPattern(pattern: string): string {
  const text = pattern.replace(/^%|%$/g, "").replace(/\\(.)/g, "$1");
  if (pattern.startsWith("%") && pattern.endsWith("%")) return `contains “${text}”`;
  return pattern.startsWith("%") ? `ends with “${text}”` : `starts with “${text}”`;
}

function listWords(words: string[]): string {
  return words.length <= 1 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
