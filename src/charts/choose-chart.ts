import { buildBars, buildMeasureBars, buildPie, collectNamed } from "./build-categories.ts";
import { buildGroupedBars, buildHeatmap, MOST_GROUPED } from "./build-grid.ts";
import { buildLines } from "./build-lines.ts";
import { buildBoxes, buildCountedHistogram, buildHistogram, buildScatter } from "./build-values.ts";
import { emptyChart } from "./empty-chart.ts";
import { type Field, readFields } from "./fields.ts";
import { titleName } from "./format.ts";
import { isAdditive, type Plot } from "./table.ts";
import type { ChartInput, ChartKind, ChartSpec } from "./types.ts";
import { asksDistribution, asksShare, findChartWord } from "./words.ts";

/** A pie of more slices than this says less than bars. */
const MOST_SLICES_UNASKED = 6;
/** Rows of one name from which their spread is shown rather than their average. */
const ROWS_FOR_BOXES = 5;
const MOST_BOX_GROUPS = 30;
const FEWEST_FOR_HISTOGRAM = 3;

/**
 * Chooses the picture of a result: by the chart that the question names, else by what it asks for, by the columns' types and by the
 * result's shape. A named chart that the result does not fit is replaced by the nearest one, and a note says so.
 *
 * What comes out is ready to be drawn: at most some thousand points, binned, sampled or summed up with a note that says so.
 *
 * @returns undefined when nothing in the result can be drawn.
 */
export function chooseChart(input: ChartInput): ChartSpec | undefined {
  const question = input.intent?.question ?? "";
  const asked = input.intent?.chart ?? findChartWord(question);
  const fields = readFields(input);
  const plot: Plot = { rows: input.rows, fields, title: input.title, intent: input.intent ?? {}, notes: [], asked };
  if (input.rows.length === 0) return asked === undefined ? undefined : emptyChart(plot, asked);
  const parts = sortFields(fields);
  keepGrowth(plot, parts);
  if (asked !== undefined) {
    const chart = buildAsked(plot, asked, parts);
    if (chart) return chart;
  }
  const chart = buildFitting(plot, parts, question);
  if (chart && asked !== undefined && chart.kind !== asked)
    chart.notes.unshift(`This result cannot be shown as ${NAMES[asked]}: ${NEEDS[asked]}.`);
  return chart;
}

/** Growth in percent and the figure that grew need two scales; the growth is what was asked for. */
function keepGrowth(plot: Plot, parts: Parts): void {
  const growth = parts.numbers.filter(({ name }) => /^growth[_ ]percent$/i.test(name));
  if (growth.length === 0 || growth.length === parts.numbers.length) return;
  const others = parts.numbers.filter((field) => !growth.includes(field)).map(({ name }) => titleName(name));
  plot.notes.push(`${others.join(", ")}: left out, for it has another unit.`);
  parts.numbers = growth;
}

const NAMES: Record<ChartKind, string> = {
  bar: "a bar chart",
  line: "a line chart",
  area: "an area chart",
  pie: "a pie chart",
  scatter: "a scatter plot",
  histogram: "a histogram",
  box: "a box plot",
  heatmap: "a heat map",
};

const NEEDS: Record<ChartKind, string> = {
  bar: "it needs a figure",
  line: "it needs a time or a step, and a figure",
  area: "it needs a time or a step, and a figure",
  pie: "it needs names with figures that are not negative",
  scatter: "it needs two columns of figures",
  histogram: "it needs a column of figures",
  box: "it needs several figures for each name",
  heatmap: "it needs two columns of names",
};

interface Parts {
  time: Field | undefined;
  steps: Field[];
  categories: Field[];
  /** Steps and categories, in the result's order. */
  names: Field[];
  numbers: Field[];
}

