import { type ChartData, type ChartSpec, toChartData, toVegaLite } from "../../charts/index.ts";

/** A chart in the documented form: what Chart.js takes, with axes and notes. */
export interface DescribedChart {
  kind: ChartSpec["kind"];
  data: ChartData;
  notes: string[];
  axes: { x: string; y: string };
}

export function describeChart(spec: ChartSpec): DescribedChart {
  return {
    kind: spec.kind,
    data: toChartData(spec),
    notes: spec.notes,
    axes: { x: spec.x.title, y: spec.y.title },
  };
}

/** A chart as a Vega-Lite specification. */
export function describeAsVegaLite(spec: ChartSpec): Record<string, unknown> {
  return toVegaLite(spec);
}
