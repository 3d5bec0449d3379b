import { expect, test } from "vitest";
import { readTime } from "../../src/charts/fields.ts";
import { formatNumber, formatShare, formatTick, formatTime, shortenLabel, titleName } from "../../src/charts/format.ts";
import { chartTypeName, toChartData, toVegaLite } from "../../src/charts/index.ts";
import { oneOfEach } from "./samples.ts";

test("figures", () => {
  expect([0, 1050.75, -3, 0.001234, 1e21, 1234567.891].map(formatNumber)).toEqual([
    "0",
    "1,050.75",
    "-3",
    "0.00123",
    "1e+21",
    "1,234,567.89",
  ]);
  expect([0, 999, 5000, 12_500, 1_200_000, 0.05, -2e9].map(formatTick)).toEqual([
    "0",
    "999",
    "5,000",
    "12.5K",
    "1.2M",
    "0.05",
    "-2B",
  ]);
  expect([0, 0.001, 0.17, 1].map(formatShare)).toEqual(["0%", "<1%", "17%", "100%"]);
});

test("moments", () => {
  const time = Date.UTC(2023, 4, 9, 14, 5, 6);
  expect(
    (["year", "quarter", "month", "week", "day", "hour", "minute", "second"] as const).map((unit) =>
      formatTime(time, unit),
    ),
  ).toEqual([
    "2023",
    "Q2 2023",
    "May 2023",
    "2023-05-09",
    "2023-05-09",
    "2023-05-09 14:05",
    "2023-05-09 14:05",
    "2023-05-09 14:05:06",
  ]);
  expect(
    [
      "2023-05",
      "2023-Q2",
      "2023-05-09",
      "2023-05-09 14:05:06",
      "2023-05-09T14:05:06.123456Z",
      "2023-05-09 14:05:06+02",
    ].map(readTime),
  ).toEqual([Date.UTC(2023, 4, 1), Date.UTC(2023, 3, 1), Date.UTC(2023, 4, 9), time, time + 123, time - 7_200_000]);
  expect(["12", "2023-13-01", "abc", "", null, "10-12"].map(readTime)).toEqual(Array(6).fill(undefined));
});

test("names", () => {
  expect(["avg_lifetimeValue", "mpg", "count", "Miles_per_Gallon", "__proto__", " "].map(titleName)).toEqual([
    "Average Lifetime Value",
    "MPG",
    "Count",
    "Miles per Gallon",
    "Proto",
    "Value",
  ]);
  expect(shortenLabel("Concert and Performance", 14)).toBe("Concert and…");
  expect(shortenLabel("🎉🎉🎉", 2)).toBe("🎉…");
});

test("the documents' names of the kinds", () => {
  expect(oneOfEach().map(({ kind }) => chartTypeName(kind))).toEqual([
    "bar_chart",
    "line_chart",
    "area_chart",
    "pie_chart",
    "scatter_plot",
    "histogram",
    "box_plot",
    "heatmap",
  ]);
});

test("labels and datasets fit each other, and are plain JSON", () => {
  for (const spec of oneOfEach()) {
    const data = toChartData(spec);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    if (spec.kind === "scatter" || spec.kind === "heatmap") continue;
    for (const { data: values } of data.datasets) expect(values.length).toBe(data.labels.length);
  }
});

test("Vega-Lite: each field that is drawn is in the data", () => {
  for (const spec of oneOfEach()) {
    const vega = toVegaLite(spec) as {
      $schema: string;
      data: { values: Record<string, unknown>[] };
      encoding?: object;
      layer?: { encoding: object }[];
    };
    expect(vega.$schema).toMatch(/vega-lite\/v6\.json$/);
    const encodings = [vega.encoding ?? {}, ...(vega.layer ?? []).slice(0, 3).map(({ encoding }) => encoding)];
    const fields = encodings.flatMap((encoding) =>
      Object.values(encoding).map(({ field }: { field?: string }) => field),
    );
    const known = Object.keys(vega.data.values[0] ?? {});
    for (const field of fields) if (field !== undefined) expect(known).toContain(field);
  }
});
