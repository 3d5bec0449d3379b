import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  computeBinEdges,
  countBins,
  histogramThresholds,
  previousDouble,
  sortThresholds,
} from "../../src/profile/bins.ts";
import { computeCramersV } from "../../src/profile/cramer.ts";
import { findDateGaps, formatEpoch } from "../../src/profile/dates.ts";
import { findColumnKind, findDataApiType, findPandasDtype } from "../../src/profile/dtype.ts";
import { computeMoments } from "../../src/profile/moments.ts";
import { computeQuantiles } from "../../src/profile/order-statistics.ts";
import { compareNames } from "../../src/profile/renames.ts";
import { correlateRanks } from "../../src/profile/spearman.ts";
import { quoteDouble, quoteName, quoteText } from "../../src/profile/sql.ts";
import { collectWeighted, countThresholds, rankReader, sumPowers } from "../../src/profile/weighted.ts";
import { formatNumber, formatPercent } from "../../src/profile/wording.ts";

const weigh = (values: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return collectWeighted([...counts].sort(([a], [b]) => a - b).map(([v, n]) => ({ v, n })));
};
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });

describe("types", () => {
  it("map to pandas'", () => {
    const dtypes = [
      "BIGINT",
      "UTINYINT",
      "HUGEINT",
      "DOUBLE",
      "DECIMAL(10,2)",
      "BOOLEAN",
      "DATE",
      "TIMESTAMP_NS",
      "TIME",
      "VARCHAR[]",
    ].map((type) => findPandasDtype(findColumnKind(type)));
    expect(dtypes).toEqual([
      "int64",
      "int64",
      "int64",
      "float64",
      "float64",
      "bool",
      "datetime64",
      "datetime64",
      "object",
      "object",
    ]);
  });

  it("call text a category up to 50 values that are at most 5 % of the rows", () => {
    const dtype = (unique: number, count: number) => findPandasDtype("text", { unique, count });
    expect([dtype(50, 1000), dtype(51, 5000), dtype(50, 999), dtype(1, 20), dtype(1, 19), dtype(0, 0)]).toEqual([
      "category",
      "object",
      "object",
      "category",
      "object",
      "object",
    ]);
  });

  it("map to the Data API's", () => {
    const name = (type: string) => findDataApiType(findColumnKind(type), type);
    expect(["INTEGER", "REAL", "TIME", "STRUCT(a INTEGER)", "INTEGER[]", "JSON", "UUID", "BLOB"].map(name)).toEqual([
      "integer",
      "float",
      "time",
      "json",
      "json",
      "json",
      "string",
      "string",
    ]);
  });
});

describe("laws", () => {
  it("a histogram holds every value once, as numpy's comparisons place it", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 60 }), (values) => {
        const edges = computeBinEdges(Math.min(...values), Math.max(...values));
        if (edges === undefined) return;
        const counts = countBins(countThresholds(weigh(values), sortThresholds(histogramThresholds(edges))), edges);
        const expected = edges
          .slice(0, -1)
          .map((low, i) => values.filter((v) => v >= low && (i === 9 || v < edges[i + 1]!)).length);
        expect(counts).toEqual(expected);
        expect(counts.reduce((sum, count) => sum + count)).toBe(values.length);
      }),
    );
  });

  it("quantiles lie between their neighbours, and are the values themselves at the ends", () => {
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p) => {
          const sorted = [...values].sort((a, b) => a - b);
          const quantiles = computeQuantiles([0, p, 1], values.length, rankReader(weigh(values)));
          expect(quantiles.get(0)).toBeCloseTo(sorted[0]!, 9);
          expect(quantiles.get(1)).toBeCloseTo(sorted.at(-1)!, 9);
          expect(quantiles.get(p)!).toBeGreaterThanOrEqual(sorted[0]! - 1e-9);
          expect(quantiles.get(p)!).toBeLessThanOrEqual(sorted.at(-1)! + 1e-9);
        },
      ),
    );
  });

  it("skewness and kurtosis do not change when values are moved and stretched", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (values, k) => {
          const of = (list: number[]) => computeMoments(sumPowers(weigh(list)), Math.min(...list), Math.max(...list));
          const [plain, moved] = [of(values), of(values.map((value) => value * k + 1000))];
          expect(moved.skewness!).toBeCloseTo(plain.skewness!, 8);
          expect(moved.kurtosis!).toBeCloseTo(plain.kurtosis!, 8);
          expect(moved.std!).toBeCloseTo(plain.std! * k, 8);
        },
      ),
    );
  });

  it("rank correlation sees only the order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })), {
          minLength: 3,
          maxLength: 40,
        }),
        (pairs) => {
          const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
          const plain = correlateRanks(Float64Array.from(x), Float64Array.from(y));
          const bent = correlateRanks(
            Float64Array.from(x, (v) => v ** 3),
            Float64Array.from(y, (v) => Math.exp(v)),
          );
          expect(bent).toBe(plain);
        },
      ),
    );
  });

  it("the double before another is the next smaller one", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const before = previousDouble(value);
        expect(before).toBeLessThan(value);
        const middle = before / 2 + value / 2;
        expect(middle === before || middle === value || Math.abs(value) < 1e-300).toBe(true);
      }),
    );
  });

  it("quoted text and names end where they should", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(quoteName(text).slice(1, -1).replaceAll('""', "")).not.toContain('"');
        expect(quoteText(text).replaceAll("''", "").match(/'/g)?.length ?? 0).toBeLessThanOrEqual(
          2 * text.split("\0").length,
        );
      }),
    );
    expect([quoteDouble(0.1), quoteDouble(-0), quoteDouble(1e300), quoteDouble(Number.NaN)]).toEqual([
      "0.1e0::DOUBLE",
      "0e0::DOUBLE",
      "1e+300::DOUBLE",
      "'NaN'::DOUBLE",
    ]);
  });
});

