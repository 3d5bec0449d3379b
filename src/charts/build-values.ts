/** Charts of single values: scatter plots, histograms, boxes. */
import { countBins, planBins } from "./bins.ts";
import type { Field } from "./fields.ts";
import { formatNumber, measureAxis, titleName } from "./format.ts";
import { quantileOf, sampleEvenly } from "./reduce.ts";
import { formatCount, labelIn, naturalOrder, numberIn, numbersOf, type Plot, timeIn, titleOf } from "./table.ts";
import type { BoxChart, BoxGroup, HistogramChart, ScatterChart } from "./types.ts";

export const MOST_POINTS = 2_000;
const MOST_COLOURS = 6;
const MOST_BOXES = 16;
const MOST_OUTLIERS = 20;
const OTHER = "Other";

/** Points, coloured by the largest values of `split`. */
export function buildScatter(plot: Plot, x: Field, y: Field, split: Field | undefined): ScatterChart {
  const points: { name: string; point: [number, number] }[] = [];
  for (const row of plot.rows) {
    const [a, b] = [x.kind === "time" ? timeIn(row, x) : numberIn(row, x), numberIn(row, y)];
    if (a !== undefined && b !== undefined) points.push({ name: split ? labelIn(row, split) : "", point: [a, b] });
  }
  if (points.length < plot.rows.length)
    plot.notes.push(`${formatCount(plot.rows.length - points.length)} rows lack one of the two values.`);
  if (points.length > MOST_POINTS)
    plot.notes.push(`${formatCount(MOST_POINTS)} of ${formatCount(points.length)} points are shown, evenly sampled.`);
  const shown = sampleEvenly(points, MOST_POINTS);
  const what = `${titleName(y.name)} by ${titleName(x.name)}`;
  return {
    kind: "scatter",
    title: titleOf(plot, split ? `${what} and ${titleName(split.name)}` : what, []),
    notes: plot.notes,
    x:
      x.kind === "time"
        ? { title: titleName(x.name), format: { kind: "time", unit: x.unit ?? "day" } }
        : measureAxis(x.name),
    y: measureAxis(y.name),
    series: split ? splitPoints(plot, shown, split) : [{ name: what, points: shown.map(({ point }) => point) }],
  };
}

function splitPoints(
  plot: Plot,
  points: readonly { name: string; point: [number, number] }[],
  split: Field,
): ScatterChart["series"] {
  const groups = new Map<string, [number, number][]>();
  for (const { name, point } of points) {
    const group = groups.get(name);
    if (group) group.push(point);
    else groups.set(name, [point]);
  }
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length);
  if (sorted.length <= MOST_COLOURS) {
    const natural = naturalOrder(
      sorted.map(([name]) => name),
      split,
    );
    return (natural ? natural.map((i) => sorted[i]!) : sorted).map(([name, own]) => ({ name, points: own }));
  }
  const kept = sorted.slice(0, MOST_COLOURS - 1);
  plot.notes.push(
    `“${OTHER}” holds ${formatCount(sorted.length - kept.length)} further values of ${titleName(split.name)}.`,
  );
  return [
    ...kept.map(([name, own]) => ({ name, points: own })),
    { name: OTHER, points: sorted.slice(kept.length).flatMap(([, own]) => own) },
  ];
}

/** How often values occur, in bins of one width. */
export function buildHistogram(plot: Plot, field: Field): HistogramChart | undefined {
  const sorted = Float64Array.from(numbersOf(plot, field)).sort();
  const [min, max] = [sorted[0], sorted[sorted.length - 1]];
  if (min === undefined || max === undefined) return undefined;
  const plan = planBins({
    min,
    max,
    p99: quantileOf(sorted, 0.99),
    iqr: quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25),
    count: sorted.length,
    whole: field.whole,
  });
  const counts = countBins(sorted, plan);
  const missing = plot.rows.length - sorted.length;
  if (missing > 0) plot.notes.push(`${formatCount(missing)} rows have no ${titleName(field.name)}.`);
  return describeHistogram({
    title: titleOf(plot, `${titleName(field.name)} Distribution`, []),
    notes: plot.notes,
    name: field.name,
    ...plan,
    counts,
    whole: field.whole,
    max,
  });
}

