import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { Engine } from "../../engine/types.ts";
import type { ColumnInfo } from "../../storage/schema.ts";

/** Values whose hash sets surely fit in the engine's memory. They hold hashes of 64 bits, since texts may be long. */
const VALUES_PER_HASH_SET = 100_000;
/** The first rows of a table show most repeats: first so many of all columns, which are compared as lists, … */
const COMPARED_FIRST = 2_048;
/** … then so many of the columns that are still open, with a hash set for each. */
const LOOKED_AT_FIRST = 20_000;
const HASH_SETS_PER_STATEMENT = 8;
/** Hashes that several rows share are almost always repeats; this many are enough to be sure of one. */
const COMPARED_HASHES = 1_000;
const COLUMNS_PER_STATEMENT = 100;

/** A hash of a value, or NULL. (`FILTER` would copy all columns of the statement for each of them.) */
const hashOf = (name: string) => `CASE WHEN ${name} IS NOT NULL THEN hash(${name}) END`;
/** Whether the values of a column repeat, as SQL over some thousand rows: lists take less memory than hash sets, which are never small. */
const repeatsInList = (name: string) => `list_unique(list(${hashOf(name)})) < count(${name})`;
/** The same over rows that are not too many. */
const repeats = (name: string) => `count(DISTINCT ${hashOf(name)}) < count(${name})`;

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
 * Whether each column has nulls and repeats values, in bounded memory. Exact, but for a chance of less than one in a thousand million that two
 * values share a hash. Cheapest first: the first rows show most repeats; values in
 * strictly rising order cannot repeat; then a part of the values that a hash set holds; then all hashes, sorted.
 *
 * @param table quoted name of the table; of a wide table, of the part that has the columns.
 */
export async function describeColumns(
  engine: Pick<Engine, "rows">,
  table: string,
  columns: readonly { name: string; duckdbType: string; confidence: number }[],
  rowCount: number,
): Promise<ColumnInfo[]> {
  const infos: ColumnInfo[] = [];
  for (const some of cut(columns, COLUMNS_PER_STATEMENT)) {
    const counts = await askEach(engine, table, some, (name) => `count(${name})::DOUBLE`);
    const values = new Map(some.map((column, i) => [column, Number(counts[i])]));
    const repeating = await findRepeating(
      engine,
      table,
      some.filter((column) => (values.get(column) ?? 0) > 0),
      rowCount,
    );
    for (const column of some) {
      const count = values.get(column) ?? 0;
      const isUnique = count > 0 && !repeating.has(column);
      infos.push({ ...column, type: apiTypeOf(column.duckdbType), nullable: count < rowCount, unique: isUnique });
    }
  }
  return infos;
}

type Named = { name: string };

/** Which of the columns repeat a value. */
async function findRepeating<C extends Named>(
  engine: Pick<Engine, "rows">,
  table: string,
  columns: readonly C[],
  rowCount: number,
): Promise<Set<C>> {
  const repeating = new Set<C>();
  const note = (asked: readonly C[], answers: readonly unknown[]) => {
    for (const [i, column] of asked.entries()) if (answers[i] === true) repeating.add(column);
  };
  const looks = [
    { rows: COMPARED_FIRST, columns: COLUMNS_PER_STATEMENT, expression: repeatsInList },
    { rows: LOOKED_AT_FIRST, columns: HASH_SETS_PER_STATEMENT, expression: repeats },
  ];
  let open = columns;
  for (const look of looks) {
    for (const some of cut(open, look.columns)) {
      const names = some.map(({ name }) => quoteIdentifier(name)).join(", ");
      note(some, await askEach(engine, `(SELECT ${names} FROM ${table} LIMIT ${look.rows})`, some, look.expression));
    }
    if (look.rows >= rowCount) return repeating;
    open = open.filter((column) => !repeating.has(column));
  }
  for (const column of open) {
    if (await isRising(engine, table, column.name)) continue;
    if (await repeatsSomewhere(engine, table, column.name, rowCount)) repeating.add(column);
  }
  return repeating;
}

/** Whether the values stand in strictly rising order, without a NULL. */
async function isRising(engine: Pick<Engine, "rows">, table: string, column: string): Promise<boolean> {
  const name = quoteIdentifier(column);
  const rows = `SELECT ${name} AS v, lag(${name}) OVER () AS before FROM ${table}`;
  // Most columns that do not rise show it in their first rows.
  for (const limit of [`LIMIT ${LOOKED_AT_FIRST}`, ""]) {
    const [answer] = await engine.rows<{ rises: boolean | null }>(
      `SELECT bool_and(before IS NULL OR v > before) AND count(v) = count(*) AS rises FROM (${rows} ${limit})`,
    );
    if (!answer?.rises) return false;
  }
  return true;
}

/** Whether a long column repeats a value. */
async function repeatsSomewhere(
  engine: Pick<Engine, "rows">,
  table: string,
  column: string,
  rowCount: number,
): Promise<boolean> {
  const name = quoteIdentifier(column);
  const ask = async (sql: string): Promise<boolean> =>
    (await engine.rows<{ answer: boolean | null }>(sql))[0]?.answer ?? false;
  const parts = Math.ceil(rowCount / VALUES_PER_HASH_SET);
  if (parts <= 1) return ask(`SELECT ${repeats(name)} AS answer FROM ${table}`);
  if (await ask(`SELECT ${repeats(name)} AS answer FROM ${table} WHERE hash(${name}) % ${parts} = 0`)) return true;
  const hashes = `SELECT hash(${name}) AS h FROM ${table} WHERE ${name} IS NOT NULL`;
  const shared = `SELECT DISTINCT h FROM (SELECT h, lag(h) OVER (ORDER BY h) AS before FROM (${hashes})) WHERE h = before LIMIT ${COMPARED_HASHES}`;
  return ask(
    `SELECT count(DISTINCT ${name}) < count(${name}) AS answer FROM ${table} WHERE hash(${name}) IN (${shared})`,
  );
}

/** One expression for each column, in one row. */
async function askEach(
  engine: Pick<Engine, "rows">,
  from: string,
  columns: readonly Named[],
  expression: (name: string) => string,
): Promise<unknown[]> {
  const items = columns.map(({ name }, i) => `${expression(quoteIdentifier(name))} AS a${i}`);
  const [answers = {}] = await engine.rows<Record<string, unknown>>(`SELECT ${items.join(", ")} FROM ${from}`);
  return columns.map((_, i) => answers[`a${i}`]);
}

function cut<T>(items: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));
}
