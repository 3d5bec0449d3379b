/** Bars and pies: a measure for each name. */
import type { Field } from "./fields.ts";
import { measureAxis, titleName } from "./format.ts";
import { formatCount, isAdditive, labelIn, naturalOrder, numberIn, type Plot, takeMeasures, titleOf } from "./table.ts";
import type { Axis, BarChart, PieChart, Series } from "./types.ts";

export const MOST_BARS = 24;
const MOST_SLICES = 7;
const MOST_SERIES = 6;
const LONG_LABEL = 14;
const MANY_LABELS = 9;
const OTHER = "Other";
const COUNT_AXIS: Axis = { title: "Count", format: { kind: "number" } };

export interface Named {
  labels: string[];
  series: Series[];
  /** Positions of the label field's values that are summed up under "Other" stand last. */
  y: Axis;
}

/** A measure for each label; rows of one label are added up or averaged. Without measures the rows are counted. */
export function collectNamed(plot: Plot, label: Field, measures: readonly Field[]): Named {
  const labels: string[] = [];
  const groups = new Map<string, { sums: number[]; counts: number[]; rows: number }>();
  for (const row of plot.rows) {
    const name = labelIn(row, label);
    let group = groups.get(name);
    if (!group) {
      group = { sums: measures.map(() => 0), counts: measures.map(() => 0), rows: 0 };
      groups.set(name, group);
      labels.push(name);
    }
    group.rows += 1;
    for (const [i, measure] of measures.entries()) {
      const value = numberIn(row, measure);
      if (value === undefined) continue;
      group.sums[i]! += value;
      group.counts[i]! += 1;
    }
  }
  if (measures.length === 0) {
    const values = labels.map((name) => groups.get(name)!.rows);
    return { labels, series: [{ name: "Count", values }], y: COUNT_AXIS };
  }
  const repeats = labels.length < plot.rows.length;
  if (repeats) noteGathered(plot, measures, label);
  const series = measures.map((measure, i) => ({
    name: titleName(measure.name),
    values: labels.map((name) => {
      const { sums, counts } = groups.get(name)!;
      if (counts[i] === 0) return null;
      return isAdditive(measure.name) ? sums[i]! : sums[i]! / counts[i]!;
    }),
  }));
  return { labels, series, y: { ...measureAxis(measures[0]!.name), ...(measures.length > 1 ? { title: "" } : {}) } };
}

function noteGathered(plot: Plot, measures: readonly Field[], label: Field): void {
  const way = measures.every(({ name }) => isAdditive(name))
    ? "added up"
    : measures.some(({ name }) => isAdditive(name))
      ? "added up or averaged"
      : "averaged";
  plot.notes.push(`Rows of one ${titleName(label.name)} were ${way}.`);
}

/** Bars: one for each label, side by side for several measures. */
export function buildBars(plot: Plot, label: Field, measures: readonly Field[]): BarChart {
  const taken = takeMeasures(plot, measures, MOST_SERIES);
  const named = collectNamed(plot, label, taken);
  const ordered = orderNamed(named, label);
  const cut = cutNamed(plot, ordered, {
    most: MOST_BARS,
    sums: taken.length === 0 || taken.every(({ name }) => isAdditive(name)),
    what: titleName(label.name),
  });
  return finishBars(plot, label, cut, taken);
}

function finishBars(plot: Plot, label: Field, { labels, series, y }: Named, measures: readonly Field[]): BarChart {
  const what = measures.length === 0 ? "Count" : measures.map(({ name }) => titleName(name)).join(" and ");
  return {
    kind: "bar",
    title: titleOf(plot, what, [label.name]),
    notes: plot.notes,
    x: { title: titleName(label.name), format: { kind: "text" } },
    y,
    labels,
    series,
    horizontal: wantsLying(labels, label),
    stacked: false,
  };
}

/** Long names, and many of them, are read better beside lying bars; steps of time keep standing. */
export function wantsLying(labels: readonly string[], label: Pick<Field, "kind">): boolean {
  if (label.kind === "step" || label.kind === "time") return false;
  const longest = Math.max(0, ...labels.map((name) => name.length));
  return longest > LONG_LABEL ? labels.length > 2 : labels.length > MANY_LABELS && longest > 3;
}

