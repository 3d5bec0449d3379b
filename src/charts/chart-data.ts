/** The form in which the Data API gives charts: what Chart.js takes as `data`. */
import { formatNumber } from "./format.ts";
import type { BoxChart, ChartKind, ChartSpec, HeatmapChart, HistogramChart, ScatterChart } from "./types.ts";

/** A point, a box or a tile where a plain figure does not do. */
export type ChartDatum =
  | number
  | null
  | { x: number | string; y: number | string; v?: number | null }
  | { min: number; q1: number; median: number; q3: number; max: number; outliers: number[]; items: number };

export interface ChartData {
  labels: string[];
  datasets: { label: string; data: ChartDatum[] }[];
}

/** Type names of v2 of the Data API; v1's are the kinds themselves. */
const TYPE_NAMES: Record<ChartKind, string> = {
  bar: "bar_chart",
  line: "line_chart",
  area: "area_chart",
  pie: "pie_chart",
  scatter: "scatter_plot",
  histogram: "histogram",
  box: "box_plot",
  heatmap: "heatmap",
};

/** The chart's `visualization_type` in v2 of the Data API. */
export function chartTypeName(kind: ChartKind): string {
  return TYPE_NAMES[kind];
}

/**
 * A chart's labels and datasets. Scatter plots have points `{x, y}` (times as ISO 8601), heat maps tiles `{x, y, v}` (as
 * chartjs-chart-matrix), box plots `{min, q1, median, q3, max, outliers, items}` (as chartjs-chart-boxplot).
 */
export function toChartData(spec: ChartSpec): ChartData {
  switch (spec.kind) {
    case "bar":
    case "line":
    case "area":
      return { labels: spec.labels, datasets: spec.series.map(({ name, values }) => ({ label: name, data: values })) };
    case "pie":
      return { labels: spec.labels, datasets: [{ label: spec.y.title, data: spec.values }] };
    case "scatter":
      return {
        labels: [],
        datasets: spec.series.map((series) => ({ label: series.name, data: pointsOf(spec, series) })),
      };
    case "histogram":
      return { labels: binLabels(spec), datasets: [{ label: spec.x.title, data: spec.counts }] };
    case "box":
      return { labels: spec.groups.map(({ name }) => name), datasets: [{ label: spec.y.title, data: boxesOf(spec) }] };
    case "heatmap":
      return { labels: spec.columns, datasets: [{ label: spec.value.title, data: tilesOf(spec) }] };
  }
}

function pointsOf(spec: ScatterChart, { points }: ScatterChart["series"][number]): ChartDatum[] {
  const isTime = spec.x.format.kind === "time";
  return points.map(([x, y]) => ({ x: isTime ? new Date(x).toISOString() : x, y }));
}

function boxesOf({ groups }: BoxChart): ChartDatum[] {
  return groups.map(({ low, q1, median, q3, high, outliers, count }) => ({
    min: low,
    q1,
    median,
    q3,
    max: high,
    outliers,
    items: count,
  }));
}

function tilesOf({ columns, rows, values }: HeatmapChart): ChartDatum[] {
  return rows.flatMap((y, row) => columns.map((x, column) => ({ x, y, v: values[row]?.[column] ?? null })));
}

/** What each bin holds, in words: `3`, `0–9`, `0–2.5`, `≥ 500`. */
export function binLabels({ edges, counts, whole, open }: HistogramChart): string[] {
  return counts.map((_, i) => {
    const [low, high] = [edges[i] ?? 0, edges[i + 1] ?? 0];
    if (open && i === counts.length - 1) return `≥ ${formatNumber(low)}`;
    if (!whole) return `${formatNumber(low)}–${formatNumber(high)}`;
    return high - low <= 1 ? formatNumber(low) : `${formatNumber(low)}–${formatNumber(high - 1)}`;
  });
}
