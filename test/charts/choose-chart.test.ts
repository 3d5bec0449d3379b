import { describe, expect, test } from "vitest";
import { type ChartKind, chooseChart, toChartData } from "../../src/charts/index.ts";
import { chartOf, inputOf, rowsOf } from "./samples.ts";

const COUNTRIES = [
  ["US", 1050.75],
  ["CA", 925.5],
  ["UK", 880.25],
  ["other", 750.8],
];

describe("the documents' examples", () => {
  test("v2: average lifetime value by country", () => {
    const title = "Average Lifetime Value by Country (Non-churned Customers)";
    const spec = chartOf(
      { country: "VARCHAR", average_lifetime_value: "DOUBLE" },
      COUNTRIES,
      { intent: "comparison" },
      title,
    );
    expect(spec).toMatchObject({ kind: "bar", title, notes: [] });
    expect(toChartData(spec)).toEqual({
      labels: ["US", "CA", "UK", "other"],
      datasets: [{ label: "Average Lifetime Value", data: [1050.75, 925.5, 880.25, 750.8] }],
    });
  });

  test("v1: monthly sales as bars, with growth on a scale of its own left out", () => {
    const spec = chartOf({ Month: "VARCHAR", Revenue: "BIGINT", Growth: "DOUBLE" }, [
      ["January", 850000, null],
      ["February", 920000, 8.2],
      ["March", 960000, 4.3],
    ]);
    expect(toChartData(spec)).toEqual({
      labels: ["January", "February", "March"],
      datasets: [{ label: "Revenue", data: [850000, 920000, 960000] }],
    });
    expect(spec.notes).toEqual(["“Growth” is left out, being on another scale."]);
  });
});

