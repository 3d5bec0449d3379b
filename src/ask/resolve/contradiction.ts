/** Conditions that no single row can fulfil: the question compares sets ("above 40 … and below 30", "on Biscoe but not on Dream"). */
import type { Condition } from "../frame.ts";
import type { Context } from "./context.ts";

/** Two lists of conditions and how their answers combine. */
export interface Split {
  op: "INTERSECT" | "EXCEPT";
  left: Condition[];
  right: Condition[];
}

/** How to split the conditions over two queries; undefined when one query can hold them all. */
export function findContradiction(context: Context): Split | undefined {
  const { frame } = context;
  const plain = frame.wishes.length > 0 && frame.wishes.every((wish) => wish.fn === undefined);
  if (!plain || frame.groups.length > 0 || frame.superlatives.length > 0) return undefined;
  const all = frame.conditions;
  for (const [i, second] of all.entries()) {
    if (second.joiner === "or") continue;
    for (const first of all.slice(0, i)) {
      if (contradicts(context, first, second))
        return {
          op: "INTERSECT",
          left: all.filter((other) => other !== second),
          right: all.filter((other) => other !== first),
        };
      const inner =
        second.kind === "not" && second.noun === undefined && second.inner.length === 1 ? second.inner[0] : undefined;
      if (inner !== undefined && contradicts(context, first, inner)) {
        return {
          op: "EXCEPT",
          left: all.filter((other) => other !== second),
          right: [...all.filter((other) => other !== first && other !== second), inner],
        };
      }
    }
  }
  return undefined;
}

function contradicts(context: Context, a: Condition, b: Condition): boolean {
  if (a.kind === "value" && b.kind === "value") {
    const [left, right] = [context.settled.get(a), context.settled.get(b)];
    if (
      left?.column === undefined ||
      left.column !== right?.column ||
      left.values?.length !== 1 ||
      right?.values?.length !== 1
    )
      return false;
    return left.values[0] !== right.values[0];
  }
  if (a.kind === "compare" && b.kind === "compare") {
    const [left, right] = [context.settled.get(a.noun ?? a), context.settled.get(b.noun ?? b)];
    if (
      left?.column === undefined ||
      left.column !== right?.column ||
      a.value.kind !== "number" ||
      b.value.kind !== "number"
    )
      return false;
    const [low, high] = [a.value.value, b.value.value];
    if (a.cmp === "=" && b.cmp === "=") return low !== high && a.others === undefined && b.others === undefined;
    if (a.cmp.startsWith(">") && b.cmp.startsWith("<")) return low >= high;
    return a.cmp.startsWith("<") && b.cmp.startsWith(">") && low <= high;
  }
  return false;
}
