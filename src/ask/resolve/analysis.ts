/** Queries that are more than a selection: shares, growth, running totals, correlation, distribution, ratios. */
import type { Condition, Wish } from "../frame.ts";
import type { Column, Table } from "../schema.ts";
import { allOf, type Expression, type OutputColumn, type SelectQuery } from "../tree.ts";
import type { TimeUnit } from "../types.ts";
import { type Context, call, columnOf, note, numberOf, type Placed, Unanswerable } from "./context.ts";
import type { Draft } from "./draft.ts";
import { fittingUnit, impliedAggregate, isAdditive, type Measure, measureOf, timeExpression } from "./measures.ts";
import { timeTargets } from "./name-targets.ts";
import { placeConditions } from "./predicates.ts";
import type { Built } from "./query.ts";

type Assemble = (draft: Draft) => SelectQuery;

/** The query of an analytical question; undefined when the question is a plain one. */
export function buildAnalysis(draft: Draft, assemble: Assemble): Built | undefined {
  const { frame } = draft.context;
  if (frame.correlation) return correlation(draft, assemble);
  if (frame.share) return share(draft, assemble);
  if (frame.growth || frame.running) return series(draft, assemble);
  if (frame.trend) return trend(draft, assemble);
  if (frame.distribution) return distribution(draft, assemble);
  if (frame.ratio) return ratio(draft, assemble);
  return undefined;
}

function built(draft: Draft, query: SelectQuery): Built {
  const time = draft.dimensions.find((dimension) => dimension.unit !== undefined && !dimension.hidden);
  return {
    query,
    context: draft.context,
    ...(time?.unit === undefined ? {} : { time: { column: time.name, unit: time.unit } }),
  };
}

function numericColumns(draft: Draft): Column[] {
  const { context } = draft;
  const targets = [
    ...draft.plain.map(({ target }) => target),
    ...[...context.frame.mentions, ...context.frame.asides].map((noun) => context.settled.get(noun)),
  ];
  const columns = [...draft.measures.map((measure) => measure.column), ...targets.map((target) => target?.column)];
  return [
    ...new Set(
      columns.filter((column): column is Column => column !== undefined && (column.numeric || column.numberText)),
    ),
  ];
}

function correlation(draft: Draft, assemble: Assemble): Built {
  const [a, b] = numericColumns(draft);
  if (a === undefined || b === undefined)
    throw new Unanswerable("A correlation needs two columns of numbers; name both of them.");
  const measure: Measure = { expr: call("corr", numberOf(a), numberOf(b)), name: "correlation", table: a.table };
  const next: Draft = { ...draft, plain: [], measures: [measure, ...(b.table === a.table ? [] : [])] };
  const query = assemble(next);
  return built(next, query);
}

/** Percent: of rows that fulfil a condition, or of a total that each group makes up. */
function share(draft: Draft, assemble: Assemble): Built {
  const { context } = draft;
  const { frame } = context;
  const hundred: Expression = { kind: "literal", value: 100 };
  const wish = frame.wishes.find((candidate) => candidate.asShare === true) ?? frame.wishes[0];
  const measure =
    draft.measures[0] ??
    measureOf(context, { fn: "count", distinct: false, text: "count" }, context.settled.get(wish?.noun));
  if (draft.dimensions.length === 0 && wish?.fn === "count" && frame.conditions.length === 0) {
    const column = context.settled.get(wish.noun)?.column;
    if (column === undefined) throw new Unanswerable("I do not know which part of the rows you want as a percentage.");
    draft.dimensions.push({
      expr: columnOf(column),
      name: column.name,
      role: "label",
      table: column.table,
      column,
      hidden: false,
    });
  }
  if (draft.dimensions.length > 0 && !frame.conditions.some((condition) => saysPart(condition, wish))) {
    const [amount] = wish?.noun === undefined && context.main.label === undefined ? onlyAmount(context) : [];
    const base: Measure =
      wish?.fn === "sum" && measure.column !== undefined
        ? measure
        : amount !== undefined && isAdditive(amount.column ?? context.main.columns[0]!)
          ? amount
          : { expr: call("count", { kind: "star" }), name: "count", table: measure.table };
    const whole: Expression = { kind: "window", call: call("sum", base.expr), order: [] };
    const expr: Expression = {
      kind: "binary",
      op: "/",
      left: { kind: "binary", op: "*", left: hundred, right: base.expr },
      right: whole,
    };
    const next: Draft = { ...draft, plain: [], measures: [{ expr, name: "percent", table: base.table }] };
    return built(next, assemble(next));
  }
  const split = splitWhole(frame.conditions);
  const within = placeConditions(context, frame.conditions.slice(0, Math.max(split, 0)));
  const part = placeConditions(context, frame.conditions.slice(Math.max(split, 0)));
  const filter = allOf(part.map((placed) => placed.predicate));
  if (filter === undefined) throw new Unanswerable("I do not know which part of the rows you want as a percentage.");
  const base: Expression =
    wish?.fn === "sum" && measure.column !== undefined
      ? call("sum", numberOf(measure.column))
      : call("count", { kind: "star" });
  const some: Expression = base.kind === "call" ? { ...base, filter } : base;
  const expr: Expression = {
    kind: "binary",
    op: "/",
    left: { kind: "binary", op: "*", left: hundred, right: some },
    right: base,
  };
  const [whole] = wish?.noun === undefined ? part.flatMap((placed) => [...placed.tables]) : [];
  if (whole !== undefined) measure.table = whole;
  const tables = new Set<Table>([measure.table, ...part.flatMap((placed) => [...placed.tables])]);
  const extra: Placed[] = [...tables].map((table) => ({
    predicate: { kind: "and", parts: [] },
    tables: new Set([table]),
    columns: [],
  }));
  if (extra.some((placed) => [...placed.tables].some((table) => table !== measure.table)))
    throw new Unanswerable("I cannot yet compute a percentage over several tables.");
  note(context, "The percentage is of all rows that fulfil the other conditions.");
  const next: Draft = {
    ...draft,
    plain: [],
    placed: within,
    measures: [{ expr, name: "percent", table: measure.table }],
  };
  return built(next, assemble(next));
}

