import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAnalysisStats, toFeatureCorrelations } from "../../src/profile/analysis.ts";
import { findInsights, type Insight } from "../../src/profile/insights.ts";
import { profileTable } from "../../src/profile/profile-table.ts";
import { assessQuality, QUALITY_RULES, type QualityReport } from "../../src/profile/quality.ts";
import { type Recommendation, recommend } from "../../src/profile/recommend.ts";
import type { Profile } from "../../src/profile/types.ts";
import { type NativeEngine, openNativeEngine } from "./native-engine.ts";

/** 5,000 customers as in the Data API's example, with faults planted in known numbers. */
const CUSTOMERS = `
  SELECT 'C' || lpad((CASE WHEN i = 7 THEN 6 ELSE i END)::VARCHAR, 5, '0') AS customer_id,
    'user' || i || '@example.com' AS email,
    CASE WHEN i % 41 = 0 THEN NULL WHEN i = 100 THEN -5 ELSE 18 + (i * 37) % 60 END AS age,
    DATE '2023-01-01' + (i % 300)::INTEGER + CASE WHEN i % 300 > 200 THEN 60 ELSE 0 END AS signup_date,
    CASE WHEN i % 100 < 17 AND i % 100 >= 7 THEN NULL ELSE DATE '2024-01-01' + (i % 100)::INTEGER END AS last_purchase,
    (i % 100) < 17 AS churn,
    (i % 100) < 17 AS has_left,
    CASE i % 50 WHEN 0 THEN 'us' WHEN 1 THEN ' CA' ELSE ['US', 'CA', 'UK'][1 + (i % 3)] END AS country,
    CASE WHEN i % 4 = 0 THEN 'n/a' ELSE ((i * 7) % 900)::VARCHAR END AS score,
    ['basic', 'premium'][1 + (i % 2)] AS plan_type,
    exp((i * 7919 % 5000) / 600.0) AS lifetime_value,
    exp((i * 7919 % 5000) / 600.0) * 2 + i % 3 AS revenue,
    CASE WHEN i % 500 = 0 THEN 'cafÃ©' ELSE 'note ' || (i % 9) END AS note,
    'EUR' AS currency,
    CASE WHEN i < 4 THEN DATE '2999-12-31' ELSE DATE '2020-01-01' + (i % 31)::INTEGER END AS created
  FROM range(5000) t(i)`;

