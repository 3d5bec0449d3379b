/** Gathers what a query consists of (measures, dimensions, filters, rankings) before it is put together. */
import type { Condition, Frame, Superlative, Wish } from "../frame.ts";
import type { AggregateName } from "../phrases.ts";
import type { Column, Table } from "../schema.ts";
import type { Predicate } from "../tree.ts";
import { type Context, call, columnOf, type Placed, Unanswerable } from "./context.ts";
import { havingPredicate } from "./counts.ts";
import { addGroups, type Dimension, dimensionsFromWishes } from "./dimensions.ts";
import {
  amountsOfTables,
  bestOfEachGroup,
  rankGroups,
  rankOwners,
  rankRepeated,
  showCompared,
  sumObservations,
} from "./group-figures.ts";
import { isAdditive, isAmountWord, type Measure, measureOf, timeExpression } from "./measures.ts";
import type { Target } from "./name-targets.ts";
import { placeConditions } from "./predicates.ts";
import { type Ranking, rankingOf } from "./superlative.ts";

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
  outer?: AggregateName | "count";
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
  countGroups(draft);
  return draft;
}

/** "median salary of women and men": a figure that does not add up is wanted of each. */
function namesBothSides({ context, measures, dimensions }: Draft): boolean {
  if (measures.length === 0 || dimensions.length > 0) return false;
  const additive = context.frame.wishes.some(
    (wish) => wish.fn === "sum" || (wish.fn === "count" && wish.noun !== undefined),
  );
  return context.frame.conditions.some(
    (condition) =>
      (condition.kind === "value" && condition.every && (!additive || condition.inWish === true)) ||
      (condition.kind === "period" &&
        condition.every &&
        condition.periods.every(({ weekdays = [] }) => weekdays.length > 1)),
  );
}

/** Wishes become measures (with an aggregate) or plain columns. */
function sortWishes(draft: Draft): void {
  const { context } = draft;
  const { frame } = context;
  for (const wish of frame.wishes) {
    const target = context.settled.get(wish.unit === undefined ? wish.noun : wish);
    if (wish.unit !== undefined && target?.column === undefined)
      throw new Unanswerable(`There is no date in these tables that tells ${wish.unit}s apart.`);
    if (wish.unit !== undefined && wish.fn === "count" && target?.column !== undefined) {
      const arg = timeExpression(target.column, wish.unit);
      draft.measures.push({
        expr: { kind: "call", fn: "count", args: [arg], distinct: true },
        name: `count_${wish.unit}s`,
        table: target.table,
      });
      continue;
    }
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
      const compared = isCompared(context, target.column);
      const counts = wish.fn === "count" && (compared || !isAdditive(target.column)) && !picksRow(draft);
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
      overGroups(draft, wish.fn);
      draft.measures.push(measureOf(context, { ...wish, fn: "count" }, target));
      continue;
    }
    const step = frame.groups[0]?.inner === true && wish.fn === "avg" ? stepFigure(target) : undefined;
    if (step !== undefined) overGroups(draft, "avg");
    else if (frame.groups[0]?.unit !== undefined) delete frame.groups[0].inner;
    draft.measures.push(measureOf(context, step === undefined ? wish : { ...wish, fn: step }, target));
  }
  if (frame.perGroup !== undefined && draft.measures.length === 1 && frame.groups.length > 0)
    overGroups(draft, frame.perGroup);
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

/** One figure is wanted over those of the groups named first. */
function overGroups(draft: Draft, fn: AggregateName): void {
  const [first] = draft.context.frame.groups;
  if (first !== undefined) first.inner = true;
  draft.outer = fn;
}

/** What is taken of each month for "average monthly revenue"; undefined where an average over all rows is as good. */
function stepFigure(target: Target | undefined): "sum" | "count" | undefined {
  if (target?.column === undefined || target.column.temporal) return "count";
  return isAdditive(target.column) ? "sum" : undefined;
}

/** "how many visitors had more than one session": groups that remain are counted. */
function countGroups(draft: Draft): void {
  const [measure, ...others] = draft.measures;
  if (draft.having.length === 0 || draft.dimensions.length > 0 || draft.outer !== undefined) return;
  if (measure?.expr.kind !== "call" || measure.expr.distinct !== true || others.length > 0) return;
  const { column, table } = measure;
  if (column === undefined) return;
  draft.dimensions = [
    { expr: columnOf(column), name: column.name, role: "label", table, column, hidden: true, inner: true },
  ];
  draft.measures = [{ expr: call("count", { kind: "star" }), name: "count", table }];
  draft.outer = "count";
}

/** "how many directors earn over 100k": rows are counted whose figure is compared. */
function isCompared({ frame, settled }: Context, column: Column): boolean {
  return frame.conditions.some(
    (condition) =>
      (condition.kind === "compare" || condition.kind === "between") &&
      settled.get(condition.noun ?? condition)?.column === column,
  );
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
