import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { writeJson } from "../../src/http/json-text.ts";
import { toAnalysisStats } from "../../src/profile/analysis.ts";
import { compareVersions } from "../../src/profile/compare.ts";
import { findInsights } from "../../src/profile/insights.ts";
import { profileTable } from "../../src/profile/profile-table.ts";
import { assessQuality } from "../../src/profile/quality.ts";
import { recommend } from "../../src/profile/recommend.ts";
import { quoteName } from "../../src/profile/sql.ts";
import { toStatistics } from "../../src/profile/statistics.ts";
import type { Profile, ProfileOptions } from "../../src/profile/types.ts";
import { type NativeEngine, openNativeEngine } from "./native-engine.ts";

let engine: NativeEngine;
beforeEach(async () => {
  engine = await openNativeEngine();
});
afterEach(() => engine.close());

/** Profiles a query's rows by both plans; whatever is made of the profile must be JSON, and the SQL it shows must run. */
async function profileRows(sql: string, name = "t"): Promise<Profile> {
  await engine.run(`CREATE OR REPLACE TABLE ${quoteName(name)} AS ${sql}`);
  const table = await engine.describe(name);
  const now = new Date("2026-01-01T00:00:00Z");
  const plans: ProfileOptions[] = [{ now }, { now, fewValues: 0, budgetBytes: 1000 }];
  const [profile, long] = [await profileTable(engine, table, plans[0]), await profileTable(engine, table, plans[1])];
  const figures = ({ columns }: Profile) => columns.map(({ unique, numeric }) => roundFigures({ unique, numeric }));
  expect(figures(long)).toEqual(figures(profile));
  expect(long.duplicate_rows).toBe(profile.duplicate_rows);
  const insights = await findInsights(profile, { engine });
  const quality = await assessQuality(profile, { engine });
  const advice = recommend(profile, insights);
  for (const made of [profile, toStatistics(profile), toAnalysisStats(profile), insights, quality, advice])
    expectPlain(made);
  for (const { sql: proof } of [...insights, ...advice, ...quality.issues]) await engine.rows(proof);
  expect(quality.overall_score).toBeGreaterThanOrEqual(0);
  expect(quality.overall_score).toBeLessThanOrEqual(100);
  return profile;
}

/** Figures to nine digits; rounding noise around 0 is 0. */
function roundFigures(value: unknown): unknown {
  if (typeof value === "number") return Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(9));
  if (Array.isArray(value)) return value.map(roundFigures);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, roundFigures(inner)]));
}

/** Nothing in it that JSON would drop or change. */
function expectPlain(value: unknown, path = "$"): void {
  if (typeof value === "number") expect(Number.isFinite(value), path).toBe(true);
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) expectPlain(item, `${path}[${i}]`);
  else if (value instanceof Map) for (const [key, inner] of value) expectPlain(inner, `${path}.${key}`);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) if (inner !== undefined) expectPlain(inner, `${path}.${key}`);
  } else expect(["string", "boolean", "object", "bigint"], `${path}: ${typeof value}`).toContain(typeof value);
}

