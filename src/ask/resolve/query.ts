/** Builds the query tree of a frame whose names are settled. */
import type { Condition, Frame, Superlative, Wish } from "../frame.ts";
import { inferJoins } from "../joins.ts";
import type { AggregateName } from "../phrases.ts";
import type { Column, Schema, Table } from "../schema.ts";
import {
  type Expression,
  isAggregate,
  type OutputColumn,
  type Predicate,
  type Query,
  type SelectQuery,
  type Sort,
} from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import { buildAnalysis } from "./analysis.ts";
import { answerAsk } from "./ask-words.ts";
import { type Assignment, assignTargets } from "./assign.ts";
import {
  type Context,
  call,
  columnOf,
  joinsOf,
  multiplies,
  newSelect,
  note,
  numberOf,
  type Placed,
  pathBetween,
  relatedRows,
  Unanswerable,
} from "./context.ts";
import { findContradiction } from "./contradiction.ts";
import {
  amountOf,
  impliedAggregate,
  isAdditive,
  type Measure,
  measureOf,
  partExpression,
  timeExpression,
} from "./measures.ts";
import { havingPredicate, placeConditions } from "./predicates.ts";
import { type Ranking, rankingOf, sortOf, superlativeFilter } from "./superlative.ts";
import { listVariables, type Target } from "./targets.ts";

export interface Built {
  query: Query;
  context: Context;
  time?: { column: string; unit: TimeUnit };
}

/** One thing rows are grouped by. */
export interface Dimension {
  expr: Expression;
  name: string;
  role: "label" | "time";
  table: Table;
  column?: Column;
  unit?: TimeUnit;
  /** Grouped by, but not shown (the key behind a label). */
  hidden: boolean;
}

/** What is gathered before the tree is put together. */
export interface Draft {
  context: Context;
  dimensions: Dimension[];
  measures: Measure[];
  plain: { wish: Wish; target: Target }[];
  placed: Placed[];
  having: Predicate[];
  rankings: { superlative: Superlative; ranking: Ranking }[];
  /** An aggregate over the groups' figures ("the average number of orders per customer"). */
  outer?: AggregateName;
}

/** Settles a frame and builds its query. Throws {@link Unanswerable} when that is impossible. */
export function buildQuery(frame: Frame, schema: Schema): Built {
  const graph = inferJoins(schema);
  answerAsk(frame, schema);
  const settled = assignTargets(listVariables(frame, schema), graph);
  const context: Context = {
    schema,
    graph,
    frame,
    settled,
    assumptions: [],
    consumed: new Set(),
    main: chooseMain(frame, settled, schema),
  };
  const split = findContradiction(context);
  if (split !== undefined) {
    const left = makeDraft(context, split.left);
    const right = makeDraft({ ...context, consumed: new Set() }, split.right);
    if (left.measures.length === 0)
      return finish(left, {
        kind: "set",
        op: split.op,
        left: unordered(assemble(left)),
        right: unordered(assemble(right)),
      });
  }
  const draft = makeDraft(context);
  const analysis = buildAnalysis(draft, assemble);
  if (analysis !== undefined) return analysis;
  return finish(draft, draft.outer === undefined ? assemble(draft) : aggregateGroups(draft, draft.outer));
}

/** One figure over the figures of all groups. */
function aggregateGroups(draft: Draft, fn: AggregateName): Query {
  const inner = assemble(draft);
  const measure = inner.output.find((column) => column.role === "measure");
  if (measure === undefined || inner.group.length === 0)
    throw new Unanswerable("I do not know over which groups to take that figure.");
  const expr = call(fn, { kind: "column", alias: "groups", name: measure.name });
  return {
    kind: "select",
    distinct: false,
    output: [{ expr, name: `${fn}_${measure.name}`, role: "measure" }],
    from: { query: { ...inner, order: [] }, alias: "groups" },
    joins: [],
    where: [],
    group: [],
    having: [],
    order: [],
  };
}

