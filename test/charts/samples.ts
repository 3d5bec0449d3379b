import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ChartInput, type ChartIntent, type ChartSpec, chooseChart } from "../../src/charts/index.ts";

const vega = (name: string) => JSON.parse(readFileSync(resolve("node_modules/vega-datasets/data", name), "utf8"));

/** Columns of a public data set as a query's rows. */
export function rowsOf(file: string, ...names: string[]): unknown[][] {
  return (vega(file) as Record<string, unknown>[]).map((row) => names.map((name) => row[name] ?? null));
}

/** `{country: "VARCHAR"}` and rows as the input of a chart. */
export function inputOf(
  columns: Record<string, string>,
  rows: unknown[][],
  intent?: ChartIntent,
  title?: string,
): ChartInput {
  return { columns: Object.entries(columns).map(([name, type]) => ({ name, type })), rows, intent, title };
}

export function chartOf(
  columns: Record<string, string>,
  rows: unknown[][],
  intent?: ChartIntent,
  title?: string,
): ChartSpec {
  const spec = chooseChart(inputOf(columns, rows, intent, title));
  if (!spec) throw new Error("There is no chart.");
  return spec;
}

/** One chart of each kind. */
export function oneOfEach(): ChartSpec[] {
  const months = Array.from({ length: 12 }, (_, i) => [
    `2023-${String(i + 1).padStart(2, "0")}-01`,
    850_000 + i * 31_000,
  ]);
  const cells = ["Mon", "Tue", "Wed"].flatMap((day, i) =>
    Array.from({ length: 24 }, (_, hour) => [day, hour, hour * i]),
  );
  return [
    chartOf({ country: "VARCHAR", avg_ltv: "DOUBLE" }, [
      ["US", 1050.75],
      ["CA", 925.5],
    ]),
    chartOf({ month: "DATE", sales: "DOUBLE" }, months),
    chartOf({ month: "DATE", sales: "DOUBLE" }, months, { chart: "area" }),
    chartOf(
      { plan: "VARCHAR", count: "BIGINT" },
      [
        ["basic", 3],
        ["pro", 1],
      ],
      { chart: "pie" },
    ),
    chartOf({ hp: "BIGINT", mpg: "DOUBLE" }, rowsOf("cars.json", "Horsepower", "Miles_per_Gallon")),
    chartOf({ mpg: "DOUBLE" }, rowsOf("cars.json", "Miles_per_Gallon")),
    chartOf({ origin: "VARCHAR", mpg: "DOUBLE" }, rowsOf("cars.json", "Origin", "Miles_per_Gallon"), { chart: "box" }),
    chartOf({ day: "VARCHAR", hour: "INTEGER", count: "BIGINT" }, cells, {
      chart: "heatmap",
      labels: ["day", "hour"],
      measures: ["count"],
    }),
  ];
}
