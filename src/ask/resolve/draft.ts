/** Gathers what a query consists of (measures, dimensions, filters, rankings) before it is put together. */
import type { Condition, Frame, Superlative, Wish } from "../frame.ts";
import type { AggregateName } from "../phrases.ts";
import type { Column, Table } from "../schema.ts";
import type { Expression, Predicate } from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import { type Context, call, columnOf, multiplies, note, type Placed, Unanswerable } from "./context.ts";
import { havingPredicate } from "./counts.ts";
import {
  amountsOfTables,
  bestOfEachGroup,
  rankGroups,
  rankOwners,
  rankRepeated,
  showCompared,
  sumObservations,
} from "./group-figures.ts";
import {
  impliedAggregate,
  isAdditive,
  isAmountWord,
  type Measure,
  measureOf,
  partExpression,
  timeExpression,
} from "./measures.ts";
import type { Target } from "./name-targets.ts";
import { placeConditions } from "./predicates.ts";
import { type Ranking, rankingOf } from "./superlative.ts";

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
  having: { predicate: Predicate; table: Table }[];
  rankings: { superlative: Superlative; ranking: Ranking }[];
  /** An aggregate over the groups' figures ("the average number of orders per customer"). */
  outer?: AggregateName;
}

export function makeDraft(context: Context, conditions: readonly Condition[] = context.frame.conditions): Draft {
  const { frame } = context;
  const draft: Draft = { context, dimensions: [], measures: [], plain: [], placed: [], having: [], rankings: [] };
  sortWishes(draft);
  amountsOfTables(draft);
  draft.placed = placeConditions(context, conditions);
  for (const condition of conditions) {
    const having = havingPredicate(context, condition);
    if (having !== undefined) draft.having.push(having);
  }
  for (const superlative of frame.superlatives)
    draft.rankings.push({ superlative, ranking: rankingOf(context, superlative) });
  if (!spreadOfGroups(draft)) addGroups(draft);
  dimensionsFromWishes(draft);
  bestOfEachGroup(draft);
  rankOwners(draft);
  rankRepeated(draft);
  rankGroups(draft);
  if (frame.compares || namesBothSides(draft)) showCompared(draft);
  sumObservations(draft);
  return draft;
}

/** "median salary of women and men": a figure that does not add up is wanted of each. */
function namesBothSides({ context, measures, dimensions }: Draft): boolean {
  if (measures.length === 0 || dimensions.length > 0) return false;
  const additive = context.frame.wishes.some(
    (wish) => wish.fn === "sum" || (wish.fn === "count" && wish.noun !== undefined),
  );
  return context.frame.conditions.some(
    (condition) => condition.kind === "value" && condition.every && (!additive || condition.inWish === true),
  );
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
      if (
        target?.column?.type === "string" &&
        target.score < 0.5 &&
        wish.noun !== undefined &&
        isAmountWord(wish.noun.text)
      )
        throw new Unanswerable(`I found no column that holds “${wish.noun.text}” in these tables.`);
      if (target !== undefined && countsEvents(frame, wish, target))
        draft.measures.push(measureOf(context, { ...wish, fn: "count" }, target));
      else if (target !== undefined) draft.plain.push({ wish, target });
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
      const rival = target?.table.columns.find((column) => column.numeric && /^counts?$/i.test(column.name));
      if (rival !== undefined)
        throw new Unanswerable(`“${wish.text}” may mean the column “${rival.name}” or how many rows there are.`);
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

/** "signups by year": what a date is of is counted. */
function countsEvents(frame: Frame, wish: Wish, target: Target): boolean {
  const name = wish.noun?.text ?? "";
  return (
    frame.groups.length > 0 &&
    frame.wishes.length === 1 &&
    target.column?.temporal === true &&
    /s$/i.test(name) &&
    !/\b(?:date|day|time|year)s?\b/i.test(name)
  );
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

/** "box plot of salary by job title": every value is wanted, beside the name of its group. */
function spreadOfGroups(draft: Draft): boolean {
  const { frame, settled } = draft.context;
  if (frame.chart !== "box" || draft.measures.length > 0 || frame.groups.length === 0) return false;
  const groups = frame.groups.map((group) => settled.get(group.noun));
  if (groups.some((target) => target?.column === undefined)) return false;
  for (const target of groups)
    if (target !== undefined) draft.plain.unshift({ wish: { distinct: false, text: "" }, target });
  return true;
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
  if (draft.dimensions.length === 0 || draft.measures.length > 0 || frame.ratio) return;
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
  } else if (coarse && draft.rankings.length > 0 && draft.plain.length > 0 && !(entityOnly && ranksByRows(draft))) {
    return;
  } else if ((entityOnly && (coarse || draft.dimensions.every(ownsRows(draft)))) || draft.plain.length === 0) {
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

/** "damaged shipments by warehouse": each of what is grouped by has rows of what is asked for. */
function ownsRows({ context, plain }: Draft): (dimension: Dimension) => boolean {
  const table = plain[0]?.target.table;
  return (dimension) =>
    dimension.column !== undefined && table !== undefined && multiplies(context, dimension.table, table);
}

/** "orders by status, top 3": the rows that are counted are also what is asked for. */
function ranksByRows(draft: Draft): boolean {
  return draft.rankings.some(
    ({ superlative }) => superlative.noun !== undefined && superlative.noun === draft.plain[0]?.wish.noun,
  );
}

function plainNames(draft: Draft, column: Column): boolean {
  return draft.plain.some(({ target }) => target.column === column);
}

/** The dimensions a target stands for: a column, or a table's label with its key. */
export function dimensionsOf(draft: Draft, target: Target): Dimension[] {
  const { column, table } = target;
  if (column !== undefined) {
    const parts = target.general === true && table.labelRest !== undefined ? [column, table.labelRest] : [column];
    return parts.map((part) => ({
      expr: columnOf(part),
      name: part.name,
      role: part.temporal || part.year ? ("time" as const) : ("label" as const),
      table,
      column: part,
      hidden: false,
    }));
  }
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
  if (table.labelRest !== undefined && label === table.label)
    dimensions.push({
      expr: columnOf(table.labelRest),
      name: table.labelRest.name,
      role: "label",
      table,
      column: table.labelRest,
      hidden: dimensions[0]?.hidden ?? false,
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
    draft.measures.length > 0 ||
    draft.having.length > 0 ||
    ordered ||
    draft.rankings.some(({ ranking }) => ranking.grouped);
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
      const same = own.find((other) => other.column === dimension.column);
      if (same === undefined) own.push(dimension);
      else if (!dimension.hidden) same.hidden = false;
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
  for (const dimension of rest) {
    const { column } = dimension;
    if (
      column !== undefined &&
      dimension.unit === undefined &&
      (column === column.table.label || column.unique) &&
      draft.plain.some(({ target }) => target.table === column.table)
    )
      dimension.hidden = true;
  }
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
