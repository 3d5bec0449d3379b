/** Superlatives as orders with a limit, or as filters that keep the best rows of another table. */
import type { Superlative } from "../frame.ts";
import type { Column, Table } from "../schema.ts";
import type { Expression, Predicate, Sort } from "../tree.ts";
import {
  type Context,
  call,
  columnOf,
  joinsOf,
  multiplies,
  newSelect,
  note,
  numberOf,
  type Placed,
  pathBetween,
  requireNumbers,
  Unanswerable,
} from "./context.ts";
import { amountOf, isAdditive } from "./measures.ts";
import type { Target } from "./name-targets.ts";
import { SQL_AGGREGATES } from "./quantity.ts";

export interface Ranking {
  by: Expression;
  dir: "asc" | "desc";
  n: number;
  /** Better ones that are left out. */
  skip: number;
  /** The measure is computed over groups. */
  grouped: boolean;
  /** Tables the measure needs. */
  tables: Table[];
  column?: Column;
}

/** What a superlative ranks by. `counted` is the table whose rows are counted when nothing is named. */
export function rankingOf(context: Context, superlative: Superlative): Ranking {
  const target = context.settled.get(superlative.noun ?? superlative);
  const { dir, n, skip = 0 } = superlative;
  const bySize = target === undefined && /^(?:busy|busier|busiest)$/.test(superlative.adjective ?? "");
  if (superlative.counts || bySize) {
    const amount =
      target !== undefined && target.column === undefined && superlative.noun !== undefined
        ? amountOf(target.table, superlative.noun.text)
        : undefined;
    const column = target?.column ?? amount;
    if (column !== undefined && (column.numeric || column.numberText) && !column.identifier) {
      return { by: numberOf(column), dir, n, skip, grouped: false, tables: [column.table], column };
    }
    if (column?.flag !== undefined) {
      const filter: Predicate = {
        kind: "compare",
        op: "=",
        left: columnOf(column),
        right: { kind: "literal", value: column.flag.yes },
      };
      const by: Expression = { kind: "call", fn: "count", args: [{ kind: "star" }], filter };
      return { by, dir, n, skip, grouped: true, tables: [column.table], column };
    }
    const about = superlative.noun === undefined ? context.settled.get(superlative.about) : undefined;
    const table = countedTable(context, target, about);
    const distinct = column !== undefined && table === context.main && !column.unique && !column.identifier;
    const by: Expression = distinct
      ? { kind: "call", fn: "count", args: [columnOf(column)], distinct: true }
      : call("count", { kind: "star" });
    return { by, dir, n, skip, grouped: true, tables: [table] };
  }
  const column = target?.column ?? amountOfValues(context, superlative);
  if (column === undefined)
    throw new Unanswerable(`I do not know what “${superlative.text.trim()}” is measured by in these tables.`);
  if (column.flag !== undefined) {
    const yes: Predicate = {
      kind: "compare",
      op: "=",
      left: columnOf(column),
      right: { kind: "literal", value: column.flag.yes },
    };
    const all = call("count", { kind: "star" });
    return {
      by: {
        kind: "binary",
        op: "/",
        left: { kind: "call", fn: "count", args: [{ kind: "star" }], filter: yes },
        right: all,
      },
      dir,
      n,
      skip,
      grouped: true,
      tables: [column.table],
      column,
    };
  }
  // "the largest warehouse": no measure of what it holds.
  const about = context.settled.get(superlative.about)?.table;
  if (superlative.noun === undefined && target !== undefined && about !== undefined && about !== column.table)
    throw new Unanswerable(`I do not know what “${superlative.text.trim()}” is measured by in “${about.name}”.`);
  const own = target?.reversed === true ? (dir === "asc" ? "desc" : "asc") : dir;
  if (superlative.fn !== undefined) requireNumbers(superlative.fn, column);
  if (superlative.fn !== undefined)
    return {
      by: call(SQL_AGGREGATES[superlative.fn], numberOf(column)),
      dir: own,
      n,
      skip,
      grouped: true,
      tables: [column.table],
      column,
    };
  return {
    by: column.dateText ? columnOf(column) : numberOf(column),
    dir: own,
    n,
    skip,
    grouped: false,
    tables: [column.table],
    column,
  };
}

