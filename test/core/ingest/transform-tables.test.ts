import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../../src/core/errors.ts";
import type { Bench, Notes } from "../../../src/core/ingest/bench.ts";
import type { SqlTransforms } from "../../../src/core/ingest/read-options.ts";
import { type TableOnDisk, transformTables } from "../../../src/core/ingest/transform-tables.ts";
import { EngineError } from "../../../src/engine/errors.ts";
import type { Engine } from "../../../src/engine/types.ts";

/** A process that dies at one of its calls into the engine, right after that call took effect. */
class Killed extends Error {}

let folder: string;
let kept: Map<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eider-transforms-"));
  kept = new Map();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One turn of a job: native DuckDB over the files of the folder, notes that outlive it. */
async function turn<T>(work: (bench: Bench) => Promise<T>, dieAfter = Number.POSITIVE_INFINITY): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  let calls = 0;
  const ask = async (sql: string) => {
    const placed = sql.replace(
      /ATTACH (IF NOT EXISTS )?'([^']+)'/,
      (_, ifNot = "", file) => `ATTACH ${ifNot}'${join(folder, file)}'`,
    );
    const reader = await connection.runAndReadAll(placed).catch((error: Error) => {
      throw new EngineError("query_failed", error.message);
    });
    if (++calls >= dieAfter) throw new Killed();
    return reader;
  };
  const engine = {
    run: async (sql: string) => void (await ask(sql)),
    rows: async (sql: string) => (await ask(sql)).getRowObjects(),
    query: async (sql: string) => {
      await ask(sql);
      return { batches: (async function* () {})() };
    },
    lock: async () => void (await ask("SET enable_external_access = false")),
  } as unknown as Engine;
  const notes: Notes = {
    get: <V>(key: string) => (kept.has(key) ? (JSON.parse(kept.get(key) ?? "") as V) : undefined),
    put: (key, value) => void kept.set(key, JSON.stringify(value)),
    list: () => [],
    delete: (key) => void kept.delete(key),
  };
  const bench = {
    engine,
    notes,
    signal: new AbortController().signal,
    report() {},
    checkpoint() {},
  } as unknown as Bench;
  try {
    return await work(bench);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const columns = [{ name: "v", duckdbType: "BIGINT", confidence: 1 }];
const loaded = (rows: number) => ({ rows, rejected: 0, columns, leftovers: [], cells: null });
const tables: TableOnDisk[] = [
  { name: "ones", catalog: "table_0", loaded: loaded(10), source: 0 },
  { name: null, catalog: "table_1", loaded: loaded(5), source: 1 },
];

async function prepare(bench: Bench): Promise<void> {
  await bench.engine.run(`ATTACH IF NOT EXISTS 'table_0.duckdb' AS table_0`);
  await bench.engine.run(`ATTACH IF NOT EXISTS 'table_1.duckdb' AS table_1`);
  await bench.engine.run("CREATE TABLE IF NOT EXISTS table_0.data AS SELECT range AS v FROM range(10)");
  await bench.engine.run("CREATE TABLE IF NOT EXISTS table_1.data AS SELECT range * 100 AS v FROM range(5)");
}

const run = (transforms: SqlTransforms, dieAfter?: number) =>
  turn(async (bench) => {
    await prepare(bench);
    const results = await transformTables(bench, { tables, transforms, filename: "x", timeLimitMs: 1000 });
    const rows = [];
    for (const { catalog } of results)
      rows.push(
        (await bench.engine.rows<{ v: bigint }>(`FROM ${catalog}.data ORDER BY ALL`)).map((row) => Number(row.v)),
      );
    return { results, rows };
  }, dieAfter);

describe("transforms", () => {
  const chain = [
    "SELECT o.v + u.v AS v FROM ones o, Untitled_1 u WHERE o.v < 2",
    "SELECT v FROM this WHERE v >= 100",
    'SELECT sum(v)::BIGINT AS v FROM this UNION ALL SELECT count(*) FROM "Untitled 1"',
  ];
  /** By hand: v of 100, 200, 300, 400 and each of them plus 1. */
  const expected = [5, 2004];

  test("a list makes one table out of all", async () => {
    const { results, rows } = await run(chain);
    expect(rows).toEqual([expected]);
    expect(results).toMatchObject([
      { name: null, loaded: { rows: 2, columns: [{ name: "v", duckdbType: "BIGINT" }] } },
    ]);
  });

  test("statements about a table make tables, too", async () => {
    const { results } = await run(["DESCRIBE this;", "SELECT count(*) AS v FROM this WHERE column_name = 'v'"]);
    expect(results).toMatchObject([{ loaded: { rows: 1, columns: [{ name: "v" }] } }]);
    const summary = await run(["SUMMARIZE this", "SELECT max::BIGINT AS v FROM this WHERE column_name = 'v'"]);
    expect(summary.results).toMatchObject([{ loaded: { rows: 1 } }]);
  });

  test("killed after any statement and run again, the result is the same", async () => {
    for (let dieAfter = 1; ; dieAfter++) {
      rmSync(folder, { recursive: true });
      folder = mkdtempSync(join(tmpdir(), "eider-transforms-"));
      kept = new Map();
      const first = await run(chain, dieAfter).catch((error: unknown) => error);
      if (!(first instanceof Killed)) {
        expect(dieAfter).toBeGreaterThan(20);
        break;
      }
      // Dies once more, later, then may finish.
      await run(chain, dieAfter + 3).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      expect((await run(chain)).rows, `killed after ${dieAfter}`).toEqual([expected]);
    }
    expect(existsSync(join(folder, "result_0.duckdb"))).toBe(true);
  });

  test("an object leaves the other tables alone, and sees them as they were", async () => {
    const { results, rows } = await run({ "Untitled 1": ["FROM this", "SELECT max(v) AS v FROM ones"], ones: [] });
    expect(rows).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [9]]);
    expect(results.map(({ name, source }) => [name, source])).toEqual([
      ["ones", 0],
      [null, undefined],
    ]);
  });

  test.each([
    ["DELETE FROM this", "query_refused"],
    ["SELECT 1; DROP TABLE ones", "query_refused"],
    ["SELECT * FROM read_csv('/etc/passwd')", "query_refused"],
    ["SELECT nosuch FROM this", "query_failed"],
    ["SELECT v::DATE FROM this", "query_failed"],
  ])("%s is refused, and says where", async (sql, code) => {
    const failure = await run(["FROM this", sql]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/^sql_transforms\[1\]: \S+/) });
  });
});