describe("strange tables", () => {
  it("without rows", async () => {
    const profile = await profileRows(
      "SELECT 1 AS i, 0.5 AS f, 'a' AS s, true AS b, DATE '2020-01-01' AS d WHERE false",
    );
    expect(profile).toMatchObject({ row_count: 0, duplicate_rows: 0, memory_usage: 132 / 1024 ** 2 });
    expect(profile.columns[0]).toMatchObject({ count: 0, unique: 0, missing: 0, missing_percent: 0 });
    expect(profile.columns[1]?.numeric).toMatchObject({ min: null, mean: null, std: null, histogram: null });
    const { overall_score, issues } = await assessQuality(profile);
    expect(overall_score).toBe(0);
    expect(issues).toEqual([
      expect.objectContaining({
        check: "has_rows",
        type: "no_rows",
        severity: "high",
        message: "The table has no rows.",
      }),
    ]);
  });

  it("with a single row", async () => {
    const profile = await profileRows("SELECT 7 AS i, 0.5 AS f, 'a' AS s, true AS b, DATE '2020-01-01' AS d");
    expect(profile.columns[0]?.numeric).toMatchObject({ min: 7, max: 7, mean: 7, std: null, skewness: null, iqr: 0 });
    expect(profile.columns[0]?.numeric?.histogram).toEqual({
      counts: [0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
      bin_edges: [6.5, 6.6, 6.7, 6.8, 6.9, 7, 7.1, 7.2, 7.3, 7.4, 7.5].map((edge) => expect.closeTo(edge, 12)),
    });
  });

  it("with columns that are all null or constant", async () => {
    const profile = await profileRows(
      "SELECT NULL::BIGINT AS n, NULL::VARCHAR AS s, NULL::TIMESTAMP AS d, NULL::BOOLEAN AS b, 0.1::DOUBLE AS c, 'x' AS k, i FROM range(50) t(i)",
    );
    const [n, s, , , c, k] = profile.columns;
    expect(n).toMatchObject({ count: 0, missing: 50, missing_percent: 1, unique: 0 });
    expect(s?.text).toMatchObject({ min_length: null, mean_length: null });
    expect(c?.numeric).toMatchObject({ mean: 0.1, std: 0, skewness: 0, kurtosis: 0, iqr: 0, outlier_count: 0 });
    expect(k).toMatchObject({ unique: 1, type: "category" });
    const types = (await findInsights(profile)).map(({ type, columns }) => `${type} ${columns[0]}`);
    expect(types).toEqual(expect.arrayContaining(["missing_data n", "constant c", "constant k"]));
    expect(toStatistics(profile).correlations["c"]).toMatchObject({ c: null, i: null });
    expect(toStatistics(profile).correlations["i"]?.["i"]).toBe(1);
  });

  it("with NaN and infinities", async () => {
    const profile = await profileRows(
      "SELECT * FROM (VALUES (1.0::DOUBLE, 1), (2.0, 2), ('NaN', 3), ('NaN', 4), ('Infinity', 5), ('-Infinity', 6), (NULL, 7), (4.0, 8)) t(x, y)",
    );
    const [x] = profile.columns;
    // pandas: isna 3, nunique 5, quantile(.5) 2, mean and std NaN.
    expect(x).toMatchObject({ count: 5, missing: 3, unique: 5, nan_count: 2, infinite_count: 2 });
    expect(x?.numeric).toMatchObject({ min: null, max: null, mean: null, std: null });
    expect(x?.numeric?.percentiles).toMatchObject({ p1: null, p25: 1, p50: 2, p75: 4, p99: null });
    expect(x?.numeric?.histogram?.counts.reduce((sum, n) => sum + n)).toBe(3);
    expect(toStatistics(profile).correlations["x"]).toEqual({ x: null, y: null });
    const quality = await assessQuality(profile);
    expect(quality.checks.find(({ name }) => name === "value_ranges")?.passed).toBe(false);
  });

  it("with NaN beside values out of range: NaN is missing, and hides nothing from the proofs", async () => {
    const profile = await profileRows(
      `SELECT CASE WHEN i % 10 = 0 THEN 'NaN'::DOUBLE WHEN i % 10 = 1 THEN 95.0 ELSE i % 50 END AS latitude,
              CASE WHEN i % 10 = 0 THEN 'NaN'::DOUBLE WHEN i = 7 THEN 1e6 ELSE i END AS amount FROM range(500) t(i)`,
    );
    const quality = await assessQuality(profile, { engine });
    const issue = (type: string, column: string) =>
      quality.issues.find((one) => one.type === type && one.column === column);
    const range = issue("out_of_range", "latitude");
    expect(range?.message).toMatch(/^50 values of the 'latitude' column are out of range/);
    const outside = await engine.rows<{ latitude: number }>((range?.sql ?? "").replace("SELECT *", "SELECT latitude"));
    expect(new Set(outside.map(({ latitude }) => latitude))).toEqual(new Set([95]));
    const outliers = quality.checks.flatMap(({ findings }) => findings).find(({ type }) => type === "outliers");
    expect(outliers).toMatchObject({ column: "amount", count: 1 });
    expect(await engine.rows(outliers?.sql ?? "")).toEqual([{ amount: 1e6 }]);
  });

  it("with numbers at the ends of the range of doubles", async () => {
    const profile = await profileRows(
      "SELECT CASE i % 3 WHEN 0 THEN 1e308 WHEN 1 THEN -1e308 ELSE 1.7e308 END::DOUBLE AS big, (i + 1) * 1e-300::DOUBLE AS small, i * 1e160::DOUBLE AS wide FROM range(30) t(i)",
    );
    const [big, small, wide] = profile.columns;
    expect(big?.numeric?.mean).toBeCloseTo(1.7e308 / 3, -300);
    expect(big?.numeric?.max).toBe(1.7e308);
    // Scaling changes neither skewness nor kurtosis.
    expect(small?.numeric?.kurtosis).toBeCloseTo(-1.2, 9);
    expect(wide?.numeric?.kurtosis).toBeCloseTo(-1.2, 9);
    expect((wide?.numeric?.std ?? 0) / 1e160).toBeCloseTo(Math.sqrt(77.5), 9);
    expect(toStatistics(profile).correlations["wide"]?.["small"]).toBeCloseTo(1, 9);
  });

  it("with huge integers, decimals and every type of DuckDB's", async () => {
    const profile = await profileRows(
      `SELECT (9007199254740992 + i)::BIGINT AS big, (i * 170141183460469231731687303715)::HUGEINT AS huge, i::UBIGINT AS u,
       (i / 7)::DECIMAL(18, 5) AS dec, i::FLOAT AS real, (i % 2 = 0) AS b, DATE '2024-01-01' + i::INTEGER AS d,
       TIMESTAMP '2024-01-01' + to_hours(i) AS ts, TIME '00:00:00' + to_minutes(i) AS tm, INTERVAL 1 DAY * i AS iv,
       uuid() AS id, ('\\xAA'::BLOB) AS bl, [i, i + 1] AS l, {'a': i} AS st, MAP {'k': i} AS m, 'v' || (i % 3) AS s,
       TIMESTAMP_NS '2024-01-01' AS ns, TIMESTAMP_S '2024-01-01' AS s0
       FROM range(40) t(i)`,
    );
    const unique = Object.fromEntries(profile.columns.map((column) => [column.name, column.unique]));
    expect(unique).toMatchObject({
      big: 40,
      huge: 40,
      u: 40,
      dec: 40,
      b: 2,
      d: 40,
      ts: 40,
      tm: 40,
      iv: 40,
      id: 40,
      bl: 1,
    });
    expect(unique).toMatchObject({ l: 40, st: 40, m: 40, s: 3, ns: 1 });
    const types = Object.fromEntries(profile.columns.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      big: "int64",
      dec: "float64",
      b: "bool",
      d: "datetime64",
      ns: "datetime64",
      l: "object",
    });
    expect(toAnalysisStats(profile).column_types).toMatchObject({
      d: "date",
      ts: "datetime",
      tm: "time",
      st: "json",
      id: "string",
    });
  });

  it("with names and values that look like SQL, JSON or prototypes", async () => {
    const profile = await profileRows(
      `SELECT 'a''b' AS "select", '__proto__' AS "__proto__", i AS "a "" b", chr(0) || 'x' AS " ", '10' AS "9", 'é—😀' AS "naïve" FROM range(3) t(i)`,
      'odd "table',
    );
    expect(toStatistics(profile).columns.get("__proto__")?.top_values).toEqual(new Map([["__proto__", 3]]));
    expect(profile.columns[5]).toMatchObject({ memory_bytes: 3 * (8 + 76 + 4 * 3) });
  });

  it("with integers that no double holds, and values that look like numbers", async () => {
    const profile = await profileRows(
      `SELECT 9007199254740993 + i AS big, (i - 3)::BIGINT AS small, 18446744073709551615::UBIGINT - i::UBIGINT AS unsigned,
       (-170141183460469231731687303715884105728)::HUGEINT + i AS huge, CASE WHEN i < 3 THEN '10' WHEN i < 5 THEN '2' ELSE '007' END AS code
       FROM range(6) t(i)`,
    );
    const { columns } = toStatistics(profile);
    const [expected] = await engine.rows<Record<string, string>>(
      `SELECT min(big)::VARCHAR big0, max(big)::VARCHAR big1, min(unsigned)::VARCHAR unsigned0, max(unsigned)::VARCHAR unsigned1,
       min(huge)::VARCHAR huge0, max(huge)::VARCHAR huge1 FROM t`,
    );
    for (const name of ["big", "unsigned", "huge"]) {
      const { min, max } = columns.get(name)!;
      expect([String(min), String(max)]).toEqual([expected![`${name}0`], expected![`${name}1`]]);
    }
    expect(columns.get("small")).toMatchObject({ min: -3, max: 2 });
    expect(writeJson(columns.get("code")!.top_values)).toBe('{"10":3,"2":2,"007":1}');
    expect(writeJson(columns.get("big"))).toContain('"min":9007199254740993,"max":9007199254740998,');
  });

  it("with columns named as the statements' own aliases", async () => {
    const aliases = [
      "a",
      "B",
      "c",
      "d",
      "f0",
      "g",
      "h",
      "hi0",
      "k",
      "l0",
      "lo0",
      "m0",
      "n",
      "n0",
      "p",
      "p0",
      "rn",
      "rowid",
    ];
    const more = ["s0_0", "s1_1", "shape", "spellings", "total", "u", "u0", "v", "value", "x", "y", "z0", "z1", "kind"];
    const names = [...aliases, ...more];
    const cells = (pick: (i: number) => string) =>
      names.map((name, i) => `${pick(i)} AS ${quoteName(name)}`).join(", ");
    for (const make of [
      (i: number) => `CASE WHEN i % 9 > 0 THEN (i * ${i + 3}) % 17 END`,
      (i: number) => `CASE WHEN i % 9 > 0 THEN 'v' || (i * ${i + 3}) % 7 END`,
      (i: number) => `CASE WHEN i % 9 > 0 THEN DATE '2020-01-01' + ((i * ${i + 3}) % 50)::INTEGER END`,
    ]) {
      const profile = await profileRows(`SELECT ${cells(make)} FROM range(90) t(i)`);
      const plain = await profileRows(
        `SELECT ${names.map((_, i) => `${make(i)} AS column_${i}`).join(", ")} FROM range(90) t(i)`,
      );
      const unnamed = ({ columns }: Profile) => columns.map(({ name: _, ...rest }) => rest);
      expect(unnamed(profile)).toEqual(unnamed(plain));
      expect(profile.duplicate_rows).toBe(plain.duplicate_rows);
      for (const kind of ["pearson", "spearman", "cramers_v"] as const) {
        const values = (from: Profile) => from[kind].pairs.map(({ value }) => roundFigures(value));
        expect(values(profile)).toEqual(values(plain));
      }
      const table = await engine.describe("t");
      const { column_diffs } = await compareVersions({ profile, engine, table }, { profile, engine, table });
      expect(Object.values(column_diffs).map(({ psi }) => psi)).toEqual(names.map(() => 0));
    }
  });

  it("with dates out of every calendar", async () => {
    const profile = await profileRows(
      "SELECT * FROM (VALUES (DATE 'infinity'), (DATE '-infinity'), (DATE '0044-03-15 (BC)'), (DATE '2030-01-01'), (NULL), (DATE '5000000-01-01')) t(d)",
    );
    const [d] = profile.columns;
    expect(d).toMatchObject({ count: 5, missing: 1, infinite_count: 2 });
    expect(d?.dates).toMatchObject({ future: 2, max: null });
  });

  it("with hundreds of thousands of characters in a cell", async () => {
    const profile = await profileRows("SELECT repeat('long ', 5000 + i::INTEGER) AS s FROM range(4) t(i)");
    expect(profile.columns[0]).toMatchObject({ unique: 4, text: { max_length: 25_015 } });
    expect(JSON.stringify(profile).length).toBeLessThan(10_000);
  });
});

