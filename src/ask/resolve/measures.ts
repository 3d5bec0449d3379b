/** Output columns: measures, dimensions of time, names for computed columns. */

import { isQuantity, sayComputed } from "../computed.ts";
import type { Wish } from "../frame.ts";
import { areSynonyms } from "../lexicon.ts";
import { namesPeople } from "../people.ts";
import type { Column, Table } from "../schema.ts";
import type { Expression } from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import { factorTo } from "../units.ts";
import { stemWord } from "../words.ts";
import { type Context, call, columnOf, multiplies, note, numberOf, requireNumbers, Unanswerable } from "./context.ts";
import { findMoney, type Target } from "./name-targets.ts";
import { SQL_AGGREGATES } from "./quantity.ts";

/** Stems of words that name amounts which may be added up over rows. */
const ADDITIVE = new Set(
  "sale revenue amount quantity total count cost profit population death vote gross budget people unit visit order volume generation injury injured killed kill receipt disbursement expense spend spending payment deposit income earning passenger trip goal point donation contribution precipitation rain rainfall production output yield gold silver bronze medal number fatality attendance viewer click view download install hurricane loss damage funding grant tax charge fee hour minute mile flight employment employee job worker case repair sold quantity qty engineer net gain kwh mwh wh energy consumption usage overtime salary wage pay payroll fine tip bonus rent due mileage calorie step value mrr arr gmv pallet tonne ton litre liter gallon barrel bushel hectare acre premium commission refund impression conversion download follower ticket"
    .split(" ")
    .map(stemWord),
);
const AVERAGED = new Set(
  "rate rating average avg mean ratio percent percentage pct share price temperature temp age height weight length width depth score latitude longitude index speed year expectancy life per level fertility median rank pressure capita density distance delay duration lifetime"
    .split(" ")
    .map(stemWord),
);

/** Whether a column's values make sense added up. */
export function isAdditive(column: Column): boolean {
  if (!column.numeric || column.year || column.identifier) return false;
  if (column.computed !== undefined) return column.computed.op === "*";
  if (column.words.some((word) => AVERAGED.has(word.stem))) return false;
  return column.words.some((word) => ADDITIVE.has(word.stem) || (column.type === "integer" && namesPeople(word.stem)));
}

/** Whether nothing in a column's name says that its values must not be added up. */
export function mayAdd(column: Column): boolean {
  return column.numeric && !column.year && !column.words.some((word) => AVERAGED.has(word.stem));
}

/** Whether a word names an amount ("revenue"), which no column of text can be. */
export function isAmountWord(said: string): boolean {
  return said
    .toLowerCase()
    .split(/\s+/)
    .some((word) => ADDITIVE.has(stemWord(word)));
}

/** A name for a computed column: `avg_age`, `count`, `sum_us_gross`. */
export function measureName(fn: string, column: Column | undefined, share?: number): string {
  const base =
    column === undefined
      ? ""
      : column.name
          .toLowerCase()
          .replace(/[^\p{L}\p{N}]+/gu, "_")
          .replace(/^_|_$/g, "");
  const prefix = fn === "quantile_cont" ? `p${Math.round((share ?? 0.5) * 100)}` : fn;
  return base === "" ? prefix : `${prefix}_${base}`;
}

export interface Measure {
  expr: Expression;
  name: string;
  column?: Column;
  table: Table;
}