function sortFields(fields: readonly Field[]): Parts {
  const of = (...kinds: Field["kind"][]) => fields.filter(({ kind }) => kinds.includes(kind));
  const times = of("time");
  return {
    time: times[0],
    steps: of("step"),
    categories: of("category"),
    names: [...of("category", "step"), ...times.slice(1)].sort((a, b) => a.index - b.index),
    numbers: of("number"),
  };
}

function buildAsked(plot: Plot, asked: ChartKind, parts: Parts): ChartSpec | undefined {
  const { time, numbers } = parts;
  const [name] = parts.names;
  const along = time ?? name;
  switch (asked) {
    case "bar":
      return buildAnyBars(plot, parts);
    case "pie":
      return along && buildPie(plot, name ?? along, numbers[0]);
    case "line":
    case "area":
      if (time) return buildLines(plot, time, numbers, splitOf(parts), asked);
      if (name) return numbers.length > 0 ? buildLines(plot, name, numbers, undefined, asked) : undefined;
      return numbers.length > 1
        ? buildLines(plot, { ...numbers[0]!, kind: "step" }, numbers.slice(1), undefined, asked)
        : undefined;
    case "scatter": {
      const [x, y] = numbers;
      if (x && y) return buildScatter(plot, x, y, usableSplit(name));
      const step = parts.steps.find(({ whole }) => whole);
      if (x && time) return buildScatter(plot, time, x, usableSplit(name));
      return x && step ? buildScatter(plot, { ...step, kind: "number" }, x, undefined) : undefined;
    }
    case "histogram":
      return buildAnyHistogram(plot, parts);
    case "box": {
      const [measure] = numbers;
      if (!measure || plot.rows.length < ROWS_FOR_BOXES) return undefined;
      const split = name && name.distinct < plot.rows.length / 2 ? name : undefined;
      return name && !split ? undefined : buildBoxes(plot, measure, split);
    }
    case "heatmap": {
      const [first, second] = time ? [time, ...parts.names] : parts.names;
      return first && second ? buildHeatmap(plot, first, second, numbers[0]) : undefined;
    }
  }
}

function usableSplit(field: Field | undefined): Field | undefined {
  return field && field.distinct <= 50 ? field : undefined;
}

/** The name that tells lines apart. */
function splitOf({ names }: Parts): Field | undefined {
  return names[0];
}

function buildAnyBars(plot: Plot, { time, names, numbers }: Parts): ChartSpec | undefined {
  const [first, second] = names;
  if (time && first) return buildGroupedBars(plot, asLabels(time), first, numbers[0], false);
  if (time) return barsOverTime(plot, time, numbers);
  if (first && second && first.distinct < plot.rows.length)
    return second.distinct <= first.distinct || first.distinct > MOST_GROUPED
      ? buildGroupedBars(plot, first, second, numbers[0], /\bstack/i.test(plot.intent.question ?? ""))
      : buildGroupedBars(plot, second, first, numbers[0], /\bstack/i.test(plot.intent.question ?? ""));
  if (first) return buildBars(plot, first, numbers);
  if (plot.rows.length === 1 && numbers.length > 0) return buildMeasureBars(plot, numbers);
  const [x, ...rest] = numbers;
  if (x && rest.length > 0) return buildBars(plot, { ...x, kind: "step" }, rest);
  return x && buildHistogram(plot, x);
}

const asLabels = (time: Field): Field => ({ ...time, kind: "time" });

/** Bars along time stand in its order, under its short names. */
function barsOverTime(plot: Plot, time: Field, numbers: readonly Field[]): ChartSpec {
  const { kind: _, positions: __, stacked, ...line } = buildLines(plot, time, numbers, undefined, "line");
  return { ...line, kind: "bar", x: { ...line.x, format: { kind: "text" } }, horizontal: false, stacked };
}

