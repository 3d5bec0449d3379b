/** Puts a draft together as one SELECT. */
import type { Table } from "../schema.ts";
import { type Expression, isAggregate, type OutputColumn, type SelectQuery, type Sort } from "../tree.ts";
import { call, columnOf, joinsOf, multiplies, newSelect, pathBetween, Unanswerable } from "./context.ts";
import { isCoarse } from "./dimensions.ts";
import type { Draft } from "./draft.ts";
import { addFilters, addMentions } from "./filters.ts";
import type { Target } from "./name-targets.ts";
import { applyRanking, orderOf } from "./ordering.ts";

/** Puts a draft together as one SELECT. */
export function assemble(draft: Draft): SelectQuery {
  const { context } = draft;
  const { frame } = context;
  const isGrouped = draft.measures.length > 0 || draft.dimensions.length > 0;
  const order: Sort[] = [];
  let limit: number | undefined = frame.limit;
  const output: OutputColumn[] = [];
  const tables = new Set<Table>();
  for (const dimension of draft.dimensions) {
    if (!dimension.hidden) output.push({ expr: dimension.expr, name: dimension.name, role: dimension.role });
    tables.add(dimension.table);
  }
  for (const measure of draft.measures) {
    output.push({ expr: measure.expr, name: measure.name, role: "measure" });
    tables.add(measure.table);
  }
  if (frame.everything && !isGrouped) {
    for (const entry of draft.plain)
      if (entry.target.column === undefined) output.push(...allColumns(entry.target.table));
  }
  for (const { target } of draft.plain) {
    output.push(...plainOutput(target));
    tables.add(target.table);
  }
  if (output.length === 0) {
    output.push(...plainOutput({ table: context.main, score: 1 }));
    tables.add(context.main);
  }
  for (const entry of draft.rankings) limit = applyRanking(draft, entry, order, tables, isGrouped, limit);
  for (const wanted of frame.orders) order.push(...orderOf(draft, wanted, output, tables));
  const root = tables.has(context.main) ? context.main : ([...tables][0] ?? context.main);
  const query = newSelect(root);
  query.output = dedupe(output);
  query.order = limit === undefined ? order : [...order, ...tieBreakers(draft, order, output)];
  if (limit !== undefined) query.limit = limit;
  const skip = draft.rankings[0]?.ranking.skip ?? 0;
  if (limit !== undefined && skip > 0) query.offset = skip;
  for (const { column } of [...draft.measures, ...draft.rankings.map(({ ranking }) => ranking)])
    if (column?.computed !== undefined) tables.add(column.computed.right.table);
  for (const { table } of draft.having) tables.add(table);
  dropRowKeys(draft, tables);
  addFilters(draft, query, tables);
  addMentions(draft, query, tables);
  query.joins = joinsOf(root, pathBetween(context, [root, ...tables]));
  for (const { expr, column } of draft.measures) {
    const repeated =
      column === undefined ? undefined : [...tables].find((table) => multiplies(context, column.table, table));
    if (expr.kind === "call" && expr.fn === "sum" && repeated !== undefined && column !== undefined)
      throw new Unanswerable(
        `Each row of “${column.table.name}” has several in “${repeated.name}”, so that ${column.name} would be added up more than once.`,
      );
  }
  query.output = query.output.map((column) => countOnce(draft, column, tables));
  if (draft.dimensions.length > 0) query.group = dedupeExpressions(draft.dimensions.map((dimension) => dimension.expr));
  if (query.group.length > 0) keepGrouped(query);
  query.having = draft.having.map(({ predicate }) => predicate);
  if (draft.having.length > 0 || draft.outer !== undefined || (limit !== undefined && draft.rankings.length > 0))
    leaveOutNulls(draft, query);
  const counts =
    draft.having.length > 0 || draft.rankings.some(({ ranking }) => ranking.grouped && ranking.column === undefined);
  if (counts && query.joins.length === 0 && isRowEach(draft, root))
    throw new Unanswerable(`Each row of “${root.name}” is a group of its own, so there is nothing to count.`);
  if (draft.having.length > 0 && query.group.length === 0)
    throw new Unanswerable("I do not know which groups that condition is about.");
  query.distinct = !isGrouped && wantsDistinct(draft, query);
  if (draft.dimensions.some((dimension) => dimension.role === "time") && order.length === 0) {
    query.order = draft.dimensions
      .filter((dimension) => dimension.role === "time" && !dimension.hidden)
      .map((dimension) => ({ by: dimension.expr, dir: "asc" as const }));
  }
  return query;
}

/** "members per club" over the classes they booked: each counts once, however many rows the joins make of it. */
function countOnce({ context, measures }: Draft, column: OutputColumn, tables: ReadonlySet<Table>): OutputColumn {
  const { expr } = column;
  const counted = measures.find((measure) => measure.expr === expr)?.table;
  if (expr.kind !== "call" || expr.fn !== "count" || expr.args[0]?.kind !== "star") return column;
  if (counted?.key === undefined || ![...tables].some((table) => multiplies(context, counted, table))) return column;
  return { ...column, expr: { ...expr, args: [columnOf(counted.key)], distinct: true } };
}

