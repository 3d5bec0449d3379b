/** Percentages: of rows that fulfil a condition, or of a total that each group makes up. */
import type { Condition, Wish } from "../frame.ts";
import type { Table } from "../schema.ts";
import { allOf, type Expression } from "../tree.ts";
import { assemble } from "./assemble.ts";
import { type Built, built } from "./built.ts";
import { call, note, numberOf, type Placed, Unanswerable } from "./context.ts";
import { labelDimension } from "./dimensions.ts";
import type { Draft } from "./draft.ts";
import { isAdditive, type Measure, measureOf, onlyAmount } from "./measures.ts";
import { placeConditions } from "./predicates.ts";

/** Percent: of rows that fulfil a condition, or of a total that each group makes up. */
export function share(draft: Draft): Built {
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
    draft.dimensions.push(labelDimension(column));
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
