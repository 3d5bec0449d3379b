export { type BinFacts, type BinPlan, countBins, planBins } from "./bins.ts";
export { describeHistogram } from "./build-values.ts";
export { type ChartData, chartTypeName, toChartData } from "./chart-data.ts";
export { chooseChart } from "./choose-chart.ts";
export { formatNumber, titleName } from "./format.ts";
export * from "./types.ts";
export { toVegaLite } from "./vega-lite.ts";
export { findChartWord } from "./words.ts";