describe("what pandas says", () => {
  it("about missing and repeated rows: NaN and NULL are one, and the first of equals is no duplicate", async () => {
    const profile = await profileRows(
      "SELECT * FROM (VALUES (1.0::DOUBLE, 'a'), (1.0, 'a'), (NULL, 'b'), ('NaN', 'b'), (2.0, NULL), (2.0, NULL), (2.0, '')) t(x, s)",
    );
    expect(profile.duplicate_rows).toBe(3);
  });

  it("about booleans with gaps: they are objects", async () => {
    const profile = await profileRows("SELECT CASE i % 4 WHEN 0 THEN NULL ELSE i % 4 = 1 END AS b FROM range(8) t(i)");
    // pd.Series([nan, True, False, False] * 2).memory_usage(deep=True, index=False)
    expect(profile.columns[0]).toMatchObject({ type: "bool", memory_bytes: 8 * 8 + 6 * 28 + 2 * 24, unique: 2 });
    expect(profile.columns[0]?.values).toEqual([
      { value: false, count: 4 },
      { value: true, count: 2 },
    ]);
  });

  it("about correlations of columns that miss different values", async () => {
    const rows =
      "SELECT CASE WHEN i % 3 > 0 THEN (i * 37) % 11 END AS x, CASE WHEN i % 4 > 0 THEN (i * 53) % 13 END AS y, CASE WHEN i < 2 THEN i END AS z FROM range(60) t(i)";
    const profile = await profileRows(rows);
    const { correlations, spearman } = toStatistics(profile);
    const [expected] = await engine.rows<{ r: number; z: number }>(`SELECT corr(x, y) AS r FROM (${rows})`);
    expect(correlations["x"]?.["y"]).toBeCloseTo(expected!.r, 12);
    // One common row, or none: pandas has NaN.
    expect(correlations["x"]?.["z"]).toBeNull();
    expect(spearman["x"]?.["z"]).toBeNull();
  });

  it("about a spread that is tiny beside the values", async () => {
    const profile = await profileRows(
      "SELECT 1e9 + (i % 10) * 1e-3 AS x, CASE WHEN i < 20 THEN 1e6 + i ELSE i * 1e12 END AS y, CASE WHEN i < 20 THEN i::DOUBLE END AS z FROM range(1000) t(i)",
    );
    expect(profile.columns[0]?.numeric?.std).toBeCloseTo(0.0028737182, 7);
    // Over the twenty common rows y is a straight line of z, far from y's own mean.
    expect(toStatistics(profile).correlations["y"]?.["z"]).toBeCloseTo(1, 9);
  });
});

