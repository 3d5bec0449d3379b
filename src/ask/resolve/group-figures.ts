/** Figures that groups imply: amounts of tables, the best row of each group, sums of observations, what is compared. */

import type { Superlative } from "../frame.ts";
import type { Column } from "../schema.ts";
import type { Expression } from "../tree.ts";
import { call, columnOf, multiplies, note, numberOf, requireNumbers } from "./context.ts";
import { dimensionsOf, isCoarse } from "./dimensions.ts";
import type { Draft } from "./draft.ts";
import {
  amountOf,
  impliedAggregate,
  isAdditive,
  mayAdd,
  measureOf,
  partExpression,
  timeExpression,
} from "./measures.ts";

/** "monthly sales": a table named after amounts, asked for over time or by group, stands for its amounts. */
export function amountsOfTables(draft: Draft): void {
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
export function bestOfEachGroup(draft: Draft): void {
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
    ranking.skip > 0 ||
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
export function rankGroups(draft: Draft): void {
  if (draft.dimensions.length === 0 || draft.measures.length > 0 || draft.plain.length > 0) return;
  for (const entry of draft.rankings) {
    const { column } = entry.ranking;
    if (entry.ranking.grouped || column === undefined) continue;
    const fn = addsUp(column, entry.superlative) ? "sum" : impliedAggregate(draft.context, column);
    requireNumbers(fn, column);
    entry.ranking = { ...entry.ranking, grouped: true, by: call(fn, numberOf(column)) };
  }
}

/** "Which customer spent the most": what many rows hold of each thing is added up before things are ranked. */
export function rankOwners(draft: Draft): void {
  const { context } = draft;
  const [only, ...others] = draft.plain;
  const [entry] = draft.rankings;
  if (only === undefined || entry === undefined || others.length > 0 || draft.rankings.length > 1) return;
  if (draft.measures.length > 0 || draft.dimensions.length > 0) return;
  const { ranking, superlative } = entry;
  const { table, column } = only.target;
  if (ranking.grouped || ranking.column === undefined || !addsUp(ranking.column, superlative)) return;
  if (column !== undefined && column !== table.label && !isCoarse(column)) return;
  const about = context.settled.get(superlative.about)?.table;
  if ((about !== undefined && about !== table) || !multiplies(context, table, ranking.column.table)) return;
  note(context, `“${ranking.column.name}” is added up for each row of “${table.name}”.`);
  draft.dimensions = dimensionsOf({ ...draft, plain: [] }, only.target);
  draft.plain = [];
  rankGroups(draft);
}

/** "Which category sold the most units": amounts are added up for each value of a column whose values repeat. */
export function rankRepeated(draft: Draft): void {
  const [only, ...others] = draft.plain;
  const [entry] = draft.rankings;
  const column = only?.target.column;
  if (only === undefined || entry === undefined || column === undefined || others.length > 0) return;
  if (draft.rankings.length > 1 || draft.measures.length > 0 || draft.dimensions.length > 0) return;
  const { ranking } = entry;
  if (ranking.grouped || ranking.column === undefined || !isCoarse(column)) return;
  if (!addsUp(ranking.column, entry.superlative) && !isScale(ranking.column)) return;
  draft.dimensions = dimensionsOf({ ...draft, plain: [] }, only.target);
  draft.plain = [];
  rankGroups(draft);
}

/** "the most seats": what is said to be many is added up, unless it is a rate, an age or the like. */
function addsUp(column: Column, superlative: Superlative): boolean {
  if (isAdditive(column)) return true;
  return (
    /\b(?:most|fewest)\b/i.test(superlative.text) && column.type === "integer" && !column.identifier && mayAdd(column)
  );
}

/** Few grades that many rows share ("satisfaction" from 1 to 5): no single row has the highest. */
function isScale({ info, table, numeric, year }: Column): boolean {
  return (
    numeric && !year && info.distinct !== undefined && info.distinct <= 20 && info.distinct * 10 <= table.info.rows
  );
}

/** "deaths from floods": one amount of a table of mere observations is wanted as a whole. */
export function sumObservations(draft: Draft): void {
  const { context } = draft;
  const { frame } = context;
  const [only] = draft.plain;
  const column = only?.target.column;
  if (
    only === undefined ||
    column === undefined ||
    draft.plain.length > 1 ||
    !isAdditive(column) ||
    (column.computed === undefined && column.table.label !== undefined && column.table.label !== column.table.key)
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
  if (draft.placed.some((placed) => placed.columns.includes(column))) return;
  if (frame.conditions.length === 0 && column.computed === undefined) return;
  draft.measures.push(measureOf(context, { ...only.wish, fn: "sum" }, only.target));
  draft.plain = [];
  note(context, `“${column.name}” is added up over all rows that fit.`);
}

/** "Compare the fertility of France and Germany": which is which has to be seen, with one figure for each. */
export function showCompared(draft: Draft): void {
  const { context } = draft;
  measureCompared(draft);
  comparePeriods(draft);
  for (const condition of context.frame.conditions) {
    const target =
      condition.kind === "value" && condition.choices.length > 1 ? context.settled.get(condition) : undefined;
    if (condition.kind !== "value" || target?.column === undefined) continue;
    if (draft.dimensions.some(({ column }) => column === target.column)) continue;
    if (draft.measures.length > 0) draft.dimensions.push(...dimensionsOf(draft, target));
    else draft.plain.unshift({ wish: { distinct: false, text: condition.text }, target });
  }
}

/** "revenue in the north and the south": what many rows hold of each is taken together. */
function measureCompared(draft: Draft): void {
  const { context, plain } = draft;
  if (draft.measures.length > 0 || draft.rankings.length > 0 || plain.length === 0) return;
  const compared = context.frame.conditions.flatMap((condition) => {
    const several =
      condition.kind === "period" ? condition.periods : condition.kind === "value" ? condition.choices : [];
    const column = several.length > 1 ? context.settled.get(condition)?.column : undefined;
    return column === undefined || (condition.kind === "value" && column.unique) ? [] : [column];
  });
  if (compared.length === 0) return;
  const [rows] = plain;
  const areRows = plain.every(({ target: { table, column } }) =>
    column === undefined ? table === rows?.target.table : compared.includes(column),
  );
  if (!areRows && plain.some(({ target: { column } }) => column === undefined || !isFigure(column))) return;
  if (areRows && rows !== undefined)
    draft.measures.push(
      measureOf(
        context,
        { fn: "count", distinct: false, text: rows.wish.text },
        { table: rows.target.table, score: 1 },
      ),
    );
  else
    for (const { wish, target } of plain)
      if (target.column !== undefined)
        draft.measures.push(measureOf(context, { ...wish, fn: impliedAggregate(context, target.column) }, target));
  draft.plain = [];
}

function isFigure(column: Column): boolean {
  return (column.numeric || column.numberText) && !column.identifier && !column.year;
}

/** "weekends vs weekdays" as two groups. */
function weekPart(column: Column): Expression {
  const days: Expression[] = [0, 6].map((value) => ({ kind: "literal", value }));
  return {
    kind: "case",
    when: { kind: "in", arg: call("dayofweek", columnOf(column)), values: days },
    result: { kind: "literal", value: "weekend" },
    otherwise: { kind: "literal", value: "weekday" },
  };
}

/** "in 2023 vs 2022": the periods are told apart. */
function comparePeriods(draft: Draft): void {
  if (draft.measures.length === 0 || draft.dimensions.some((dimension) => dimension.role === "time")) return;
  for (const condition of draft.context.frame.conditions) {
    const column =
      condition.kind === "period" && condition.periods.length > 1
        ? draft.context.settled.get(condition)?.column
        : undefined;
    const unit = condition.kind === "period" ? condition.periods[0]?.unit : undefined;
    if (column === undefined || unit === undefined) continue;
    if (condition.kind === "period" && condition.periods.some(({ weekdays }) => weekdays !== undefined)) {
      const isWeek =
        condition.periods.length === 2 && condition.periods.every(({ weekdays = [] }) => weekdays.length > 1);
      draft.dimensions.push({
        expr: isWeek ? weekPart(column) : partExpression(column, "weekday"),
        name: isWeek ? "part_of_week" : "weekday",
        role: "label",
        table: column.table,
        column,
        hidden: false,
      });
      continue;
    }
    draft.dimensions.push({
      expr: timeExpression(column, unit),
      name: column.temporal ? unit : column.name,
      role: "time",
      table: column.table,
      column,
      unit,
      hidden: false,
    });
  }
}
