/** Rows that repeat an earlier row, as pandas' `DataFrame.duplicated().sum()`. */
import type { ScannedColumn } from "./scan.ts";
import { countPartitions, partitionFilter, rowsPerSort, type Work } from "./work.ts";

/** With more passes than this, sorting the hashes (spilling where it must) is cheaper. */
const MOST_PASSES = 12;

/**
 * Counts duplicate rows by 64-bit hashes of whole rows. Equal counts of rows and hashes prove that there are none;
 * otherwise a second, independently combined hash confirms the figure, so that a collision cannot pass for a duplicate.
 * A column without repeats ends the search before it starts.
 */
export async function countDuplicateRows(
  work: Work,
  columns: readonly ScannedColumn[],
  uniqueOf: (column: ScannedColumn) => number,
): Promise<number> {
  if (work.rows < 2 || columns.length === 0) return 0;
  const isKey = (column: ScannedColumn) => uniqueOf(column) === column.count && column.count >= work.rows - 1;
  if (columns.some(isKey)) return 0;
  const forward = rowHash(columns.map(hashedValue));
  const first = work.rows - (await countDistinctRows(work, forward));
  if (first === 0) return 0;
  const backward = rowHash(columns.map(hashedValue).reverse());
  const pair = `(${forward}::HUGEINT * 9223372036854775808 + (${backward} >> 1)::HUGEINT)`;
  return work.rows - (await countDistinctRows(work, pair));
}

/** NaN and NULL are both missing, and equal. Text and other kinds are hashed as they are. */
const hashedValue = (column: ScannedColumn): string =>
  column.nanCount > 0 ? `(CASE WHEN isnan(${column.raw}) THEN NULL ELSE ${column.raw} END)` : column.raw;

/** DuckDB takes any number of arguments, but very long lists are slow to bind: hashes of hashes for wide tables. */
function rowHash(values: readonly string[]): string {
  const groups: string[] = [];
  for (let i = 0; i < values.length; i += 200) groups.push(`hash(${values.slice(i, i + 200).join(", ")})`);
  return groups.length === 1 ? groups[0]! : `hash(${groups.join(", ")})`;
}

async function countDistinctRows(work: Work, expression: string): Promise<number> {
  const hashed = countPartitions(work, work.rows);
  const isSorted = hashed > MOST_PASSES;
  const passes = isSorted ? Math.ceil(work.rows / rowsPerSort(work)) : hashed;
  let distinct = 0;
  for (let p = 0; p < passes; p++) {
    const source = `SELECT h FROM (SELECT ${expression} AS h FROM ${work.from}) WHERE ${partitionFilter("h", p, passes)}`;
    const [row] = await work.query<{ n: number }>(
      isSorted
        ? `SELECT count_if(p IS NULL OR p <> h)::DOUBLE AS n FROM (SELECT h, lag(h) OVER (ORDER BY h) AS p FROM (${source}))`
        : `SELECT count(DISTINCT h)::DOUBLE AS n FROM (${source})`,
    );
    distinct += row?.n ?? 0;
  }
  return distinct;
}
