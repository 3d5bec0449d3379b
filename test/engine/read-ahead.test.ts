import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReadPlanner, planGets } from "../../src/engine/read-ahead.ts";

/** Reads pages in the given order as an engine would; counts what is fetched. */
function simulate(order: readonly number[], pageCount: number, columns?: number[][]) {
  const planner = createReadPlanner(pageCount, 8, columns);
  const present = new Set<number>();
  let gets = 0;
  for (const page of order) {
    planner.note(page);
    if (present.has(page)) continue;
    const plan = planner.plan(page, (other) => present.has(other));
    expect(plan).toContain(page);
    expect(plan.length).toBeLessThanOrEqual(24);
    gets += planGets(plan, 8).length;
    for (const fetched of plan) {
      expect(present.has(fetched)).toBe(false);
      expect(fetched).toBeLessThan(pageCount);
      present.add(fetched);
    }
  }
  return { gets, pages: present.size };
}

/** A table's column as DuckDB lays it out: a run of pages in each row group. */
const column = (first: number, run: number, stride: number, groups: number) =>
  Array.from({ length: groups * run }, (_, i) => first + Math.floor(i / run) * stride + (i % run));

describe("createReadPlanner", () => {
  it.each([
    [4, 10],
    [2, 9],
    [8, 40],
    [3, 30],
  ])("learns that runs are %i pages of every %i", (run, stride) => {
    const order = column(5, run, stride, 25);
    const { gets, pages } = simulate(order, 5 + stride * 25);
    expect(pages).toBeLessThanOrEqual(1.25 * order.length);
    expect(gets).toBeLessThanOrEqual(0.55 * order.length + 2);
  });

  it("reads a whole file in few gets", () => {
    const order = column(1, 400, 400, 1);
    const { gets, pages } = simulate(order, 401);
    expect(pages).toBe(400);
    expect(gets).toBeLessThan(80);
  });

  it("fetches nothing but what is asked for when pages are far apart", () => {
    const order = column(3, 1, 11, 40);
    expect(simulate(order, 500).pages).toBeLessThanOrEqual(41);
  });

  it("goes along a column whose pages are known, and fetches hardly any other", () => {
    const columns = [column(1, 3, 10, 20), column(4, 1, 10, 20), column(5, 5, 10, 20)];
    for (const pages of columns) {
      const result = simulate(pages, 250, columns);
      expect(result.pages).toBeLessThanOrEqual(1.4 * pages.length);
    }
  });

  it.each([
    [2, 9, 24],
    [2, 30, 49],
    [3, 12, 40],
  ])("needs at most half as many gets as pages for known runs of %i in every %i", (run, stride, groups) => {
    const pages = column(1, run, stride, groups);
    const result = simulate(pages, 1 + stride * groups, [pages]);
    expect(result.gets).toBeLessThanOrEqual(pages.length / 2);
    expect(result.pages).toBeLessThanOrEqual(1.4 * pages.length);
  });

  it("always plans the page it is asked for, once, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99)), fc.option(fc.array(fc.uniqueArray(fc.nat(99)))), (order, columns) => {
        simulate(order, 100, columns ?? undefined);
      }),
    );
  });
});

describe("planGets", () => {
  it("joins neighbours, and keeps every page exactly once", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), fc.integer({ min: 1, max: 20 }), (set, longest) => {
        const pages = set.toSorted((a, b) => a - b);
        const runs = planGets(pages, longest);
        expect(
          runs.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
        ).toEqual(pages);
        for (const { first, last } of runs) expect(last - first).toBeLessThan(longest);
      }),
    );
  });
});
