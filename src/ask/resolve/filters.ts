/** Where conditions go: joined and filtered, or as "there is a related row" where a join would repeat rows. */
import type { Table } from "../schema.ts";
import type { SelectQuery } from "../tree.ts";
import { multiplies, type Placed, pathBetween, relatedRows } from "./context.ts";
import type { Draft } from "./draft.ts";

/** Filters on tables that would repeat rows of an aggregate become "there is a related row"; the others are joined. */
export function addFilters(draft: Draft, query: SelectQuery, tables: Set<Table>): void {
  const { context } = draft;
  const core = [...tables];
  const related: Placed[] = [];
  for (const placed of draft.placed) {
    const extra = [...placed.tables].filter((table) => !tables.has(table));
    const repeats = extra.some((table) => core.every((own) => multiplies(context, own, table)));
    if (repeats) related.push(placed);
    else {
      query.where.push(placed.predicate);
      for (const table of extra) tables.add(table);
    }
  }
  while (related.length > 0) {
    const [first] = related;
    if (first === undefined) break;
    const together = related.filter(
      (other) => other === first || [...other.tables].some((table) => first.tables.has(table)),
    );
    for (const part of together) related.splice(related.indexOf(part), 1);
    const all = new Set(together.flatMap((part) => [...part.tables]));
    query.where.push(
      relatedRows(
        context,
        context.main,
        [...all],
        together.map((part) => part.predicate),
        { negated: false },
      ),
    );
  }
}

/** Tables only named ("students who have friends"): related rows must exist. */
export function addMentions(draft: Draft, query: SelectQuery, tables: Set<Table>): void {
  const { context } = draft;
  const negated = new Set(
    context.frame.conditions.flatMap((condition) =>
      condition.kind === "not" && condition.noun !== undefined ? [context.settled.get(condition.noun)?.table] : [],
    ),
  );
  const used = new Set([...tables, ...draft.placed.flatMap((placed) => [...placed.tables])]);
  for (const mention of context.frame.mentions) {
    const table = context.settled.get(mention)?.table;
    if (
      table === undefined ||
      used.has(table) ||
      negated.has(table) ||
      context.settled.get(mention)?.column !== undefined
    )
      continue;
    used.add(table);
    const through = pathBetween(context, [context.main, table]);
    if (
      through.some((edge) =>
        [edge.from.table, edge.to.table].some(
          (other) => other !== context.main && other !== table && tables.has(other),
        ),
      )
    )
      continue;
    if (!multiplies(context, context.main, table)) continue;
    query.where.push(relatedRows(context, context.main, [table], [], { negated: false }));
  }
}
