import type { ColumnInfo as AskColumn, CellValue, TableInfo } from "../../ask/types.ts";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { ColumnProfile, Profile } from "../../profile/index.ts";
import type { ColumnInfo } from "../../storage/schema.ts";

/** A table of a session as D1 knows it, under the name that queries use. */
export interface SurveyedTable {
  name: string;
  rows: number;
  columns: readonly ColumnInfo[];
  /** Its kept statistics, where there are any. */
  profile?: Profile | undefined;
}

/** Columns with at most this many distinct values are told whole. */
const ALL_VALUES = 1_000;
/** Of others: the most frequent, and some of the rest. */
const FREQUENT_VALUES = 50;
const OTHER_VALUES = 200;
/** Longer texts are prose and no names of anything. */
const LONGEST_VALUE = 120;
/** The many values of a column are counted in tables up to this many rows, and in others on a sample of whole vectors of rows. */
const COUNTED_ROWS = 200_000;
const SAMPLED_ROWS = 50_000;
/** Columns of one table that are looked into; wider tables are known by names and types beyond. */
const MOST_COLUMNS = 300;
const COLUMNS_PER_SCAN = 50;
/** Values of one table that are kept at most. */
const MOST_VALUES = 60_000;

/**
 * Describes a table for the planner: from its kept statistics as far as they go, and by SQL for the rest (one pass over each column for
 * what is counted, one for its values).
 *
 * @param run may give up with `undefined`, when the time for this is over or a statement was too much: then less is known.
 */
export async function describeTable(
  table: SurveyedTable,
  run: (sql: string) => Promise<Record<string, unknown>[] | undefined>,
): Promise<TableInfo> {
  const inspected = table.columns.slice(0, MOST_COLUMNS).filter(isScalar);
  const known = new Map((table.profile?.columns ?? []).map((column) => [column.name, column]));
  const facts = new Map<string, AskColumn>();
  for (const column of inspected) {
    const kept = known.get(column.name);
    if (kept) facts.set(column.name, readProfile(column, kept));
  }
  const unknown = inspected.filter((column) => !facts.has(column.name));
  for (let from = 0; from < unknown.length; from += COLUMNS_PER_SCAN) {
    const some = unknown.slice(from, from + COLUMNS_PER_SCAN);
    const [row] = (await run(printScan(table.name, some))) ?? [];
    if (row) for (const [i, column] of some.entries()) facts.set(column.name, readScan(table.rows, column, row, i));
  }
  const valuesPerColumn = Math.max(
    FREQUENT_VALUES,
    Math.min(ALL_VALUES, Math.floor(MOST_VALUES / Math.max(1, inspected.length))),
  );
  for (const column of inspected) {
    const info = facts.get(column.name);
    if (!info || hasAllValues(info) || !mayHaveNames(column, info, valuesPerColumn)) continue;
    const isExact = table.rows <= COUNTED_ROWS || (info.distinct ?? 0) <= valuesPerColumn;
    const rows = await run(printValues(table, column.name, valuesPerColumn, isExact));
    if (rows) facts.set(column.name, readValues(info, rows, valuesPerColumn, isExact));
  }
  return {
    name: table.name,
    rows: table.rows,
    columns: table.columns.map((column) => facts.get(column.name) ?? { name: column.name, type: column.type }),
  };
}

