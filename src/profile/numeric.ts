/** Numeric, boolean and date columns: a few distinct values are counted and held; many are sorted and counted in SQL. */
import {
  computeBinEdges,
  countAtMost,
  countBins,
  histogramThresholds,
  previousDouble,
  sortThresholds,
  type ThresholdCounts,
} from "./bins.ts";
import { countColumnThresholds } from "./count-thresholds.ts";
import { chooseScale, computeMoments, finiteOrNull, type Moments, type PowerSums } from "./moments.ts";
import { ALL_PROBABILITIES, computeQuantiles, KEPT_QUANTILES, PERCENTILES, percentileKey } from "./order-statistics.ts";
import type { ScannedColumn } from "./scan.ts";
import { sortColumn } from "./sort-column.ts";
import { quoteDouble } from "./sql.ts";
import type { NumericStats } from "./types.ts";
import { collectWeighted, countThresholds, rankReader, sumPowers, type WeightedValues } from "./weighted.ts";
import { countPartitions, cutBatches, partitionFilter, type Work } from "./work.ts";

/** What one column came to. */
export interface NumericResult {
  unique: number;
  stats: NumericStats;
  /** Sum of squared deviations, and the mean to center on: for correlations. */
  sums: PowerSums;
  /** All distinct values with their counts, where they were few. */
  weighted: WeightedValues | undefined;
}

/** Rows of value and count fetched at once. */
const GROUPS_PER_STATEMENT = 16_384;
const POWER_COLUMNS_PER_STATEMENT = 32;
/** More passes by hash than this cost more than sorting once with the neighbour at hand. */
const MOST_DISTINCT_PASSES = 12;

/** Profiles all columns that have a `number`. */
export async function profileNumericColumns(
  work: Work,
  columns: readonly ScannedColumn[],
): Promise<Map<ScannedColumn, NumericResult>> {
  const results = new Map<ScannedColumn, NumericResult>();
  const few = columns.filter((column) => column.approximateUnique <= work.fewValues);
  const many = columns.filter((column) => column.approximateUnique > work.fewValues);
  const step = () => work.report("numbers", results.size, columns.length);
  for (const batch of cutBatches(few, GROUPS_PER_STATEMENT, (column) => column.approximateUnique + 64)) {
    for (const [column, groups] of await countValues(work, batch)) results.set(column, summarizeFew(column, groups));
    step();
  }
  for (const batch of cutBatches(many, POWER_COLUMNS_PER_STATEMENT)) {
    const powers = await sumColumnPowers(work, batch);
    for (const [i, column] of batch.entries()) {
      results.set(column, await profileMany(work, column, powers[i]!));
      step();
    }
  }
  return results;
}

interface Groups {
  weighted: WeightedValues;
  unique: number;
}

async function countValues(work: Work, batch: readonly ScannedColumn[]): Promise<Map<ScannedColumn, Groups>> {
  const branches = batch.map(
    (column, i) =>
      `SELECT ${i} AS c, v, n FROM (SELECT any_value(${column.number}) AS v, count(*)::DOUBLE AS n FROM ${work.from} WHERE ${column.raw} IS NOT NULL GROUP BY ${column.raw})`,
  );
  const rows = await work.query<{ c: number; v: number | null; n: number }>(
    `SELECT c, v, n FROM (${branches.join(" UNION ALL ")}) ORDER BY c, v`,
  );
  const pairs = batch.map((): { v: number; n: number }[] => []);
  const infinite = batch.map(() => 0);
  for (const { c, v, n } of rows) {
    if (v === null) infinite[c]! += 1;
    else pairs[c]!.push({ v, n });
  }
  return new Map(
    batch.map((column, i) => [
      column,
      // A null value stands for NaN or an infinity; pandas counts the infinities among the distinct values.
      { weighted: collectWeighted(pairs[i]!), unique: pairs[i]!.length + infinite[i]! - Math.sign(column.nanCount) },
    ]),
  );
}

function summarizeFew(column: ScannedColumn, { weighted, unique }: Groups): NumericResult {
  const sums = sumPowers(weighted);
  const valueAt = rankReader(weighted);
  const quantiles = findQuantiles(column, valueAt);
  const moments = computeMoments(sums, column.finite.min, column.finite.max);
  const plan = planThresholds(column, moments, quantiles);
  const counts = countThresholds(weighted, plan);
  return { unique, stats: summarize(column, moments, quantiles, counts), sums, weighted };
}

async function profileMany(work: Work, column: ScannedColumn, sums: PowerSums): Promise<NumericResult> {
  const passes = countPartitions(work, column.approximateUnique);
  const isSortedDistinct = passes > MOST_DISTINCT_PASSES;
  const sorted = await sortColumn(work, column, isSortedDistinct);
  const unique = isSortedDistinct ? sorted.unique : await countDistinct(work, column, passes);
  const quantiles = findQuantiles(column, (rank) => sorted.values.get(rank) ?? Number.NaN);
  const moments = computeMoments(sums, column.finite.min, column.finite.max);
  const counts = await countColumnThresholds(work, column, planThresholds(column, moments, quantiles));
  return { unique, stats: summarize(column, moments, quantiles, counts), sums, weighted: undefined };
}

/** The column's value as `(x - center) * scale`, for power sums and products. */
export function centerExpression(column: ScannedColumn, center: number, scale: number): string {
  if (scale === 1) return `(${column.number} - ${quoteDouble(center)})`;
  return `(${column.number} * ${quoteDouble(scale)} - ${quoteDouble(center * scale)})`;
}