function finish(draft: Draft, query: Query): Built {
  const time = draft.dimensions.find((dimension) => dimension.unit !== undefined && !dimension.hidden);
  return {
    query,
    context: draft.context,
    ...(time?.unit === undefined ? {} : { time: { column: time.name, unit: time.unit } }),
  };
}

function chooseMain(frame: Frame, settled: Assignment, schema: Schema): Table {
  const wishes = [...frame.wishes].sort((a, b) => Number(a.fn !== undefined) - Number(b.fn !== undefined));
  for (const wish of wishes) {
    const target = settled.get(wish.noun);
    if (target !== undefined) return target.table;
  }
  const nouns = [
    ...frame.superlatives.flatMap((s) => [s.about, s.noun, s]),
    ...frame.mentions,
    ...frame.groups.flatMap((group) => [group.noun, group]),
    ...frame.conditions.flatMap((c) => [c, "noun" in c ? c.noun : undefined, c.about]),
  ];
  for (const noun of nouns) {
    const target = settled.get(noun);
    if (target !== undefined) return target.table;
  }
  const [only] = schema.tables;
  if (only === undefined) throw new Unanswerable("There are no tables to ask about.");
  return schema.tables.length === 1 ? only : schema.tables.reduce((a, b) => (b.info.rows > a.info.rows ? b : a));
}

/** A set operation takes queries without order. */
function unordered(query: SelectQuery): SelectQuery {
  const { limit, ...rest } = query;
  return limit === undefined ? { ...rest, order: [] } : query;
}

function makeDraft(context: Context, conditions: readonly Condition[] = context.frame.conditions): Draft {
  const { frame } = context;
  const draft: Draft = { context, dimensions: [], measures: [], plain: [], placed: [], having: [], rankings: [] };
  sortWishes(draft);
  amountsOfTables(draft);
  draft.placed = placeConditions(context, conditions);
  for (const condition of conditions) {
    const having = havingPredicate(context, condition);
    if (having !== undefined) draft.having.push(having.predicate);
  }
  for (const superlative of frame.superlatives)
    draft.rankings.push({ superlative, ranking: rankingOf(context, superlative) });
  addGroups(draft);
  dimensionsFromWishes(draft);
  bestOfEachGroup(draft);
  rankGroups(draft);
  if (frame.compares) showCompared(draft);
  sumObservations(draft);
  return draft;
}

/** "monthly sales": a table named after amounts, asked for over time or by group, stands for its amounts. */
function amountsOfTables(draft: Draft): void {
  const { frame } = draft.context;
  if (frame.groups.length === 0 && !frame.trend && !frame.growth && !frame.running) return;
  for (const entry of draft.plain) {
    const amount =
      entry.target.column === undefined && entry.wish.noun !== undefined
        ? amountOf(entry.target.table, entry.wish.noun.text)
        : undefined;
    if (amount !== undefined) entry.target = { ...entry.target, column: amount };
  }
}

/** "the lightest car of each origin": the best row's name within each group. */
function bestOfEachGroup(draft: Draft): void {
  const { context } = draft;
  const [entry] = draft.rankings;
  const [only] = draft.plain;
  const column = only?.target.column ?? only?.target.table.label;
  if (
    entry === undefined ||
    only === undefined ||
    column === undefined ||
    draft.plain.length > 1 ||
    draft.rankings.length > 1 ||
    draft.measures.length > 0
  )
    return;
  const { ranking } = entry;
  if (
    context.frame.groups.length === 0 ||
    ranking.grouped ||
    ranking.n !== 1 ||
    ranking.column === undefined ||
    ranking.column.table !== column.table
  )
    return;
  const targets = context.frame.groups.map((group) => context.settled.get(group.noun));
  if (targets.some((target) => target?.column === undefined || !isCoarse(target.column) || target.column === column))
    return;
  draft.dimensions = targets.flatMap((target) =>
    target === undefined ? [] : dimensionsOf({ ...draft, plain: [] }, target),
  );
  draft.measures = [
    {
      expr: call(ranking.dir === "desc" ? "arg_max" : "arg_min", columnOf(column), ranking.by),
      name: column.name,
      column,
      table: column.table,
    },
  ];
  draft.plain = [];
  draft.rankings = [];
}

