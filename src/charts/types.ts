/**
 * What charts are made of. A `ChartSpec` holds everything that a chart shows, already counted, binned, sorted and cut to what can be
 * seen; it is plain JSON, so that it can be kept and drawn later.
 */

export const CHART_KINDS = ["bar", "line", "area", "pie", "scatter", "histogram", "box", "heatmap"] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

export type TimeUnit = "second" | "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year";

/** How the values along an axis are written. */
export type ValueFormat = { kind: "number"; suffix?: string } | { kind: "time"; unit: TimeUnit } | { kind: "text" };

export interface Axis {
  title: string;
  format: ValueFormat;
}

/** One row of figures, as long as the chart's labels. */
export interface Series {
  name: string;
  values: (number | null)[];
}

interface Common {
  title: string;
  /** Sentences that say what was left out, summed up, binned or sampled. */
  notes: string[];
}

export interface BarChart extends Common {
  kind: "bar";
  x: Axis;
  y: Axis;
  labels: string[];
  series: Series[];
  /** Bars lie, so that long labels can be read. */
  horizontal: boolean;
  stacked: boolean;
}

export interface LineChart extends Common {
  kind: "line" | "area";
  x: Axis;
  y: Axis;
  labels: string[];
  /** Where each label lies on the x axis: milliseconds since 1970 (UTC) for times, the number itself for numbers; absent for steps. */
  positions?: number[];
  series: Series[];
  stacked: boolean;
}

export interface PieChart extends Common {
  kind: "pie";
  x: Axis;
  y: Axis;
  labels: string[];
  values: number[];
}

export interface ScatterChart extends Common {
  kind: "scatter";
  /** With a time format, x is milliseconds since 1970 (UTC). */
  x: Axis;
  y: Axis;
  series: { name: string; points: [number, number][] }[];
}

export interface HistogramChart extends Common {
  kind: "histogram";
  x: Axis;
  y: Axis;
  /** `counts[i]` values lie in `[edges[i], edges[i + 1])`, the last bin closed on both sides. */
  edges: number[];
  counts: number[];
  /** All values are whole numbers. */
  whole: boolean;
  /** The last bin holds everything above its lower edge; its upper edge is only drawn. */
  open: boolean;
}

export interface BoxGroup {
  name: string;
  count: number;
  /** The outermost values within 1.5 interquartile ranges of the box (Tukey, 1977). */
  low: number;
  q1: number;
  median: number;
  q3: number;
  high: number;
  /** At most 20 values outside, the furthest first. */
  outliers: number[];
}

export interface BoxChart extends Common {
  kind: "box";
  x: Axis;
  y: Axis;
  groups: BoxGroup[];
}

export interface HeatmapChart extends Common {
  kind: "heatmap";
  x: Axis;
  y: Axis;
  value: Axis;
  columns: string[];
  rows: string[];
  /** `values[row][column]`. */
  values: (number | null)[][];
  /** `diverging` scales have a neutral middle at 0. */
  scale: "sequential" | "diverging";
  /** Values of the scale's ends; those of the data unless given. */
  domain?: [number, number];
}

export type ChartSpec = BarChart | LineChart | PieChart | ScatterChart | HistogramChart | BoxChart | HeatmapChart;

/** A JSON value as a query's answer holds it: integers beyond 2^53 and long decimals are strings, dates are ISO 8601. */
export type Cell = unknown;

export interface ResultColumn {
  name: string;
  /** DuckDB's type. */
  type: string;
  role?: "label" | "measure" | undefined;
}

/** What is known of the question that a result answers. The planner's result shape fits as it is. */
export interface ChartIntent {
  /** Its words. */
  question?: string | undefined;
  /** The chart it names. */
  chart?: ChartKind | undefined;
  intent?: string | undefined;
  /** Result columns that label rows, and that hold measures. */
  labels?: readonly string[] | undefined;
  measures?: readonly string[] | undefined;
  time?: { column: string; unit: TimeUnit } | undefined;
}

export interface ChartInput {
  columns: readonly ResultColumn[];
  rows: readonly (readonly Cell[])[];
  intent?: ChartIntent | undefined;
  /** Default: made of the columns' names. */
  title?: string | undefined;
}
