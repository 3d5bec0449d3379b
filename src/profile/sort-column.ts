/** Order statistics and distinct values of a column with many values: it is sorted in ranges that each fit in memory. */
import { countAtMost, previousDouble, sortThresholds } from "./bins.ts";
import { countColumnThresholds } from "./count-thresholds.ts";
import { ALL_PROBABILITIES, listRanks } from "./order-statistics.ts";
import type { ScannedColumn } from "./scan.ts";
import { quoteDouble } from "./sql.ts";
import { rowsPerSort, type Work } from "./work.ts";

export interface SortedColumn {
  /** The finite values at the ranks that the quantiles need, by rank among the finite ones. */
  values: Map<number, number>;
  /** Distinct values, infinities among them; NaN unless asked for. */
  unique: number;
}

/** Values in a row of the sorted column: those between two bounds, or all that equal one. */
interface Range {
  /** Finite values before it. */
  below: number;
  rows: number;
  condition: string;
  /** Of a range of one value. */
  value?: number;
}

/** Sorts a column, range by range, and picks the ranks that the quantiles need. */
export async function sortColumn(work: Work, column: ScannedColumn, withDistinct: boolean): Promise<SortedColumn> {
  const ranks = listRanks(ALL_PROBABILITIES, column.count).map((rank) => rank - column.negativeInfinities);
  const ranges = await cutRanges(work, column);
  const distinctAt = withDistinct ? await countDistinctAt(work, column, ranges) : undefined;
  const values = new Map<number, number>();
  let unique = withDistinct ? Math.sign(column.positiveInfinities) + Math.sign(column.negativeInfinities) : Number.NaN;
  for (const range of ranges) {
    const inside = ranks.filter((rank) => rank >= range.below && rank < range.below + range.rows);
    if (range.value !== undefined) {
      for (const rank of inside) values.set(rank, range.value);
      unique += distinctAt?.get(range.value) ?? 0;
    } else if (withDistinct || inside.length > 0) {
      const sorted = await sortRange(work, column, range, inside, withDistinct);
      for (const [rank, value] of sorted.values) values.set(rank, value);
      unique += sorted.unique;
    }
  }
  return { values, unique };
}

/**
 * Cuts a long column at approximate quantiles. The quantiles themselves are ranges of their own, so that a value which fills a large part
 * of the column need not be sorted.
 */
async function cutRanges(work: Work, column: ScannedColumn): Promise<Range[]> {
  const { count } = column.finite;
  const pieces = Math.ceil(count / rowsPerSort(work));
  if (pieces <= 1) return [{ below: 0, rows: count, condition: `${column.number} IS NOT NULL` }];
  const bounds = await findBounds(work, column, pieces);
  const counts = await countColumnThresholds(
    work,
    column,
    sortThresholds(bounds.flatMap((bound) => [previousDouble(bound), bound])),
  );
  const ranges: Range[] = [];
  let below = 0;
  let from: number | undefined;
  for (const bound of [...bounds, undefined]) {
    const sides = [from, bound].map((side, i) =>
      side === undefined ? undefined : `${column.number} ${i === 0 ? ">" : "<"} ${quoteDouble(side)}`,
    );
    const condition = sides.filter((side) => side !== undefined).join(" AND ") || `${column.number} IS NOT NULL`;
    const end = bound === undefined ? count : countAtMost(counts, previousDouble(bound));
    ranges.push({ below, rows: end - below, condition });
    if (bound === undefined) break;
    const after = countAtMost(counts, bound);
    ranges.push({ below: end, rows: after - end, condition: `${column.number} = ${quoteDouble(bound)}`, value: bound });
    below = after;
    from = bound;
  }
  return ranges.filter(({ rows }) => rows > 0);
}

async function findBounds(work: Work, column: ScannedColumn, pieces: number): Promise<number[]> {
  const probabilities = Array.from({ length: pieces - 1 }, (_, i) => (i + 1) / pieces);
  const [row] = await work.query<{ q: string | null }>(
    `SELECT array_to_string(approx_quantile(${column.number}, [${probabilities.join(", ")}]::FLOAT[]), ',') AS q FROM ${work.from}`,
  );
  return sortThresholds((row?.q ?? "").split(",").map(Number)).filter(Number.isFinite);
}

/** Large integers and decimals may be several to one double. */
async function countDistinctAt(
  work: Work,
  column: ScannedColumn,
  ranges: readonly Range[],
): Promise<Map<number, number>> {
  const values = ranges.flatMap(({ value }) => (value === undefined ? [] : [quoteDouble(value)]));
  if (values.length === 0) return new Map();
  const rows = await work.query<{ v: number; u: number }>(
    `SELECT ${column.number} AS v, count(DISTINCT ${column.raw})::DOUBLE AS u FROM ${work.from} WHERE ${column.number} IN (${values.join(", ")}) GROUP BY 1`,
  );
  return new Map(rows.map(({ v, u }) => [v, u]));
}

async function sortRange(
  work: Work,
  column: ScannedColumn,
  range: Range,
  ranks: readonly number[],
  withDistinct: boolean,
): Promise<SortedColumn> {
  const picked = `rn IN (${ranks.map((rank) => rank - range.below + 1).join(", ") || "NULL"})`;
  const source = `SELECT ${withDistinct ? column.raw : column.number} AS x FROM ${work.from} WHERE ${range.condition}`;
  const numbered = "row_number() OVER (ORDER BY x) AS rn";
  if (!withDistinct) {
    const rows = await work.query<{ v: number; rn: number }>(
      `SELECT x AS v, rn::DOUBLE AS rn FROM (SELECT x, ${numbered} FROM (${source})) WHERE ${picked}`,
    );
    return { values: new Map(rows.map(({ v, rn }) => [range.below + rn - 1, v])), unique: Number.NaN };
  }
  const asNumber = column.kind === "date" || column.kind === "datetime" ? "epoch(x)" : "x::DOUBLE";
  const [row] = await work.query<{ steps: number; picked: string | null }>(
    `SELECT count_if(p <> x)::DOUBLE AS steps, string_agg(rn || ':' || ${asNumber}, ',') FILTER (${picked}) AS picked FROM (SELECT x, ${numbered}, lag(x) OVER (ORDER BY x) AS p FROM (${source}))`,
  );
  const pairs = row?.picked ? row.picked.split(",").map((pair) => pair.split(":").map(Number)) : [];
  return { values: new Map(pairs.map(([rn, v]) => [range.below + rn! - 1, v!])), unique: (row?.steps ?? 0) + 1 };
}