/** "Which month had the most precipitation": the measure is taken for each group before groups are ranked. */
function rankGroups(draft: Draft): void {
  if (draft.dimensions.length === 0 || draft.measures.length > 0 || draft.plain.length > 0) return;
  for (const entry of draft.rankings) {
    const { column } = entry.ranking;
    if (entry.ranking.grouped || column === undefined) continue;
    entry.ranking = {
      ...entry.ranking,
      grouped: true,
      by: call(impliedAggregate(draft.context, column), numberOf(column)),
    };
  }
}

/** "deaths from floods": one amount of a table of mere observations is wanted as a whole. */
function sumObservations(draft: Draft): void {
  const { context } = draft;
  const { frame } = context;
  const [only] = draft.plain;
  const column = only?.target.column;
  if (
    only === undefined ||
    column === undefined ||
    draft.plain.length > 1 ||
    !isAdditive(column) ||
    column.table.label !== undefined
  )
    return;
  if (
    draft.dimensions.length > 0 ||
    draft.rankings.length > 0 ||
    draft.measures.length > 0 ||
    frame.orders.length > 0 ||
    only.wish.distinct ||
    frame.trend ||
    frame.growth ||
    frame.running ||
    frame.correlation ||
    frame.ratio ||
    frame.share ||
    frame.distribution
  )
    return;
  if (draft.placed.some((placed) => placed.columns.includes(column)) || frame.conditions.length === 0) return;
  draft.measures.push(measureOf(context, { ...only.wish, fn: "sum" }, only.target));
  draft.plain = [];
  note(context, `“${column.name}” is added up over all rows that fit.`);
}

/** Wishes become measures (with an aggregate) or plain columns. */
function sortWishes(draft: Draft): void {
  const { context } = draft;
  const { frame } = context;
  for (const wish of frame.wishes) {
    const target = context.settled.get(wish.noun);
    if (wish.noun !== undefined && target === undefined)
      throw new Unanswerable(`I do not know what “${wish.noun.text}” refers to in these tables.`);
    if (wish.fn === undefined) {
      if (target !== undefined) draft.plain.push({ wish, target });
      continue;
    }
    const isNumber =
      target?.column !== undefined &&
      (target.column.numeric || target.column.numberText) &&
      !target.column.identifier &&
      !target.column.year;
    if (wish.asked === true && isNumber && target?.column !== undefined) {
      const counts = wish.fn === "count" && !isAdditive(target.column) && !picksRow(draft);
      if (counts) {
        draft.measures.push({
          expr: call("count", columnOf(target.column)),
          name: "count",
          column: target.column,
          table: target.table,
        });
        continue;
      }
      if (picksRow(draft)) draft.plain.push({ wish, target });
      else
        draft.measures.push(
          measureOf(context, { ...wish, fn: wish.fn === "count" || wish.fn === "sum" ? "sum" : wish.fn }, target),
        );
      continue;
    }
    if (wish.asked === true && wish.fn !== "count" && wish.fn !== "sum" && !isNumber) {
      draft.outer = wish.fn;
      draft.measures.push(measureOf(context, { ...wish, fn: "count" }, target));
      continue;
    }
    draft.measures.push(measureOf(context, wish, target));
  }
  if (frame.perGroup !== undefined && draft.measures.length === 1 && frame.groups.length > 0)
    draft.outer = frame.perGroup;
  const extremes = frame.wishes.filter((wish) => wish.fn === "max" || wish.fn === "min");
  if (
    draft.plain.length > 0 &&
    extremes.length === 1 &&
    draft.measures.length === 1 &&
    frame.groups.length === 0 &&
    !hasEachWord(frame)
  ) {
    const [measure] = draft.measures;
    const [wish] = extremes;
    if (
      measure?.column !== undefined &&
      wish?.noun !== undefined &&
      !frame.superlatives.some((superlative) => superlative.noun === wish.noun)
    ) {
      draft.measures = [];
      draft.plain.push({ wish, target: { table: measure.table, column: measure.column, score: 1 } });
      frame.superlatives.push({
        dir: wish.fn === "max" ? "desc" : "asc",
        n: 1,
        noun: wish.noun,
        counts: false,
        counted: false,
        text: wish.text,
      });
    }
  }
}