/** In a grouped query every column shown is grouped by, and rows are ordered by what a group has one of. */
function keepGrouped(query: SelectQuery): void {
  const known = new Set(query.group.map((expr) => JSON.stringify(expr)));
  for (const { expr } of query.output) {
    if (isAggregate(expr) || known.has(JSON.stringify(expr)) || isComputedFrom(expr, known)) continue;
    known.add(JSON.stringify(expr));
    query.group.push(expr);
  }
  query.order = query.order.map((sort) =>
    isAggregate(sort.by) || known.has(JSON.stringify(sort.by)) || isComputedFrom(sort.by, known)
      ? sort
      : { ...sort, by: call(sort.dir === "desc" ? "max" : "min", sort.by) },
  );
}

/** Whether an expression only combines what is grouped by with aggregates. */
function isComputedFrom(expr: Expression, known: ReadonlySet<string>): boolean {
  if (known.has(JSON.stringify(expr)) || isAggregate(expr)) return true;
  if (expr.kind === "binary") return isComputedFrom(expr.left, known) && isComputedFrom(expr.right, known);
  return expr.kind === "call" && expr.args.every((arg) => isComputedFrom(arg, known));
}

/** "hometowns shared by two teachers": rows of one table are grouped by what is shown, not by their key. */
function dropRowKeys(draft: Draft, tables: ReadonlySet<Table>): void {
  const shown = draft.dimensions.filter((dimension) => !dimension.hidden);
  if (draft.having.length === 0 || tables.size > 1 || shown.length === 0) return;
  draft.dimensions = draft.dimensions.filter(({ column, hidden }) => !hidden || column?.table.key !== column);
}

/** Whether each group is one row: the table's key is grouped by. */
function isRowEach({ dimensions }: Draft, root: Table): boolean {
  return dimensions.some(({ column }) => column?.unique === true && column === root.key);
}

/** Rows without a value are no group that could be "the one with the most". */
function leaveOutNulls(draft: Draft, query: SelectQuery): void {
  for (const { column, hidden } of draft.dimensions) {
    if (column !== undefined && !hidden && (column.info.nulls ?? 0) > 0)
      query.where.push({ kind: "null", arg: columnOf(column), negated: true });
  }
}

/** With a limit, ties among groups are decided by the groups themselves, so that the same question always has the same answer. */
function tieBreakers(draft: Draft, order: readonly Sort[], output: readonly OutputColumn[]): Sort[] {
  const [first] = order;
  if (first === undefined || draft.dimensions.length === 0) return [];
  const by = output.find(
    (column) => column.role !== "measure" || draft.dimensions.some((dimension) => dimension.expr === column.expr),
  )?.expr;
  return by === undefined ||
    order.some((sort) => JSON.stringify(sort.by) === JSON.stringify(by)) ||
    !draft.dimensions.some((dimension) => JSON.stringify(dimension.expr) === JSON.stringify(by))
    ? []
    : [{ by, dir: first.dir }];
}

function dedupe(output: OutputColumn[]): OutputColumn[] {
  const seen = new Set<string>();
  return output.filter((column) => {
    const key = JSON.stringify(column.expr);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function dedupeExpressions(exprs: Expression[]): Expression[] {
  const seen = new Set<string>();
  return exprs.filter((expr) => !seen.has(JSON.stringify(expr)) && seen.add(JSON.stringify(expr)));
}

function allColumns(table: Table): OutputColumn[] {
  return table.columns.map((column) => ({
    expr: columnOf(column),
    name: column.name,
    role: column.numeric && !column.identifier ? ("measure" as const) : ("label" as const),
  }));
}

function plainOutput(target: Target): OutputColumn[] {
  const column = target.column ?? target.table.label ?? target.table.key;
  if (column !== undefined) {
    const rest = target.column === undefined || target.general === true ? target.table.labelRest : undefined;
    return [column, ...(rest === undefined ? [] : [rest])].map((own) => ({
      expr: columnOf(own),
      name: own.name,
      role: own.numeric && !own.identifier ? ("measure" as const) : ("label" as const),
    }));
  }
  return target.table.columns.map((own) => ({
    expr: columnOf(own),
    name: own.name,
    role: own.numeric && !own.identifier ? ("measure" as const) : ("label" as const),
  }));
}

function wantsDistinct(draft: Draft, query: SelectQuery): boolean {
  const { frame } = draft.context;
  if (draft.plain.length === 0) return false;
  if (frame.distinct || draft.plain.some(({ wish }) => wish.distinct)) return true;
  if (query.order.length > 0 || query.limit !== undefined) return false;
  const coarse = draft.plain.every(({ target }) => target.column !== undefined && isCoarse(target.column));
  const noOwner = draft.plain.every(({ wish }) => (wish.noun?.owners.length ?? 0) === 0);
  return coarse && noOwner && draft.plain.length === 1;
}