describe("a table with planted faults", () => {
  let engine: NativeEngine;
  let profile: Profile;
  let insights: Insight[];
  let quality: QualityReport;
  let advice: Recommendation[];
  beforeAll(async () => {
    engine = await openNativeEngine();
    await engine.run(`CREATE TABLE customers AS ${CUSTOMERS}`);
    await engine.run("INSERT INTO customers SELECT * FROM customers WHERE customer_id IN ('C00050', 'C00051')");
    profile = await profileTable(engine, await engine.describe("customers"));
    insights = await findInsights(profile, { engine });
    quality = await assessQuality(profile, { engine });
    advice = recommend(profile, insights);
  });
  afterAll(() => engine.close());

  const messagesOf = (type: string) =>
    insights.filter((insight) => insight.type === type).map(({ message }) => message);

  it("says for whom values are missing", () => {
    expect(messagesOf("missing_data")[0]).toBe(
      "The 'last_purchase' column has 10% missing values, primarily for rows with churn=true (500 of 500).",
    );
    expect(messagesOf("missing_data")).toContain("The 'age' column has 2.4% missing values (122).");
  });

  it("names the imbalanced target, its leak, and correlated columns", () => {
    expect(messagesOf("imbalance")).toContain(
      "The target variable 'churn' is imbalanced (17% positive, 83% negative).",
    );
    expect(messagesOf("leakage").some((message) => message.includes("'has_left'"))).toBe(true);
    expect(messagesOf("correlation")).toContain(
      "The 'lifetime_value' and 'revenue' columns are strongly correlated (1).",
    );
  });

  it("finds the rest of what was planted", () => {
    const found = insights.map(({ type, columns }) => `${type} ${columns[0] ?? ""}`);
    for (const planted of [
      "duplicates ",
      "duplicate_ids customer_id",
      "out_of_range age",
      "mixed_types score",
      "category_variants country",
      "whitespace country",
      "broken_encoding note",
      "constant currency",
      "future_dates created",
      "date_gaps signup_date",
      "skew lifetime_value",
    ]) {
      expect(found).toContain(planted);
    }
    expect(messagesOf("date_gaps")).toContain(
      "The 'signup_date' column has 1 gap (its days are usually 1 day apart); the longest lasts 61 days, from 2023-07-20 to 2023-09-19.",
    );
    expect(messagesOf("duplicates")).toEqual(["2 rows (0.04%) repeat an earlier row."]);
    expect(messagesOf("broken_encoding")[0]).toMatch(/^The 'note' column holds 10 values /);
  });

  it("finds nothing that was not planted in clean columns", () => {
    const clean = ["email", "plan_type"];
    expect(insights.filter(({ columns }) => clean.includes(columns[0] ?? ""))).toEqual([]);
  });

  it("proves every sentence by SQL that returns rows", async () => {
    for (const { sql, message } of [...insights, ...advice, ...quality.issues]) {
      expect((await engine.rows(sql)).length, message).toBeGreaterThan(0);
    }
  });

  it("recommends what the document's example recommends", () => {
    const messages = advice.map(({ message }) => message);
    const median = profile.columns[2]?.numeric?.percentiles["p50"];
    expect(messages).toContain(
      `Consider imputing missing 'age' values by the median, ${median} (currently 2.4% missing).`,
    );
    expect(
      messages.some((message) =>
        message.startsWith("Create a 'days_since_last_purchase' feature from 'last_purchase' date"),
      ),
    ).toBe(true);
    expect(messages).toContain("Use SMOTE or class weighting to handle the imbalanced 'churn' target (17% 'true').");
  });

  it("fails the checks that have something to find, and none else", () => {
    const failed = quality.checks.filter(({ passed }) => !passed).map(({ name }) => name);
    expect(failed.sort()).toEqual(
      [
        "category_variants",
        "class_balance",
        "constant_columns",
        "future_dates",
        "missing_values",
        "mixed_types",
        "outliers",
        "text_encoding",
        "unique_identifiers",
        "value_ranges",
        "whitespace",
      ].sort(),
    );
    const details = new Map(quality.checks.map((check) => [check.name, check.details]));
    expect(details.get("missing_values")).toBe("Max 10% missing ('last_purchase', 2 columns have some)");
    expect(details.get("duplicate_rows")).toBe("2 duplicates (0.04%)");
    expect(quality.issues[0]?.severity).toBe("high");
  });

  it("scores as documented: 100 less the penalties", () => {
    const penalties = quality.checks.reduce((sum, { penalty }) => sum + penalty, 0);
    expect(quality.overall_score).toBeCloseTo(100 - penalties, 0);
    expect(QUALITY_RULES.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
    const missing = quality.checks.find(({ name }) => name === "missing_values");
    expect(missing?.penalty).toBeCloseTo((30 * (500 / 5002 + 122 / 5002)) / 15, 2);
  });

  it("answers the Data API's stats", () => {
    const stats = toAnalysisStats(profile);
    expect(stats).toMatchObject({ rows: 5002, columns: 15, missing_values: { age: 122, last_purchase: 500 } });
    expect(stats.column_types).toMatchObject({
      customer_id: "string",
      age: "integer",
      churn: "boolean",
      signup_date: "date",
      lifetime_value: "float",
    });
    expect(stats.categorical_counts["churn"]).toEqual({ true: 850, false: 4152 });
    expect(stats.categorical_counts["country"]).toEqual({
      US: expect.any(Number),
      CA: expect.any(Number),
      UK: expect.any(Number),
      us: 101,
      " CA": 101,
    });
    expect(stats.categorical_counts).not.toHaveProperty("email");
    expect(stats.summary["age"]).toMatchObject({ min: -5, max: 77 });
    const pairs = toFeatureCorrelations(profile);
    expect(pairs[0]?.correlation).toBe(1);
    expect(
      pairs.some(
        ({ feature1, feature2 }) =>
          [feature1, feature2].includes("last_purchase") && [feature1, feature2].includes("churn"),
      ),
    ).toBe(true);
  });

  it("sums rarer categories under other", async () => {
    await engine.run("CREATE TABLE many AS SELECT 'k' || (i % 30) AS k FROM range(3000) t(i)");
    const stats = toAnalysisStats(await profileTable(engine, await engine.describe("many")));
    expect(Object.keys(stats.categorical_counts["k"] ?? {})).toHaveLength(11);
    expect(stats.categorical_counts["k"]?.["other"]).toBe(2000);
  });
});
