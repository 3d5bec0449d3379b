/** Conditions of a frame as predicates, each with the tables it needs. */
import type { Period } from "../dates.ts";
import type { Condition, Noun, Quantity } from "../frame.ts";
import type { Comparison } from "../phrases.ts";
import type { Column, Table } from "../schema.ts";
import { allOf, type Expression, type Predicate } from "../tree.ts";
import type { CellValue } from "../types.ts";
import {
  type Context,
  call,
  columnOf,
  multiplies,
  numberOf,
  type Placed,
  relatedRows,
  Unanswerable,
} from "./context.ts";
import { quantityExpression, SQL_AGGREGATES, scalarOver } from "./quantity.ts";
import { superlativeFilter } from "./superlative.ts";
import type { Target } from "./targets.ts";

type CompareOp = Extract<Predicate, { kind: "compare" }>["op"];
const SQL_OPERATORS: Record<Comparison, CompareOp> = {
  "=": "=",
  "!=": "<>",
  ">": ">",
  ">=": ">=",
  "<": "<",
  "<=": "<=",
};

/** Predicates for a list of conditions; those joined by "or" become one. Conditions on groups are left out (see `having.ts`). */
export function placeConditions(context: Context, conditions: readonly Condition[]): Placed[] {
  const placed: Placed[] = [];
  const parts = new Map(conditions.map((condition) => [condition, placeCondition(context, condition)]));
  for (const condition of conditions) {
    const part = parts.get(condition);
    if (part === undefined || context.consumed.has(condition)) continue;
    const before = placed[placed.length - 1];
    if (condition.joiner === "or" && before !== undefined) {
      const own = (one: Placed): Predicate => (spread ? onMain(context, one) : one.predicate);
      const spread =
        before.tables.size !== part.tables.size || [...before.tables].some((table) => !part.tables.has(table));
      const parts =
        before.predicate.kind === "or" && !spread
          ? [...before.predicate.parts, part.predicate]
          : [own(before), own(part)];
      placed[placed.length - 1] = {
        predicate: { kind: "or", parts },
        tables: new Set(
          [...before.tables, ...part.tables].filter((table) => !spread || !multiplies(context, context.main, table)),
        ),
        columns: [...before.columns, ...part.columns],
      };
    } else placed.push(part);
  }
  return placed;
}

/** An alternative on a table with several rows for one of ours: "there is a related row". */
function onMain(context: Context, placed: Placed): Predicate {
  const far = [...placed.tables].filter((table) => multiplies(context, context.main, table));
  return far.length === 0
    ? placed.predicate
    : relatedRows(
        context,
        context.main,
        [...placed.tables].filter((table) => table !== context.main),
        [placed.predicate],
        { negated: false },
      );
}

function on(predicate: Predicate, ...columns: Column[]): Placed {
  return { predicate, tables: new Set(columns.map((column) => column.table)), columns };
}

/** The predicate of one condition; undefined when it restricts groups or says nothing. */
export function placeCondition(context: Context, condition: Condition): Placed | undefined {
  switch (condition.kind) {
    case "compare":
      return placeComparison(context, condition);
    case "between":
      return placeBetween(context, condition);
    case "value":
      return placeValue(context, condition);
    case "period":
      return placePeriod(context, condition);
    case "like": {
      const column =
        need(context.settled.get(condition.noun ?? condition), condition.text).column ?? context.main.label;
      if (column === undefined)
        throw new Unanswerable(`I do not know which column should contain “${condition.text_}”.`);
      const text = condition.text_.replace(/[\\%_]/g, "\\$&");
      const pattern = condition.where === "start" ? `${text}%` : condition.where === "end" ? `%${text}` : `%${text}%`;
      return on(
        {
          kind: "like",
          arg:
            column.type === "string"
              ? columnOf(column)
              : { kind: "cast", arg: columnOf(column), type: "VARCHAR", lenient: false },
          pattern,
        },
        column,
      );
    }
    case "null": {
      const column = need(context.settled.get(condition.noun), condition.noun.text).column;
      if (column === undefined) throw new Unanswerable(`“${condition.noun.text}” is no column that could be missing.`);
      return on({ kind: "null", arg: columnOf(column), negated: condition.negated }, column);
    }
    case "flag": {
      const target = need(context.settled.get(condition.noun), condition.noun.text);
      const { column } = target;
      if (column?.flag === undefined) return undefined;
      return on(equals(column, condition.positive ? column.flag.yes : column.flag.no), column);
    }
    case "count":
      return placeCount(context, condition);
    case "exists": {
      const target = need(context.settled.get(condition.noun), condition.noun.text);
      if (target.table === context.main) return undefined;
      return {
        predicate: relatedRows(context, context.main, [target.table], [], { negated: false }),
        tables: new Set([context.main]),
        columns: [],
      };
    }
    case "top":
      return superlativeFilter(context, condition.superlative);
    case "aggregate":
      return undefined;
    case "not":
      return placeNegation(context, condition);
  }
}

