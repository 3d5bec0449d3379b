import { describe, expect, test } from "vitest";
import { JobPaused } from "../../../src/core/ingest/bench.ts";
import { joinProfiles } from "../../../src/core/profiles/join-profiles.ts";
import { rememberRows } from "../../../src/core/profiles/remember-rows.ts";
import type { Engine } from "../../../src/engine/types.ts";
import { profileTable } from "../../../src/profile/index.ts";
import { openNativeEngine } from "../../profile/native-engine.ts";

describe("a profile in parts", () => {
  test("joined, it is the profile of the whole but for what covers the first part alone", async () => {
    const engine = await openNativeEngine();
    const select = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `(i * ${from + i + 1}) % 7 AS c${from + i}`).join(", ");
    await engine.run(`CREATE TABLE whole AS SELECT ${select(0, 6)}, 'text ' || (i % 3) AS c6 FROM range(100) t(i)`);
    await engine.run(`CREATE TABLE part_1 AS SELECT c0, c1, c2 FROM whole`);
    await engine.run(`CREATE TABLE part_2 AS SELECT c3, c4, c5, c6 FROM whole`);
    const profile = async (name: string) => profileTable(engine, await engine.describe(name));
    const whole = await profile("whole");
    const parts = [await profile("part_1"), await profile("part_2")];
    const joined = joinProfiles(parts, { table: "whole", duplicateRows: whole.duplicate_rows });
    engine.close();
    const { columns, pearson: _, spearman: __, cramers_v: ___, notes, memory_usage, ...rest } = joined;
    expect(columns).toEqual(whole.columns);
    expect(rest).toEqual({
      format: 2,
      table: "whole",
      row_count: 100,
      column_count: 7,
      duplicate_rows: whole.duplicate_rows,
    });
    expect(memory_usage).toBeCloseTo(whole.memory_usage, 12);
    expect(notes.at(-1)).toMatch(/first 3 of 7/);
  });
});

describe("answers that are kept with a job", () => {
  /** Notes as a Workbench has them, and an engine that counts what it is asked and dies when told. */
  function makeBench(notes: Map<string, unknown>, diesAt: number) {
    const asked: string[] = [];
    const bench = {
      asked,
      notes: {
        get: <T>(key: string) => notes.get(key) as T | undefined,
        put: (key: string, value: unknown) => void notes.set(key, structuredClone(value)),
        list: () => [],
        delete: (key: string) => void notes.delete(key),
      },
      checkpoint() {
        if (asked.length === diesAt) throw new JobPaused();
      },
      signal: new AbortController().signal,
    };
    return bench;
  }

  test("work that is paused again and again asks each statement once, and ends with the same profile", async () => {
    const native = await openNativeEngine();
    await native.run(
      "CREATE TABLE t AS SELECT i AS a, i % 5 AS b, 'x' || (i % 9) AS c, random() AS d FROM range(500) r(i)",
    );
    const table = await native.describe("t");
    const expected = await profileTable(native, table, { now: new Date(0) });
    const notes = new Map<string, unknown>();
    const all: string[] = [];
    for (let turn = 0; ; turn++) {
      expect(turn).toBeLessThan(100);
      const bench = makeBench(notes, 2);
      const engine = {
        rows: async (sql: string) => {
          bench.asked.push(sql);
          all.push(sql);
          return native.rows(sql);
        },
      } as unknown as Engine;
      try {
        const profile = await profileTable(rememberRows({ ...bench, engine }), table, { now: new Date(0) });
        expect(profile).toEqual(expected);
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(JobPaused);
      }
    }
    native.close();
    expect(all.length).toBeGreaterThan(4);
    expect(all.length).toBe(notes.size);
  });

  test("a statement that has changed is asked anew", async () => {
    const notes = new Map<string, unknown>([["answer/0", { sql: "SELECT 1 AS n", rows: [{ n: 1 }] }]]);
    const engine = { rows: async () => [{ n: 2 }] } as unknown as Engine;
    const ask = (sql: string) => rememberRows({ ...makeBench(notes, -1), engine }).rows(sql);
    expect(await ask("SELECT 1 AS n")).toEqual([{ n: 1 }]);
    expect(await ask("SELECT 2 AS n")).toEqual([{ n: 2 }]);
  });
});
