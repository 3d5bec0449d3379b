import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CategoricalDiff, compareProfiles, compareVersions, type NumericDiff } from "../../src/profile/compare.ts";
import { computeJsDistance, computePsi, gradeShift } from "../../src/profile/drift-metrics.ts";
import { profileTable } from "../../src/profile/profile-table.ts";
import { quoteName } from "../../src/profile/sql.ts";
import { type NativeEngine, openNativeEngine } from "./native-engine.ts";
import { loadVegaTable, readFigures } from "./vega-tables.ts";

interface Half {
  table: string;
  column: string;
  below: string | number;
  bins: number;
}
interface NumericFigures {
  psi: number;
  js_distance: number;
  ks_statistic: number;
  edges: number[];
  v1_shares: number[];
  v2_shares: number[];
}
interface CategoryFigures {
  psi: number;
  js_distance: number;
  added: string[];
  removed: string[];
}
interface DriftFigures {
  v1_rows: number;
  v2_rows: number;
  columns: Record<string, NumericFigures | CategoryFigures>;
}

const HALVES = JSON.parse(readFileSync(join(import.meta.dirname, "figures/drift.config.json"), "utf8")) as Half[];
const FIGURES = readFigures<DriftFigures>("drift.ndjson");

const expectEach = (actual: readonly number[] | undefined, expected: readonly number[], what: string) => {
  expect(actual?.length, what).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual?.[i], what).toBeCloseTo(value, 9);
  });
};

describe("drift between halves of real tables equals that of numpy and scipy", () => {
  let engine: NativeEngine;
  beforeAll(async () => {
    engine = await openNativeEngine();
  });
  afterAll(() => engine.close());

  async function profileHalves({ table, column, below }: Half) {
    await loadVegaTable(engine, table);
    const first = `coalesce(${quoteName(column)} < ${typeof below === "number" ? below : `'${below}'`}, false)`;
    await engine.run(`CREATE TABLE "${table} 1" AS FROM ${quoteName(table)} WHERE ${first}`);
    await engine.run(`CREATE TABLE "${table} 2" AS FROM ${quoteName(table)} WHERE NOT ${first}`);
    const tables = [await engine.describe(`${table} 1`), await engine.describe(`${table} 2`)] as const;
    return {
      v1: { table: tables[0], profile: await profileTable(engine, tables[0]) },
      v2: { table: tables[1], profile: await profileTable(engine, tables[1]) },
    };
  }

  for (const half of HALVES) {
    it(`${half.table}, ${half.bins} bins`, async () => {
      const { v1, v2 } = await profileHalves(half);
      const figures = FIGURES[half.table]!;
      const comparison = await compareVersions({ ...v1, engine }, { ...v2, engine }, { bins: half.bins });
      expect(comparison.summary.v1_rows).toBe(figures.v1_rows);
      expect(comparison.summary.v2_rows).toBe(figures.v2_rows);
      for (const [name, expected] of Object.entries(figures.columns)) {
        const shared = comparison.column_diffs[name]!;
        expect(shared.psi, `PSI of ${name}`).toBeCloseTo(expected.psi, 9);
        expect(shared.js_distance, `distance of ${name}`).toBeCloseTo(expected.js_distance, 7);
        if ("edges" in expected) {
          const diff = shared as NumericDiff;
          expect(diff.ks_statistic, `KS of ${name}`).toBeCloseTo(expected.ks_statistic, 9);
          expect(diff.ks_error).toBe(0);
          expectEach(diff.bins?.edges, expected.edges, `edges of ${name}`);
          expectEach(diff.bins?.v1_shares, expected.v1_shares, `shares of ${name}`);
          expectEach(diff.bins?.v2_shares, expected.v2_shares, `shares of ${name}`);
        } else {
          const diff = shared as CategoricalDiff;
          expect(diff.categories_added_count).toBe(expected.added.length);
          expect(diff.categories_removed_count).toBe(expected.removed.length);
          expect(expected.added).toEqual(expect.arrayContaining(diff.categories_added ?? []));
        }
      }
    });
  }

  it("narrows the Kolmogorov–Smirnov statistic down to the exact one on longer tables", async () => {
    await engine.run(
      "CREATE TABLE normal AS SELECT sqrt(-2 * ln((i + 0.5) / 60000)) * cos(i * 0.7) AS x FROM range(60000) t(i)",
    );
    await engine.run("CREATE TABLE shifted AS SELECT x * 1.02 + 0.01 AS x FROM normal");
    const [a, b] = [await engine.describe("normal"), await engine.describe("shifted")];
    const exact = await engine.rows<{ d: number }>(
      "SELECT max(abs(f - g)) AS d FROM (SELECT sum(s) OVER (ORDER BY x) / 60000 AS f, sum(t) OVER (ORDER BY x) / 60000 AS g FROM (SELECT x, 1.0 AS s, 0.0 AS t FROM normal UNION ALL SELECT x, 0.0, 1.0 FROM shifted))",
    );
    const sides = [
      { engine, table: a, profile: await profileTable(engine, a) },
      { engine, table: b, profile: await profileTable(engine, b) },
    ] as const;
    const found = (await compareVersions(sides[0], sides[1], { ksTolerance: 0 })).column_diffs["x"] as NumericDiff;
    expect(found.ks_error).toBe(0);
    expect(found.ks_statistic).toBeCloseTo(Number(exact[0]?.d), 9);
    const rough = (await compareVersions(sides[0], sides[1], { ksTolerance: 0.01 })).column_diffs["x"] as NumericDiff;
    expect(rough.ks_statistic! + rough.ks_error!).toBeGreaterThanOrEqual(found.ks_statistic!);
    expect(rough.ks_statistic!).toBeLessThanOrEqual(found.ks_statistic!);
  });
});

