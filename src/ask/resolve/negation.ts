/** Negated conditions: another value, a missing value, or no related row. */
import type { Condition } from "../frame.ts";
import type { Table } from "../schema.ts";
import { allOf, type Predicate } from "../tree.ts";
import { isParticiple } from "../words.ts";
import { type Context, columnOf, multiplies, type Placed, relatedRows, Unanswerable } from "./context.ts";
import type { Target } from "./name-targets.ts";
import { anchorOf, equals, on, placeCondition, placeConditions } from "./predicates.ts";

export function placeNegation(context: Context, condition: Extract<Condition, { kind: "not" }>): Placed | undefined {
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
  const { column } = target ?? {};
  if (column?.temporal === true && inner.length === 0 && isParticiple(condition.noun?.text ?? ""))
    throw new Unanswerable(
      `“${condition.text} ${condition.noun?.text ?? ""}” is said of “${column.table.name}”, of which “${root.name}” may have several.`,
    );
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
  if (column.temporal && column.info.nulls === 0)
    throw new Unanswerable(
      `“${column.name}” is there in every row, so nothing is “${condition.text} ${condition.noun?.text ?? ""}”.`,
    );
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