describe("running", () => {
  it("tells its progress and stops between statements when told to", async () => {
    await engine.run("CREATE TABLE t AS SELECT i AS a, 'x' || i AS b FROM range(1000) t(i)");
    const table = await engine.describe("t");
    const controller = new AbortController();
    const steps = new Set<string>();
    await profileTable(engine, table, {
      onProgress: ({ step, done, total }) => {
        steps.add(step);
        expect(done).toBeLessThanOrEqual(total);
      },
    });
    expect([...steps]).toEqual(expect.arrayContaining(["scan", "numbers", "text", "duplicates"]));
    controller.abort(new Error("enough"));
    await expect(profileTable(engine, table, { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("handles 2,000 columns in statements of bounded width", async () => {
    const columns = Array.from({ length: 2000 }, (_, i) =>
      i % 3 === 0
        ? `(i * ${i + 1}) % 97 AS c${i}`
        : i % 3 === 1
          ? `random() AS c${i}`
          : `'v' || (i % ${(i % 7) + 2}) AS c${i}`,
    );
    const directory = mkdtempSync(join(tmpdir(), "eider-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const wide = await openNativeEngine(join(directory, "wide.duckdb"), "2GB");
    onTestFinished(() => wide.close());
    await wide.run(`CREATE TABLE wide AS SELECT ${columns.join(", ")} FROM range(200) t(i)`);
    await wide.run("CHECKPOINT");
    await wide.run("SET memory_limit='48MB'");
    const profile = await profileTable(wide, await wide.describe("wide"));
    expect(profile.columns).toHaveLength(2000);
    expect(profile.columns[1999]?.count).toBe(200);
    expect(profile.notes).toContain("Pearson correlations cover the first 100 of 1334 columns.");
    expect(Math.max(...wide.statements.map((sql) => sql.length))).toBeLessThan(100_000);
  }, 60_000);

  it("keeps each statement in 48 MB where every value is different", async () => {
    await engine.run("SET memory_limit='2GB'");
    await engine.run(
      "CREATE TABLE long AS SELECT hash(i) / 1e10 AS x, (hash(i * 7 + 1) >> 1)::BIGINT AS k, md5(i::VARCHAR) AS s, i % 2 = 0 AS b FROM range(600000) t(i)",
    );
    await engine.run("SET memory_limit='48MB'");
    const profile = await profileTable(engine, await engine.describe("long"));
    expect(profile.columns.map(({ unique }) => unique)).toEqual([600_000, 600_000, 600_000, 2]);
    expect(profile.duplicate_rows).toBe(0);
  }, 60_000);
});