describe("which chart", () => {
  const cases: [string, ChartKind | undefined, Parameters<typeof inputOf>][] = [
    ["names and a figure", "bar", [{ country: "VARCHAR", ltv: "DOUBLE" }, COUNTRIES]],
    [
      "a share of few names",
      "pie",
      [
        { plan: "VARCHAR", count: "BIGINT" },
        [
          ["a", 3],
          ["b", 1],
        ],
        { intent: "share" },
      ],
    ],
    [
      "a share with a negative part",
      "bar",
      [
        { plan: "VARCHAR", profit: "DOUBLE" },
        [
          ["a", 3],
          ["b", -1],
        ],
        { intent: "share" },
      ],
    ],
    [
      "time and a figure",
      "line",
      [
        { day: "DATE", n: "BIGINT" },
        [
          ["2024-01-01", 1],
          ["2024-01-02", 2],
          ["2024-01-05", 2],
        ],
      ],
    ],
    [
      "months as text",
      "line",
      [
        { month: "VARCHAR", n: "BIGINT" },
        [
          ["2024-01", 1],
          ["2024-02", 2],
          ["2024-03", 2],
        ],
      ],
    ],
    [
      "years as numbers",
      "line",
      [
        { year: "BIGINT", n: "BIGINT" },
        [
          [2001, 1],
          [2002, 2],
          [2003, 2],
        ],
      ],
    ],
    [
      "two figures",
      "scatter",
      [
        { a: "DOUBLE", b: "DOUBLE" },
        [
          [1, 2],
          [2, 3],
          [3, 5],
        ],
      ],
    ],
    ["one figure", "histogram", [{ a: "DOUBLE" }, [[1], [2], [3], [4]]]],
    ["one name", "bar", [{ a: "VARCHAR" }, [["x"], ["x"], ["y"], ["y"]]]],
    ["a list of names", undefined, [{ a: "VARCHAR" }, [["x"], ["y"], ["z"]]]],
    ["one cell", undefined, [{ a: "DOUBLE" }, [[4]]]],
    ["no row", undefined, [{ a: "VARCHAR", b: "DOUBLE" }, []]],
    [
      "nothing but nulls",
      undefined,
      [
        { a: "VARCHAR", b: "DOUBLE" },
        [
          [null, null],
          [null, null],
        ],
      ],
    ],
    [
      "many rows a name",
      "box",
      [{ origin: "VARCHAR", mpg: "DOUBLE" }, rowsOf("cars.json", "Origin", "Miles_per_Gallon")],
    ],
    [
      "lists and structs alone",
      undefined,
      [
        { a: "INTEGER[]", b: "STRUCT(x INTEGER)" },
        [
          [[1], { x: 1 }],
          [[2], { x: 2 }],
        ],
      ],
    ],
  ];
  test.each(cases)("%s", (_, kind, [columns, rows, intent]) => {
    expect(chooseChart(inputOf(columns, rows, intent))?.kind).toBe(kind);
  });

  test.each([
    ["Show a pie chart of customers by plan", "pie"],
    ["bar graph of customers by plan", "bar"],
    ["plot customers by plan as a donut", "pie"],
    ["line chart of customers by plan", "line"],
  ] as const)("by the question's words: %s", (question, kind) => {
    expect(
      chartOf(
        { plan: "VARCHAR", customers: "BIGINT" },
        [
          ["a", 3],
          ["b", 1],
          ["c", 2],
        ],
        { question },
      ).kind,
    ).toBe(kind);
  });

  test("a chart that does not fit is replaced, and a note says why", () => {
    const spec = chartOf(
      { plan: "VARCHAR", profit: "DOUBLE" },
      [
        ["a", 3],
        ["b", -1],
      ],
      { question: "pie of profit by plan" },
    );
    expect(spec.kind).toBe("bar");
    expect(spec.notes).toEqual([
      "This result cannot be shown as a pie chart: it needs names with figures that are not negative.",
    ]);
  });

  test("a name and a second name with few values: bars beside each other; with many: a heat map", () => {
    const rows = Array.from({ length: 8 * 9 }, (_, i) => [`a${i % 8}`, `b${i % 9}`, i]);
    expect(chartOf({ a: "VARCHAR", b: "VARCHAR", n: "BIGINT" }, rows).kind).toBe("heatmap");
    const few = chartOf(
      { a: "VARCHAR", b: "VARCHAR", n: "BIGINT" },
      rows.filter(([, b]) => b === "b0" || b === "b1"),
    );
    expect(few.kind === "bar" && few.series.map(({ name }) => name).sort()).toEqual(["b0", "b1"]);
  });

  test("lines are told apart by a second column", () => {
    const rows = ["2024-01-01", "2024-02-01", "2024-03-01"].flatMap((day, i) => [
      [day, "x", i],
      [day, "y", i * 10],
    ]);
    const spec = chartOf({ month: "DATE", product: "VARCHAR", sales: "DOUBLE" }, rows);
    expect(toChartData(spec)).toEqual({
      labels: ["Jan 2024", "Feb 2024", "Mar 2024"],
      datasets: [
        { label: "y", data: [0, 10, 20] },
        { label: "x", data: [0, 1, 2] },
      ],
    });
  });
});

describe("order and length", () => {
  test("names with an order keep it, others go by size, a sorted result stays as it is", () => {
    const labels = (rows: unknown[][]) => {
      const spec = chartOf({ k: "VARCHAR", v: "DOUBLE" }, rows, { chart: "bar" });
      return spec.kind === "bar" && spec.labels;
    };
    expect(
      labels([
        ["Wed", 3],
        ["Mon", 1],
        ["Tue", 9],
      ]),
    ).toEqual(["Mon", "Tue", "Wed"]);
    expect(
      labels([
        ["a", 3],
        ["b", 9],
        ["c", 1],
      ]),
    ).toEqual(["b", "a", "c"]);
    expect(
      labels([
        ["a", 1],
        ["b", 3],
        ["c", 9],
      ]),
    ).toEqual(["a", "b", "c"]);
  });

  test("many names: counts are summed up under “Other”, averages are not", () => {
    const rows = Array.from({ length: 100 }, (_, i) => [`k${i}`, 1000 - i]);
    const counts = chartOf({ k: "VARCHAR", count: "BIGINT" }, rows, { chart: "bar" });
    expect(counts.kind === "bar" && [counts.labels.length, counts.labels.at(-1)]).toEqual([24, "Other"]);
    expect(counts.kind === "bar" && counts.series[0]?.values.at(-1)).toBe(
      rows.slice(23).reduce((sum, row) => sum + Number(row[1]), 0),
    );
    const averages = chartOf({ k: "VARCHAR", average_price: "DOUBLE" }, rows, { chart: "bar" });
    expect(averages.kind === "bar" && averages.labels).not.toContain("Other");
    expect(averages.notes).toEqual(["The first 24 of 100 values of K are shown."]);
  });

  test("integers beyond 2^53 and long decimals come as strings", () => {
    const spec = chartOf({ k: "VARCHAR", v: "HUGEINT" }, [
      ["a", "9007199254740993000"],
      ["b", "12"],
    ]);
    expect(toChartData(spec).datasets[0]?.data).toEqual([9007199254740993000, 12]);
  });

  test("missing labels are named, missing figures stay gaps", () => {
    const spec = chartOf({ k: "VARCHAR", v: "DOUBLE" }, [
      ["a", 5],
      [null, 3],
      ["", 1],
      ["d", null],
    ]);
    expect(toChartData(spec)).toMatchObject({
      labels: ["a", "(missing)", "(blank)", "d"],
      datasets: [{ data: [5, 3, 1, null] }],
    });
  });
});