function buildAnyHistogram(plot: Plot, { names, numbers, time, steps }: Parts): ChartSpec | undefined {
  const counted = numbers.find(({ name }) => isAdditive(name));
  const from = steps[0] ?? numbers.find((field) => /[\s_](from|bin|bucket)$/i.test(field.name));
  if (counted && from && from !== counted && from.distinct === plot.rows.length) {
    const chart = buildCountedHistogram(plot, from, counted);
    if (chart) return chart;
  }
  const [first] = numbers;
  if (first && names.length === 0 && !time) return buildHistogram(plot, first);
  if (first && names.some(({ distinct }) => distinct === plot.rows.length) && !counted)
    return buildHistogram(plot, first);
  return undefined;
}

function buildFitting(plot: Plot, parts: Parts, question: string): ChartSpec | undefined {
  const { time, names, numbers } = parts;
  const { intent } = plot.intent;
  const [name, second] = names;
  const [measure] = numbers;
  if (intent === "distribution" || asksDistribution(question)) {
    const chart =
      buildAnyHistogram(plot, parts) ??
      (measure && name && repeats(plot, name) ? buildBoxes(plot, measure, name) : undefined);
    if (chart) return chart;
  }
  if (plot.rows.length === 1)
    return numbers.length > 1 || name || time ? buildAnyBars(plot, parts) : plot.asked && buildAnyBars(plot, parts);
  if (intent === "correlation" && numbers.length > 1 && !time)
    return buildScatter(plot, numbers[0]!, numbers[1]!, usableSplit(name));
  if (time) {
    const moments = time.distinct;
    if (moments < 3 && measure && !name) return barsOverTime(plot, time, numbers);
    return buildLines(plot, time, numbers, splitOf(parts), intent === "share" && name !== undefined ? "area" : "line");
  }
  if (name && second && measure) return buildPairs(plot, name, second, measure);
  if (name && measure) return buildNamed(plot, name, numbers, question);
  if (name) return second && repeats(plot, name) ? buildPairs(plot, name, second, undefined) : countNames(plot, name);
  if (numbers.length > 1) return buildScatter(plot, numbers[0]!, numbers[1]!, undefined);
  if (measure && plot.rows.length >= FEWEST_FOR_HISTOGRAM) return buildHistogram(plot, measure);
  return measure && plot.asked ? buildAnyBars(plot, parts) : undefined;
}

const repeats = (plot: Plot, field: Field): boolean => field.distinct <= plot.rows.length / 2;

function countNames(plot: Plot, name: Field): ChartSpec | undefined {
  return repeats(plot, name) || plot.asked !== undefined ? buildBars(plot, name, []) : undefined;
}

function buildNamed(plot: Plot, name: Field, numbers: readonly Field[], question: string): ChartSpec | undefined {
  const measure = numbers[0]!;
  const perName = plot.rows.length / Math.max(1, name.distinct);
  if (numbers.length > 1 && name.distinct === plot.rows.length && name.distinct > 40)
    return buildScatter(plot, measure, numbers[1]!, undefined);
  if (perName >= ROWS_FOR_BOXES && name.distinct <= MOST_BOX_GROUPS && !isAdditive(measure.name))
    return buildBoxes(plot, measure, name);
  const isShare = plot.intent.intent === "share" || asksShare(question);
  if (isShare && name.distinct >= 2 && name.distinct <= MOST_SLICES_UNASKED && name.kind === "category") {
    const values = collectNamed({ ...plot, notes: [] }, name, [measure]).series[0]?.values ?? [];
    if (values.every((value) => (value ?? 0) >= 0)) return buildPie(plot, name, measure);
  }
  return buildBars(plot, name, numbers);
}

/** Two names: bars beside each other when one has few values, else a heat map. */
function buildPairs(plot: Plot, first: Field, second: Field, measure: Field | undefined): ChartSpec {
  if (first.distinct === plot.rows.length && second.distinct > MOST_GROUPED)
    return buildBars(plot, first, measure ? [measure] : []);
  const [label, split] = first.distinct >= second.distinct ? [first, second] : [second, first];
  if (split.distinct <= MOST_GROUPED) return buildGroupedBars(plot, label, split, measure, false);
  return buildHeatmap(plot, label, split, measure);
}
