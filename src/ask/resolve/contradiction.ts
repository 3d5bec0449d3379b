/** Conditions that no single row can fulfil: the question compares sets ("above 40 … and below 30", "on Biscoe but not on Dream"). */
import type { Condition } from "../frame.ts";
import { type Context, multiplies } from "./context.ts";
import { isCoarse } from "./dimensions.ts";

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
  const absence = findAbsence(context);
  if (absence !== undefined) return absence;
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
      const target = context.settled.get(inner);
      const several = target !== undefined && multiplies(context, context.main, target.table);
      if (inner !== undefined && !several && contradicts(context, first, inner)) {
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

/** "Which countries have no channel that …": of a repeated value no row may have it, not just some row. */
function findAbsence(context: Context): Split | undefined {
  const { frame } = context;
  const [wish] = frame.wishes;
  const column = context.settled.get(wish?.noun)?.column;
  if (
    frame.wishes.length !== 1 ||
    column === undefined ||
    column.table !== context.main ||
    !isCoarse(column) ||
    column.temporal
  )
    return undefined;
  if (wish?.noun?.owners.some((owner) => (owner.tables[0]?.score ?? 0) >= 0.7) === true) return undefined;
  const absent = frame.conditions.find((condition) => condition.kind === "not");
  if (absent?.kind !== "not" || absent.joiner === "or") return undefined;
  const tables = [absent.noun, ...absent.inner].map((key) => context.settled.get(key)?.table);
  // "consultants who never worked for …": none of their rows may be so.
  const never =
    /^(?:never|ha(?:s|ve)n't|didn't|did not|ha(?:s|ve) not)\b/i.test(absent.text) &&
    absent.inner.length > 0 &&
    absent.inner.every(({ kind }) => kind === "value" || kind === "period");
  if (!never && !tables.some((table) => table !== undefined && multiplies(context, context.main, table)))
    return undefined;
  const others = frame.conditions.filter((condition) => condition !== absent);
  const present: Condition[] =
    absent.inner.length > 0
      ? absent.inner
      : absent.noun === undefined
        ? []
        : [{ kind: "exists", noun: absent.noun, joiner: "and", text: absent.text }];
  const both = others.filter((other) => !present.some((condition) => contradicts(context, other, condition)));
  return present.length === 0 ? undefined : { op: "EXCEPT", left: others, right: [...both, ...present] };
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
  if (a.kind === "period" && b.kind === "period") {
    const [left, right] = [context.settled.get(a)?.column, context.settled.get(b)?.column];
    const [from, to] = [a.periods[0]?.from, b.periods[0]?.from];
    if (left === undefined || left !== right || from === undefined || to === undefined) return false;
    if (a.cmp.startsWith(">") && b.cmp.startsWith("<")) return from >= to;
    if (a.cmp.startsWith("<") && b.cmp.startsWith(">")) return from <= to;
  }
  return false;
}
