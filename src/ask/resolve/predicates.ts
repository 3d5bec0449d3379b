/** Conditions of a frame as predicates, each with the tables it needs. */

import { areComparable, findCounterpart } from "../counterparts.ts";
import type { Condition, Noun, Quantity } from "../frame.ts";
import type { Comparison } from "../phrases.ts";
import type { Column, Table } from "../schema.ts";
import type { Expression, Predicate } from "../tree.ts";
import type { CellValue } from "../types.ts";
import {
  type Context,
  call,
  columnOf,
  multiplies,
  note,
  numberOf,
  type Placed,
  relatedRows,
  Unanswerable,
} from "./context.ts";
import { placeCount } from "./counts.ts";
import type { Target } from "./name-targets.ts";
import { placeNegation } from "./negation.ts";
import { quantityExpression, scalarOver } from "./quantity.ts";
import { superlativeFilter } from "./superlative.ts";
import { placePeriod, placeValue, timeBound } from "./value-predicates.ts";

export type CompareOp = Extract<Predicate, { kind: "compare" }>["op"];

export const SQL_OPERATORS: Record<Comparison, CompareOp> = {
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

/** The one column of text that is asked for. */
function wishedText({ frame, settled }: Context): Column | undefined {
  const [wish, ...others] = frame.wishes;
  const column = others.length === 0 ? settled.get(wish?.noun)?.column : undefined;
  return column?.type === "string" ? column : undefined;
}

export function on(predicate: Predicate, ...columns: Column[]): Placed {
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
      const said = context.settled.get(condition.noun ?? condition)?.column ?? context.main.label;
      const column = condition.noun === undefined && said?.type !== "string" ? (wishedText(context) ?? said) : said;
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

export function need(target: Target | undefined, text: string): Target {
  if (target === undefined) throw new Unanswerable(`I do not know what “${text}” refers to in these tables.`);
  return target;
}

export function equals(column: Column, value: CellValue): Predicate {
  return { kind: "compare", op: "=", left: columnOf(column), right: { kind: "literal", value } };
}

function placeComparison(context: Context, condition: Extract<Condition, { kind: "compare" }>): Placed {
  if (condition.value.kind === "column") return placeColumns(context, condition, condition.value);
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
  if ((column.temporal || column.year) && condition.value.kind === "number" && !isYear(condition.value.value))
    throw new Unanswerable(`“${column.name}” holds dates, so I do not know what “${condition.text}” compares.`);
  if (column.temporal && condition.value.kind === "number")
    return on({ kind: "compare", op: SQL_OPERATORS[cmp], left: call("year", columnOf(column)), right }, column);
  return on({ kind: "compare", op: SQL_OPERATORS[cmp], left, right }, column);
}

/** "delivered later than promised", "sold above the list price": two columns of a row. */
function placeColumns(
  context: Context,
  condition: Extract<Condition, { kind: "compare" }>,
  value: Extract<Quantity, { kind: "column" }>,
): Placed {
  const right = need(context.settled.get(value.noun), value.noun.text).column;
  if (right === undefined) throw new Unanswerable(`“${value.noun.text}” is no column that could be compared.`);
  const said = context.settled.get(condition.noun ?? condition)?.column;
  const left = said !== undefined && areComparable(said, right) ? said : findCounterpart(right, context.schema);
  if (left === undefined)
    throw new Unanswerable(`I do not know what should be compared with “${right.name}” in “${condition.text}”.`);
  note(context, `“${left.name}” is compared with “${right.name}” row by row.`);
  return on(
    { kind: "compare", op: SQL_OPERATORS[condition.cmp], left: numberOf(left), right: numberOf(right) },
    left,
    right,
  );
}

function isYear(value: number): boolean {
  return Number.isInteger(value) && value >= 1000 && value <= 2200;
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

/** The table whose rows a condition restricts. */
export function anchorOf(context: Context, about: Noun | undefined, other: Table): Table {
  const table = about === undefined ? undefined : context.settled.get(about)?.table;
  return table !== undefined && table !== other ? table : context.main;
}
