import { describe, expect, it } from "vitest";
import { describeResult, formatFigure } from "../../src/ask/sentences.ts";
import type { ResultShape } from "../../src/ask/types.ts";

const TREND: ResultShape = {
  intent: "trend",
  labels: ["month"],
  measures: ["revenue"],
  time: { column: "month", unit: "month" },
};

describe("describeResult", () => {
  it("tells a trend's course, change, peak and low", () => {
    const rows = [
      ["2023-01-01", 850_000],
      ["2023-02-01", 920_000],
      ["2023-03-01", 800_000],
      ["2023-04-01", 1_062_500],
    ];
    expect(describeResult({ columns: ["month", "revenue"], rows }, TREND)).toBe(
      "The revenue rose from 850,000 (January 2023) to 1,062,500 (April 2023) (+25 %). It was highest in April 2023 with 1,062,500 and lowest in March 2023 with 800,000.",
    );
  });

  it("says when every step goes the same way", () => {
    const rows = [
      ["2020", 4],
      ["2021", 3],
      ["2022", 1],
    ];
    expect(describeResult({ columns: ["month", "revenue"], rows }, TREND)).toContain(
      "fell in every month, from 4 (2020) to 1 (2022) (-75 %)",
    );
  });

  it("names the highest, the lowest and the share of the total", () => {
    const rows = [
      ["US", 60],
      ["CA", 30],
      ["UK", 10],
    ];
    const shape: ResultShape = { intent: "comparison", labels: ["country"], measures: ["count"] };
    expect(describeResult({ columns: ["country", "count"], rows }, shape)).toBe(
      "US has the highest count with 60, UK the lowest with 10. US makes up 60 % of the total of 100 over 3 groups.",
    );
  });

  it("names all that share the highest and the lowest figure", () => {
    const rows = [
      ["US", 5],
      ["CA", 5],
      ["UK", 2],
      ["FR", 2],
      ["DE", 2],
    ];
    const shape: ResultShape = { intent: "comparison", labels: ["country"], measures: ["max_age"] };
    expect(describeResult({ columns: ["country", "max_age"], rows }, shape)).toBe(
      "US and CA have the highest maximum age with 5, UK and 2 others the lowest with 2.",
    );
  });

  it("claims no share of a total that was cut off or makes no sense", () => {
    const rows = [
      ["US", 60],
      ["CA", 30],
    ];
    expect(
      describeResult(
        { columns: ["country", "count"], rows, truncated: true },
        { intent: "comparison", labels: ["country"], measures: ["count"] },
      ),
    ).not.toContain("%");
    expect(
      describeResult(
        { columns: ["country", "avg_age"], rows },
        { intent: "comparison", labels: ["country"], measures: ["avg_age"] },
      ),
    ).not.toContain("%");
  });

  it("says single figures, missing ones and empty results plainly", () => {
    const value: ResultShape = { intent: "value", labels: [], measures: ["avg_age"] };
    expect(describeResult({ columns: ["avg_age"], rows: [[34.5]] }, value)).toBe("The average age is 34.5.");
    expect(describeResult({ columns: ["avg_age"], rows: [[null]] }, value)).toBe(
      "There is no average age: no row has a value.",
    );
    expect(describeResult({ columns: ["avg_age"], rows: [] }, value)).toBe("No rows match the question.");
    expect(
      describeResult(
        { columns: ["correlation"], rows: [[-0.82]] },
        { ...value, intent: "correlation", measures: ["correlation"] },
      ),
    ).toBe("The correlation is -0.82, which is very strong and negative.");
  });

  it("lists the first names of a list", () => {
    const rows = ["a", "b", "c", "d", "e", "f", "g"].map((name) => [name]);
    expect(describeResult({ columns: ["name"], rows }, { intent: "list", labels: ["name"], measures: [] })).toBe(
      "7 rows: a, b, c, d, e and 2 more.",
    );
  });

  it("survives rows without a figure", () => {
    expect(
      describeResult(
        {
          columns: ["month", "revenue"],
          rows: [
            ["2020", null],
            ["2021", null],
          ],
        },
        TREND,
      ),
    ).toBe("2 rows: 2020, 2021.");
  });
});

describe("formatFigure", () => {
  it.each([
    [1234567, "1,234,567"],
    [0.123456, "0.1235"],
    [-1234.5, "-1,234.5"],
    [100, "100"],
    [0, "0"],
    [1e-9, "0"],
  ])("%d → %s", (value, text) => {
    expect(formatFigure(value)).toBe(text);
  });
});