/** Whether a condition says which part of each group is meant ("percentage of cancelled orders per year"), and not which rows there are. */
function saysPart(condition: Condition, wish: Wish | undefined): boolean {
  return (
    condition.predicate === true ||
    (wish?.fn === "count" &&
      (condition.inWish === true || wish.noun === undefined) &&
      (condition.kind === "flag" || condition.kind === "value"))
  );
}

/** Where the conditions on the whole end and those on the part begin; the last condition is always one on the part. */
function splitWhole(conditions: readonly Condition[]): number {
  const marked = conditions.findIndex((condition) => condition.predicate === true);
  const after = conditions.findIndex((condition) => condition.inWish !== true);
  const split = marked >= 0 ? marked : Math.max(after, 0);
  return Math.min(Math.max(split, 0), conditions.length - 1);
}

/** Makes sure that rows are grouped by time and that there is a measure. */
function withTime(draft: Draft): Draft {
  const { context } = draft;
  const dimensions = [...draft.dimensions];
  let { measures, plain } = draft;
  const hasTime = dimensions.some((dimension) => dimension.role === "time");
  if (!hasTime) {
    const table =
      measures[0]?.table ?? plain.find(({ target }) => target.column?.numeric === true)?.target.table ?? context.main;
    const candidates = timeTargets(undefined, "year", context.schema).filter((target) => target.table === table);
    const column = candidates[0]?.column;
    if (column === undefined)
      throw new Unanswerable(`The table “${table.name}” has no date to show a development over.`);
    const unit = spanUnit(context) ?? fittingUnit(column);
    note(context, `Time is taken from “${column.name}”, by ${unit}.`);
    dimensions.unshift({
      expr: timeExpression(column, unit),
      name: column.temporal ? unit : column.name,
      role: "time",
      table,
      column,
      unit,
      hidden: false,
    });
  }
  if (measures.length === 0) {
    const numeric = plain.filter(
      ({ target }) =>
        target.column !== undefined &&
        (target.column.numeric || target.column.numberText) &&
        !target.column.identifier &&
        !target.column.year,
    );
    measures = numeric.map(({ wish, target }) =>
      measureOf(
        context,
        { ...wish, fn: target.column === undefined ? "count" : impliedAggregate(context, target.column) },
        target,
      ),
    );
    if (measures.length === 0 && plain.length === 0) measures = onlyAmount(context);
    if (measures.length === 0)
      measures = [
        measureOf(
          context,
          { fn: "count", distinct: false, text: "count" },
          plain.find(({ target }) => target.column === undefined)?.target,
        ),
      ];
  }
  for (const { target } of plain) {
    const { column } = target;
    if (column?.category && !dimensions.some((dimension) => dimension.column === column))
      dimensions.push({
        expr: columnOf(column),
        name: column.name,
        role: "label",
        table: column.table,
        column,
        hidden: false,
      });
  }
  plain = [];
  return { ...draft, dimensions, measures, plain };
}

/** "from 2020 to 2023": by the unit in which the span is given. */
function spanUnit({ frame }: Context): TimeUnit | undefined {
  for (const condition of frame.conditions)
    if (condition.kind === "between" && condition.low.kind === "period" && condition.high.kind === "period")
      return condition.low.period.unit === condition.high.period.unit ? condition.low.period.unit : undefined;
  return undefined;
}