/** The measure of a wish with an aggregate. */
export function measureOf(context: Context, wish: Wish, target: Target | undefined): Measure {
  const table = target?.table ?? context.main;
  const fn = wish.fn ?? "count";
  if (target?.column?.temporal === true && /\b(?:times?|durations?|delays?)\b/i.test(wish.noun?.text ?? ""))
    requireNumbers(fn, target.column);
  const named = target?.column?.temporal === true && (fn === "sum" || fn === "avg") ? undefined : target?.column;
  const column = named ?? (fn === "count" ? undefined : (onlyMoney(context, target?.table) ?? target?.column));
  if (fn === "count") return countMeasure(context, wish, table, column);
  if (column === undefined)
    throw new Unanswerable(`“${wish.text.trim()}” needs a column of numbers; name the one you mean.`);
  requireNumbers(fn, column);
  const computed = sayComputed(column);
  if (computed !== undefined) note(context, computed);
  if (column.computed?.op === "*" && fn !== "sum")
    throw new Unanswerable(
      `“${wish.text.trim()}” leaves open of what: I can only add up ${column.name}, which no column holds.`,
    );
  if (wish.share !== undefined)
    return {
      expr: call("quantile_cont", numberOf(column), { kind: "literal", value: wish.share }),
      name: measureName("quantile_cont", column, wish.share),
      column,
      table,
    };
  const own =
    fn === "min" || fn === "max" ? (column.numberText ? numberOf(column) : columnOf(column)) : numberOf(column);
  const arg = inUnit(context, own, column);
  return { expr: call(SQL_AGGREGATES[fn], arg), name: measureName(fn, column), column, table };
}

/** A figure in the unit that is asked for ("in hours"). */
function inUnit({ frame }: Context, figure: Expression, column: Column): Expression {
  const { inUnit: unit } = frame;
  if (unit === undefined) return figure;
  const factor = factorTo(unit, column);
  if (factor === undefined) throw new Unanswerable(`I do not know how to give “${column.name}” in ${unit}.`);
  if (factor === 1) return figure;
  return factor > 1
    ? { kind: "binary", op: "*", left: figure, right: { kind: "literal", value: factor } }
    : {
        kind: "binary",
        op: "/",
        left: figure,
        right: { kind: "literal", value: Number((1 / factor).toPrecision(12)) },
      };
}

/** "the average invoice": the one amount that its rows hold. */
function onlyMoney(context: Context, table: Table | undefined): Column | undefined {
  const column = findMoney(table);
  if (column !== undefined) note(context, `“${table?.name ?? ""}” is measured by its ${column.name}.`);
  return column;
}

function countMeasure(context: Context, wish: Wish, table: Table, column: Column | undefined): Measure {
  const name = table.label ?? table.columns.find((other) => other.type === "string" && isCalledLike(other, table));
  if (wish.distinct && column === undefined && name !== undefined && !name.unique && name !== table.key)
    return countMeasure(context, wish, table, name);
  const tally = table.columns.find((other) => other.numeric && /^counts?$/i.test(other.name));
  const named = wish.noun?.tables.some((link) => link.table === table && link.score >= 0.7);
  if (column === undefined && tally !== undefined && named !== true && !/\b(?:rows|records|entries)\b/i.test(wish.text))
    throw new Unanswerable(`“${wish.text}” may mean the column “${tally.name}” or how many rows there are.`);
  const [pieces] = column === undefined && wish.noun === undefined ? quantitiesOf(context, table) : [];
  if (pieces !== undefined)
    throw new Unanswerable(`“${wish.text}” may mean the sum of “${pieces.name}” or how many rows there are.`);
  if (column === undefined || (column === table.label && column.unique && !wish.distinct) || column === table.key) {
    const repeats =
      context.frame.groups.length === 0 &&
      [...joinedTables(context)].some((other) => multiplies(context, table, other));
    if (repeats && table.key !== undefined)
      return { expr: { kind: "call", fn: "count", args: [columnOf(table.key)], distinct: true }, name: "count", table };
    return { expr: call("count", { kind: "star" }), name: "count", table };
  }
  // "how many short signals": rows that have the value.
  const valued = context.frame.conditions.some(
    (condition) => condition.kind === "value" && context.settled.get(condition)?.column === column,
  );
  if (valued && !wish.distinct && column.category)
    return { expr: call("count", { kind: "star" }), name: "count", table };
  // "number of hires": each date is an event.
  if (column.temporal && !wish.distinct && !/\b(?:dates?|days?|times?)\b/i.test(wish.noun?.text ?? ""))
    return { expr: call("count", columnOf(column)), name: "count", column, table };
  return {
    expr: { kind: "call", fn: "count", args: [columnOf(column)], distinct: true },
    name: measureName("count", column),
    column,
    table,
  };
}