describe("date gaps", () => {
  const MONDAY = 4; // 1970-01-05

  it("count steps of more than one and a half times the usual one", () => {
    const found = findDateGaps([0, 1, 2, 3, 10, 11, 12, 14, 15]);
    expect(found).toMatchObject({ typicalStep: 1, gapCount: 2, businessDaysOnly: false });
    expect(found.largest[0]).toEqual({ after: "1970-01-04", before: "1970-01-11", days: 7 });
  });

  it("count working days where weekends are always free", () => {
    const days = Array.from({ length: 30 }, (_, i) => MONDAY + Math.floor(i / 5) * 7 + (i % 5));
    expect(findDateGaps(days)).toMatchObject({ businessDaysOnly: true, gapCount: 0, typicalStep: 1 });
    expect(findDateGaps(days.filter((day) => day !== MONDAY + 9))).toMatchObject({ gapCount: 1 });
  });

  it("take months and few days as they come", () => {
    const months = Array.from({ length: 24 }, (_, i) => Date.UTC(2020, i, 1) / 86_400_000);
    expect(findDateGaps(months).gapCount).toBe(0);
    expect(findDateGaps(months.filter((_, i) => i !== 7)).gapCount).toBe(1);
    expect(findDateGaps([1, 2, 50])).toEqual({ typicalStep: null, businessDaysOnly: false, gapCount: 0, largest: [] });
  });

  it("are written in ISO 8601, where JavaScript has the year", () => {
    expect([
      formatEpoch(0, "date"),
      formatEpoch(1.5, "datetime"),
      formatEpoch(1e15, "date"),
      formatEpoch(null, "date"),
    ]).toEqual(["1970-01-01", "1970-01-01T00:00:01.500Z", null, null]);
  });
});

describe("association and wording", () => {
  it("finds 1 for columns that determine each other, 0 for independent ones, nothing for constants", () => {
    const cells = (table: number[][]) =>
      table.flatMap((row, i) => row.map((n, j) => ({ a: `${i}`, b: `${j}`, n }))).filter(({ n }) => n > 0);
    expect(
      computeCramersV(
        cells([
          [5, 0],
          [0, 7],
        ]),
      ),
    ).toBeCloseTo(1, 12);
    expect(
      computeCramersV(
        cells([
          [4, 8],
          [6, 12],
        ]),
      ),
    ).toBeCloseTo(0, 12);
    expect(computeCramersV(cells([[4, 8]]))).toBeNull();
  });

  it("writes figures as people do", () => {
    expect([0, 0.00001, 0.0009, 0.024, 0.09, 0.17, 0.999, 1].map(formatPercent)).toEqual([
      "0%",
      "<0.01%",
      "0.09%",
      "2.4%",
      "9%",
      "17%",
      "99.9%",
      "100%",
    ]);
    expect([1234567, 0.123456, 12.3456, 1e-7].map(formatNumber)).toEqual(["1,234,567", "0.1235", "12.35", "1e-7"]);
  });

  it("finds names alike whatever their case and separators", () => {
    expect(compareNames("customerId", "customer_id")).toBe(1);
    expect(compareNames("price", "quantity")).toBe(0);
  });
});