/** A histogram of bins that are counted already; says what an open last bin holds. */
export function describeHistogram(facts: {
  title: string;
  notes: string[];
  name: string;
  edges: number[];
  counts: number[];
  whole: boolean;
  open: boolean;
  max: number;
}): HistogramChart {
  const { title, notes, name, edges, counts, whole, open, max } = facts;
  const last = counts[counts.length - 1] ?? 0;
  return {
    kind: "histogram",
    title,
    notes: open
      ? [
          ...notes,
          `The last bar holds all ${formatCount(last)} values from ${formatNumber(edges[edges.length - 2] ?? 0)} to ${formatNumber(max)}.`,
        ]
      : notes,
    x: measureAxis(name),
    y: { title: "Count", format: { kind: "number" } },
    edges,
    counts,
    whole,
    open,
  };
}

/** A histogram of bins that a query has counted: where each begins, and how many it holds. Undefined when they are uneven. */
export function buildCountedHistogram(plot: Plot, from: Field, count: Field): HistogramChart | undefined {
  const bins = plot.rows
    .flatMap((row) => {
      const [low, n] = [numberIn(row, from), numberIn(row, count)];
      return low === undefined || n === undefined ? [] : [{ low, n }];
    })
    .sort((a, b) => a.low - b.low);
  if (bins.length < 2 || bins.some(({ n }) => n < 0)) return undefined;
  const width = Math.min(...bins.slice(1).map(({ low }, i) => low - bins[i]!.low));
  const [first, last] = [bins[0]!.low, bins[bins.length - 1]!.low];
  const steps = Math.round((last - first) / width);
  const isEven = bins.every(({ low }) => Math.abs((low - first) / width - Math.round((low - first) / width)) < 1e-6);
  if (!(width > 0) || !isEven || steps > 200) return undefined;
  const counts = new Array<number>(steps + 1).fill(0);
  for (const { low, n } of bins) counts[Math.round((low - first) / width)]! += n;
  const edges = Array.from({ length: steps + 2 }, (_, i) => Number((first + i * width).toPrecision(12)));
  const name = from.name.replace(/[\s_]from$/, "");
  return {
    kind: "histogram",
    title: titleOf(plot, `${titleName(name)} Distribution`, []),
    notes: plot.notes,
    x: measureAxis(name),
    y: { title: titleName(count.name), format: { kind: "number" } },
    edges,
    counts,
    whole: from.whole && width === 1,
    open: false,
  };
}

/** How values are spread, for each name. */
export function buildBoxes(plot: Plot, measure: Field, split: Field | undefined): BoxChart | undefined {
  const groups = new Map<string, number[]>();
  for (const row of plot.rows) {
    const value = numberIn(row, measure);
    if (value === undefined) continue;
    const name = split ? labelIn(row, split) : titleName(measure.name);
    const group = groups.get(name);
    if (group) group.push(value);
    else groups.set(name, [value]);
  }
  if (groups.size === 0) return undefined;
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length);
  const kept = sorted.slice(0, MOST_BOXES);
  if (kept.length < sorted.length && split)
    plot.notes.push(
      `The ${MOST_BOXES} most frequent of ${formatCount(sorted.length)} values of ${titleName(split.name)} are shown.`,
    );
  const natural =
    split &&
    naturalOrder(
      kept.map(([name]) => name),
      split,
    );
  const boxes = kept.map(([name, values]) => describeBox(name, values));
  return {
    kind: "box",
    title: titleOf(plot, titleName(measure.name), split ? [split.name] : []),
    notes: plot.notes,
    x: { title: split ? titleName(split.name) : "", format: { kind: "text" } },
    y: measureAxis(measure.name),
    groups: natural ? natural.map((i) => boxes[i]!) : boxes.sort((a, b) => b.median - a.median),
  };
}

function describeBox(name: string, values: readonly number[]): BoxGroup {
  const sorted = Float64Array.from(values).sort();
  const [q1, median, q3] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.5), quantileOf(sorted, 0.75)];
  const reach = 1.5 * (q3 - q1);
  const inside = sorted.filter((value) => value >= q1 - reach && value <= q3 + reach);
  const outliers = Array.from(sorted.filter((value) => value < q1 - reach || value > q3 + reach)).sort(
    (a, b) => Math.abs(b - median) - Math.abs(a - median),
  );
  return {
    name,
    count: sorted.length,
    low: inside[0] ?? q1,
    q1,
    median,
    q3,
    high: inside[inside.length - 1] ?? q3,
    outliers: outliers.slice(0, MOST_OUTLIERS),
  };
}