function need(target: Target | undefined, text: string): Target {
  if (target === undefined) throw new Unanswerable(`I do not know what “${text}” refers to in these tables.`);
  return target;
}

function equals(column: Column, value: CellValue): Predicate {
  return { kind: "compare", op: "=", left: columnOf(column), right: { kind: "literal", value } };
}

function placeComparison(context: Context, condition: Extract<Condition, { kind: "compare" }>): Placed {
  const target = context.settled.get(condition.noun ?? condition) ?? fallbackMeasure(context, condition.value);
  const { column, reversed } = need(target, condition.noun?.text ?? condition.adjective ?? condition.text);
  if (column === undefined)
    throw new Unanswerable(
      `“${condition.noun?.text ?? condition.text}” is a table, not a column that could be compared.`,
    );
  const cmp = reversed === true ? mirror(condition.cmp) : condition.cmp;
  if (condition.value.kind === "anyOf") return placeAnyOf(context, column, cmp, condition.value);
  const left = condition.value.kind === "text" ? columnOf(column) : numberOf(column);
  if (condition.others !== undefined) {
    const values = [condition.value, ...condition.others].map((quantity) =>
      asText(column, quantityExpression(context, quantity, column)),
    );
    return on({ kind: "in", arg: columnOf(column), values }, column);
  }
  const right = quantityExpression(context, condition.value, column);
  if (column.type === "string" && !column.numberText && condition.value.kind === "number")
    return on(
      { kind: "compare", op: SQL_OPERATORS[cmp], left: columnOf(column), right: asText(column, right) },
      column,
    );
  if (column.temporal && condition.value.kind === "number")
    return on({ kind: "compare", op: SQL_OPERATORS[cmp], left: call("year", columnOf(column)), right }, column);
  return on({ kind: "compare", op: SQL_OPERATORS[cmp], left, right }, column);
}

function asText(column: Column, value: Expression): Expression {
  return column.type === "string" && value.kind === "literal" && typeof value.value === "number"
    ? { kind: "literal", value: String(value.value) }
    : value;
}

/** "older than average" with nothing named: the only measure the quantity speaks of. */
function fallbackMeasure(context: Context, value: Quantity): Target | undefined {
  return value.kind === "aggregate"
    ? context.settled.get(value.noun)
    : value.kind === "rowOf"
      ? context.settled.get(value.superlative.noun)
      : undefined;
}

