/** Quantities as expressions: numbers, averages of a column, the value of one row. */
import type { Noun, Quantity, Superlative } from "../frame.ts";
import type { Column, Table } from "../schema.ts";
import type { Expression, Predicate } from "../tree.ts";
import { convertToColumn } from "../units.ts";
import {
  type Context,
  call,
  columnOf,
  joinsOf,
  newSelect,
  numberOf,
  pathBetween,
  requireNumbers,
  Unanswerable,
} from "./context.ts";
import { placeConditions } from "./predicates.ts";

export const SQL_AGGREGATES = {
  avg: "avg",
  sum: "sum",
  min: "min",
  max: "max",
  median: "median",
  stddev: "stddev",
  variance: "variance",
  mode: "mode",
  count: "count",
} as const;

/** A quantity to compare a column with, as an expression. */
export function quantityExpression(context: Context, quantity: Quantity, column: Column): Expression {
  switch (quantity.kind) {
    case "number":
      return {
        kind: "literal",
        value: convertToColumn(scalePercent(quantity.value, quantity.percent, column), quantity.unit, column),
      };
    case "entity":
      return entityValue(context, quantity, column);
    case "text":
      return { kind: "literal", value: quantity.text };
    case "period":
      if (column.year)
        return {
          kind: "literal",
          value: column.type === "string" ? quantity.period.from.slice(0, 4) : Number(quantity.period.from.slice(0, 4)),
        };
      if (!column.temporal && quantity.period.bareYear === undefined && column.numeric)
        throw new Unanswerable(`“${column.name}” holds numbers, so it cannot be compared with a date.`);
      return column.temporal
        ? { kind: "date", value: quantity.period.from }
        : { kind: "literal", value: quantity.period.bareYear ?? quantity.period.from };
    case "aggregate":
      return scalarOver(
        context,
        SQL_AGGREGATES[quantity.fn],
        chosenColumn(context, quantity.noun) ?? column,
        column.table,
        quantity.scope,
      );
    case "anyOf":
      throw new Unanswerable("I cannot compare with that.");
    case "rowOf":
      return rowValue(context, quantity.superlative, quantity.scope, column);
    case "column":
      return columnOf(chosenColumn(context, quantity.noun) ?? column);
  }
}

/** Percent against a column of fractions (0 to 1) is a fraction. */
function scalePercent(value: number, percent: boolean, column: Column): number {
  const { min, max } = column.info;
  const isFraction = typeof max === "number" && max <= 1 && typeof min === "number" && min >= -1;
  return percent && isFraction ? value / 100 : value;
}

function chosenColumn(context: Context, noun: Noun | undefined): Column | undefined {
  return context.settled.get(noun)?.column;
}

/** "(SELECT avg(x) FROM t WHERE …)" */
export function scalarOver(
  context: Context,
  fn: string,
  column: Column,
  table: Table,
  scope: Extract<Quantity, { kind: "aggregate" }>["scope"],
): Expression {
  requireNumbers(fn, column);
  const placed = placeConditions({ ...context, main: table }, scope);
  const query = newSelect(column.table);
  const tables = new Set<Table>([column.table, ...placed.flatMap((part) => [...part.tables])]);
  query.joins = joinsOf(column.table, pathBetween(context, [...tables]));
  query.where = placed.map((part) => part.predicate);
  query.output = [{ expr: call(fn, numberOf(column)), name: "", role: "measure" }];
  return { kind: "subquery", query };
}

/** The measure of a thing known by name, under the periods the question names. */
function entityValue(context: Context, quantity: Extract<Quantity, { kind: "entity" }>, column: Column): Expression {
  const target = context.settled.get(quantity);
  if (target?.column === undefined) throw new Unanswerable(`I do not know what “${quantity.choice.text}” is.`);
  requireNumbers("avg", column);
  const periods = context.frame.conditions.filter((condition) => condition.kind === "period");
  const placed = placeConditions(context, periods).filter((part) =>
    [...part.tables].every((table) => table === column.table),
  );
  const query = newSelect(column.table);
  query.joins = joinsOf(column.table, pathBetween(context, [column.table, target.table]));
  query.where = [
    {
      kind: "compare",
      op: "=",
      left: columnOf(target.column),
      right: { kind: "literal", value: target.values?.[0] ?? null },
    },
    ...placed.map((part) => part.predicate),
  ];
  query.output = [{ expr: call("avg", numberOf(column)), name: "", role: "measure" }];
  return { kind: "subquery", query };
}

/** "the one with the largest …": that row's value of the column compared. */
function rowValue(
  context: Context,
  superlative: Superlative,
  scope: Extract<Quantity, { kind: "rowOf" }>["scope"],
  column: Column,
): Expression {
  const target = context.settled.get(superlative.noun ?? superlative);
  if (target?.column === undefined) throw new Unanswerable(`I do not know what “${superlative.text}” is measured by.`);
  const placed: { predicate: Predicate; tables: Set<Table> }[] = placeConditions(
    { ...context, main: column.table },
    scope,
  );
  const query = newSelect(column.table);
  query.joins = joinsOf(
    column.table,
    pathBetween(context, [column.table, target.table, ...placed.flatMap((part) => [...part.tables])]),
  );
  query.where = placed.map((part) => part.predicate);
  query.output = [{ expr: numberOf(column), name: column.name, role: "measure" }];
  const dir = target.reversed === true ? (superlative.dir === "asc" ? "desc" : "asc") : superlative.dir;
  query.order = [{ by: numberOf(target.column), dir }];
  query.limit = 1;
  return { kind: "subquery", query };
}