/** Lists, structs, JSON and bytes are known by name and type only. */
function isScalar({ type, duckdbType }: ColumnInfo): boolean {
  return type !== "json" && !/\[|^(STRUCT|MAP|UNION|BLOB|BIT)/.test(duckdbType);
}

function hasAllValues({ distinct, topValues }: AskColumn): boolean {
  return distinct === 0 || (distinct !== undefined && (topValues?.length ?? 0) >= distinct);
}

/** Moments, measured figures and running numbers are no names unless they are few. */
function mayHaveNames(column: ColumnInfo, { distinct }: AskColumn, most: number): boolean {
  return column.type === "string" || (column.type === "integer" && !column.unique) || (distinct ?? 0) <= most;
}

/** Figures that DuckDB computes in one bounded pass; `c0…` belong to the first column, and so on. */
function printScan(table: string, columns: readonly ColumnInfo[]): string {
  const parts = columns.flatMap(({ name }, i) => {
    const column = quoteIdentifier(name);
    return [
      `approx_count_distinct(${column})::DOUBLE AS d${i}`,
      `count(${column})::DOUBLE AS n${i}`,
      `left(min(${column})::VARCHAR, ${LONGEST_VALUE}) AS a${i}`,
      `left(max(${column})::VARCHAR, ${LONGEST_VALUE}) AS z${i}`,
    ];
  });
  return `SELECT ${parts.join(", ")} FROM ${quoteIdentifier(table)}`;
}

function readScan(rows: number, column: ColumnInfo, row: Record<string, unknown>, i: number): AskColumn {
  const filled = Number(row[`n${i}`] ?? 0);
  const estimate = Math.min(filled, Number(row[`d${i}`] ?? 0));
  return {
    name: column.name,
    type: column.type,
    // The estimate errs by some percent; which columns never repeat a value was found out when the file was read.
    distinct: column.unique ? filled : filled > 0 ? Math.max(1, estimate) : 0,
    nulls: rows - filled,
    min: readCell(column.type, row[`a${i}`]),
    max: readCell(column.type, row[`z${i}`]),
  };
}

function readProfile(column: ColumnInfo, kept: ColumnProfile): AskColumn {
  const info: AskColumn = { name: column.name, type: column.type, distinct: kept.unique, nulls: kept.missing };
  if (kept.dates) return { ...info, min: kept.dates.min, max: kept.dates.max };
  if (kept.numeric && kept.kind !== "boolean") Object.assign(info, { min: kept.numeric.min, max: kept.numeric.max });
  const isPlain = kept.kind !== "date" && kept.kind !== "datetime" && kept.kind !== "other";
  return kept.values_complete && isPlain ? { ...info, topValues: kept.values } : info;
}

/** The most frequent values of a column with their counts, in the whole table or in a sample. */
function printValues(table: SurveyedTable, name: string, most: number, isExact: boolean): string {
  const column = quoteIdentifier(name);
  const cells = `SELECT ${column} AS v FROM ${quoteIdentifier(table.name)} WHERE ${column} IS NOT NULL`;
  const percent = Math.max(0.1, (100 * SAMPLED_ROWS) / table.rows);
  const sample = `SELECT ${column} AS v FROM ${quoteIdentifier(table.name)} TABLESAMPLE system(${percent} PERCENT) REPEATABLE (1)`;
  const some = `SELECT v FROM (${sample}) WHERE v IS NOT NULL LIMIT ${4 * SAMPLED_ROWS}`;
  return (
    `SELECT v, n, count(*) OVER ()::DOUBLE AS total FROM (SELECT left(v::VARCHAR, ${LONGEST_VALUE + 1}) AS v, count(*)::DOUBLE AS n ` +
    `FROM (${isExact ? cells : some}) GROUP BY ALL) ORDER BY n DESC, hash(v) LIMIT ${most + 1}`
  );
}

function readValues(info: AskColumn, rows: Record<string, unknown>[], most: number, isExact: boolean): AskColumn {
  const total = Number(rows[0]?.["total"] ?? 0);
  const isWhole = isExact ? total <= most : (info.distinct ?? 0) <= most && total <= most;
  const values = rows.flatMap((row) => {
    const text = String(row["v"]);
    const value = text.length > LONGEST_VALUE ? null : readCell(info.type, text);
    return value === null ? [] : [{ value, count: Number(row["n"]) }];
  });
  // A sample may have missed rare values: then what is known of their number stays.
  const distinct = isExact ? total : Math.max(info.distinct ?? 0, total);
  if (isWhole) return { ...info, distinct, topValues: values };
  return {
    ...info,
    distinct: Math.max(distinct, values.length + 1),
    topValues: values.slice(0, FREQUENT_VALUES),
    sampleValues: values.slice(FREQUENT_VALUES, FREQUENT_VALUES + OTHER_VALUES).map(({ value }) => value),
  };
}

function readCell(type: AskColumn["type"], cell: unknown): CellValue {
  if (cell === null || cell === undefined) return null;
  const text = String(cell);
  if (type === "integer" || type === "float") return Number.isFinite(Number(text)) ? Number(text) : null;
  return type === "boolean" ? text === "true" : text;
}
