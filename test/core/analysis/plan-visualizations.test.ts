import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toChartData } from "../../../src/charts/index.ts";
import { chooseColumns } from "../../../src/core/analysis/column-choice.ts";
import { MOST_CHARTS, planVisualizations } from "../../../src/core/analysis/plan-visualizations.ts";
import { queryChart } from "../../../src/core/analysis/query-chart.ts";
import { type Profile, profileTable } from "../../../src/profile/index.ts";
import { type NativeEngine, openNativeEngine } from "../../profile/native-engine.ts";

const DATA = "node_modules/vega-datasets/data";
const TABLES = {
  cars: `SELECT * FROM read_json('${DATA}/cars.json')`,
  movies: `SELECT * FROM read_json('${DATA}/movies.json', convert_strings_to_integers = false)`,
  weather: `SELECT * FROM read_csv('${DATA}/seattle-weather.csv')`,
  airports: `SELECT * FROM read_csv('${DATA}/airports.csv')`,
  rows: "SELECT i AS id, random() > 0.9 AS churned, 'c' || (i % 4) AS plan, i % 97 AS visits, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS seen FROM range(3000) t(i)",
} as const;

let engine: NativeEngine;
const profiles = {} as Record<keyof typeof TABLES, Profile>;

beforeAll(async () => {
  engine = await openNativeEngine(undefined, "256MB");
  for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    await engine.run(`CREATE TABLE ${name} AS ${TABLES[name]}`);
    profiles[name] = await profileTable(engine, await engine.describe(name));
  }
});
afterAll(() => engine.close());

describe("columns by what pictures of them show", () => {
  test("identifiers, codes and coordinates are no measures", () => {
    expect(chooseColumns(profiles.airports).measures).toEqual([]);
    expect(chooseColumns(profiles.rows).measures.map(({ name }) => name)).toEqual(["visits"]);
  });

  test("a telling name makes the target, and dates make the time", () => {
    const { target, time, categories } = chooseColumns(profiles.rows);
    expect([target?.name, time?.name, categories[0]?.name]).toEqual(["churned", "seen", "plan"]);
  });
});

describe.each(Object.keys(TABLES) as (keyof typeof TABLES)[])("pictures of %s", (name) => {
  test("can be drawn, each once, all of their data in the table", async () => {
    const profile = profiles[name];
    const source = { engine, profile, from: () => name };
    const planned = planVisualizations(profile);
    expect(planned.length).toBeGreaterThan(0);
    expect(planned.length).toBeLessThanOrEqual(MOST_CHARTS);
    const titles = new Set<string>();
    for (const chart of planned) {
      const spec = await queryChart(source, chart);
      expect(spec, JSON.stringify(chart).slice(0, 200)).toBeDefined();
      if (!spec) continue;
      titles.add(spec.title);
      expect(toChartData(spec).datasets[0]?.data.length).toBeGreaterThan(0);
      if (spec.kind === "histogram" && chart.kind === "histogram")
        expect(
          spec.counts.reduce((a, b) => a + b),
          spec.title,
        ).toBe(chart.column.count);
    }
    expect(titles.size).toBe(planned.length);
  });
});

test("correlations are shown where there are any", () => {
  expect(planVisualizations(profiles.cars).map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["correlations", "scatter"]),
  );
  expect(planVisualizations(profiles.rows).map(({ kind }) => kind)).not.toContain("correlations");
});

test("boxes are exact quartiles, and whiskers end at values within their reach", async () => {
  const by = profiles.cars.columns.find((column) => column.name === "Origin")!;
  const measure = profiles.cars.columns.find((column) => column.name === "Miles_per_Gallon")!;
  const spec = await queryChart({ engine, profile: profiles.cars, from: () => "cars" }, { kind: "boxes", measure, by });
  const native = await engine.rows<{ name: string; q1: number; high: number }>(
    `WITH q AS (SELECT Origin AS o, quantile_cont(Miles_per_Gallon, 0.25) AS q1, quantile_cont(Miles_per_Gallon, 0.75) AS q3 FROM cars GROUP BY 1)
     SELECT o AS name, q1, max(Miles_per_Gallon) AS high FROM cars JOIN q ON Origin = o WHERE Miles_per_Gallon <= q3 + 1.5 * (q3 - q1) GROUP BY ALL`,
  );
  expect(
    spec?.kind === "box" &&
      spec.groups.map(({ name, q1, high }) => ({ name, q1, high })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  ).toEqual(native.sort((a, b) => (a.name < b.name ? -1 : 1)));
});
