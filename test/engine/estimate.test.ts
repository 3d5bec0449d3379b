import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, it } from "vitest";
import { type EngineResources, estimateIngest, estimateQuery, type PlanNode } from "../../src/engine/estimate.ts";

const MEGABYTE = 1_048_576;
const resources: EngineResources = {
  memoryBytes: 96 * MEGABYTE,
  freeBytes: 96 * MEGABYTE,
  scratchBytes: 2_048 * MEGABYTE,
};
let connection: DuckDBConnection;

beforeAll(async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  connection = await instance.connect();
  await connection.run("CREATE VIEW t AS SELECT i, i % 10 AS k, 'x' || i AS s FROM range(20_000_000) r(i)");
});

async function explain(sql: string): Promise<PlanNode> {
  const reader = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${sql}`);
  return (JSON.parse(String(reader.getRows()[0]![1])) as PlanNode[])[0]!;
}

describe("estimateQuery", () => {
  it("lets a scan run, however many rows there are", async () => {
    const found = estimateQuery(await explain("SELECT sum(i), avg(k) FROM t WHERE s LIKE 'x1%'"), resources);
    expect(found.decision).toBe("run");
    expect(found.memoryBytes).toBeLessThan(40 * MEGABYTE);
    expect(found.scratchBytes).toBe(0);
  });

  it("counts what a sort spills", async () => {
    const found = estimateQuery(await explain("SELECT i, s FROM t ORDER BY s"), resources);
    expect(found.decision).toBe("run");
    expect(found.scratchBytes).toBeGreaterThan(400 * MEGABYTE);
    expect(found.memoryBytes).toBeLessThanOrEqual(resources.memoryBytes);
  });

  it("waits while other engines have the memory", async () => {
    const found = estimateQuery(await explain("SELECT i, s FROM t ORDER BY s"), {
      ...resources,
      freeBytes: 10 * MEGABYTE,
    });
    expect(found.decision).toBe("wait");
  });

  it("refuses what would have to hold many times the memory, and names the way out", async () => {
    const found = estimateQuery(await explain("SELECT quantile_cont(i, 0.5), list(s) FROM t"), resources);
    expect(found.decision).toBe("refuse");
    expect(found.message).toMatch(/MB in memory.*approx_quantile/);
  });

  it("refuses what would spill more than there is room for", async () => {
    const found = estimateQuery(await explain("SELECT * FROM t a, t b ORDER BY a.s, b.s"), resources);
    expect(found.decision).toBe("refuse");
    expect(found.message).toMatch(/intermediate rows.*LIMIT/);
  });
});

describe("estimateIngest", () => {
  it("fits pieces of 8 MB into an engine, and refuses a table far too wide", () => {
    expect(estimateIngest({ pieceBytes: 8 * MEGABYTE, columns: 8 }, resources)).toMatchObject({ decision: "run" });
    const wide = estimateIngest({ pieceBytes: 300 * MEGABYTE, columns: 100_000 }, resources);
    expect(wide.decision).toBe("refuse");
    expect(wide.message).toMatch(/fewer columns/);
  });
});
