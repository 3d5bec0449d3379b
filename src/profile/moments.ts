/**
 * Standard deviation, skewness and kurtosis from sums of powers about a center near the mean, with pandas' bias
 * corrections (`Series.std`, `Series.skew`, `Series.kurt`).
 */

/** Sums over n values of `(x - center) * scale` to the powers 1 to 4. */
export interface PowerSums {
  n: number;
  center: number;
  /** A power of two that keeps fourth powers inside the range of doubles; 1 for ordinary data. */
  scale: number;
  s1: number;
  s2: number;
  s3: number;
  s4: number;
}

export interface Moments {
  mean: number | null;
  std: number | null;
  skewness: number | null;
  kurtosis: number | null;
}

/** NaN and the infinities have no place in JSON. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Picks the power of two that brings a range to about 1 when its fourth power would leave the range of doubles. */
export function chooseScale(min: number, max: number): number {
  const range = max / 2 - min / 2;
  if (!(range > 0) || (range < 1e60 && range > 1e-60)) return 1;
  return 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(range))));
}

/** Central moments from power sums. `min === max` marks a constant, whose spread is exactly 0. */
export function computeMoments(sums: PowerSums, min: number, max: number): Moments {
  const { n, scale } = sums;
  if (n === 0) return { mean: null, std: null, skewness: null, kurtosis: null };
  const isConstant = min === max;
  const shift = sums.s1 / n;
  const mean = isConstant ? min : sums.center + shift / scale;
  const { m2, m3, m4 } = isConstant ? { m2: 0, m3: 0, m4: 0 } : centerSums(sums, shift);
  const std = n < 2 ? Number.NaN : Math.sqrt(m2 / (n - 1)) / scale;
  return {
    mean: finiteOrNull(mean),
    std: finiteOrNull(std),
    skewness: n < 3 ? null : finiteOrNull(m2 === 0 ? 0 : ((n * Math.sqrt(n - 1)) / (n - 2)) * (m3 / m2 ** 1.5)),
    kurtosis: n < 4 ? null : finiteOrNull(m2 === 0 ? 0 : excessKurtosis(n, m2, m4)),
  };
}

/** Moves sums of powers from their center to the mean; `shift` is small, so nothing cancels. */
function centerSums({ n, s2, s3, s4 }: PowerSums, d: number): { m2: number; m3: number; m4: number } {
  return {
    m2: s2 - n * d * d,
    m3: s3 - 3 * d * s2 + 2 * n * d ** 3,
    m4: s4 - 4 * d * s3 + 6 * d * d * s2 - 3 * n * d ** 4,
  };
}

function excessKurtosis(n: number, m2: number, m4: number): number {
  const adjustment = (3 * (n - 1) ** 2) / ((n - 2) * (n - 3));
  return (((n * (n + 1) * (n - 1)) / ((n - 2) * (n - 3))) * m4) / (m2 * m2) - adjustment;
}

/** The sum of squared deviations from the mean, unscaled; null where it does not fit a double. */
export function squaredDeviations(sums: PowerSums): number {
  const shift = sums.n === 0 ? 0 : sums.s1 / sums.n;
  return Math.max(0, sums.s2 - sums.n * shift * shift);
}
