/** Fewer points that show the same picture. */

/** Every n-th item, so that at most `most` remain, the first and the last among them. */
export function sampleEvenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => items[Math.round(i * step)]!);
}

/**
 * Picks the points that matter to the eye: Largest-Triangle-Three-Buckets (Steinarsson, "Downsampling Time Series for Visual
 * Representation", 2013). Returns positions, in order; the first and the last are among them.
 */
export function pickVisiblePoints(xs: readonly number[], ys: readonly (number | null)[], most: number): number[] {
  const count = xs.length;
  if (count <= most || most < 3) return Array.from({ length: count }, (_, i) => i);
  const size = (count - 2) / (most - 2);
  const picked = [0];
  for (let bucket = 0; bucket < most - 2; bucket++) {
    const from = Math.floor(bucket * size) + 1;
    const to = Math.floor((bucket + 1) * size) + 1;
    const next = averagePoint(xs, ys, to, Math.min(Math.floor((bucket + 2) * size) + 1, count));
    const last = picked[picked.length - 1]!;
    picked.push(largestTriangle(xs, ys, { x: xs[last]!, y: ys[last] ?? 0 }, next, from, to));
  }
  picked.push(count - 1);
  return picked;
}

function averagePoint(xs: readonly number[], ys: readonly (number | null)[], from: number, to: number) {
  let [x, y] = [0, 0];
  for (let i = from; i < to; i++) {
    x += xs[i]!;
    y += ys[i] ?? 0;
  }
  const n = Math.max(1, to - from);
  return { x: x / n, y: y / n };
}

interface Point {
  x: number;
  y: number;
}

function largestTriangle(
  xs: readonly number[],
  ys: readonly (number | null)[],
  a: Point,
  c: Point,
  from: number,
  to: number,
): number {
  let best = from;
  let largest = -1;
  for (let i = from; i < to; i++) {
    const area = Math.abs((a.x - c.x) * ((ys[i] ?? 0) - a.y) - (a.x - xs[i]!) * (c.y - a.y));
    if (area > largest) {
      largest = area;
      best = i;
    }
  }
  return best;
}

/** The quantile of sorted values between the two nearest ones (Hyndman and Fan's type 7, as numpy and DuckDB's `quantile_cont`). */
export function quantileOf(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const a = sorted[low]!;
  const b = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return a + (b - a) * (at - low);
}
