import { createHash } from "node:crypto";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineHarness, startEngineHarness } from "./harness.ts";
import type { Step } from "./worker/steps.ts";

const MEGABYTE = 1_048_576;
let harness: EngineHarness;

beforeAll(async () => {
  harness = await startEngineHarness();
});
afterAll(() => harness.close());

const run = (sql: string): Step => ({ op: "run", sql });
const rows = (sql: string): Step => ({ op: "rows", sql });
const attach = run("ATTACH 'a.duckdb' AS a");

describe("files", () => {
  it("keep what was written, across detaching and a new engine that finds no clean end", async () => {
    await harness.succeed("keep", [
      { op: "start" },
      attach,
      run("CREATE TABLE a.t AS SELECT range AS i, 'text ' || range AS s FROM range(300_000)"),
      run("INSERT INTO a.t VALUES (-1, 'last')"),
      run("DETACH a"),
      attach,
    ]);
    // Each start drops an engine that nobody told to close its files.
    for (const round of [1, 2, 3]) {
      const outcomes = await harness.succeed("keep", [
        { op: "start" },
        attach,
        rows("SELECT count(*) AS n, max(s) AS s, count(*) FILTER (WHERE s = 'round') AS rounds FROM a.t"),
        run("INSERT INTO a.t VALUES (0, 'round')"),
        run("CHECKPOINT a"),
        run("UPDATE a.t SET i = i WHERE s = 'last'"),
      ]);
      expect(outcomes[2]!.rows).toEqual([
        { n: String(300_000 + round), s: round > 1 ? "text 99999" : "text 99999", rounds: String(round - 1) },
      ]);
    }
  });

  it("of two engines in one object never meet", async () => {
    const outcomes = await harness.perform("two", [
      { op: "start", engine: "left", disk: false },
      { op: "start", engine: "right", disk: false },
      { engine: "left", op: "registerBuffer", name: "x.csv", text: "side\nleft\n" },
      { engine: "right", op: "registerBuffer", name: "x.csv", text: "side\nright\n" },
      { engine: "left", op: "registerBuffer", name: "only.csv", text: "a\n1\n" },
      { engine: "left", op: "rows", sql: "FROM read_csv('x.csv', buffer_size = 2_097_152)" },
      { engine: "right", op: "rows", sql: "FROM read_csv('x.csv', buffer_size = 2_097_152)" },
      { engine: "right", op: "rows", sql: "FROM read_csv('only.csv', buffer_size = 2_097_152)" },
      { engine: "right", op: "rows", sql: "FROM glob('*')" },
    ]);
    expect(outcomes[5]!.rows).toEqual([{ side: "left" }]);
    expect(outcomes[6]!.rows).toEqual([{ side: "right" }]);
    expect(outcomes[7]!.error?.code).toBe("query_failed");
    expect(outcomes[8]!.rows).toEqual([{ file: "x.csv" }]);
  });

  it("cannot outgrow the disk, and the engine goes on", async () => {
    const outcomes = await harness.perform("full", [
      { op: "start", diskBytes: 3 * MEGABYTE },
      attach,
      run("CREATE TABLE a.t AS SELECT hash(range) AS h FROM range(2_000_000)"),
      rows("SELECT 1 AS one"),
    ]);
    expect(outcomes[2]!.error?.message).toMatch(/scratch disk is full \(3 MB\)/);
    expect(outcomes[3]!.rows).toEqual([{ one: 1 }]);
  });
});

