/** Linear percentiles (numpy's default, pandas' `quantile`) from values picked by rank. */

export const PERCENTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
/** Probabilities of the kept quantiles, 0 to 1 by 0.05. */
export const KEPT_QUANTILES = Array.from({ length: 21 }, (_, i) => i / 20);
export const ALL_PROBABILITIES = [...new Set([...PERCENTILES, ...KEPT_QUANTILES])].sort((a, b) => a - b);

export const percentileKey = (probability: number): string => `p${Math.round(probability * 100)}`;

/** The zero-based ranks on both sides of a probability, and how far between them it lies. */
export function findRanks(probability: number, n: number): { low: number; high: number; weight: number } {
  const position = probability * (n - 1);
  const low = Math.floor(position);
  return { low, high: Math.min(low + 1, n - 1), weight: position - low };
}

/** Every rank that the given probabilities need, ascending. */
export function listRanks(probabilities: readonly number[], n: number): number[] {
  const ranks = new Set<number>();
  for (const probability of probabilities) {
    const { low, high, weight } = findRanks(probability, n);
    ranks.add(low);
    if (weight > 0) ranks.add(high);
  }
  return [...ranks].sort((a, b) => a - b);
}

/** numpy's linear interpolation, monotone and exact at both ends. */
export function interpolate(a: number, b: number, weight: number): number {
  if (a === b || weight === 0) return a;
  const difference = b - a;
  if (!Number.isFinite(difference)) return a * (1 - weight) + b * weight;
  return weight >= 0.5 ? b - difference * (1 - weight) : a + difference * weight;
}

/** Quantiles of n values, given the value at each needed rank. */
export function computeQuantiles(
  probabilities: readonly number[],
  n: number,
  valueAt: (rank: number) => number,
): Map<number, number> {
  const quantiles = new Map<number, number>();
  if (n === 0) return quantiles;
  for (const probability of probabilities) {
    const { low, high, weight } = findRanks(probability, n);
    quantiles.set(probability, weight > 0 ? interpolate(valueAt(low), valueAt(high), weight) : valueAt(low));
  }
  return quantiles;
}
