/** Charts as Vega-Lite specifications, data inline: https://vega.github.io/vega-lite/docs/spec.html */
import { binLabels } from "./chart-data.ts";
import type {
  Axis,
  BarChart,
  BoxChart,
  ChartSpec,
  HeatmapChart,
  HistogramChart,
  LineChart,
  PieChart,
  ScatterChart,
} from "./types.ts";

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

export type VegaLiteSpec = Record<string, unknown>;
type Row = Record<string, unknown>;

/** Turns a chart into a Vega-Lite specification that draws the same picture. */
export function toVegaLite(spec: ChartSpec): VegaLiteSpec {
  return {
    $schema: SCHEMA,
    title: spec.notes.length > 0 ? { text: spec.title, subtitle: spec.notes } : spec.title,
    width: spec.kind === "pie" ? 360 : 720,
    height: 360,
    ...body(spec),
  };
}

function body(spec: ChartSpec): VegaLiteSpec {
  switch (spec.kind) {
    case "bar":
      return barBody(spec);
    case "line":
    case "area":
      return lineBody(spec);
    case "pie":
      return pieBody(spec);
    case "scatter":
      return scatterBody(spec);
    case "histogram":
      return histogramBody(spec);
    case "box":
      return boxBody(spec);
    case "heatmap":
      return heatmapBody(spec);
  }
}

const inline = (values: Row[]): { data: { values: Row[] } } => ({ data: { values } });
const quantity = (field: string, axis: Axis): Row => ({ field, type: "quantitative", title: axis.title || null });
const names = (field: string, axis: Axis, sort: readonly string[]): Row => ({
  field,
  type: "nominal",
  title: axis.title || null,
  sort: [...sort],
});

function longRows(labels: readonly unknown[], series: readonly { name: string; values: (number | null)[] }[]): Row[] {
  return series.flatMap(({ name, values }) =>
    labels.map((label, i) => ({ label, series: name, value: values[i] ?? null })),
  );
}

const colour = (series: readonly { name: string }[]): Row =>
  series.length > 1
    ? { color: { field: "series", type: "nominal", title: null, sort: series.map(({ name }) => name) } }
    : {};

function barBody({ labels, series, x, y, horizontal, stacked }: BarChart): VegaLiteSpec {
  const label = names("label", x, labels);
  const value = { ...quantity("value", y), stack: stacked ? "zero" : null };
  const beside = series.length > 1 && !stacked;
  const offset = { [horizontal ? "yOffset" : "xOffset"]: { field: "series", sort: series.map(({ name }) => name) } };
  return {
    ...inline(longRows(labels, series)),
    mark: { type: "bar", tooltip: true },
    encoding: {
      ...(horizontal ? { y: label, x: value } : { x: label, y: value }),
      ...(beside ? offset : {}),
      ...colour(series),
    },
  };
}

function lineBody({ kind, labels, positions, series, x, y, stacked }: LineChart): VegaLiteSpec {
  const isTime = x.format.kind === "time" && positions !== undefined;
  const along = isTime ? positions.map((time) => new Date(time).toISOString()) : labels;
  return {
    ...inline(longRows(along, series)),
    mark: { type: kind, tooltip: true, ...(kind === "area" ? { line: true, opacity: 0.6 } : {}) },
    encoding: {
      x: isTime
        ? { field: "label", type: "temporal", title: x.title, scale: { type: "utc" } }
        : { ...names("label", x, labels), type: "ordinal" },
      y: { ...quantity("value", y), ...(kind === "area" ? { stack: stacked ? "zero" : null } : {}) },
      ...colour(series),
    },
  };
}

function pieBody({ labels, values, x, y }: PieChart): VegaLiteSpec {
  return {
    ...inline(labels.map((label, i) => ({ label, value: values[i] ?? 0, order: i }))),
    mark: { type: "arc", innerRadius: 70, tooltip: true },
    encoding: {
      theta: { ...quantity("value", y), stack: true },
      order: { field: "order" },
      color: names("label", x, labels),
    },
  };
}

function scatterBody({ series, x, y }: ScatterChart): VegaLiteSpec {
  const isTime = x.format.kind === "time";
  const values = series.flatMap(({ name, points }) =>
    points.map(([px, py]) => ({ x: isTime ? new Date(px).toISOString() : px, y: py, series: name })),
  );
  return {
    ...inline(values),
    mark: { type: "point", filled: true, opacity: 0.6, tooltip: true },
    encoding: {
      x: isTime
        ? { field: "x", type: "temporal", title: x.title, scale: { type: "utc" } }
        : { ...quantity("x", x), scale: { zero: false } },
      y: { ...quantity("y", y), scale: { zero: false } },
      ...colour(series),
    },
  };
}

function histogramBody(spec: HistogramChart): VegaLiteSpec {
  const { edges, counts, x, y } = spec;
  const labels = binLabels(spec);
  return {
    ...inline(counts.map((count, i) => ({ from: edges[i], to: edges[i + 1], count, values: labels[i] }))),
    mark: { type: "bar", tooltip: { content: "data" } },
    encoding: {
      x: { field: "from", type: "quantitative", bin: { binned: true }, title: x.title },
      x2: { field: "to" },
      y: quantity("count", y),
    },
  };
}

function boxBody({ groups, x, y }: BoxChart): VegaLiteSpec {
  const order = groups.map(({ name }) => name);
  const along = names("name", x, order);
  const value = (field: string): Row => ({ ...quantity(field, y), scale: { zero: false } });
  const outliers = groups.flatMap(({ name, outliers: own }) => own.map((outlier) => ({ name, outlier })));
  return {
    ...inline(groups.map(({ outliers: _, ...group }) => group)),
    layer: [
      { mark: { type: "rule" }, encoding: { x: along, y: value("low"), y2: { field: "high" } } },
      {
        mark: { type: "bar", size: 22, tooltip: { content: "data" } },
        encoding: { x: along, y: value("q1"), y2: { field: "q3" } },
      },
      { mark: { type: "tick", color: "white", size: 22 }, encoding: { x: along, y: value("median") } },
      { ...inline(outliers), mark: { type: "point", size: 18 }, encoding: { x: along, y: value("outlier") } },
    ],
  };
}

function heatmapBody({ columns, rows, values, x, y, value, scale, domain }: HeatmapChart): VegaLiteSpec {
  const tiles = rows.flatMap((row, i) => columns.map((column, j) => ({ column, row, value: values[i]?.[j] ?? null })));
  const range = scale === "diverging" ? { scheme: "blueorange", domainMid: 0, reverse: true } : { scheme: "blues" };
  return {
    ...inline(tiles),
    mark: { type: "rect", tooltip: true },
    encoding: {
      x: names("column", x, columns),
      y: names("row", y, rows),
      color: { ...quantity("value", value), scale: { ...range, ...(domain ? { domain } : {}) } },
    },
  };
}
