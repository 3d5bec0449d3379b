/** Order and limit of a query: superlatives and "sorted by". */
import type { Frame } from "../frame.ts";
import type { Table } from "../schema.ts";
import type { OutputColumn, Sort } from "../tree.ts";
import { call, columnOf, multiplies, note, numberOf } from "./context.ts";
import { type Draft, isCoarse } from "./draft.ts";
import { isAdditive } from "./measures.ts";
import { type Ranking, sortOf, superlativeFilter } from "./superlative.ts";

/** Turns a superlative into an order with a limit, or into a filter. Gives the limit that holds afterwards. */
export function applyRanking(
  draft: Draft,
  entry: Draft["rankings"][number],
  order: Sort[],
  tables: Set<Table>,
  isGrouped: boolean,
  limit: number | undefined,
): number | undefined {
  const { context } = draft;
  const { superlative, ranking } = entry;
  const finite = Number.isFinite(ranking.n) ? ranking.n : undefined;
  const total = isGrouped && draft.dimensions.length === 0;
  if (total || (ranking.grouped && draft.dimensions.length === 0)) {
    draft.placed.push(superlativeFilter(context, superlative));
    return limit;
  }
  if (isGrouped && !ranking.grouped) {
    const same = draft.measures.find((measure) => measure.column !== undefined && measure.column === ranking.column);
    if (same !== undefined) {
      order.push({ by: same.expr, dir: ranking.dir });
      return finite ?? limit;
    }
    const column = ranking.column;
    if (column !== undefined && draft.dimensions.some((dimension) => dimension.column === column)) {
      order.push(sortOf(ranking));
      return finite ?? limit;
    }
    draft.placed.push(superlativeFilter(context, superlative));
    return limit;
  }
  if (!isGrouped && sumsUp(draft, ranking) && ranking.column !== undefined) {
    const [wish] = draft.plain;
    if (wish?.target.column !== undefined) {
      note(context, `“${ranking.column.name}” is added up for each ${wish.target.column.name}.`);
      draft.dimensions.push({
        expr: columnOf(wish.target.column),
        name: wish.target.column.name,
        role: "label",
        table: wish.target.table,
        column: wish.target.column,
        hidden: true,
      });
      order.push({ by: call("sum", numberOf(ranking.column)), dir: ranking.dir });
      for (const table of ranking.tables) tables.add(table);
      return finite ?? limit;
    }
  }
  if (!isGrouped && ranking.tables.some((table) => [...tables].some((own) => multiplies(context, table, own)))) {
    draft.placed.push(superlativeFilter(context, superlative));
    return limit;
  }
  order.push(sortOf(ranking));
  for (const table of ranking.tables) tables.add(table);
  return finite ?? limit;
}

/** "Which region has the highest population": amounts are added up when the column asked for does not name single rows. */
function sumsUp(draft: Draft, ranking: Ranking): boolean {
  const [only, ...more] = draft.plain;
  if (only?.target.column === undefined || more.length > 0 || ranking.column === undefined) return false;
  const { column, table } = only.target;
  return (
    table === ranking.column.table &&
    isCoarse(column) &&
    isAdditive(ranking.column) &&
    (column.info.distinct ?? 0) < table.info.rows * 0.5
  );
}

export function orderOf(
  draft: Draft,
  wanted: Frame["orders"][number],
  output: OutputColumn[],
  tables: Set<Table>,
): Sort[] {
  const { context } = draft;
  const target = context.settled.get(wanted.noun);
  const grouped = draft.measures.length > 0 || draft.dimensions.length > 0;
  if (wanted.fn === "count") {
    if (target !== undefined) tables.add(target.table);
    return [
      {
        by: draft.measures.find((measure) => measure.name.startsWith("count"))?.expr ?? call("count", { kind: "star" }),
        dir: wanted.dir,
      },
    ];
  }
  if (target === undefined) {
    const first =
      wanted.noun === undefined && draft.measures.length > 0 && (wanted.dir === "desc" || wanted.byMeasure === true)
        ? output.find((column) => column.role === "measure")
        : output[0];
    return first === undefined ? [] : [{ by: first.expr, dir: wanted.dir }];
  }
  const column = target.column ?? target.table.label;
  if (column === undefined) return [];
  if (grouped && !draft.dimensions.some((dimension) => dimension.column === column && dimension.unit === undefined)) {
    const same =
      draft.measures.find((measure) => measure.column === column) ??
      (target.column === undefined ? draft.measures[0] : undefined);
    if (same !== undefined) return [{ by: same.expr, dir: wanted.dir }];
    const time = draft.dimensions.find((dimension) => dimension.column === column);
    if (time !== undefined) return [{ by: time.expr, dir: wanted.dir }];
    return [{ by: call(wanted.fn ?? (column.numeric ? "avg" : "min"), numberOf(column)), dir: wanted.dir }];
  }
  tables.add(column.table);
  return [{ by: column.numberText ? numberOf(column) : columnOf(column), dir: wanted.dir }];
}
