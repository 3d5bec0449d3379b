/** The query tree: what the planner builds and the printer prints. Names in it are the tables' own, unquoted. */
import type { CellValue } from "./types.ts";

export type Expression =
  | { kind: "column"; alias: string; name: string }
  | { kind: "star" }
  | { kind: "literal"; value: CellValue }
  | { kind: "date"; value: string }
  | { kind: "call"; fn: string; args: Expression[]; distinct?: boolean; filter?: Predicate }
  | { kind: "binary"; op: "+" | "-" | "*" | "/"; left: Expression; right: Expression }
  | { kind: "cast"; arg: Expression; type: "DOUBLE" | "DATE" | "VARCHAR"; lenient: boolean }
  | { kind: "window"; call: Expression; order: Sort[] }
  | { kind: "case"; when: Predicate; result: Expression; otherwise: Expression }
  | { kind: "subquery"; query: Query };

export type Predicate =
  | { kind: "and" | "or"; parts: Predicate[] }
  | { kind: "not"; part: Predicate }
  | { kind: "compare"; op: "=" | "<>" | "<" | "<=" | ">" | ">="; left: Expression; right: Expression }
  | { kind: "between"; arg: Expression; low: Expression; high: Expression }
  | { kind: "in"; arg: Expression; values: Expression[] }
  | { kind: "inQuery"; arg: Expression; query: Query; negated: boolean }
  | { kind: "like"; arg: Expression; pattern: string }
  | { kind: "null"; arg: Expression; negated: boolean }
  | { kind: "exists"; query: Query; negated: boolean };

export interface Sort {
  by: Expression;
  dir: "asc" | "desc";
}

export interface OutputColumn {
  expr: Expression;
  name: string;
  role: "label" | "measure" | "time";
}

export interface Join {
  table: string;
  alias: string;
  left: { alias: string; name: string };
  right: { alias: string; name: string };
}

export interface SelectQuery {
  kind: "select";
  distinct: boolean;
  output: OutputColumn[];
  from: { table: string; alias: string } | { query: Query; alias: string };
  joins: Join[];
  where: Predicate[];
  group: Expression[];
  having: Predicate[];
  order: Sort[];
  limit?: number;
  /** Rows left out before the limit counts. */
  offset?: number;
}

export interface SetQuery {
  kind: "set";
  op: "INTERSECT" | "EXCEPT" | "UNION";
  left: Query;
  right: Query;
}

export type Query = SelectQuery | SetQuery;

const AGGREGATES = new Set([
  "avg",
  "sum",
  "min",
  "max",
  "median",
  "stddev",
  "variance",
  "mode",
  "count",
  "corr",
  "quantile_cont",
  "arg_min",
  "arg_max",
]);

/** Whether an expression is computed over a group (or is the same for all rows). */
export function isAggregate(expr: Expression): boolean {
  if (expr.kind === "call") return AGGREGATES.has(expr.fn) || (expr.args.length > 0 && expr.args.every(isAggregate));
  if (expr.kind === "binary") return isAggregate(expr.left) && isAggregate(expr.right);
  if (expr.kind === "cast") return isAggregate(expr.arg);
  return expr.kind === "literal" || expr.kind === "date" || expr.kind === "window" || expr.kind === "subquery";
}

/** All predicates hold; one needs no bracket. */
export function allOf(parts: Predicate[]): Predicate | undefined {
  return parts.length <= 1 ? parts[0] : { kind: "and", parts };
}