describe("schema differences", () => {
  let engine: NativeEngine;
  beforeAll(async () => {
    engine = await openNativeEngine();
  });
  afterAll(() => engine.close());

  async function version(name: string, sql: string) {
    await engine.run(`CREATE TABLE ${name} AS ${sql}`);
    const table = await engine.describe(name);
    return { engine, table, profile: await profileTable(engine, table) };
  }

  it("lists added, removed and retyped columns, and suggests renames without assuming them", async () => {
    const v1 = await version(
      "a1",
      "SELECT i AS id, i * 1.5 AS unit_price, 'k' || (i % 4) AS kind, i AS code FROM range(200) t(i)",
    );
    const v2 = await version(
      "a2",
      "SELECT i AS id, i * 1.5 AS price_per_unit, 'k' || (i % 5) AS kind, 'c' || i AS code, i * 1000 AS extra FROM range(300) t(i)",
    );
    const { summary, column_diffs } = await compareVersions(v1, v2, { versions: [3, 7] });
    expect(summary).toMatchObject({ v1: 3, v2: 7, rows_diff: 100, v1_columns: 4, v2_columns: 5 });
    expect(summary.columns_added).toEqual(["price_per_unit", "extra"]);
    expect(summary.columns_removed).toEqual(["unit_price"]);
    expect(summary.columns_type_changed).toEqual([{ column: "code", v1_type: "int64", v2_type: "object" }]);
    expect(summary.columns_renamed.map(({ from, to }) => [from, to])).toEqual([["unit_price", "price_per_unit"]]);
    expect(column_diffs["code"]?.type).toBe("incomparable");
    expect(column_diffs["kind"]).toMatchObject({
      type: "categorical",
      categories_added: ["k4"],
      categories_removed: [],
    });
  });

  it("needs no data where profiles hold all values, and says null where they do not", async () => {
    const v1 = await version("b1", "SELECT i % 7 AS few, i * 0.37 AS many FROM range(500) t(i)");
    const v2 = await version("b2", "SELECT i % 9 AS few, i * 0.41 AS many FROM range(500) t(i)");
    const alone = await compareProfiles(v1.profile, v2.profile);
    const full = await compareVersions(v1, v2);
    expect(alone.column_diffs["few"]).toEqual(full.column_diffs["few"]);
    expect(alone.column_diffs["few"]?.psi).toBeGreaterThan(0);
    expect(alone.column_diffs["many"]).toMatchObject({ psi: null, shift_level: null });
  });

  it("counts missing values as a bin of their own, and survives empty versions and columns", async () => {
    const v1 = await version(
      "c1",
      "SELECT CASE WHEN i % 10 > 0 THEN i END AS x, NULL::INTEGER AS n, 'a' AS s FROM range(100) t(i)",
    );
    const v2 = await version(
      "c2",
      "SELECT CASE WHEN i % 2 > 0 THEN i END AS x, NULL::INTEGER AS n, 'b' AS s FROM range(100) t(i)",
    );
    const none = await version("c3", "SELECT * FROM c1 WHERE false");
    const diff = (await compareVersions(v1, v2)).column_diffs["x"] as NumericDiff;
    expect(diff.bins?.v1_shares.at(-1)).toBeCloseTo(0.1);
    expect(diff.bins?.v2_shares.at(-1)).toBeCloseTo(0.5);
    expect(diff.psi).toBeGreaterThan(0.25);
    expect(diff.shift_level).toBe("high");
    for (const comparison of [
      await compareVersions(v1, none),
      await compareVersions(none, v1),
      await compareVersions(none, none),
    ]) {
      expect(JSON.stringify(comparison)).not.toMatch(/NaN|Infinity/);
      expect(comparison.column_diffs["x"]?.psi).toBeNull();
    }
    expect((await compareVersions(v1, v2)).column_diffs["n"]).toMatchObject({ psi: 0, shift_level: "low" });
  });

  it("has as many bins at the ends of the range of doubles as elsewhere", async () => {
    const v1 = await version("e1", "SELECT (i / 9999.0 * 2 - 1)::DOUBLE * 1.7e308 AS x FROM range(10000) t(i)");
    const v2 = await version("e2", "SELECT (i / 9999.0)::DOUBLE * 1.7e308 AS x FROM range(10000) t(i)");
    for (const bins of [3, 10]) {
      const { edges, v1_shares } = ((await compareVersions(v1, v2, { bins })).column_diffs["x"] as NumericDiff)
        .bins ?? { edges: [], v1_shares: [] };
      expect(edges).toHaveLength(bins - 1);
      for (const share of v1_shares.slice(0, -1)) expect(share).toBeCloseTo(1 / bins, 3);
    }
  });

  it("refuses settings that mean nothing", async () => {
    const v1 = await version("d1", "SELECT 1 AS x");
    await expect(compareVersions(v1, v1, { bins: 1 })).rejects.toThrow("bins must be an integer from 2 to 100");
    await expect(compareVersions(v1, v1, { epsilon: 0 })).rejects.toThrow("epsilon");
    await expect(compareVersions(v1, v1, { thresholds: { moderate: 0.5 } })).rejects.toThrow("threshold");
  });
});

describe("measures", () => {
  it("grades by the document's thresholds", () => {
    expect([0, 0.0999, 0.1, 0.25, 0.2501].map((psi) => gradeShift(psi))).toEqual([
      "low",
      "low",
      "moderate",
      "moderate",
      "high",
    ]);
  });

  it("are 0 for equal shares, and at most 1 for the distance", () => {
    expect(computePsi([0.5, 0.5, 0], [0.5, 0.5, 0])).toBe(0);
    expect(computeJsDistance([1, 0], [0, 1])).toBeCloseTo(1, 12);
  });
});
