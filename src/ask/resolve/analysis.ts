/** Queries that are more than a selection: correlation, distribution, ratios, and which of them a question asks for. */
import type { Column } from "../schema.ts";
import type { Expression } from "../tree.ts";
import { assemble } from "./assemble.ts";
import { type Built, built } from "./built.ts";
import { call, columnOf, multiplies, note, numberOf, Unanswerable } from "./context.ts";
import type { Draft } from "./draft.ts";
import { isAdditive, type Measure } from "./measures.ts";
import { series, trend } from "./series.ts";
import { share } from "./shares.ts";

/** The query of an analytical question; undefined when the question is a plain one. */
export function buildAnalysis(draft: Draft): Built | undefined {
  const { frame } = draft.context;
  if (frame.correlation) return correlation(draft);
  if (frame.share) return share(draft);
  if (frame.growth || frame.running) return series(draft);
  if (frame.trend) return trend(draft);
  if (frame.distribution) return distribution(draft);
  if (frame.ratio) return ratio(draft);
  return undefined;
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

function correlation(draft: Draft): Built {
  const [a, b] = numericColumns(draft);
  if (a === undefined || b === undefined)
    throw new Unanswerable("A correlation needs two columns of numbers; name both of them.");
  const measure: Measure = { expr: call("corr", numberOf(a), numberOf(b)), name: "correlation", table: a.table };
  const next: Draft = { ...draft, plain: [], measures: [measure, ...(b.table === a.table ? [] : [])] };
  const query = assemble(next);
  return built(next, query);
}

/** How often each value occurs; numbers are cut into about ten round steps. */
function distribution(draft: Draft): Built {
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

/** A column taken together over the rows of a group: once for each, where the other column has several rows for one of its own. */
function wholeOf(draft: Draft, column: Column, other: Column): Expression {
  if (!multiplies(draft.context, column.table, other.table)) return call("sum", numberOf(column));
  const isEach = draft.dimensions.some(
    (dimension) =>
      dimension.table === column.table && (dimension.column === column.table.key || dimension.column?.unique === true),
  );
  if (!isEach)
    throw new Unanswerable(
      `Each row of “${column.table.name}” has several in “${other.table.name}”, so that ${column.name} would be added up more than once.`,
    );
  return call("max", numberOf(column));
}

function ratio(draft: Draft): Built | undefined {
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
          left: wholeOf(draft, a, b),
          right: call("nullif", wholeOf(draft, b, a), { kind: "literal", value: 0 }),
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