function mirror(cmp: Comparison): Comparison {
  return ({ ">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "!=": "!=" } as const)[cmp];
}

/** "larger than any country in Europe": than the least of them for "any", than the greatest for "all" and "every". */
function placeAnyOf(
  context: Context,
  column: Column,
  cmp: Comparison,
  value: Extract<Quantity, { kind: "anyOf" }>,
): Placed {
  const up = cmp === ">" || cmp === ">=";
  const fn = (value.which === "any") === up ? "min" : "max";
  context.assumptions.push(
    value.which === "any" ? "“any” is read as “at least one of them”." : "“all” is read as “every one of them”.",
  );
  return on(
    {
      kind: "compare",
      op: SQL_OPERATORS[cmp],
      left: numberOf(column),
      right: scalarOver(context, fn, column, column.table, value.scope),
    },
    column,
  );
}

function placeBetween(context: Context, condition: Extract<Condition, { kind: "between" }>): Placed {
  const target = context.settled.get(condition.noun ?? condition);
  const { column } = need(target, condition.noun?.text ?? condition.text);
  if (column === undefined) throw new Unanswerable(`“${condition.text}” needs a column to compare.`);
  const { low, high } = condition;
  if (low.kind === "period" && high.kind === "period" && column.temporal) {
    return on(
      { kind: "and", parts: [timeBound(column, ">=", low.period.from), timeBound(column, "<", high.period.to)] },
      column,
    );
  }
  return on(
    {
      kind: "between",
      arg: numberOf(column),
      low: asText(column, quantityExpression(context, low, column)),
      high: asText(column, quantityExpression(context, high, column)),
    },
    column,
  );
}

function timeBound(column: Column, op: CompareOp, date: string): Predicate {
  return { kind: "compare", op, left: columnOf(column), right: { kind: "date", value: date } };
}

function placeValue(context: Context, condition: Extract<Condition, { kind: "value" }>): Placed {
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

function placePeriod(context: Context, condition: Extract<Condition, { kind: "period" }>): Placed {
  const target = context.settled.get(condition);
  const { column } = need(target, condition.text);
  if (column === undefined) throw new Unanswerable(`There is no date to compare “${condition.text}” with.`);
  if (condition.every && multiplies(context, context.main, column.table)) {
    const parts = condition.periods.map((period) =>
      relatedRows(context, context.main, [column.table], [periodPredicate(column, "=", period)], { negated: false }),
    );
    return { predicate: { kind: "and", parts }, tables: new Set([context.main]), columns: [] };
  }
  if (
    column.year &&
    condition.periods.length > 1 &&
    condition.cmp === "=" &&
    condition.periods.every((period) => period.bareYear !== undefined)
  ) {
    return on(
      {
        kind: "in",
        arg: columnOf(column),
        values: condition.periods.map((period) => ({
          kind: "literal",
          value: column.type === "string" ? String(period.bareYear) : (period.bareYear ?? null),
        })),
      },
      column,
    );
  }
  const parts = condition.periods.map((period) => periodPredicate(column, condition.cmp, period));
  return on(parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "or", parts }, column);
}

/** A column against a period: inside it, or before or after it. */
export function periodPredicate(column: Column, cmp: Comparison, period: Period): Predicate {
  if (period.month !== undefined && (cmp === "=" || cmp === "!=" || !column.temporal)) {
    const arg = column.temporal ? call("month", columnOf(column)) : columnOf(column);
    return { kind: "compare", op: SQL_OPERATORS[cmp], left: arg, right: { kind: "literal", value: period.month } };
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

/** "with more than 3 models": how many related rows there are. Counts of the main table's own rows restrict groups instead. */
function placeCount(context: Context, condition: Extract<Condition, { kind: "count" }>): Placed | undefined {
  const target = need(context.settled.get(condition.noun), condition.noun.text);
  if (countsOwnRows(context, target)) return undefined;
  const root = anchorOf(context, condition.about, target.table);
  const counted: Expression =
    target.column !== undefined && !target.column.unique && target.column.type === "string"
      ? { kind: "call", fn: "count", args: [columnOf(target.column)], distinct: true }
      : { kind: "call", fn: "count", args: [{ kind: "star" }] };
  const having: Predicate = {
    kind: "compare",
    op: SQL_OPERATORS[condition.cmp],
    left: counted,
    right: { kind: "literal", value: condition.n },
  };
  return {
    predicate: relatedRows(context, root, [target.table], [], { negated: false, having }),
    tables: new Set([root]),
    columns: [],
  };
}

/** The rows counted are those grouped by a column asked for ("grades with at least 4 students", "languages spoken in one country"). */
function countsOwnRows(context: Context, target: Target): boolean {
  if (target.table === context.main) return true;
  const asked = context.frame.wishes.some((wish) => {
    const column = wish.fn === undefined ? context.settled.get(wish.noun)?.column : undefined;
    return column !== undefined && column.table === context.main && !column.unique;
  });
  return asked && !multiplies(context, context.main, target.table);
}

/** The table whose rows a condition restricts. */
function anchorOf(context: Context, about: Noun | undefined, other: Table): Table {
  const table = about === undefined ? undefined : context.settled.get(about)?.table;
  return table !== undefined && table !== other ? table : context.main;
}

function placeNegation(context: Context, condition: Extract<Condition, { kind: "not" }>): Placed | undefined {
  const target = condition.noun === undefined ? undefined : context.settled.get(condition.noun);
  const inner = placeConditions({ ...context }, condition.inner);
  const root = anchorOf(context, condition.about, target?.table ?? context.main);
  const tables = new Set<Table>(inner.flatMap((part) => [...part.tables]));
  if (target !== undefined && target.table !== root) tables.add(target.table);
  const far = [...tables].filter(
    (table) =>
      table !== root && ((target?.table === table && target.column === undefined) || multiplies(context, root, table)),
  );
  if (far.length === 0) {
    if (inner.length === 0) return negateName(condition, target);
    const whole = allOf(inner.map((part) => part.predicate));
    if (whole === undefined) return undefined;
    return { predicate: negate(whole), tables, columns: inner.flatMap((part) => part.columns) };
  }
  const flags = companionFlags(context, far);
  return {
    predicate: relatedRows(context, root, [...tables], [...inner.map((part) => part.predicate), ...flags], {
      negated: true,
    }),
    tables: new Set([root]),
    columns: [],
  };
}

/** Flags said before the negation about the same related rows ("English is not the official language"). */
function companionFlags(context: Context, far: readonly Table[]): Predicate[] {
  if (far.includes(context.main)) return [];
  return context.frame.conditions
    .filter((other) => other.kind === "flag")
    .flatMap((other) => {
      const placed = placeCondition(context, other);
      if (placed === undefined || ![...placed.tables].every((table) => far.includes(table))) return [];
      context.consumed.add(other);
      return [placed.predicate];
    });
}

/** "without a director" (missing), "not official" (the flag's no). */
function negateName(condition: Extract<Condition, { kind: "not" }>, target: Target | undefined): Placed | undefined {
  const column = target?.column;
  if (column === undefined) {
    if (condition.strength === "not") return undefined;
    throw new Unanswerable(`I do not know what “${condition.text} ${condition.noun?.text ?? ""}” should leave out.`);
  }
  if (column.flag !== undefined) return on(equals(column, column.flag.no), column);
  if (condition.strength === "no" && column.numeric && (column.info.nulls ?? 0) === 0)
    return on(equals(column, 0), column);
  return on({ kind: "null", arg: columnOf(column), negated: false }, column);
}

function negate(predicate: Predicate): Predicate {
  if (predicate.kind === "compare") {
    const op = ({ "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<" } as const)[predicate.op];
    return { ...predicate, op };
  }
  if (predicate.kind === "null") return { ...predicate, negated: !predicate.negated };
  return { kind: "not", part: predicate };
}

/** "whose average life expectancy is above 72": a restriction of groups. */
export function havingPredicate(
  context: Context,
  condition: Condition,
): { predicate: Predicate; table: Table } | undefined {
  if (condition.kind === "aggregate") {
    const { column } = need(context.settled.get(condition.noun), condition.noun.text);
    if (column === undefined) return undefined;
    return {
      predicate: {
        kind: "compare",
        op: SQL_OPERATORS[condition.cmp],
        left: call(SQL_AGGREGATES[condition.fn], numberOf(column)),
        right: quantityExpression(context, condition.value, column),
      },
      table: column.table,
    };
  }
  const counted = condition.kind === "count" ? context.settled.get(condition.noun) : undefined;
  if (condition.kind === "count" && counted !== undefined && countsOwnRows(context, counted)) {
    return {
      predicate: {
        kind: "compare",
        op: SQL_OPERATORS[condition.cmp],
        left: call("count", { kind: "star" }),
        right: { kind: "literal", value: condition.n },
      },
      table: context.main,
    };
  }
  return undefined;
}
