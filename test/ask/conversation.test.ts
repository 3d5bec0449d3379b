/** What a question says of the one before it, of its picture, and of what no table can tell. */
import { describe, expect, it } from "vitest";
import { type PlannedQuery, planQuestion } from "../../src/ask/plan.ts";
import type { ChartKind } from "../../src/ask/types.ts";
import { chooseChart } from "../../src/charts/index.ts";
import { CUSTOMERS, flat, NOW, SALES, TRANSACTIONS } from "./tables.ts";

const SHOP = [CUSTOMERS, TRANSACTIONS] as const;

function plan(question: string, tables = [CUSTOMERS, TRANSACTIONS], previous?: PlannedQuery): PlannedQuery {
  const outcome = planQuestion({ question, tables, now: NOW, ...(previous === undefined ? {} : { previous }) });
  if (outcome.kind !== "planned") throw new Error(`${question}: ${outcome.message}`);
  return outcome;
}

describe("follow-ups", () => {
  const first = "average lifetime value by country";
  it.each([
    [first, "only premium customers", [`WHERE "customers"."plan" = 'premium'`, `GROUP BY "customers"."country"`]],
    [first, "and by plan?", [`GROUP BY "customers"."plan"`]],
    [first, "also by plan", [`GROUP BY "customers"."country", "customers"."plan"`]],
    [first, "sort by lifetime value descending", [`ORDER BY avg("customers"."lifetime_value") DESC`]],
    [first, "without the US", [`"customers"."country" <> 'US'`, `GROUP BY "customers"."country"`]],
    [first, "now the maximum", [`max("customers"."lifetime_value")`, `GROUP BY "customers"."country"`]],
    [first, "top 3", [`avg("customers"."lifetime_value") DESC`, "LIMIT 3"]],
    ["customers in the US", "how many of them churned?", ["count(*)", `"country" = 'US'`, `"churn" = TRUE`]],
    ["How many customers are there in CA?", "what about the UK?", ["count(*)", `"country" = 'UK'`]],
    ["total amount per month in 2023", "and in 2022?", ["DATE '2022-01-01'", "date_trunc('month'"]],
  ])("%s → %s", (before, question, expected) => {
    const sql = flat(plan(question, [...SHOP], plan(before)).sql);
    for (const part of expected) expect(sql).toContain(part);
  });

  it("stand on every question before them, oldest first", () => {
    const third = plan("only for churned ones", [...SHOP], plan("only premium customers", [...SHOP], plan(first)));
    expect(third.questions).toEqual([first, "only premium customers", "only for churned ones"]);
  });
});

describe("the chart that a question asks for", () => {
  const rows = (labels: readonly (string | number)[]): (string | number)[][] =>
    labels.map((label, i) => [label, 5 + i * 3]);
  const MONTHS = rows(["2023-01-01", "2023-02-01", "2023-03-01", "2023-04-01"]);
  const REGIONS = rows(["north", "south", "east", "west"]);
  it.each<[string, ChartKind, (string | number)[][]]>([
    ["revenue by region", "bar", REGIONS],
    ["pie chart of revenue by region", "pie", REGIONS],
    ["share of revenue by region", "pie", REGIONS],
    ["revenue per month", "line", MONTHS],
    ["revenue per month as an area chart", "area", MONTHS],
    ["revenue per month as a bar chart", "bar", MONTHS],
    ["revenue by region, highest first", "bar", REGIONS],
  ])("%s: %s", (question, kind, data) => {
    const { sql, shape } = plan(question, [SALES]);
    const columns = [...shape.labels, ...shape.measures].map((name) => ({
      name,
      type: shape.measures.includes(name)
        ? ("float" as const)
        : shape.time === undefined
          ? ("string" as const)
          : ("date" as const),
    }));
    expect(columns, sql).toHaveLength(2);
    expect(chooseChart({ columns, rows: data, intent: { question, ...shape } })?.kind).toBe(kind);
  });

  it.each([
    ["scatter plot of lifetime value and purchase count", "scatter"],
    ["histogram of lifetime value", undefined],
    ["box plot of lifetime value by plan", "box"],
    ["heat map of customers by country and plan", "heatmap"],
  ])("%s: %s", (question, kind) => {
    const { shape, wantsChart } = plan(question);
    expect(shape.chart).toBe(kind);
    if (kind === undefined) expect(shape.intent).toBe("distribution");
    else expect(wantsChart).toBe(true);
  });
});

describe("what no table can tell", () => {
  it.each([
    ["Why did revenue fall in March?", /not why/],
    ["But why are there fewer customers?", /not why/],
    ["What will the revenue be next year?", /forecast/],
    ["Predict the number of customers for 2025", /forecast/],
    ["Which customers complained about delivery?", /complained/],
    ["average shoe size by country", /shoe/],
    ["customers who live near the sea", /sea/],
    ["How many customers own a bicycle?", /bicycle/],
  ])("%s", (question, message) => {
    expect(planQuestion({ question, tables: SHOP, now: NOW })).toMatchObject({
      kind: "declined",
      refused: false,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    "delete all customers from the US",
    "please drop the churned customers",
    "update the plan of Ann to premium",
  ])("%s: nothing is changed", (question) => {
    expect(planQuestion({ question, tables: SHOP, now: NOW })).toMatchObject({ kind: "declined", refused: true });
  });

  it("takes words for changes as words where a figure is asked for", () => {
    const drops = {
      ...CUSTOMERS,
      columns: CUSTOMERS.columns.map((c) => (c.name === "churn" ? { ...c, name: "dropped" } : c)),
    };
    const outcome = planQuestion({ question: "drop rate by country", tables: [drops], now: NOW });
    expect(outcome).toMatchObject({ kind: "planned", sql: expect.stringContaining(`"dropped" = TRUE`) });
  });

  it("takes a month without a year as the latest one that the data reach", () => {
    const { sql, assumptions } = plan("total amount in March", [...SHOP]);
    expect(flat(sql)).toContain(`"date" >= DATE '2024-03-01' AND "transactions"."date" < DATE '2024-04-01'`);
    expect(assumptions.join(" ")).toContain("March 2024");
  });

  it("says of a month without a year in old data that it counts every year's", () => {
    const { sql, assumptions } = plan("total amount in May", [...SHOP]);
    expect(flat(sql)).toContain(`month("transactions"."date") = 5`);
    expect(assumptions.join(" ")).toContain("every year from 2022 to 2024");
  });
});