describe("queries", () => {
  it("end at their time limit, also those without an end, and the next one works", async () => {
    const outcomes = await harness.perform("endless", [
      { op: "start" },
      { op: "run", sql: "SELECT count(*) FROM range(1_000_000) a, range(1_000_000) b", timeLimitMs: 800 },
      {
        op: "run",
        sql: "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        timeLimitMs: 800,
      },
      {
        op: "query",
        sql: "SELECT * FROM range(1_000_000_000) WHERE range % 1_000_000_007 = 1_000_000_006",
        timeLimitMs: 800,
      },
      rows("SELECT 1 AS one"),
    ]);
    for (const outcome of outcomes.slice(1, 4)) {
      expect(outcome.error?.code).toBe("query_timeout");
      expect(outcome.error?.message).toMatch(/0\.8 s/);
      expect(outcome.ms).toBeLessThan(8_000);
    }
    expect(outcomes[4]!.rows).toEqual([{ one: 1 }]);
  });

  it("can be cancelled from another request, since the object stays responsive", async () => {
    await harness.succeed("cancel", [{ op: "start" }]);
    const endless = harness.perform("cancel", [
      {
        op: "run",
        sql: "SELECT count(*) FROM range(1_000_000) a, range(1_000_000) b",
        abortName: "x",
        timeLimitMs: 30_000,
      },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const started = Date.now();
    await harness.succeed("cancel", [{ op: "abort", abortName: "x" }]);
    const [outcome] = await endless;
    expect(outcome!.error?.code).toBe("query_cancelled");
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it("give the engine back when their result is dropped half way", async () => {
    const outcomes = await harness.succeed("drop", [
      { op: "start" },
      { op: "query", sql: "SELECT * FROM range(100_000_000)", stopAfterBatches: 2 },
      rows("SELECT 1 AS one"),
    ]);
    expect(outcomes[1]!.count).toBe(2);
    expect(outcomes[2]!.rows).toEqual([{ one: 1 }]);
  });

  it("that need too much memory finish their engine, and a fresh one works", async () => {
    const outcomes = await harness.perform("memory", [
      { op: "start", memoryBytes: 64 * MEGABYTE, disk: false },
      rows("SELECT count(DISTINCT hash(range)::VARCHAR) AS n FROM range(3_000_000)"),
      { op: "state" },
      rows("SELECT 1 AS one"),
      { op: "start", memoryBytes: 64 * MEGABYTE },
      rows("SELECT 1 AS one"),
    ]);
    expect(outcomes[1]!.error?.code).toBe("out_of_memory");
    expect(outcomes[1]!.error?.message).toMatch(/more memory than there is/);
    expect(outcomes[2]!.state).toMatchObject({ isFinished: true });
    expect(outcomes[2]!.state!.memoryBytes).toBeLessThanOrEqual(64 * MEGABYTE);
    expect(outcomes[3]!.error?.code).toBe("out_of_memory");
    expect(outcomes[5]!.rows).toEqual([{ one: 1 }]);
  });

  it("that do not fit are run again in passes", async () => {
    const outcomes = await harness.succeed("passes", [
      { op: "start", memoryBytes: 96 * MEGABYTE },
      run("ATTACH 'big.duckdb' AS big"),
      run("CREATE TABLE big.t AS SELECT md5((range % 800_000)::VARCHAR) AS e, range AS i FROM range(1_000_000)"),
      run("DETACH big"),
      { op: "end" },
      {
        op: "bounded",
        memoryBytes: 64 * MEGABYTE,
        sql: "SELECT e, count(*) AS n, sum(i) AS total FROM big.t GROUP BY e ORDER BY n DESC, e LIMIT 2",
      },
      { op: "bounded", memoryBytes: 64 * MEGABYTE, sql: "SELECT count(DISTINCT e) AS n FROM big.t" },
    ]);
    const twice = Array.from({ length: 200_000 }, (_, i) => createHash("md5").update(String(i)).digest("hex")).sort();
    const indexes = new Map(
      Array.from({ length: 200_000 }, (_, i) => [createHash("md5").update(String(i)).digest("hex"), i]),
    );
    expect(outcomes[5]!.rows).toMatchObject(twice.slice(0, 2).map((e) => ({ e, n: "2" })));
    expect(outcomes[5]!.rows!.map(({ total }) => Number(String(total).replaceAll('"', "")))).toEqual(
      twice.slice(0, 2).map((e) => 2 * indexes.get(e)! + 800_000),
    );
    expect(outcomes[6]!.rows).toEqual([{ n: "800000" }]);
  });
});

describe("remote files", () => {
  const remote = (extra: Partial<Extract<Step, { op: "registerRemote" }>> = {}): Step[] => [
    { op: "registerRemote", name: "r.duckdb", key: "remote", ...extra },
    run("ATTACH 'r.duckdb' AS r (READ_ONLY)"),
  ];
  let blocks: number[][];

  beforeAll(async () => {
    const outcomes = await harness.succeed("publish", [
      { op: "start" },
      run("ATTACH 'r.duckdb' AS r"),
      run(`CREATE TABLE r.t AS SELECT range AS i, hash(range)::DOUBLE AS d, hash(range)::VARCHAR AS s, range % 7 AS k,
        'n' || range % 100 AS c, range // 1000 AS a, (hash(range + 1) % 1_000_000_000)::BIGINT AS h, range * 1.5 AS e FROM range(1_500_000)`),
      { op: "columnBlocks", table: "r.main.t" },
      run("DETACH r"),
      { op: "publish", name: "r.duckdb", key: "remote" },
    ]);
    blocks = outcomes[3]!.columnBlocks!;
  });

  it.each([
    ["d", 1],
    ["s", 2],
  ])("are read by the column asked for, %s: few bytes more, half as many gets as blocks", async (column, index) => {
    const outcomes = await harness.succeed(`cold ${column}`, [
      { op: "start" },
      ...remote({ columnBlocks: blocks }),
      { op: "counts" },
      rows(`SELECT max(${column}) IS NOT NULL AS ok FROM r.t`),
      { op: "counts" },
      rows(`SELECT max(${column}) IS NOT NULL AS ok FROM r.t`),
      { op: "counts" },
    ]);
    const { gets, bytes } = outcomes[5]!.counts!;
    expect(bytes).toBeLessThanOrEqual(1.5 * blocks[index]!.length * 262_144);
    expect(gets).toBeLessThanOrEqual(blocks[index]!.length / 2);
    expect(outcomes[7]!.counts).toEqual({ gets: 0, bytes: 0 });
  });

  it("are read with few bytes more when nothing is known of their layout", async () => {
    const outcomes = await harness.succeed("unknown", [
      { op: "start" },
      ...remote(),
      { op: "counts" },
      rows("SELECT sum(d) > 0 AS ok FROM r.t"),
      { op: "counts" },
    ]);
    expect(outcomes[5]!.counts!.bytes).toBeLessThanOrEqual(1.5 * blocks[1]!.length * 262_144);
  });

  it("stay in the cache of the object for its next engine", async () => {
    const query = rows("SELECT sum(h) AS h FROM r.t");
    const first = await harness.succeed("cached", [{ op: "start" }, ...remote(), query]);
    const second = await harness.succeed("cached", [
      { op: "counts" },
      { op: "start" },
      ...remote(),
      query,
      { op: "counts" },
    ]);
    expect(second[4]!.rows).toEqual(first[3]!.rows);
    expect(second[5]!.counts).toEqual({ gets: 0, bytes: 0 });
  });

  it("evict from a cache that is too small, and are right all the same", async () => {
    const cache = { memoryBytes: MEGABYTE, diskBytes: 2 * MEGABYTE };
    const outcomes = await harness.succeed("small", [
      { op: "start", cache },
      ...remote(),
      rows("SELECT sum(h)::VARCHAR AS h, max(s) AS s FROM r.t"),
      { op: "state" },
    ]);
    const whole = await harness.succeed("cached", [rows("SELECT sum(h)::VARCHAR AS h, max(s) AS s FROM r.t")]);
    expect(outcomes[3]!.rows).toEqual(whole[0]!.rows);
    expect(outcomes[4]!.state!.databaseSize).toBeLessThan(4 * MEGABYTE);
  });

  it("whose get fails fail the query and not the object", async () => {
    const outcomes = await harness.perform("failing", [
      { op: "start", noCache: true },
      ...remote({ failAfterGets: 8 }),
      rows("SELECT max(s) AS s FROM r.t"),
      { op: "state" },
      rows("SELECT 1 AS one"),
      { op: "start" },
      ...remote(),
      rows("SELECT count(s) AS n FROM r.t"),
    ]);
    expect(outcomes[3]!.error?.code).toBe("storage_failed");
    expect(outcomes[3]!.error?.message).toMatch(/has changed/);
    expect(outcomes[4]!.state?.isFinished).toBe(false);
    expect(outcomes[5]!.rows).toEqual([{ one: 1 }]);
    expect(outcomes[9]!.rows).toEqual([{ n: "1500000" }]);
  });

  it("are all that is left after the lock; spilling still works", async () => {
    const refused = [
      "SET memory_limit = '1GB'",
      "ATTACH 'other.duckdb' AS o",
      "COPY (SELECT 1) TO 'x.csv'",
      "LOAD icu",
      "SELECT * FROM read_text('other.duckdb')",
    ];
    const outcomes = await harness.perform("locked", [
      { op: "start" },
      ...remote(),
      { op: "lock" },
      rows("SELECT count(*) AS n FROM (SELECT row_number() OVER (ORDER BY s) AS place FROM r.t)"),
      ...refused.map((sql) => rows(sql)),
    ]);
    expect(outcomes[4]!.rows).toEqual([{ n: "1500000" }]);
    outcomes.slice(5).forEach(({ error }, index) => {
      expect(error?.message, refused[index]).toMatch(
        /locked|disabled|Permission|not available|No files found|not found/i,
      );
    });
  });
});

describe("insertArrow", () => {
  it("appends to a table of any attached database, also without an end mark, and survives what is no Arrow", async () => {
    const whole = Buffer.from(
      tableToIPC(tableFromArrays({ i: BigInt64Array.of(1n, -(2n ** 60n)), s: ["a", "é🎉"] }), "stream"),
    );
    const outcomes = await harness.perform("arrow", [
      { op: "start" },
      attach,
      run('CREATE SCHEMA a."odd name"'),
      run('CREATE TABLE a."odd name".t (i BIGINT, s VARCHAR)'),
      { op: "insertArrow", table: { catalog: "a", schema: "odd name", name: "t" }, ipc: whole.toString("base64") },
      {
        op: "insertArrow",
        table: { catalog: "a", schema: "odd name", name: "t" },
        ipc: whole.subarray(0, -8).toString("base64"),
      },
      rows('SELECT i, s FROM a."odd name".t ORDER BY ALL'),
      { op: "insertArrow", table: { catalog: "a", name: "missing" }, ipc: whole.toString("base64") },
      rows("SELECT 1 AS one"),
      { op: "insertArrow", table: { name: "t" }, ipc: Buffer.from("not arrow at all").toString("base64") },
      {
        op: "insertArrow",
        table: { catalog: "a", schema: "odd name", name: "t" },
        ipc: whole.subarray(0, -30).toString("base64"),
      },
      rows('SELECT count(*) AS n FROM a."odd name".t'),
    ]);
    expect(outcomes[6]!.rows).toEqual([
      { i: "-1152921504606846976", s: "é🎉" },
      { i: "-1152921504606846976", s: "é🎉" },
      { i: "1", s: "a" },
      { i: "1", s: "a" },
    ]);
    expect(outcomes[7]!.error?.message).toMatch(/missing does not exist/);
    expect(outcomes[8]!.rows).toEqual([{ one: 1 }]);
    expect(outcomes[9]!.error?.message).toMatch(/not one whole Arrow IPC stream/);
    expect(outcomes[10]!.error?.message).toMatch(/not one whole Arrow IPC stream/);
    expect(outcomes[11]!.rows).toEqual([{ n: "4" }]);
  });
});

describe("memory", () => {
  const share = (step: Partial<Extract<Step, { op: "share" }>>): Step => ({
    op: "share",
    totalBytes: 100 * MEGABYTE,
    engineBytes: 64 * MEGABYTE,
    waitMs: 20_000,
    idleMs: 400,
    holders: 3,
    ...step,
  });

  it("is shared: engines that do not fit wait, idle ones are ended, and all of it comes back", async () => {
    const [outcome] = await harness.succeed("share", [share({})]);
    const events = outcome!.rows!;
    expect(events.slice(0, 3).map(({ inside }) => inside)).toEqual([1, 1, 1]);
    expect(events.at(-1)).toEqual({ live: 0, freeBytes: 100 * MEGABYTE });
  });

  it("lets small queries run side by side", async () => {
    const [outcome] = await harness.succeed("side by side", [share({ needBytes: 30 * MEGABYTE })]);
    expect(outcome!.rows!.slice(0, 3).map(({ inside }) => inside)).toContain(3);
  });

  it("says so when it does not become free in time", async () => {
    const [outcome] = await harness.succeed("late", [share({ waitMs: 50 })]);
    const errors = outcome!.rows!.filter(({ error }) => error);
    expect(errors).toHaveLength(2);
    expect(errors[0]!.error).toMatch(/Other queries are using the memory/);
    expect(outcome!.rows!.at(-1)).toEqual({ live: 0, freeBytes: 100 * MEGABYTE });
  });

  it("comes back when engines end: many large ones, one after the other", async () => {
    const steps = Array.from({ length: 12 }, (): Step[] => [
      { op: "start", disk: false },
      rows("SELECT count(DISTINCT hash(range)) AS n FROM range(500_000)"),
    ]).flat();
    const outcomes = await harness.succeed("many", steps);
    expect(outcomes.filter(({ rows: found }) => found).every(({ rows: found }) => found![0]!["n"] === "500000")).toBe(
      true,
    );
  });
});
