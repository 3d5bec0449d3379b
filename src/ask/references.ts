/** Finds, with the engine's help, which text columns refer to a key whose values the profile does not list. */
import { printLiteral, quoteName } from "./print.ts";
import { indexSchema } from "./schema.ts";
import type { TableInfo } from "./types.ts";

/** Most pairs of columns looked at. */
const MOST_PAIRS = 24;

/** A pair of columns and how many of the first one's values stand in the second. */
export interface CountedReference {
  table: string;
  column: string;
  target: string;
  key: string;
  values: number;
  found: number;
}

/**
 * SQL that counts, for each pair of a text column and another table's text key, how many of the column's values are keys:
 * rows of table, column, target, key, values, found. Undefined when there is no such pair. To be run once for a session's tables.
 */
export function printReferenceProbe(tables: readonly TableInfo[]): string | undefined {
  const schema = indexSchema(tables);
  const pairs: string[] = [];
  for (const target of schema.tables) {
    const { key } = target;
    if (
      key === undefined ||
      key.type !== "string" ||
      (key.info.topValues?.length ?? 0) >= (key.info.distinct ?? Number.POSITIVE_INFINITY)
    )
      continue;
    for (const column of schema.columns) {
      if (column.table === target || column.type !== "string" || (column.info.distinct ?? 0) < 5) continue;
      const [t, c, k, kt] = [
        quoteName(column.table.name),
        quoteName(column.name),
        quoteName(key.name),
        quoteName(target.name),
      ];
      pairs.push(
        `SELECT ${printLiteral(column.table.name)} AS "table", ${printLiteral(column.name)} AS "column", ${printLiteral(target.name)} AS "target", ${printLiteral(key.name)} AS "key", ` +
          `count(DISTINCT ${c}) AS "values", count(DISTINCT ${c}) FILTER (WHERE ${c} IN (SELECT ${k} FROM ${kt})) AS "found" FROM ${t}`,
      );
    }
  }
  return pairs.length === 0 ? undefined : pairs.slice(0, MOST_PAIRS).join("\nUNION ALL\n");
}

/** The tables with the references that the counts prove: nearly all values are keys. */
export function addReferences(tables: readonly TableInfo[], counted: readonly CountedReference[]): TableInfo[] {
  const proven = counted.filter((pair) => pair.values >= 5 && pair.found >= pair.values * 0.95);
  return tables.map((table) => {
    const own = proven
      .filter((pair) => pair.table === table.name)
      .map((pair) => ({ column: pair.column, table: pair.target, references: pair.key }));
    return own.length === 0 ? table : { ...table, references: [...(table.references ?? []), ...own] };
  });
}
