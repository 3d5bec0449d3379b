import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { countBins, planBins } from "../../src/charts/index.ts";
import { pickVisiblePoints } from "../../src/charts/reduce.ts";
import { chartOf, rowsOf } from "./samples.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });

test("every value falls into exactly one bin", () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 200 }), fc.boolean(), (raw, whole) => {
      const values = whole ? raw.map((value) => Math.round(value)) : raw;
      const sorted = [...values].sort((a, b) => a - b);
      const plan = planBins({
        min: sorted[0]!,
        max: sorted.at(-1)!,
        p99: sorted[Math.floor((sorted.length - 1) * 0.99)],
        count: values.length,
        whole,
      });
      const counts = countBins(values, plan);
      expect(counts.reduce((a, b) => a + b)).toBe(values.length);
      expect(counts.length).toBeLessThanOrEqual(45);
      for (const [i, edge] of plan.edges.entries()) if (i > 0) expect(edge).toBeGreaterThan(plan.edges[i - 1]!);
    }),
  );
});

test("a long tail does not squeeze the rest into one bin", () => {
  const values = [...Array.from({ length: 1000 }, (_, i) => i / 10), 1e6];
  const spec = chartOf(
    { v: "DOUBLE" },
    values.map((value) => [value]),
  );
  expect(spec.kind === "histogram" && spec.open).toBe(true);
  expect(spec.kind === "histogram" && Math.max(...spec.counts)).toBeLessThan(300);
  expect(spec.notes).toEqual(["The last bar holds all 1 values from 100 to 1,000,000."]);
});

test("boxes are DuckDB's quantiles", async () => {
  const rows = rowsOf("cars.json", "Origin", "Miles_per_Gallon");
  const spec = chartOf({ origin: "VARCHAR", mpg: "DOUBLE" }, rows, { chart: "box" });
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run("CREATE TABLE cars (origin VARCHAR, mpg DOUBLE)");
  for (const [origin, mpg] of rows)
    await connection.run("INSERT INTO cars VALUES ($1, $2)", [origin as string, mpg as number]);
  const answer = await connection.runAndReadAll(
    "SELECT origin, quantile_cont(mpg, [0.25, 0.5, 0.75])::VARCHAR AS q, count(mpg)::INTEGER AS n FROM cars WHERE mpg IS NOT NULL GROUP BY origin",
  );
  const native = Object.fromEntries(
    answer.getRowObjectsJson().map((row) => [row["origin"], [JSON.parse(String(row["q"])), row["n"]]]),
  );
  expect(
    spec.kind === "box" &&
      Object.fromEntries(spec.groups.map(({ name, q1, median, q3, count }) => [name, [[q1, median, q3], count]])),
  ).toEqual(native);
});

test("thinning keeps the ends and the peak", () => {
  const xs = Array.from({ length: 10_000 }, (_, i) => i);
  const ys = xs.map((x) => (x === 4321 ? 100 : Math.sin(x / 50)));
  const picked = pickVisiblePoints(xs, ys, 200);
  expect(picked.length).toBe(200);
  expect([picked[0], picked.at(-1)]).toEqual([0, 9999]);
  expect(picked).toContain(4321);
});
