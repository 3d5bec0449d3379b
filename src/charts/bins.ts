/** Bins of a histogram, with round edges. */

/** What is known of a column before its values are counted. */
export interface BinFacts {
  min: number;
  max: number;
  /** The 99 % quantile: where values far above it would squeeze all others into one bin, the last bin is left open. */
  p99?: number | undefined;
  /** Number of values. */
  count: number;
  /** All values are whole numbers. */
  whole: boolean;
  /** Interquartile range, for the width of bins. */
  iqr?: number | undefined;
}

export interface BinPlan {
  edges: number[];
  /** The last bin takes everything above its lower edge. */
  open: boolean;
}

const FEWEST_BINS = 5;
const MOST_BINS = 40;
/** Whole numbers of a range up to this have a bin each. */
const MOST_SINGLE = 30;
/** Values that differ by less than this share of their size are drawn as one. */
const LEAST_RANGE = 1e-9;
/** A maximum this many times as far from the minimum as the 99 % quantile is a long tail. */
const LONG_TAIL = 2.5;

/**
 * Cuts a range into bins of one round width: about as wide as Freedman and Diaconis (1981) say, 5 to 40 of them; whole numbers of a
 * small range get a bin each.
 */
export function planBins(facts: BinFacts): BinPlan {
  const { min, p99, whole } = facts;
  const open = p99 !== undefined && !areAlike(min, p99) && facts.max - min > LONG_TAIL * (p99 - min);
  const max = open ? p99 : facts.max;
  if (whole && max <= min) return { edges: [min, min + 1], open: false };
  if (areAlike(min, max)) {
    const half = Math.max(Math.abs(min) * 0.05, max - min) || 0.5;
    return { edges: [min - half, max + half], open: false };
  }
  if (whole && max - min <= MOST_SINGLE) {
    const edges = Array.from({ length: max - min + 2 }, (_, i) => min + i);
    return open ? { edges: [...edges, max + 2], open } : { edges, open };
  }
  const width = roundWidth(binWidth(facts, max), whole);
  const first = Math.floor(min / width);
  const edges: number[] = [];
  for (let i = first; edges.length < 2 || edges[edges.length - 1]! <= max; i++) {
    edges.push(cleanProduct(i, width));
    if (edges.length > MOST_BINS * 3) break;
    if (!whole && edges.length >= 2 && edges[edges.length - 1]! >= max) break;
  }
  if (open) edges.push(cleanProduct(first + edges.length, width));
  return { edges, open };
}

const areAlike = (low: number, high: number): boolean =>
  high - low <= LEAST_RANGE * Math.max(Math.abs(low), Math.abs(high), 1e-200);

function binWidth({ min, count, iqr }: BinFacts, max: number): number {
  const range = max - min;
  const wanted =
    iqr !== undefined && iqr > 0
      ? (2 * iqr) / Math.cbrt(Math.max(count, 1))
      : range / (Math.log2(Math.max(count, 1)) + 1);
  return Math.min(range / FEWEST_BINS, Math.max(range / MOST_BINS, wanted));
}

/** The smallest of 1, 2, 5 times a power of ten that is no smaller. */
function roundWidth(width: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= width * 0.999) ?? 10;
  const round = cleanProduct(factor, power);
  return whole ? Math.max(1, Math.ceil(round)) : round;
}

/** A product without the last bits' noise: 3 × 0.1 is 0.3. */
function cleanProduct(a: number, b: number): number {
  return Number((a * b).toPrecision(15));
}

/** Counts values into a plan's bins. */
export function countBins(values: Iterable<number>, { edges, open }: BinPlan): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  const last = counts.length - 1;
  const low = edges[0]!;
  const width = (edges[1] ?? low + 1) - low;
  for (const value of values) {
    let bin = Math.min(last, Math.max(0, Math.floor((value - low) / width)));
    if (bin < last && value >= edges[bin + 1]!) bin += 1;
    else if (bin > 0 && value < edges[bin]!) bin -= 1;
    if (value <= edges[last + 1]! || open) counts[bin]! += 1;
  }
  return counts;
}
