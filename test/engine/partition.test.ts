import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planPartitions } from "../../src/engine/partition.ts";

let connection: DuckDBConnection;

beforeAll(async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  connection = await instance.connect();
  await connection.run(`CREATE TABLE t AS SELECT i, i % 97 AS k, 'n' || (i * 31) % 211 AS name, CASE i % 5 WHEN 0 THEN NULL ELSE i % 11 END AS gap,
    (i % 13) / 4.0 AS d, DATE '2020-01-01' + (i % 40)::INTEGER AS day, CASE i % 3 WHEN 0 THEN 0.0 ELSE -0.0 END::DOUBLE AS zero FROM range(5000) r(i)`);
  await connection.run("CREATE TABLE u AS SELECT i AS k, 'u' || i % 10 AS label FROM range(90) r(i)");
});
afterAll(() => connection.closeSync());

async function read(sql: string): Promise<{ names: string[]; rows: string[] }> {
  const reader = await connection.runAndReadAll(sql);
  return { names: reader.columnNames(), rows: reader.getRowsJson().map((row) => JSON.stringify(row)) };
}

async function plan(sql: string, passes = 5) {
  const names = (await connection.runAndReadAll(`DESCRIBE ${sql}`)).getRowsJson().map(([name]) => String(name));
  return planPartitions(sql, names, passes);
}

const planned = [
  "SELECT k, count(*) FROM t GROUP BY k",
  "SELECT k, count(*) AS n, sum(i) s, avg(d) FROM t GROUP BY 1;",
  "SELECT name AS label, max(i) FROM t WHERE i > 100 OR k = 3 GROUP BY name",
  "SELECT gap, count(*), count(gap) FROM t GROUP BY gap",
  "SELECT zero, count(*) FROM t GROUP BY zero",
  "SELECT k % 10 AS m, day, min(name) FROM t GROUP BY k % 10, day",
  "SELECT k % 10 AS m, count(*) FROM t GROUP BY m HAVING count(*) > 510",
  "SELECT count(*) FROM t GROUP BY name, k HAVING max(i) % 2 = 0",
  "SELECT k, sum(i) AS total FROM t GROUP BY k ORDER BY total DESC, k LIMIT 7",
  "SELECT k, sum(i) FROM t GROUP BY k ORDER BY 2 DESC NULLS LAST, 1 LIMIT 3 OFFSET 2",
  'SELECT k AS "the key", sum(i) AS "Sum ""x""" FROM t GROUP BY k ORDER BY "the key"',
  "SELECT label, count(*) FILTER (WHERE i % 2 = 0) AS n FROM t JOIN u USING (k) GROUP BY label",
  "SELECT t.k, u.label, count(*) FROM t LEFT JOIN u ON t.k = u.k GROUP BY t.k, u.label",
  "SELECT substr(name, 1, 2) p, count(DISTINCT k) FROM (SELECT * FROM t WHERE i < 3000) GROUP BY p",
  "SELECT DISTINCT name FROM t",
  "SELECT DISTINCT k, gap AS g FROM t WHERE k > 5 ORDER BY g NULLS FIRST, k LIMIT 20",
  "SELECT count(DISTINCT name) FROM t",
  "SELECT count(DISTINCT gap) AS gaps FROM t WHERE i > 17",
  "SELECT count(DISTINCT name) FROM t WHERE false",
  "SELECT name, count(*) FROM t WHERE name IS DISTINCT FROM 'n0' GROUP BY name -- the end",
];

const refused = [
  "SELECT count(*) FROM t",
  "SELECT * FROM t",
  "SELECT DISTINCT * FROM t",
  "SELECT DISTINCT ON (k) k, i FROM t",
  "SELECT k, count(*) FROM t GROUP BY ALL",
  "SELECT k, count(*) FROM t GROUP BY ROLLUP (k)",
  "SELECT k, count(*) FROM t GROUP BY GROUPING SETS ((k), ())",
  "WITH x AS (SELECT * FROM t) SELECT k, count(*) FROM x GROUP BY k",
  "SELECT k FROM t GROUP BY k UNION SELECT k FROM u",
  "SELECT k, count(*) FROM t TABLESAMPLE 10% GROUP BY k",
  "SELECT k, random(), count(*) FROM t GROUP BY k",
  "SELECT k, count(*) FROM (SELECT * FROM t LIMIT 100) GROUP BY k",
  "SELECT k, first(i) FROM t GROUP BY k",
  "SELECT k, list(i) FROM t GROUP BY k",
  "SELECT k, sum(count(*)) OVER () FROM t GROUP BY k",
  "SELECT k, count(*) FROM t GROUP BY k ORDER BY max(i)",
  "SELECT count(DISTINCT name), count(*) FROM t",
  "SELECT count(DISTINCT name) + 1 FROM t",
  "FROM t SELECT k, count(*) GROUP BY k",
  "SELECT k, count(*) FROM t GROUP BY k QUALIFY row_number() OVER () = 1",
];

describe("planPartitions", () => {
  it.each(planned)("gives the same as the whole: %s", async (sql) => {
    const found = await plan(sql);
    expect(found).toBeDefined();
    for (const statement of found!.fill) await connection.run(statement);
    const parts = await read(found!.read);
    await connection.run(found!.drop);
    const whole = await read(sql);
    expect(parts.names).toEqual(whole.names);
    const isOrdered = /ORDER BY/.test(sql);
    expect(isOrdered ? parts.rows : parts.rows.toSorted()).toEqual(isOrdered ? whole.rows : whole.rows.toSorted());
  });

  it.each(refused)("gives up where it cannot be sure: %s", async (sql) => {
    expect(await plan(sql)).toBeUndefined();
  });

  it("spreads the groups over the passes", async () => {
    const found = await plan("SELECT name, count(*) FROM t GROUP BY name", 8);
    const counts: number[] = [];
    let before = 0;
    for (const statement of found!.fill) {
      await connection.run(statement);
      const { rows } = await read("SELECT count(*)::INTEGER FROM temp.main.eider_partitions");
      const total = (JSON.parse(rows[0]!) as number[])[0]!;
      counts.push(total - before);
      before = total;
    }
    await connection.run(found!.drop);
    expect(before).toBe(211);
    expect(Math.max(...counts)).toBeLessThan(60);
  });
});