async function sumColumnPowers(work: Work, batch: readonly ScannedColumn[]): Promise<PowerSums[]> {
  const scales = batch.map(({ finite }) => chooseScale(finite.min, finite.max));
  const inner = batch.map((column, i) => `${centerExpression(column, column.finite.mean, scales[i]!)} AS z${i}`);
  const outer = batch.flatMap((_, i) =>
    [`z${i}`, `z${i} * z${i}`, `z${i} * z${i} * z${i}`, `(z${i} * z${i}) * (z${i} * z${i})`].map(
      (power, exponent) => `fsum(${power}) AS s${i}_${exponent + 1}`,
    ),
  );
  const [row] = await work.query<Record<string, number | null>>(
    `SELECT ${outer.join(", ")} FROM (SELECT ${inner.join(", ")} FROM ${work.from})`,
  );
  const read = (i: number, exponent: number) => row?.[`s${i}_${exponent}`] ?? 0;
  return batch.map((column, i) => ({
    n: column.finite.count,
    center: column.finite.mean,
    scale: scales[i]!,
    s1: read(i, 1),
    s2: read(i, 2),
    s3: read(i, 3),
    s4: read(i, 4),
  }));
}

/** Exact distinct values, in as many passes by hash as memory asks for. */
async function countDistinct(work: Work, column: ScannedColumn, partitions: number): Promise<number> {
  let unique = 0;
  const present = column.nanCount > 0 ? `NOT isnan(${column.raw})` : "true";
  for (let p = 0; p < partitions; p++) {
    const [row] = await work.query<{ u: number }>(
      `SELECT count(DISTINCT ${column.raw})::DOUBLE AS u FROM ${work.from} WHERE ${present} AND ${partitionFilter(column.raw, p, partitions)}`,
    );
    unique += row?.u ?? 0;
  }
  return unique;
}

/** Quantiles over all present values, infinities included; one that lands on an infinity is NaN here and null outside. */
function findQuantiles(column: ScannedColumn, finiteAt: (rank: number) => number): Map<number, number> {
  const { negativeInfinities: low, finite, count } = column;
  return computeQuantiles(ALL_PROBABILITIES, count, (rank) =>
    rank < low || rank >= low + finite.count ? Number.NaN : finiteAt(rank - low),
  );
}

interface Fences {
  low: number;
  high: number;
}

function findIqrFences(quantiles: Map<number, number>): Fences {
  const q1 = quantiles.get(0.25) ?? Number.NaN;
  const q3 = quantiles.get(0.75) ?? Number.NaN;
  return { low: q1 - 1.5 * (q3 - q1), high: q3 + 1.5 * (q3 - q1) };
}

function findDeviationFences({ mean, std }: Moments): Fences {
  const center = mean ?? Number.NaN;
  return { low: center - 3 * (std ?? Number.NaN), high: center + 3 * (std ?? Number.NaN) };
}

/** All thresholds that the histogram and the outlier counts ask about. */
function planThresholds(column: ScannedColumn, moments: Moments, quantiles: Map<number, number>): number[] {
  const edges = computeBinEdges(column.finite.min, column.finite.max);
  const fences = [findIqrFences(quantiles), findDeviationFences(moments)];
  return sortThresholds([
    ...(edges === undefined ? [] : histogramThresholds(edges)),
    ...fences.flatMap(({ low, high }) => [previousDouble(low), high]).filter((value) => Number.isFinite(value)),
    previousDouble(0),
    0,
  ]);
}

function countOutside(column: ScannedColumn, counts: ThresholdCounts, { low, high }: Fences): number {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return 0;
  const infinities = column.positiveInfinities + column.negativeInfinities;
  return countAtMost(counts, previousDouble(low)) + counts.total - countAtMost(counts, high) + infinities;
}

function summarize(
  column: ScannedColumn,
  moments: Moments,
  quantiles: Map<number, number>,
  counts: ThresholdCounts,
): NumericStats {
  const { finite, positiveInfinities, negativeInfinities } = column;
  const hasInfinities = positiveInfinities + negativeInfinities > 0;
  const edges = finite.count === 0 ? undefined : computeBinEdges(finite.min, finite.max);
  const at = (probability: number) => finiteOrNull(quantiles.get(probability) ?? Number.NaN);
  const spread = (quantiles.get(0.75) ?? Number.NaN) - (quantiles.get(0.25) ?? Number.NaN);
  const unlessInfinite = (value: number | null) => (hasInfinities ? null : value);
  const negatives = countAtMost(counts, previousDouble(0));
  return {
    min: negativeInfinities > 0 ? null : finiteOrNull(finite.min),
    max: positiveInfinities > 0 ? null : finiteOrNull(finite.max),
    mean: unlessInfinite(moments.mean),
    std: unlessInfinite(moments.std),
    percentiles: Object.fromEntries(PERCENTILES.map((p) => [percentileKey(p), at(p)])),
    skewness: unlessInfinite(moments.skewness),
    kurtosis: unlessInfinite(moments.kurtosis),
    iqr: finiteOrNull(spread),
    outlier_count: countOutside(column, counts, findIqrFences(quantiles)),
    outlier_count_3std: hasInfinities ? 0 : countOutside(column, counts, findDeviationFences(moments)),
    zeros: countAtMost(counts, 0) - negatives,
    negatives: negatives + negativeInfinities,
    histogram: edges === undefined ? null : { counts: countBins(counts, edges), bin_edges: edges },
    quantiles: KEPT_QUANTILES.map(at),
  };
}