/** "How did renewables develop": the one column of numbers that the table has. */
function onlyAmount(context: Context): Measure[] {
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

function trend(draft: Draft, assemble: Assemble): Built {
  const next = withTime(draft);
  return built(next, assemble(next));
}

/** Growth against the step before in percent, or the total up to each step. */
function series(draft: Draft, assemble: Assemble): Built {
  const next = withTime(draft);
  const query = assemble({ ...next, rankings: [] });
  const time = next.dimensions.find((dimension) => dimension.role === "time");
  const [measure] = next.measures;
  if (time === undefined || measure === undefined) throw new Unanswerable("A development needs a date and a number.");
  const others = next.dimensions.filter((dimension) => dimension !== time && !dimension.hidden);
  if (others.length > 0)
    throw new Unanswerable("I can show growth and running totals for one series at a time; name one group to look at.");
  const byTime = [{ by: time.expr, dir: "asc" as const }];
  const extra: OutputColumn[] = [];
  if (draft.context.frame.growth) {
    const before: Expression = { kind: "window", call: call("lag", measure.expr), order: byTime };
    const change: Expression = { kind: "binary", op: "-", left: measure.expr, right: before };
    extra.push({
      expr: {
        kind: "binary",
        op: "/",
        left: { kind: "binary", op: "*", left: { kind: "literal", value: 100 }, right: change },
        right: call("nullif", before, { kind: "literal", value: 0 }),
      },
      name: "growth_percent",
      role: "measure",
    });
  }
  if (draft.context.frame.running)
    extra.push({
      expr: { kind: "window", call: call("sum", measure.expr), order: byTime },
      name: `running_${measure.name}`,
      role: "measure",
    });
  const shown =
    draft.context.frame.running && !draft.context.frame.growth
      ? query.output.filter((column) => column.role !== "measure")
      : query.output;
  return built(next, { ...query, output: [...shown, ...extra], order: byTime });
}

/** How often each value occurs; numbers are cut into about ten round steps. */
function distribution(draft: Draft, assemble: Assemble): Built {
  const { context } = draft;
  const target =
    draft.plain[0]?.target ??
    (draft.measures[0]?.column === undefined
      ? undefined
      : { table: draft.measures[0].table, column: draft.measures[0].column, score: 1 });
  const column = target?.column;
  if (column === undefined) return built(draft, assemble(draft));
  const count: Measure = { expr: call("count", { kind: "star" }), name: "count", table: column.table };
  let expr: Expression = columnOf(column);
  let name = column.name;
  const step = column.numeric || column.numberText ? roundStep(column) : undefined;
  if (step !== undefined && !column.year && (column.info.distinct ?? 0) > 20) {
    const literal: Expression = { kind: "literal", value: step };
    expr = {
      kind: "binary",
      op: "*",
      left: call("floor", { kind: "binary", op: "/", left: numberOf(column), right: literal }),
      right: literal,
    };
    name = `${column.name} from`;
    note(context, `“${column.name}” is cut into steps of ${step}.`);
  }
  const next: Draft = {
    ...draft,
    plain: [],
    measures: [count],
    dimensions: [
      { expr, name, role: "label", table: column.table, column, hidden: false },
      ...draft.dimensions.filter((dimension) => dimension.column !== column),
    ],
  };
  const query = assemble(next);
  if (step !== undefined && query.order.length === 0) query.order = [{ by: expr, dir: "asc" }];
  return built(next, query);
}

function roundStep(column: Column): number | undefined {
  const { min, max } = column.info;
  if (typeof min !== "number" || typeof max !== "number" || max <= min) return undefined;
  const raw = (max - min) / 10;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw) ?? 10;
  return factor * power;
}

function ratio(draft: Draft, assemble: Assemble): Built | undefined {
  const wished = draft.context.frame.wishes.map((wish) => draft.context.settled.get(wish.noun)?.column);
  const [a, b] = wished.length === 2 && wished.every((column) => column?.numeric) ? wished : numericColumns(draft);
  if (a === undefined || b === undefined) return undefined;
  draft.dimensions = draft.dimensions
    .filter(({ column }) => column !== a && column !== b)
    .map((dimension) => (dimension.column === dimension.table.label ? { ...dimension, hidden: false } : dimension));
  const grouped =
    draft.dimensions.length > 0 ||
    draft.plain.some(({ target }) => target.column?.category === true) ||
    !draft.plain.some(({ target }) => target.column === undefined);
  const each: Expression = {
    kind: "binary",
    op: "/",
    left: numberOf(a),
    right: call("nullif", numberOf(b), { kind: "literal", value: 0 }),
  };
  const averaged = draft.context.frame.wishes.some((wish) => wish.fn === "avg");
  const quotient: Expression = averaged
    ? call("avg", each)
    : grouped
      ? {
          kind: "binary",
          op: "/",
          left: call("sum", numberOf(a)),
          right: call("nullif", call("sum", numberOf(b)), { kind: "literal", value: 0 }),
        }
      : each;
  if (grouped && !averaged && !(isAdditive(a) || isAdditive(b))) note(draft.context, "The ratio is of the two sums.");
  const percent = draft.context.frame.inPercent === true;
  const expr: Expression = percent
    ? { kind: "binary", op: "*", left: { kind: "literal", value: 100 }, right: quotient }
    : quotient;
  const name = percent ? "percent" : "ratio";
  const next: Draft = { ...draft, plain: [], measures: [{ expr, name, table: a.table }] };
  return built(next, assemble(next));
}