/** Names in the order that everybody knows, or as the query sorted them, or the largest first. */
export function orderNamed(named: Named, label: Field): Named {
  const { labels, series } = named;
  const natural = naturalOrder(labels, label);
  if (natural) return pick(named, natural);
  const values = series[0]?.values.map((value) => value ?? Number.NEGATIVE_INFINITY) ?? [];
  const isSorted =
    values.every((value, i) => i === 0 || value <= values[i - 1]!) ||
    values.every((value, i) => i === 0 || value >= values[i - 1]!);
  if (isSorted && labels.length > 2) return named;
  const order = labels.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || (labels[a]! < labels[b]! ? -1 : 1));
  return pick(named, order);
}

function pick({ y, ...named }: Named, positions: readonly number[]): Named {
  return {
    y,
    labels: positions.map((i) => named.labels[i]!),
    series: named.series.map(({ name, values }) => ({ name, values: positions.map((i) => values[i] ?? null) })),
  };
}

/** Keeps the first names; the rest is summed up under "Other" where sums mean something, and counted in a note. */
export function cutNamed(
  plot: Plot,
  named: Named,
  { most, sums, what }: { most: number; sums: boolean; what: string },
): Named {
  const total = named.labels.length;
  if (total <= most) return named;
  const kept = sums ? most - 1 : most;
  const first = pick(
    named,
    Array.from({ length: kept }, (_, i) => i),
  );
  plot.notes.push(
    sums
      ? `“${OTHER}” sums up ${formatCount(total - kept)} further values of ${what}.`
      : `The first ${formatCount(kept)} of ${formatCount(total)} values of ${what} are shown.`,
  );
  if (!sums) return first;
  return {
    y: first.y,
    labels: [...first.labels, OTHER],
    series: first.series.map(({ name, values }, i) => {
      const rest = named.series[i]!.values.slice(kept).reduce<number>((sum, value) => sum + (value ?? 0), 0);
      return { name, values: [...values, rest] };
    }),
  };
}

/** A pie; undefined when the values are no parts of a whole: negative, all zero, or too many of something that has no sum. */
export function buildPie(plot: Plot, label: Field, measure: Field | undefined): PieChart | undefined {
  const trial: Plot = { ...plot, notes: [] };
  const named = collectNamed(trial, label, measure ? [measure] : []);
  const values = named.series[0]?.values.map((value) => value ?? 0) ?? [];
  if (values.some((value) => value < 0) || !values.some((value) => value > 0)) return undefined;
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!);
  const sorted = naturalOrder(named.labels, label) ? orderNamed(named, label) : pick(named, order);
  const cut = cutNamed(trial, sorted, { most: MOST_SLICES, sums: true, what: titleName(label.name) });
  plot.notes.push(...trial.notes);
  return {
    kind: "pie",
    title: titleOf(plot, measure ? titleName(measure.name) : "Count", [label.name]),
    notes: plot.notes,
    x: { title: titleName(label.name), format: { kind: "text" } },
    y: cut.y,
    labels: cut.labels,
    values: cut.series[0]!.values.map((value) => value ?? 0),
  };
}

/** One bar for each measure of a single row. */
export function buildMeasureBars(plot: Plot, measures: readonly Field[]): BarChart {
  const row = plot.rows[0] ?? [];
  const taken = takeMeasures(plot, measures, MOST_BARS);
  const labels = taken.map(({ name }) => titleName(name));
  return {
    kind: "bar",
    title: titleOf(plot, labels.slice(0, 3).join(", "), []),
    notes: plot.notes,
    x: { title: "", format: { kind: "text" } },
    y: taken.length === 1 ? measureAxis(taken[0]!.name) : { title: "", format: { kind: "number" } },
    labels,
    series: [
      { name: labels.length === 1 ? labels[0]! : "Value", values: taken.map((field) => numberIn(row, field) ?? null) },
    ],
    horizontal: wantsLying(labels, { kind: "category" }),
    stacked: false,
  };
}
