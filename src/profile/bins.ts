/** numpy's equal-width bins, and counting against thresholds. */

const bits = new DataView(new ArrayBuffer(8));

/** The next smaller double, so that `x < edge` can be asked as `x <= previousDouble(edge)`. */
export function previousDouble(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  if (!Number.isFinite(value)) return value > 0 ? Number.MAX_VALUE : value;
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}

/**
 * The edges of `numpy.histogram(values, bins)`: `linspace(min, max, bins + 1)`; one value alone is put in the middle of a
 * range of 1. Undefined where there are no values, or where the range is too narrow for that many doubles.
 */
export function computeBinEdges(min: number, max: number, bins = 10): number[] | undefined {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return undefined;
  const [first, last] = min === max ? [min - 0.5, max + 0.5] : [min, max];
  const step = (last - first) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    Number.isFinite(step) ? i * step + first : first * (1 - i / bins) + last * (i / bins),
  );
  edges[bins] = last;
  const isRising = edges.every((edge, i) => i === 0 || edge > edges[i - 1]!);
  return isRising ? edges : undefined;
}

/** Counts of values at or below each of some ascending thresholds. */
export interface ThresholdCounts {
  thresholds: number[];
  /** `atMost[i]` values are `<= thresholds[i]`. */
  atMost: number[];
  total: number;
}

/** Values at or below `threshold`, which must be one of those counted. */
export function countAtMost(counts: ThresholdCounts, threshold: number): number {
  const index = counts.thresholds.indexOf(threshold);
  if (index < 0) throw new RangeError(`No count was taken at ${threshold}.`);
  return counts.atMost[index]!;
}

/** Bin counts for numpy's edges, from counts taken at `histogramThresholds(edges)`. */
export function countBins(counts: ThresholdCounts, edges: readonly number[]): number[] {
  const below = histogramThresholds(edges).map((threshold) => countAtMost(counts, threshold));
  return [...below, counts.total].map((count, i) => count - (i === 0 ? 0 : below[i - 1]!));
}

/** The inner edges as thresholds: a value equal to an edge belongs to the bin on its right. */
export const histogramThresholds = (edges: readonly number[]): number[] => edges.slice(1, -1).map(previousDouble);

/** Sorts thresholds and drops repeated ones. */
export const sortThresholds = (thresholds: Iterable<number>): number[] =>
  [...new Set(thresholds)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
