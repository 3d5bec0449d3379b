import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { Engine } from "../../engine/types.ts";
import type { ColumnInfo } from "../../storage/schema.ts";

/** A column whose distinct count is estimated below this share of its values cannot be unique: HyperLogLog errs by a few percent. */
const CERTAINLY_REPEATS = 0.8;
/** Values whose hash set surely fits in the engine's memory, long texts included. */
const VALUES_PER_HASH_SET = 100_000;
/** Hashes that several rows share are almost always repeats; this many are enough to be sure of one. */
const COMPARED_HASHES = 1_000;
const COLUMNS_PER_STATEMENT = 100;

/** The Data API's name for a DuckDB type. */
export function apiTypeOf(duckdbType: string): ColumnInfo["type"] {
  const type = duckdbType.toUpperCase();
  if (
    type.endsWith("]") ||
    type.startsWith("STRUCT") ||
    type.startsWith("MAP") ||
    type.startsWith("UNION") ||
    type === "JSON"
  )
    return "json";
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(type)) return "integer";
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return "float";
  if (type === "BOOLEAN") return "boolean";
  if (type === "DATE") return "date";
  if (type.startsWith("TIMESTAMP")) return "datetime";
  if (type.startsWith("TIME")) return "time";
  return "string";
}

/**
 * Whether each column has nulls and repeats values, exactly, in bounded memory: one pass estimates, and only columns that may be
 * unique are decided by exact passes.
 *
 * @param table quoted name of the table.
 */
export async function describeColumns(
  engine: Pick<Engine, "rows">,
  table: string,
  columns: readonly { name: string; duckdbType: string; confidence: number }[],
  rowCount: number,
): Promise<ColumnInfo[]> {
  const infos: ColumnInfo[] = [];
  for (let start = 0; start < columns.length; start += COLUMNS_PER_STATEMENT) {
    const some = columns.slice(start, start + COLUMNS_PER_STATEMENT);
    const items = some.flatMap(({ name }, i) => [
      `count(${quoteIdentifier(name)})::DOUBLE AS n${i}`,
      `approx_count_distinct(${quoteIdentifier(name)})::DOUBLE AS d${i}`,
    ]);
    const [counts = {}] = await engine.rows<Record<string, number>>(`SELECT ${items.join(", ")} FROM ${table}`);
    for (const [i, column] of some.entries()) {
      const values = counts[`n${i}`] ?? 0;
      const mayBeUnique = values > 0 && (counts[`d${i}`] ?? 0) >= values * CERTAINLY_REPEATS;
      infos.push({
        ...column,
        type: apiTypeOf(column.duckdbType),
        nullable: values < rowCount,
        unique: mayBeUnique && !(await hasRepeats(engine, table, column.name, values)),
      });
    }
  }
  return infos;
}

/**
 * Whether a column repeats a value, exactly and in bounded memory. Cheapest first: a part of the values that a hash set holds finds most
 * repeats; values in strictly rising order cannot repeat; otherwise their hashes are sorted, spilling to the disk, and what shares a
 * hash is compared.
 */
async function hasRepeats(
  engine: Pick<Engine, "rows">,
  table: string,
  column: string,
  values: number,
): Promise<boolean> {
  const name = quoteIdentifier(column);
  const ask = async (sql: string): Promise<boolean> =>
    (await engine.rows<{ answer: boolean | null }>(sql))[0]?.answer ?? false;
  const parts = Math.max(1, Math.ceil(values / VALUES_PER_HASH_SET));
  const part = parts > 1 ? `WHERE hash(${name}) % ${parts} = 0` : "";
  if (await ask(`SELECT count(DISTINCT ${name}) < count(${name}) AS answer FROM ${table} ${part}`)) return true;
  if (parts === 1) return false;
  const rows = `SELECT ${name} AS v, lag(${name}) OVER () AS before FROM ${table}`;
  if (await ask(`SELECT bool_and(before IS NULL OR v > before) AND count(v) = count(*) AS answer FROM (${rows})`))
    return false;
  const hashes = `SELECT hash(${name}) AS h FROM ${table} WHERE ${name} IS NOT NULL`;
  const shared = `SELECT DISTINCT h FROM (SELECT h, lag(h) OVER (ORDER BY h) AS before FROM (${hashes})) WHERE h = before LIMIT ${COMPARED_HASHES}`;
  return ask(
    `SELECT count(DISTINCT ${name}) < count(${name}) AS answer FROM ${table} WHERE hash(${name}) IN (${shared})`,
  );
}