/** "which field gave the most wheat": the one amount of the rows that have the value. */
function amountOfValues({ frame, settled }: Context, superlative: Superlative): Column | undefined {
  if (superlative.noun !== undefined || superlative.adjective !== undefined || superlative.counted) return undefined;
  if (!/^(?:the )?(?:most|least)$/i.test(superlative.text.trim())) return undefined;
  const tables = new Set(
    frame.conditions.flatMap((condition) => (condition.kind === "value" ? (settled.get(condition)?.table ?? []) : [])),
  );
  const amounts = [...tables].flatMap((table) => table.columns.filter((column) => isAdditive(column)));
  if (tables.size === 1 && amounts.length === 1) superlative.fn = "sum";
  return tables.size === 1 && amounts.length === 1 ? amounts[0] : undefined;
}

/** "which class is booked most often": of the thing itself there is one row each, so those of what is spoken of are counted. */
function countedTable(context: Context, target: Target | undefined, thing: Target | undefined): Table {
  const table = target?.table ?? context.main;
  const { column } = target ?? {};
  if (table !== context.main || (column !== undefined && !column.unique && column !== table.label)) return table;
  const mentioned = [...context.frame.mentions, ...context.frame.asides]
    .flatMap((noun) => noun.tables.filter((link) => link.score >= 0.7).map((link) => link.table))
    .find((other) => multiplies(context, table, other));
  if (mentioned !== undefined) return mentioned;
  if (thing === undefined || thing.table !== table || (thing.column !== undefined && thing.column !== table.label))
    return table;
  const [event, ...others] = eventsOf(context, table);
  if (event === undefined || others.length > 0) return table;
  note(context, `What is counted are the rows of “${event.name}”.`);
  return event;
}

/** "most popular class": the tables whose rows each refer to one row of a table. */
export function eventsOf({ graph }: Pick<Context, "graph">, table: Table | undefined): Table[] {
  const events = graph.edges.flatMap(({ from, to, score }) =>
    to.table === table && to.unique && !from.unique && from.table !== table && score >= 0.6 ? [from.table] : [],
  );
  return [...new Set(events)];
}

export function sortOf(ranking: Ranking): Sort {
  return { by: ranking.by, dir: ranking.dir };
}

/** Keeps the rows of the superlative's table that rank best: `key IN (SELECT key … ORDER BY … LIMIT n)`. */
export function superlativeFilter(context: Context, superlative: Superlative): Placed {
  const ranking = rankingOf(context, superlative);
  const about = superlative.about === undefined ? undefined : context.settled.get(superlative.about)?.table;
  const root = ranking.grouped
    ? (about ?? context.main)
    : about !== undefined && !multiplies(context, about, ranking.tables[0] ?? about)
      ? about
      : (ranking.tables[0] ?? context.main);
  const query = newSelect(root);
  query.joins = joinsOf(root, pathBetween(context, [root, ...ranking.tables]));
  const key = root.key;
  query.order = [sortOf(ranking)];
  query.limit = ranking.n;
  if (ranking.skip > 0) query.offset = ranking.skip;
  if (key === undefined) {
    if (ranking.grouped || ranking.column === undefined || ranking.n !== 1 || ranking.skip > 0)
      throw new Unanswerable(
        `The table “${root.name}” has no column that identifies its rows, so “${superlative.text.trim()}” cannot be picked out.`,
      );
    const fn = ranking.dir === "desc" ? "max" : "min";
    query.order = [];
    delete query.limit;
    query.output = [{ expr: call(fn, ranking.by), name: "", role: "measure" }];
    return {
      predicate: { kind: "compare", op: "=", left: ranking.by, right: { kind: "subquery", query } },
      tables: new Set([root]),
      columns: [],
    };
  }
  query.output = [{ expr: columnOf(key), name: key.name, role: "label" }];
  if (ranking.grouped && query.joins.length === 0 && ranking.column === undefined)
    throw new Unanswerable(`Each row of “${root.name}” is there once, so none is “${superlative.text.trim()}”.`);
  if (ranking.grouped) query.group = [columnOf(key)];
  return {
    predicate: { kind: "inQuery", arg: columnOf(key), query, negated: false },
    tables: new Set([root]),
    columns: [],
  };
}
