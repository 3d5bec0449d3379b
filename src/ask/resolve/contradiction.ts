/** Conditions that no single row can fulfil ("above 40 … and below 30"): the question wants what is in both sets. */
import type { Condition } from "../frame.ts";
import type { Context } from "./context.ts";

/** The pair to be split over two queries; undefined when all conditions can hold together. */
export function findContradiction(context: Context): [Condition, Condition] | undefined {
  const { frame } = context;
  const plain = frame.wishes.length > 0 && frame.wishes.every((wish) => wish.fn === undefined);
  if (!plain || frame.groups.length > 0 || frame.superlatives.length > 0) return undefined;
  const own = frame.conditions;
  for (const [i, second] of own.entries()) {
    if (second.joiner === "or") continue;
    for (const first of own.slice(0, i)) if (contradicts(context, first, second)) return [first, second];
  }
  return undefined;
}

function contradicts(context: Context, a: Condition, b: Condition): boolean {
  if (a.kind === "value" && b.kind === "value") {
    const [left, right] = [context.settled.get(a), context.settled.get(b)];
    if (left?.column === undefined || left.column !== right?.column || left.values?.length !== 1 || right?.values?.length !== 1) return false;
    return left.values[0] !== right.values[0];
  }
  if (a.kind === "compare" && b.kind === "compare") {
    const [left, right] = [context.settled.get(a.noun ?? a), context.settled.get(b.noun ?? b)];
    if (left?.column === undefined || left.column !== right?.column || a.value.kind !== "number" || b.value.kind !== "number") return false;
    const [low, high] = [a.value.value, b.value.value];
    if (a.cmp === "=" && b.cmp === "=") return low !== high && a.others === undefined && b.others === undefined;
    if (a.cmp.startsWith(">") && b.cmp.startsWith("<")) return low >= high;
    return a.cmp.startsWith("<") && b.cmp.startsWith(">") && low <= high;
  }
  return false;
}
