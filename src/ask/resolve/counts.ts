/** How many related rows there are, and restrictions of groups. */
import type { Condition, Frame } from "../frame.ts";
import { isTableNoun } from "../grammar/state.ts";
import type { Table } from "../schema.ts";
import type { Expression, Predicate } from "../tree.ts";
import { type Context, call, columnOf, multiplies, numberOf, type Placed, relatedRows } from "./context.ts";
import { isAdditive } from "./measures.ts";
import { findMoney, type Target } from "./name-targets.ts";
import { anchorOf, need, placeCondition, SQL_OPERATORS } from "./predicates.ts";
import { quantityExpression, SQL_AGGREGATES } from "./quantity.ts";

/** "average calls per agent": of rows that hold no amount there is only how many each has. */
export function averageCounts({ wishes, groups }: Frame): void {
  if (groups.length === 0) return;
  for (const wish of wishes) {
    const table = isTableNoun(wish.noun) ? wish.noun?.tables[0]?.table : undefined;
    if (wish.fn !== "avg" || table === undefined || !/[^s]s$/i.test(wish.noun?.text ?? "")) continue;
    if (!table.columns.some((column) => isAdditive(column)) && findMoney(table) === undefined) wish.asked = true;
  }
}

/** "with more than 3 models": how many related rows there are. Counts of the main table's own rows restrict groups instead. */
export function placeCount(context: Context, condition: Extract<Condition, { kind: "count" }>): Placed | undefined {
  const target = need(context.settled.get(condition.noun), condition.noun.text);
  if (countsOwnRows(context, target)) return undefined;
  const root = anchorOf(context, condition.about, target.table);
  const counted: Expression =
    target.column !== undefined && !target.column.unique && target.column.type === "string"
      ? { kind: "call", fn: "count", args: [columnOf(target.column)], distinct: true }
      : { kind: "call", fn: "count", args: [{ kind: "star" }] };
  const having: Predicate = {
    kind: "compare",
    op: SQL_OPERATORS[condition.cmp],
    left: counted,
    right: { kind: "literal", value: condition.n },
  };
  const companions = companionsOf(context, condition, target.table, root);
  return {
    predicate: relatedRows(context, root, [target.table], companions, { negated: false, having }),
    tables: new Set([root]),
    columns: [],
  };
}

/** "cancelled at least 2 appointments", "more than 3 orders in 2024": what is said of the rows that are counted. */
function companionsOf(context: Context, condition: Condition, counted: Table, root: Table): Predicate[] {
  if (counted === root || condition.joiner === "or") return [];
  return context.frame.conditions.flatMap((other) => {
    if (other.joiner === "or" || (other.kind !== "value" && other.kind !== "flag" && other.kind !== "period"))
      return [];
    const placed = placeCondition(context, other);
    if (placed === undefined || ![...placed.tables].every((table) => table === counted)) return [];
    context.consumed.add(other);
    return [placed.predicate];
  });
}

/** The rows counted are those grouped by a column asked for ("grades with at least 4 students", "languages spoken in one country"). */
function countsOwnRows(context: Context, target: Target): boolean {
  if (target.table === context.main) return true;
  const asked = context.frame.wishes.some((wish) => {
    const column = wish.fn === undefined ? context.settled.get(wish.noun)?.column : undefined;
    return column !== undefined && column.table === context.main && !column.unique;
  });
  return asked && !multiplies(context, context.main, target.table);
}

/** "whose average life expectancy is above 72": a restriction of groups. */
export function havingPredicate(
  context: Context,
  condition: Condition,
): { predicate: Predicate; table: Table } | undefined {
  if (condition.kind === "aggregate") {
    const { column } = need(context.settled.get(condition.noun), condition.noun.text);
    if (column === undefined) return undefined;
    return {
      predicate: {
        kind: "compare",
        op: SQL_OPERATORS[condition.cmp],
        left: call(SQL_AGGREGATES[condition.fn], numberOf(column)),
        right: quantityExpression(context, condition.value, column),
      },
      table: column.table,
    };
  }
  const counted = condition.kind === "count" ? context.settled.get(condition.noun) : undefined;
  if (condition.kind === "count" && counted !== undefined && countsOwnRows(context, counted)) {
    return {
      predicate: {
        kind: "compare",
        op: SQL_OPERATORS[condition.cmp],
        left: call("count", { kind: "star" }),
        right: { kind: "literal", value: condition.n },
      },
      table: counted.table,
    };
  }
  return undefined;
}
