/** What the rows of an answer are grouped by. */
import type { Superlative } from "../frame.ts";
import type { Column, Table } from "../schema.ts";
import type { Expression } from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import { columnOf, multiplies, note, Unanswerable } from "./context.ts";
import type { Draft } from "./draft.ts";
import { impliedAggregate, measureOf, partExpression, timeExpression } from "./measures.ts";
import type { Target } from "./name-targets.ts";
import type { Ranking } from "./superlative.ts";
import { checkEvent } from "./value-predicates.ts";

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
  /** Grouped by before the figure that is shown is taken. */
  inner?: boolean;
}

/** A column's values as labels. */
export function labelDimension(column: Column): Dimension {
  return { expr: columnOf(column), name: column.name, role: "label", table: column.table, column, hidden: false };
}

/** "average amount per order": each row is one order, so that the average is that of all. */
function averagesRows({ context, measures }: Draft, target: Target): boolean {
  const [measure, ...more] = measures;
  return (
    measure?.column !== undefined &&
    more.length === 0 &&
    measure.table === target.table &&
    target.column === undefined &&
    context.frame.wishes.some((wish) => wish.fn === "avg" || wish.fn === "median")
  );
}

/** Groups that the question names. */
export function addGroups(draft: Draft): void {
  const { context } = draft;
  const { frame } = context;
  const topical = frame.trend || frame.growth || frame.running;
  for (const group of frame.groups) {
    if (group.unit !== undefined || group.part !== undefined) {
      const column = context.settled.get(group)?.column;
      if (column === undefined)
        throw new Unanswerable(`There is no date in these tables to group by ${group.unit ?? group.part}.`);
      if (group.noun === undefined) checkEvent(context, `per ${group.unit ?? group.part}`, column);
      const isYear = column.year && !column.temporal;
      // "calls by hour" over months: of the day.
      if (group.unit === "hour" && spansWeeks(draft, column)) {
        delete group.unit;
        group.part = "hour";
      }
      const expr =
        group.part !== undefined ? partExpression(column, group.part) : timeExpression(column, group.unit ?? "day");
      draft.dimensions.push({
        expr,
        name: isYear ? column.name : (group.part ?? group.unit ?? "day"),
        role: group.part === undefined ? "time" : "label",
        table: column.table,
        column,
        hidden: group.inner === true,
        ...(group.unit === undefined ? {} : { unit: group.unit }),
        ...(group.inner === true ? { inner: true } : {}),
      });
      continue;
    }
    const target = context.settled.get(group.noun);
    if (target === undefined)
      throw new Unanswerable(`I do not know what “${group.noun?.text ?? ""}” to group by refers to.`);
    if (averagesRows(draft, target)) {
      frame.acts = frame.acts.filter(({ kind }) => kind !== "group");
      continue;
    }
    const own = dimensionsOf(draft, target);
    draft.dimensions.push(...(group.inner === true ? own.map((dimension) => ({ ...dimension, inner: true })) : own));
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
        dimension.expr.kind !== "column" ||
        dimension.role === "time" ||
        (dimension.column !== undefined && !dimension.column.unique && !dimension.hidden),
    ) && !draft.dimensions.some((dimension) => dimension.hidden);
  if (numeric.length > 0 && (coarse || topical || draft.dimensions.every(ownsRows(draft)))) {
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

/** Whether a moment's hours are too many to be told apart one by one. */
function spansWeeks({ context: { frame } }: Draft, { info: { min, max } }: Column): boolean {
  if (frame.trend || frame.growth || frame.running || frame.conditions.some(({ kind }) => kind === "period"))
    return false;
  return Date.parse(String(max)) - Date.parse(String(min)) > 14 * 86_400_000;
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
  if (table.key !== undefined && table.key !== label && label?.unique !== true) dimensions.push(hiddenBy(table.key));
  return dimensions;
}

/** Groups rows that are different things although they have one name, by their key. */
function hiddenBy(key: Column): Dimension {
  return { expr: columnOf(key), name: key.name, role: "label", table: key.table, column: key, hidden: true };
}

/** Plain columns beside measures (or ranked by a count) are what rows are grouped by. */
export function dimensionsFromWishes(draft: Draft): void {
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
      own.push(hiddenBy(table.key));
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
