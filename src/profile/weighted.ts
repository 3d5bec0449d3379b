/** Figures of a column whose distinct values are few enough to be held: pairs of value and count, sorted by value. */
import type { ThresholdCounts } from "./bins.ts";
import { chooseScale, type PowerSums } from "./moments.ts";

export interface WeightedValues {
  /** Ascending. Two large integers may share one double. */
  values: Float64Array;
  counts: Float64Array;
  total: number;
}

/** Collects sorted pairs. */
export function collectWeighted(pairs: readonly { v: number; n: number }[]): WeightedValues {
  const values = Float64Array.from(pairs, (pair) => pair.v);
  const counts = Float64Array.from(pairs, (pair) => pair.n);
  return { values, counts, total: counts.reduce((sum, count) => sum + count, 0) };
}

/** Index of the first value greater than `threshold`. */
function upperBound(values: Float64Array, threshold: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Running totals: `result[i]` values are at or below `values[i]`. */
export function accumulateCounts({ counts }: WeightedValues): Float64Array {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
}

/** Counts values at or below each threshold. */
export function countThresholds(weighted: WeightedValues, thresholds: readonly number[]): ThresholdCounts {
  const running = accumulateCounts(weighted);
  const atMost = thresholds.map((threshold) => {
    const index = upperBound(weighted.values, threshold);
    return index === 0 ? 0 : running[index - 1]!;
  });
  return { thresholds: [...thresholds], atMost, total: weighted.total };
}

/** A function from zero-based rank to value. */
export function rankReader(weighted: WeightedValues): (rank: number) => number {
  const running = accumulateCounts(weighted);
  return (rank) => weighted.values[Math.min(upperBound(running, rank), running.length - 1)]!;
}

/** A sum that carries its rounding error along (Neumaier). */
function sumOf(length: number, term: (index: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < length; i++) {
    const value = term(i);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Power sums about the mean, in two passes. */
export function sumPowers({ values, counts, total }: WeightedValues): PowerSums {
  const length = values.length;
  const scale = length === 0 ? 1 : chooseScale(values[0]!, values[length - 1]!);
  const plain = sumOf(length, (i) => values[i]! * counts[i]!) / total;
  const center = Number.isFinite(plain) ? plain : sumOf(length, (i) => values[i]! * (counts[i]! / total));
  const power = (exponent: number) =>
    sumOf(length, (i) => counts[i]! * (values[i]! * scale - center * scale) ** exponent);
  return { n: total, center, scale, s1: power(1), s2: power(2), s3: power(3), s4: power(4) };
}