/** "how many valves": where rows hold pieces of what is counted by its kind. */
function quantitiesOf({ frame, settled }: Context, table: Table): Column[] {
  const kind = frame.conditions.some(
    (condition) =>
      condition.kind === "value" &&
      condition.inWish !== true &&
      condition.choices.some(({ text }) => /s$/i.test(text)) &&
      settled.get(condition)?.table === table,
  );
  return kind ? table.columns.filter((column) => isQuantity(column)) : [];
}

/** "job" of a table `jobs`. */
function isCalledLike(column: Column, table: Table): boolean {
  return column.words.every((word) => table.words.some((own) => own.stem === word.stem));
}

/** Tables that plain wishes bring into the query beside a count. */
function joinedTables(context: Context): Set<Table> {
  const tables = new Set<Table>();
  for (const wish of context.frame.wishes) {
    const target = context.settled.get(wish.noun);
    if (target !== undefined && wish.fn !== undefined) tables.add(target.table);
  }
  return tables;
}

/** Time cut into units. A column of years is its own year. */
export function timeExpression(column: Column, unit: TimeUnit): Expression {
  if (!column.temporal || column.year) return columnOf(column);
  if (unit === "year") return call("year", columnOf(column));
  if (unit === "day" && column.type === "date") return columnOf(column);
  if (unit === "day") return { kind: "cast", arg: columnOf(column), type: "DATE", lenient: false };
  return call("date_trunc", { kind: "literal", value: unit }, columnOf(column));
}

/** A recurring part of time: month of the year, day of the week, hour of the day. */
export function partExpression(column: Column, part: "month" | "weekday" | "hour" | "quarter"): Expression {
  return call(part === "weekday" ? "dayname" : part, columnOf(column));
}

/** The unit that cuts a column's range into a readable number of steps. */
export function fittingUnit(column: Column): TimeUnit {
  if (!column.temporal) return "year";
  const [min, max] = [Date.parse(String(column.info.min)), Date.parse(String(column.info.max))];
  const days = (max - min) / 86_400_000;
  if (!Number.isFinite(days)) return "month";
  if (days > 365 * 4.5) return "year";
  return days > 120 ? "month" : days > 2 ? "day" : "hour";
}

/** The amounts a table named after them holds: "sales" of a table `sales` are its revenue. */
export function amountOf(table: Table, said: string): Column | undefined {
  const stems = said.toLowerCase().split(/\s+/).map(stemWord);
  return table.columns.find(
    (column) => isAdditive(column) && column.words.some((word) => stems.some((stem) => areSynonyms(stem, word.stem))),
  );
}

/** The aggregate for a measure that was named without one ("sales by region"): a sum of amounts, an average of the rest. */
export function impliedAggregate(context: Context, column: Column): "sum" | "avg" {
  const fn = isAdditive(column) ? "sum" : "avg";
  note(context, `“${column.name}” is ${fn === "sum" ? "added up" : "averaged"} within each group.`);
  return fn;
}

/** "How did renewables develop": the one column of numbers that the table has. */
export function onlyAmount(context: Context): Measure[] {
  const numbers = context.main.columns.filter(
    (column) =>
      (column.numeric || column.numberText) && !column.identifier && !column.year && column.flag === undefined,
  );
  const [column] = numbers;
  if (column === undefined || numbers.length > 1) return [];
  return [
    measureOf(
      context,
      { fn: impliedAggregate(context, column), distinct: false, text: column.name },
      { table: column.table, column, score: 1 },
    ),
  ];
}
