/** Values and periods as predicates. */
import type { Period } from "../dates.ts";
import type { Condition } from "../frame.ts";
import { holdsPeople } from "../people.ts";
import type { Comparison } from "../phrases.ts";
import type { Column } from "../schema.ts";
import type { Expression, Predicate } from "../tree.ts";
import type { CellValue } from "../types.ts";
import { type Context, call, columnOf, multiplies, note, type Placed, relatedRows, Unanswerable } from "./context.ts";
import { type CompareOp, equals, need, on, placeCondition, SQL_OPERATORS } from "./predicates.ts";

export function timeBound(column: Column, op: CompareOp, date: string): Predicate {
  return { kind: "compare", op, left: columnOf(column), right: { kind: "date", value: date } };
}

export function placeValue(context: Context, condition: Extract<Condition, { kind: "value" }>): Placed {
  const { column, values } = need(context.settled.get(condition), condition.text);
  if (column === undefined || values === undefined)
    throw new Unanswerable(`I do not know where to look for “${condition.text}”.`);
  if (condition.every && values.length > 1 && multiplies(context, context.main, column.table))
    return placeEvery(context, condition, column, values);
  const [only] = values;
  if (values.length === 1) return on(equals(column, only ?? null), column);
  return on({ kind: "in", arg: columnOf(column), values: values.map((value) => ({ kind: "literal", value })) }, column);
}

/** "speak both English and French": related rows for each of the values. */
function placeEvery(context: Context, condition: Condition, column: Column, values: readonly CellValue[]): Placed {
  const companions = context.frame.conditions.flatMap((other) => {
    const placed = other !== condition && other.kind === "flag" ? placeCondition(context, other) : undefined;
    if (placed === undefined || !placed.tables.has(column.table)) return [];
    context.consumed.add(other);
    return [placed];
  });
  const parts = values.map((value) =>
    relatedRows(
      context,
      context.main,
      [column.table],
      [equals(column, value), ...companions.map((other) => other.predicate)],
      { negated: false },
    ),
  );
  return { predicate: { kind: "and", parts }, tables: new Set([context.main]), columns: [] };
}

export function placePeriod(context: Context, condition: Extract<Condition, { kind: "period" }>): Placed {
  const target = context.settled.get(condition);
  const { column } = need(target, condition.text);
  if (column === undefined) throw new Unanswerable(`There is no date to compare “${condition.text}” with.`);
  const periods = condition.periods.map((period) => settleMonth(context, period, column, condition.text));
  if (condition.noun === undefined) checkEvent(context, condition.text, column);
  if (condition.every && multiplies(context, context.main, column.table)) {
    const parts = periods.map((period) =>
      relatedRows(context, context.main, [column.table], [periodPredicate(column, "=", period)], { negated: false }),
    );
    return { predicate: { kind: "and", parts }, tables: new Set([context.main]), columns: [] };
  }
  if (
    column.year &&
    periods.length > 1 &&
    condition.cmp === "=" &&
    periods.every((period) => period.bareYear !== undefined)
  ) {
    return on(
      {
        kind: "in",
        arg: columnOf(column),
        values: periods.map((period) => ({
          kind: "literal",
          value: column.type === "string" ? String(period.bareYear) : (period.bareYear ?? null),
        })),
      },
      column,
    );
  }
  const parts = periods.map((period) => periodPredicate(column, condition.cmp, period));
  return on(parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "or", parts }, column);
}

/** "churned in 2024", "churned per month": a date that is not that event's stands in for rows that are events themselves, and for no others. */
export function checkEvent(context: Context, text: string, column: Column): void {
  const flag = context.frame.conditions.find((other) => other.kind === "flag" && other.positive);
  if (flag === undefined || !column.temporal) return;
  if (holdsPeople(column.table))
    throw new Unanswerable(
      `No column of “${column.table.name}” says when “${flag.text}” came true; its date ${column.name} is of something else.`,
    );
  note(context, `“${text}” is said of ${column.name}, for there is no date of “${flag.text}”.`);
}

/** "shipped in March": the latest one where the data reach up to it, else that month of every year. */
function settleMonth(context: Context, period: Period, column: Column, text: string): Period {
  if (period.month === undefined || !column.temporal) return period;
  const [first, last] = [column.info.min, column.info.max].map((day) => String(day).slice(0, 10));
  const byYear = context.frame.groups.some(({ unit }) => unit === "year");
  if (last !== undefined && last >= period.from && !byYear) {
    const { month, ...latest } = period;
    note(context, `“${text}” names no year: ${MONTH.format(new Date(period.from))} is taken, the latest one.`);
    return latest;
  }
  if (first?.slice(0, 4) !== last?.slice(0, 4))
    note(
      context,
      `“${text}” names no year, so that month of every year from ${first?.slice(0, 4)} to ${last?.slice(0, 4)} counts.`,
    );
  return period;
}

const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

/** A column against a period: inside it, or before or after it. */
export function periodPredicate(column: Column, cmp: Comparison, period: Period): Predicate {
  if (period.month !== undefined && (cmp === "=" || cmp === "!=" || !column.temporal)) {
    const arg = column.temporal ? call("month", columnOf(column)) : columnOf(column);
    return { kind: "compare", op: SQL_OPERATORS[cmp], left: arg, right: { kind: "literal", value: period.month } };
  }
  if (period.weekdays !== undefined) {
    if (!column.temporal) throw new Unanswerable(`“${column.name}” holds no days, so I cannot tell days of the week.`);
    const values: Expression[] = period.weekdays.map((value) => ({ kind: "literal", value }));
    const within: Predicate = { kind: "in", arg: call("dayofweek", columnOf(column)), values };
    return cmp === "!=" ? { kind: "not", part: within } : within;
  }
  if (column.year || (!column.temporal && column.numeric)) {
    const [from, last] = [Number(period.from.slice(0, 4)), Number(period.to.slice(0, 4)) - 1];
    const asValue = (year: number): Expression => ({
      kind: "literal",
      value: column.type === "string" ? String(year) : year,
    });
    if (last > from && cmp === "=")
      return { kind: "between", arg: columnOf(column), low: asValue(from), high: asValue(last) };
    return {
      kind: "compare",
      op: SQL_OPERATORS[cmp],
      left: columnOf(column),
      right: asValue(cmp === ">" || cmp === "<=" ? Math.max(from, last) : from),
    };
  }
  if (!column.temporal) return { kind: "like", arg: columnOf(column), pattern: `%${period.bareYear ?? period.from}%` };
  switch (cmp) {
    case ">":
      return timeBound(column, ">=", period.to);
    case ">=":
      return timeBound(column, ">=", period.from);
    case "<":
      return timeBound(column, "<", period.from);
    case "<=":
      return timeBound(column, "<", period.to);
    case "!=":
      return { kind: "not", part: periodPredicate(column, "=", period) };
    case "=":
      return { kind: "and", parts: [timeBound(column, ">=", period.from), timeBound(column, "<", period.to)] };
  }
}
