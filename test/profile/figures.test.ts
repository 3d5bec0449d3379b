import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { profileTable } from "../../src/profile/profile-table.ts";
import type { Association, ColumnProfile, Profile } from "../../src/profile/types.ts";
import { type NativeEngine, openNativeEngine } from "./native-engine.ts";
import { loadVegaTable, readFigures, VEGA_TABLES } from "./vega-tables.ts";

interface NumericFigures {
  [figure: string]: unknown;
  percentiles: Record<string, number | null>;
  counts: number[];
  bin_edges: number[];
}
interface ColumnFigures {
  count: number;
  unique: number;
  missing: number;
  memory_bytes: number;
  numeric?: NumericFigures;
  text?: Record<string, number>;
  top_values?: [string, number][];
  dates?: { min: string; max: string; distinct_days: number };
}
interface TableFigures {
  row_count: number;
  duplicate_rows: number;
  memory_usage: number;
  columns: Record<string, ColumnFigures>;
  pearson: [string, string, number | null][];
  spearman: [string, string, number | null][];
  cramers_v: [string, string, number | null][];
}

const FIGURES = readFigures<TableFigures>("tables.ndjson");

/** Equal to 1e-9 relative; figures that are rounding noise around 0 to 1e-12. */
function expectClose(actual: unknown, expected: unknown, what: string): void {
  if (typeof actual !== "number" || typeof expected !== "number") {
    expect(actual, what).toBe(expected);
    return;
  }
  const difference = Math.abs(actual - expected);
  expect(difference <= 1e-9 * Math.abs(expected) || difference <= 1e-12, `${what}: ${actual}, not ${expected}`).toBe(
    true,
  );
}

function checkColumn(column: ColumnProfile, figures: ColumnFigures, what: string): void {
  for (const key of ["count", "unique", "missing", "memory_bytes"] as const) {
    expect(column[key], `${what} ${key}`).toBe(figures[key]);
  }
  if (figures.numeric !== undefined) {
    const { percentiles, counts, bin_edges, ...rest } = figures.numeric;
    const stats = column.numeric as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(rest)) expectClose(stats[key], value, `${what} ${key}`);
    for (const [key, value] of Object.entries(percentiles)) {
      expectClose(column.numeric?.percentiles[key], value, `${what} ${key}`);
    }
    expect(column.numeric?.histogram?.counts, `${what} histogram`).toEqual(counts);
    bin_edges.forEach((edge, i) => {
      expectClose(column.numeric?.histogram?.bin_edges[i], edge, `${what} edge ${i}`);
    });
  }
  for (const [key, value] of Object.entries(figures.text ?? {})) {
    expectClose((column.text as unknown as Record<string, unknown>)[key], value, `${what} ${key}`);
  }
  if (figures.top_values !== undefined) {
    const top = column.values.slice(0, 10).map(({ value, count }) => [value, count]);
    expect(top, `${what} top values`).toEqual(figures.top_values);
  }
  if (figures.dates !== undefined) {
    const seconds = (text: string | null | undefined) =>
      Date.parse(`${text}`.replace(/Z?$/, text?.includes("T") ? "Z" : ""));
    expect(seconds(column.dates?.min), `${what} min`).toBe(seconds(figures.dates.min));
    expect(seconds(column.dates?.max), `${what} max`).toBe(seconds(figures.dates.max));
    expect(column.dates?.distinct_days, `${what} days`).toBe(figures.dates.distinct_days);
  }
}

function checkPairs(association: Association, figures: [string, string, number | null][], what: string): void {
  const values = new Map(association.pairs.map(({ a, b, value }) => [`${a}\n${b}`, value]));
  for (const [a, b, value] of figures) expectClose(values.get(`${a}\n${b}`), value, `${what} of ${a} and ${b}`);
}

describe("statistics of real tables equal those of pandas and scipy", () => {
  let engine: NativeEngine;
  beforeAll(async () => {
    engine = await openNativeEngine();
  });
  afterAll(() => engine.close());

  for (const name of Object.keys(VEGA_TABLES)) {
    const check = (profile: Profile) => {
      const figures = FIGURES[name]!;
      expect(profile.row_count).toBe(figures.row_count);
      expect(profile.duplicate_rows).toBe(figures.duplicate_rows);
      expectClose(profile.memory_usage, figures.memory_usage, "memory");
      for (const column of profile.columns)
        checkColumn(column, figures.columns[column.name]!, `${name}.${column.name}`);
      checkPairs(profile.pearson, figures.pearson, "Pearson");
      checkPairs(profile.spearman, figures.spearman, "Spearman");
      checkPairs(profile.cramers_v, figures.cramers_v, "Cramér's V");
    };

    it(name, async () => {
      await loadVegaTable(engine, name);
      check(await profileTable(engine, await engine.describe(name)));
    });

    it(`${name}, by the plans for long tables`, async () => {
      const table = await engine.describe(name);
      check(await profileTable(engine, table, { budgetBytes: 100_000, fewValues: 10 }));
      check(await profileTable(engine, table, { budgetBytes: 2_000_000 / 64, fewValues: 0 }));
    });
  }
});
