import { numberFormat, titleName } from "./format.ts";
import { type Plot, titleOf } from "./table.ts";
import type { Axis, ChartKind, ChartSpec } from "./types.ts";

/** The chart of a result without rows: axes, and a note. */
export function emptyChart(plot: Plot, kind: ChartKind): ChartSpec {
  const [first, last] = [plot.fields[0], plot.fields[plot.fields.length - 1]];
  const x: Axis = { title: first ? titleName(first.name) : "", format: { kind: "text" } };
  const y: Axis = {
    title: last ? titleName(last.name) : "",
    format: last ? numberFormat(last.name) : { kind: "number" },
  };
  const common = {
    title: titleOf(plot, y.title, first && first !== last ? [first.name] : []),
    notes: ["No rows match, so there is nothing to show."],
    x,
    y,
  };
  switch (kind) {
    case "bar":
      return {
        ...common,
        kind,
        labels: [],
        series: [{ name: y.title, values: [] }],
        horizontal: false,
        stacked: false,
      };
    case "line":
    case "area":
      return { ...common, kind, labels: [], series: [{ name: y.title, values: [] }], stacked: false };
    case "pie":
      return { ...common, kind, labels: [], values: [] };
    case "scatter":
      return { ...common, kind, x: { ...x, format: { kind: "number" } }, series: [{ name: y.title, points: [] }] };
    case "histogram":
      return {
        ...common,
        kind,
        x: { ...x, format: { kind: "number" } },
        edges: [0, 1],
        counts: [0],
        whole: false,
        open: false,
      };
    case "box":
      return { ...common, kind, groups: [] };
    case "heatmap":
      return { ...common, kind, value: y, columns: [], rows: [], values: [], scale: "sequential" };
  }
}
