/** Measures of how far two distributions lie apart. Shares are given bin by bin, in the same order for both. */

/** Default floor of a share, so that an empty bin does not make the index infinite. */
export const DEFAULT_EPSILON = 1e-4;

/**
 * Population stability index: `Σ (q - p) · ln(q / p)`, each share raised to at least `epsilon`. Two empty bins add 0.
 * @param reference shares p of the first version, 0 to 1
 * @param current shares q of the second version
 */
export function computePsi(
  reference: readonly number[],
  current: readonly number[],
  epsilon = DEFAULT_EPSILON,
): number {
  return reference.reduce((sum, share, i) => {
    const p = Math.max(share, epsilon);
    const q = Math.max(current[i] ?? 0, epsilon);
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

/** Jensen–Shannon distance with base 2, 0 to 1, as `scipy.spatial.distance.jensenshannon(p, q, base=2)`. */
export function computeJsDistance(reference: readonly number[], current: readonly number[]): number {
  const entropy = (share: number, middle: number) => (share === 0 ? 0 : share * Math.log2(share / middle));
  const divergence = reference.reduce((sum, p, i) => {
    const q = current[i] ?? 0;
    const middle = (p + q) / 2;
    return sum + entropy(p, middle) + entropy(q, middle);
  }, 0);
  return Math.sqrt(Math.max(0, divergence / 2));
}

export type ShiftLevel = "low" | "moderate" | "high";

export interface ShiftThresholds {
  /** From here on the shift is moderate. Default 0.1. */
  moderate: number;
  /** Above this it is high. Default 0.25. */
  high: number;
}

export const DEFAULT_THRESHOLDS: ShiftThresholds = { moderate: 0.1, high: 0.25 };

export const gradeShift = (psi: number, { moderate, high }: ShiftThresholds = DEFAULT_THRESHOLDS): ShiftLevel =>
  psi > high ? "high" : psi >= moderate ? "moderate" : "low";

/** One side of a comparison, as the Kolmogorov–Smirnov search asks it. Only finite values count. */
export interface EmpiricalSide {
  total: number;
  /** All values are at hand, so that listing them costs nothing. */
  isHeld: boolean;
  /** How many values are at or below each of some ascending thresholds. */
  countAtMost(thresholds: readonly number[]): Promise<number[]>;
  /** Distinct values with counts in any of some intervals `(low, high]`, ascending. */
  listValues(intervals: readonly Interval[]): Promise<{ v: number; n: number }[]>;
}

export interface Interval {
  low: number;
  high: number;
}

interface CountedInterval extends Interval {
  /** Values at or below `low`, on both sides. */
  belowA: number;
  belowB: number;
  inA: number;
  inB: number;
}

export interface KolmogorovSmirnov {
  /** The largest distance between the two distribution functions. */
  statistic: number;
  /** The statistic is at most this much larger; 0 where it is exact. */
  error: number;
}

const MOST_FETCHED = 20_000;
const MOST_INTERVALS = 48;
const THRESHOLDS_PER_PASS = 1000;
const MOST_PASSES = 4;

/**
 * The two-sample Kolmogorov–Smirnov statistic by narrowing: counts at thresholds bound the distance between them, and
 * only intervals that may still hold the largest are looked into. Values are held only when few are left, which makes
 * the answer exact; the search also ends when its error is at most `tolerance`.
 * @param hints values to cut at first, such as quantiles of both sides
 */
export async function computeKs(
  a: EmpiricalSide,
  b: EmpiricalSide,
  hints: readonly number[],
  tolerance: number,
): Promise<KolmogorovSmirnov | undefined> {
  if (a.total === 0 || b.total === 0) return undefined;
  let best = 0;
  let open: CountedInterval[] = [
    { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, belowA: 0, belowB: 0, inA: a.total, inB: b.total },
  ];
  const bound = ({ belowA, belowB, inA, inB }: CountedInterval) => {
    const distance = belowA / a.total - belowB / b.total;
    return Math.max(distance + inA / a.total, inB / b.total - distance);
  };
  for (let pass = 0; pass <= MOST_PASSES; pass++) {
    open = mergeNeighbours(open.filter((interval) => bound(interval) > best * (1 + 1e-12)));
    const error = Math.max(0, ...open.map(bound).map((value) => value - best));
    const held = open.reduce((sum, { inA, inB }) => sum + inA + inB, 0);
    if ((a.isHeld && b.isHeld) || (held <= MOST_FETCHED && open.length <= MOST_INTERVALS)) {
      return { statistic: Math.max(best, await searchValues(a, b, open)), error: 0 };
    }
    if (error <= tolerance || pass === MOST_PASSES) return { statistic: best, error };
    const cuts = pass === 0 ? spreadHints(hints) : cutIntervals(open, held);
    const [atMostA, atMostB] = [await a.countAtMost(cuts), await b.countAtMost(cuts)];
    cuts.forEach((_, i) => {
      best = Math.max(best, Math.abs(atMostA[i]! / a.total - atMostB[i]! / b.total));
    });
    open = open.flatMap((interval) => splitInterval(interval, cuts, atMostA, atMostB));
  }
  return undefined;
}

/** Neighbouring intervals are one question. The bound of the union is looser, but both have to be asked anyway. */
function mergeNeighbours(intervals: CountedInterval[]): CountedInterval[] {
  if (intervals.length <= MOST_INTERVALS) return intervals;
  const held = intervals.reduce((sum, { inA, inB }) => sum + inA + inB, 0);
  if (held > MOST_FETCHED) return intervals;
  const merged: CountedInterval[] = [];
  for (const interval of intervals) {
    const last = merged.at(-1);
    if (last !== undefined && last.high === interval.low) {
      merged[merged.length - 1] = {
        ...last,
        high: interval.high,
        inA: last.inA + interval.inA,
        inB: last.inB + interval.inB,
      };
    } else merged.push(interval);
  }
  return merged;
}

/** Cuts between hints in equal steps, so that the first pass is already fine. */
function spreadHints(hints: readonly number[]): number[] {
  const sorted = [...new Set(hints.filter(Number.isFinite))].sort((a, b) => a - b);
  const steps = Math.max(1, Math.floor(THRESHOLDS_PER_PASS / Math.max(1, sorted.length - 1)));
  const cuts = sorted.flatMap((hint, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return [hint];
    return Array.from({ length: steps }, (_, k) => hint + (next - hint) * (k / steps));
  });
  return [...new Set(cuts.filter(Number.isFinite))].sort((a, b) => a - b);
}

/** Cuts open intervals in equal steps, finer where more values are. */
function cutIntervals(open: readonly CountedInterval[], held: number): number[] {
  const cuts = open.flatMap(({ low, high, inA, inB }) => {
    const steps = Math.max(2, Math.round((THRESHOLDS_PER_PASS * (inA + inB)) / held));
    if (!Number.isFinite(low) || !Number.isFinite(high)) return [];
    return Array.from({ length: steps - 1 }, (_, k) => low + (high - low) * ((k + 1) / steps));
  });
  return [...new Set(cuts)].sort((a, b) => a - b);
}

function splitInterval(
  interval: CountedInterval,
  cuts: readonly number[],
  atMostA: readonly number[],
  atMostB: readonly number[],
): CountedInterval[] {
  const pieces: CountedInterval[] = [];
  let { low, belowA, belowB } = interval;
  const endA = belowA + interval.inA;
  const endB = belowB + interval.inB;
  for (const [i, cut] of cuts.entries()) {
    if (cut <= low || cut >= interval.high) continue;
    pieces.push({ low, high: cut, belowA, belowB, inA: atMostA[i]! - belowA, inB: atMostB[i]! - belowB });
    [low, belowA, belowB] = [cut, atMostA[i]!, atMostB[i]!];
  }
  return [...pieces, { low, high: interval.high, belowA, belowB, inA: endA - belowA, inB: endB - belowB }];
}

async function searchValues(a: EmpiricalSide, b: EmpiricalSide, open: readonly CountedInterval[]): Promise<number> {
  if (open.length === 0) return 0;
  const [valuesA, valuesB] = [await a.listValues(open), await b.listValues(open)];
  let best = 0;
  let i = 0;
  let j = 0;
  for (const { high, belowA, belowB } of open) {
    let [countA, countB] = [belowA, belowB];
    for (;;) {
      const nextA = valuesA[i]?.v ?? Number.NaN;
      const nextB = valuesB[j]?.v ?? Number.NaN;
      const at = Math.min(
        nextA <= high ? nextA : Number.POSITIVE_INFINITY,
        nextB <= high ? nextB : Number.POSITIVE_INFINITY,
      );
      if (at === Number.POSITIVE_INFINITY) break;
      if (nextA === at) countA += valuesA[i++]!.n;
      if (nextB === at) countB += valuesB[j++]!.n;
      best = Math.max(best, Math.abs(countA / a.total - countB / b.total));
    }
  }
  return best;
}
