/** What building a query needs to know and remember. */
import { computedExpression } from "../computed.ts";
import type { Condition, Frame } from "../frame.ts";
import { connectTables, type Edge, type JoinGraph } from "../joins.ts";
import type { Column, Schema, Table } from "../schema.ts";
import type { Expression, Join, Predicate, SelectQuery } from "../tree.ts";
import type { Assignment } from "./assign.ts";

/** The question cannot be turned into a query; the message is a sentence for the asker. */
export class Unanswerable extends Error {
  override readonly name = "Unanswerable";
}

export interface Context {
  schema: Schema;
  graph: JoinGraph;
  frame: Frame;
  settled: Assignment;
  /** Decisions the question left open, in plain words. */
  assumptions: string[];
  /** Conditions that others have taken into themselves. */
  consumed: Set<Condition>;
  /** The table the answer is about. */
  main: Table;
}

/** A predicate with the tables it speaks of. */
export interface Placed {
  predicate: Predicate;
  tables: Set<Table>;
  columns: Column[];
}

export function columnOf(column: Column): Expression {
  if (column.computed !== undefined) return computedExpression(column.computed, columnOf);
  return { kind: "column", alias: column.table.name, name: column.name };
}

/** The column as a number: text that holds numbers is cast. */
export function numberOf(column: Column): Expression {
  return column.numberText ? { kind: "cast", arg: columnOf(column), type: "DOUBLE", lenient: true } : columnOf(column);
}

export function call(fn: string, ...args: Expression[]): Expression {
  return { kind: "call", fn, args };
}

/** Refuses to compute on text. */
export function requireNumbers(fn: string, column: Column): void {
  if ((fn === "avg" || fn === "sum") && column.temporal)
    throw new Unanswerable(`“${column.name}” holds dates, which cannot be ${fn === "avg" ? "averaged" : "added up"}.`);
  if (fn === "min" || fn === "max" || fn === "mode" || fn === "count" || column.numeric || column.numberText) return;
  throw new Unanswerable(`“${column.name}” holds no numbers, so it has no ${fn}.`);
}

export function note(context: Context, assumption: string): void {
  if (!context.assumptions.includes(assumption)) context.assumptions.push(assumption);
}

/** The edges that connect tables, the first one as root. */
export function pathBetween(context: Context, tables: readonly Table[]): Edge[] {
  const edges = connectTables(context.graph, tables);
  if (edges === undefined) {
    const names = tables.map((table) => `“${table.name}”`).join(" and ");
    throw new Unanswerable(`I found no column that connects ${names}, so I cannot combine them.`);
  }
  return edges;
}

/** Joins in the order the edges were found, each new table once. */
export function joinsOf(root: Table, edges: readonly Edge[]): Join[] {
  const inside = new Set<Table>([root]);
  const joins: Join[] = [];
  const waiting = [...edges];
  while (waiting.length > 0) {
    const index = waiting.findIndex((edge) => inside.has(edge.from.table) || inside.has(edge.to.table));
    const edge = waiting.splice(Math.max(index, 0), 1)[0];
    if (edge === undefined || index < 0) break;
    if (inside.has(edge.from.table) && inside.has(edge.to.table)) continue;
    const [old, fresh] = inside.has(edge.from.table) ? [edge.from, edge.to] : [edge.to, edge.from];
    inside.add(fresh.table);
    joins.push({
      table: fresh.table.name,
      alias: fresh.table.name,
      left: { alias: fresh.table.name, name: fresh.name },
      right: { alias: old.table.name, name: old.name },
    });
  }
  return joins;
}

/** Whether joining `other` to `from` can repeat rows of `from`. */
export function multiplies(context: Context, from: Table, other: Table): boolean {
  if (from === other) return false;
  let at = from;
  for (const edge of connectTables(context.graph, [from, other]) ?? []) {
    const forward = edge.from.table === at;
    if (!forward && !edge.from.unique) return true;
    if (forward && !edge.to.unique) return true;
    at = forward ? edge.to.table : edge.from.table;
  }
  return false;
}

export function newSelect(table: Table): SelectQuery {
  return {
    kind: "select",
    distinct: false,
    output: [],
    from: { table: table.name, alias: table.name },
    joins: [],
    where: [],
    group: [],
    having: [],
    order: [],
  };
}

/**
 * "There are related rows in these tables that fulfil the predicates": `root.key IN (SELECT … FROM related …)`.
 * `having` restricts how many there are.
 */
export function relatedRows(
  context: Context,
  root: Table,
  tables: readonly Table[],
  where: Predicate[],
  options: { negated: boolean; having?: Predicate; order?: { by: Expression; dir: "asc" | "desc"; limit: number } },
): Predicate {
  const others = tables.filter((table) => table !== root);
  const edges = pathBetween(context, [root, ...others]);
  const touching = edges.filter((edge) => edge.from.table === root || edge.to.table === root);
  const [edge] = touching;
  let outer: Column;
  let query: SelectQuery;
  if (edge === undefined || touching.length > 1 || tables.includes(root)) {
    const key = root.key ?? touching[0]?.[touching[0].from.table === root ? "from" : "to"] ?? root.columns[0];
    if (key === undefined) throw new Unanswerable(`The table “${root.name}” has no columns.`);
    outer = key;
    query = newSelect(root);
    query.joins = joinsOf(root, edges);
    query.output = [{ expr: columnOf(key), name: key.name, role: "label" }];
  } else {
    const [own, other] = edge.from.table === root ? [edge.from, edge.to] : [edge.to, edge.from];
    outer = own;
    query = newSelect(other.table);
    query.joins = joinsOf(
      other.table,
      edges.filter((candidate) => candidate !== edge),
    );
    query.output = [{ expr: columnOf(other), name: other.name, role: "label" }];
  }
  query.where = [...where];
  const [inner] = query.output;
  if (inner === undefined) throw new Unanswerable(`The table “${root.name}” has no columns.`);
  if (options.having !== undefined || options.order !== undefined) query.group = [inner.expr];
  if (options.having !== undefined) query.having = [options.having];
  if (options.order !== undefined) {
    query.order = [{ by: options.order.by, dir: options.order.dir }];
    query.limit = options.order.limit;
  }
  if (options.negated) query.where.push({ kind: "null", arg: inner.expr, negated: true });
  const found: Predicate = { kind: "inQuery", arg: columnOf(outer), query, negated: options.negated };
  if (!options.negated || (outer.info.nulls ?? 0) === 0) return found;
  return { kind: "or", parts: [{ kind: "null", arg: columnOf(outer), negated: false }, found] };
}