function hasEachWord(frame: Frame): boolean {
  return frame.groups.length > 0;
}

/** Whether the conditions leave one row, so that "how many cylinders" asks for its value. */
function picksRow(draft: Draft): boolean {
  const { frame, settled } = draft.context;
  if (frame.superlatives.some((superlative) => !superlative.counts && superlative.n === 1)) return true;
  return frame.conditions.some((condition) => {
    const column = condition.kind === "value" ? settled.get(condition)?.column : undefined;
    return (
      column !== undefined && (column.unique || column === column.table.label) && column.table === draft.context.main
    );
  });
}

function addGroups(draft: Draft): void {
  const { context } = draft;
  const { frame } = context;
  const topical = frame.trend || frame.growth || frame.running;
  for (const group of frame.groups) {
    if (group.unit !== undefined || group.part !== undefined) {
      const column = context.settled.get(group)?.column;
      if (column === undefined)
        throw new Unanswerable(`There is no date in these tables to group by ${group.unit ?? group.part}.`);
      const isYear = column.year && !column.temporal;
      const expr =
        group.part !== undefined ? partExpression(column, group.part) : timeExpression(column, group.unit ?? "day");
      draft.dimensions.push({
        expr,
        name: isYear ? column.name : (group.part ?? group.unit ?? "day"),
        role: group.part === undefined ? "time" : "label",
        table: column.table,
        column,
        hidden: false,
        ...(group.unit === undefined ? {} : { unit: group.unit }),
      });
      continue;
    }
    const target = context.settled.get(group.noun);
    if (target === undefined)
      throw new Unanswerable(`I do not know what “${group.noun?.text ?? ""}” to group by refers to.`);
    draft.dimensions.push(...dimensionsOf(draft, target));
  }
  if (draft.dimensions.length === 0 || draft.measures.length > 0) return;
  const numeric = draft.plain.filter(
    ({ target }) =>
      target.column !== undefined &&
      (target.column.numeric || target.column.numberText) &&
      !target.column.identifier &&
      !draft.dimensions.some((dimension) => dimension.column === target.column),
  );
  const entityOnly = draft.plain.length > 0 && draft.plain.every(({ target }) => target.column === undefined);
  const coarse =
    draft.dimensions.every(
      (dimension) =>
        dimension.unit !== undefined ||
        dimension.role === "time" ||
        (dimension.column !== undefined && !dimension.column.unique && !dimension.hidden),
    ) && !draft.dimensions.some((dimension) => dimension.hidden);
  if (numeric.length > 0 && (coarse || topical)) {
    for (const { wish, target } of numeric) {
      if (target.column === undefined) continue;
      draft.measures.push(measureOf(context, { ...wish, fn: impliedAggregate(context, target.column) }, target));
    }
    draft.plain = draft.plain.filter((entry) => !numeric.includes(entry));
  } else if (coarse && draft.rankings.length > 0 && draft.plain.length > 0) {
    return;
  } else if ((entityOnly && coarse) || draft.plain.length === 0) {
    const hasRank = draft.rankings.length > 0;
    if (!hasRank || entityOnly) {
      draft.measures.push(measureOf(context, { fn: "count", distinct: false, text: "count" }, draft.plain[0]?.target));
      draft.plain = [];
    }
  } else {
    const plainTables = new Set(draft.plain.map(({ target }) => target.table));
    const extra = draft.dimensions.filter((dimension) => !plainTables.has(dimension.table));
    if (
      draft.plain.every(({ target }) => target.column !== undefined && isCoarse(target.column)) &&
      draft.dimensions.some(
        (dimension) =>
          !dimension.hidden &&
          dimension.column !== undefined &&
          isCoarse(dimension.column) &&
          !plainNames(draft, dimension.column),
      )
    ) {
      draft.measures.push(measureOf(context, { fn: "count", distinct: false, text: "count" }, undefined));
      note(context, "Each combination is counted.");
      return;
    }
    if (extra.length > 0 || !draft.rankings.some(({ ranking }) => ranking.grouped)) draft.dimensions = [];
  }
}