describe("0, 1 and 100,000 points", () => {
  test("no row, but a chart is asked for: an empty chart that says so", () => {
    for (const chart of ["bar", "line", "area", "pie", "scatter", "histogram", "box", "heatmap"] as const) {
      const spec = chartOf({ k: "VARCHAR", v: "DOUBLE" }, [], { chart });
      expect(spec.kind).toBe(chart);
      expect(spec.notes).toEqual(["No rows match, so there is nothing to show."]);
      expect(toChartData(spec).labels.length).toBeLessThan(2);
    }
  });

  test("one point", () => {
    const spec = chartOf({ average_price: "DOUBLE" }, [[12.5]], { question: "bar chart of the average price" });
    expect(toChartData(spec)).toEqual({
      labels: ["Average Price"],
      datasets: [{ label: "Average Price", data: [12.5] }],
    });
    expect(chartOf({ v: "DOUBLE" }, [[12.5]], { chart: "histogram" }).kind).toBe("histogram");
  });

  test("100,000 points are sampled, binned or thinned, and a note says so", () => {
    const points = Array.from({ length: 100_000 }, (_, i) => [i, Math.sin(i / 1000) + (i % 7)]);
    const scatter = chartOf({ a: "DOUBLE", b: "DOUBLE" }, points, { chart: "scatter" });
    expect(scatter.kind === "scatter" && scatter.series[0]?.points.length).toBe(2000);
    expect(scatter.notes).toEqual(["2,000 of 100,000 points are shown, evenly sampled."]);

    const histogram = chartOf(
      { b: "DOUBLE" },
      points.map(([, b]) => [b]),
    );
    expect(histogram.kind === "histogram" && histogram.counts.reduce((a, b) => a + b)).toBe(100_000);
    expect(histogram.kind === "histogram" && histogram.counts.length).toBeLessThanOrEqual(40);

    const start = Date.UTC(2020, 0, 1);
    const seconds = points.map(([i, b]) => [new Date(start + Number(i) * 1000).toISOString().slice(0, 19), b]);
    const line = chartOf({ t: "TIMESTAMP", b: "DOUBLE" }, seconds);
    expect(line.kind === "line" && line.labels.length).toBeLessThanOrEqual(600);
    expect(line.notes).toEqual(["Rows of one hour were averaged."]);

    const steps = chartOf({ a: "BIGINT", b: "DOUBLE" }, points, { chart: "line" });
    expect(steps.kind === "line" && steps.labels.length).toBe(600);
    expect(steps.notes).toEqual(["600 of 100,000 points are shown, chosen to keep the line's shape."]);

    const names = chartOf(
      { k: "VARCHAR", count: "BIGINT" },
      points.map(([i]) => [`k${i}`, 1]),
      { chart: "bar" },
    );
    expect(names.notes).toEqual(["“Other” sums up 99,977 further values of K."]);
  });
});