function plainNames(draft: Draft, column: Column): boolean {
  return draft.plain.some(({ target }) => target.column === column);
}

/** The dimensions a target stands for: a column, or a table's label with its key. */
function dimensionsOf(draft: Draft, target: Target): Dimension[] {
  const { column, table } = target;
  if (column !== undefined)
    return [
      {
        expr: columnOf(column),
        name: column.name,
        role: column.temporal || column.year ? "time" : "label",
        table,
        column,
        hidden: false,
      },
    ];
  const shown = draft.plain.some((entry) => entry.target.table === table);
  const label = table.label ?? table.key ?? table.columns[0];
  const dimensions: Dimension[] = [];
  if (label !== undefined)
    dimensions.push({
      expr: columnOf(label),
      name: label.name,
      role: "label",
      table,
      column: label,
      hidden: shown && !draft.plain.some((entry) => entry.target.column === undefined),
    });
  if (table.key !== undefined && table.key !== label && label?.unique !== true)
    dimensions.push({
      expr: columnOf(table.key),
      name: table.key.name,
      role: "label",
      table,
      column: table.key,
      hidden: true,
    });
  return dimensions;
}

/** Plain columns beside measures (or ranked by a count) are what rows are grouped by. */
function dimensionsFromWishes(draft: Draft): void {
  const ordered = draft.context.frame.orders.some((order) => order.fn !== undefined);
  const grouped =
    draft.measures.length > 0 || draft.having.length > 0 || ordered || draft.rankings.some(({ ranking }) => ranking.grouped);
  if (!grouped || draft.plain.length === 0) return;
  if (
    draft.measures.length === 0 &&
    draft.having.length === 0 &&
    !ordered &&
    draft.rankings.every(({ superlative, ranking }) => !ranking.grouped || !ranksWishes(draft, superlative, ranking))
  )
    return;
  const own: Dimension[] = [];
  const counted = draft.measures[0]?.table ?? draft.rankings.find(({ ranking }) => ranking.grouped)?.ranking.tables[0];
  for (const { target } of draft.plain) {
    for (const dimension of dimensionsOf({ ...draft, plain: [] }, target)) {
      if (!own.some((other) => other.column === dimension.column)) own.push(dimension);
    }
    const { table, column } = target;
    const names = column !== undefined && (column === table.label || column.unique) && !column.identifier;
    if (names && table !== counted && table.key !== undefined && !own.some((other) => other.column === table.key)) {
      own.push({
        expr: columnOf(table.key),
        name: table.key.name,
        role: "label",
        table,
        column: table.key,
        hidden: true,
      });
    }
  }
  const rest = draft.dimensions.filter(
    (dimension) =>
      !own.some(
        (other) => other.column === dimension.column && other.column !== undefined && dimension.unit === undefined,
      ),
  );
  draft.dimensions = [...own, ...rest];
  draft.plain = [];
}

/** Whether a counting superlative ranks what is wished for (and not some other thing the rows are filtered by). */
function ranksWishes(draft: Draft, superlative: Superlative, ranking: Ranking): boolean {
  const about = superlative.about === undefined ? undefined : draft.context.settled.get(superlative.about);
  if (about === undefined || superlative.about === undefined) return true;
  if (draft.plain.some(({ target }) => target.table === about.table)) return true;
  if (ranking.tables.includes(about.table)) return true;
  return !draft.plain.some(({ target }) => multiplies(draft.context, about.table, target.table));
}

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
  addFilters(draft, query, tables);
  addMentions(draft, query, tables);
  query.joins = joinsOf(root, pathBetween(context, [root, ...tables]));
  if (draft.dimensions.length > 0) query.group = dedupeExpressions(draft.dimensions.map((dimension) => dimension.expr));
  if (query.group.length > 0) keepGrouped(query);
  query.having = draft.having;
  if (draft.having.length > 0 || (limit !== undefined && draft.rankings.length > 0)) leaveOutNulls(draft, query);
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

/** "Compare the fertility of France and Germany": which is which has to be seen. */
function showCompared(draft: Draft): void {
  const { context } = draft;
  if (draft.dimensions.length > 0) return;
  for (const condition of context.frame.conditions) {
    const target =
      condition.kind === "value" && condition.choices.length > 1 ? context.settled.get(condition) : undefined;
    if (condition.kind !== "value" || target?.column === undefined) continue;
    if (draft.measures.length > 0) draft.dimensions.push(...dimensionsOf(draft, target));
    else draft.plain.unshift({ wish: { distinct: false, text: condition.text }, target });
  }
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

function plainOutput(target: Target): OutputColumn[] {
  const column = target.column ?? target.table.label ?? target.table.key;
  if (column !== undefined)
    return [
      { expr: columnOf(column), name: column.name, role: column.numeric && !column.identifier ? "measure" : "label" },
    ];
  return target.table.columns.map((own) => ({
    expr: columnOf(own),
    name: own.name,
    role: own.numeric && !own.identifier ? ("measure" as const) : ("label" as const),
  }));
}

/** Turns a superlative into an order with a limit, or into a filter. Gives the limit that holds afterwards. */
function applyRanking(
  draft: Draft,
  entry: Draft["rankings"][number],
  order: Sort[],
  tables: Set<Table>,
  isGrouped: boolean,
  limit: number | undefined,
): number | undefined {
  const { context } = draft;
  const { superlative, ranking } = entry;
  const finite = Number.isFinite(ranking.n) ? ranking.n : undefined;
  const total = isGrouped && draft.dimensions.length === 0;
  if (total || (ranking.grouped && draft.dimensions.length === 0)) {
    draft.placed.push(superlativeFilter(context, superlative));
    return limit;
  }
  if (isGrouped && !ranking.grouped) {
    const same = draft.measures.find((measure) => measure.column !== undefined && measure.column === ranking.column);
    if (same !== undefined) {
      order.push({ by: same.expr, dir: ranking.dir });
      return finite ?? limit;
    }
    const column = ranking.column;
    if (column !== undefined && draft.dimensions.some((dimension) => dimension.column === column)) {
      order.push(sortOf(ranking));
      return finite ?? limit;
    }
    draft.placed.push(superlativeFilter(context, superlative));
    return limit;
  }
  if (!isGrouped && sumsUp(draft, ranking) && ranking.column !== undefined) {
    const [wish] = draft.plain;
    if (wish?.target.column !== undefined) {
      note(context, `“${ranking.column.name}” is added up for each ${wish.target.column.name}.`);
      draft.dimensions.push({
        expr: columnOf(wish.target.column),
        name: wish.target.column.name,
        role: "label",
        table: wish.target.table,
        column: wish.target.column,
        hidden: true,
      });
      order.push({ by: call("sum", numberOf(ranking.column)), dir: ranking.dir });
      for (const table of ranking.tables) tables.add(table);
      return finite ?? limit;
    }
  }
  if (!isGrouped && ranking.tables.some((table) => [...tables].some((own) => multiplies(context, table, own)))) {
    draft.placed.push(superlativeFilter(context, superlative));
    return limit;
  }
  order.push(sortOf(ranking));
  for (const table of ranking.tables) tables.add(table);
  return finite ?? limit;
}

/** "Which region has the highest population": amounts are added up when the column asked for does not name single rows. */
function sumsUp(draft: Draft, ranking: Ranking): boolean {
  const [only, ...more] = draft.plain;
  if (only?.target.column === undefined || more.length > 0 || ranking.column === undefined) return false;
  const { column, table } = only.target;
  return (
    table === ranking.column.table &&
    isCoarse(column) &&
    isAdditive(ranking.column) &&
    (column.info.distinct ?? 0) < table.info.rows * 0.5
  );
}

function orderOf(draft: Draft, wanted: Frame["orders"][number], output: OutputColumn[], tables: Set<Table>): Sort[] {
  const { context } = draft;
  const target = context.settled.get(wanted.noun);
  const grouped = draft.measures.length > 0 || draft.dimensions.length > 0;
  if (wanted.fn === "count")
    return [
      {
        by: draft.measures.find((measure) => measure.name.startsWith("count"))?.expr ?? call("count", { kind: "star" }),
        dir: wanted.dir,
      },
    ];
  if (target === undefined) {
    const first =
      wanted.noun === undefined && draft.measures.length > 0 && (wanted.dir === "desc" || wanted.byMeasure === true)
        ? output.find((column) => column.role === "measure")
        : output[0];
    return first === undefined ? [] : [{ by: first.expr, dir: wanted.dir }];
  }
  const column = target.column ?? target.table.label;
  if (column === undefined) return [];
  if (grouped && !draft.dimensions.some((dimension) => dimension.column === column && dimension.unit === undefined)) {
    const same =
      draft.measures.find((measure) => measure.column === column) ??
      (target.column === undefined ? draft.measures[0] : undefined);
    if (same !== undefined) return [{ by: same.expr, dir: wanted.dir }];
    const time = draft.dimensions.find((dimension) => dimension.column === column);
    if (time !== undefined) return [{ by: time.expr, dir: wanted.dir }];
    return [{ by: call(wanted.fn ?? (column.numeric ? "avg" : "min"), numberOf(column)), dir: wanted.dir }];
  }
  tables.add(column.table);
  return [{ by: column.numberText ? numberOf(column) : columnOf(column), dir: wanted.dir }];
}

/** Filters on tables that would repeat rows of an aggregate become "there is a related row"; the others are joined. */
function addFilters(draft: Draft, query: SelectQuery, tables: Set<Table>): void {
  const { context } = draft;
  const core = [...tables];
  const related: Placed[] = [];
  for (const placed of draft.placed) {
    const extra = [...placed.tables].filter((table) => !tables.has(table));
    const repeats = extra.some((table) => core.some((own) => multiplies(context, own, table)));
    if (repeats) related.push(placed);
    else {
      query.where.push(placed.predicate);
      for (const table of extra) tables.add(table);
    }
  }
  while (related.length > 0) {
    const [first] = related;
    if (first === undefined) break;
    const together = related.filter(
      (other) => other === first || [...other.tables].some((table) => first.tables.has(table)),
    );
    for (const part of together) related.splice(related.indexOf(part), 1);
    const all = new Set(together.flatMap((part) => [...part.tables]));
    query.where.push(
      relatedRows(
        context,
        context.main,
        [...all],
        together.map((part) => part.predicate),
        { negated: false },
      ),
    );
  }
}

/** Tables only named ("students who have friends"): related rows must exist. */
function addMentions(draft: Draft, query: SelectQuery, tables: Set<Table>): void {
  const { context } = draft;
  const negated = new Set(
    context.frame.conditions.flatMap((condition) =>
      condition.kind === "not" && condition.noun !== undefined ? [context.settled.get(condition.noun)?.table] : [],
    ),
  );
  const used = new Set([...tables, ...draft.placed.flatMap((placed) => [...placed.tables])]);
  for (const mention of context.frame.mentions) {
    const table = context.settled.get(mention)?.table;
    if (
      table === undefined ||
      used.has(table) ||
      negated.has(table) ||
      context.settled.get(mention)?.column !== undefined
    )
      continue;
    used.add(table);
    const through = pathBetween(context, [context.main, table]);
    if (
      through.some((edge) =>
        [edge.from.table, edge.to.table].some(
          (other) => other !== context.main && other !== table && tables.has(other),
        ),
      )
    )
      continue;
    if (!multiplies(context, context.main, table)) continue;
    query.where.push(relatedRows(context, context.main, [table], [], { negated: false }));
  }
}

/** A column whose values repeat: naming it asks for its different values. */
export function isCoarse(column: Column): boolean {
  const distinct = column.info.distinct ?? Number.POSITIVE_INFINITY;
  if (column.unique || column === column.table.label || column === column.table.key) return false;
  return (
    column.category ||
    column.year ||
    (column.type === "integer" && !column.identifier && distinct <= 50 && distinct < column.table.info.rows * 0.5)
  );
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
