import { DuckDBInstance } from "@duckdb/node-api";
import { type Table, tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listQueries } from "./expressions.ts";
import { type EngineHarness, startEngineHarness } from "./harness.ts";
import type { Step } from "./worker/steps.ts";

let harness: EngineHarness;
const read = (ipc: string): Table => tableFromIPC(Buffer.from(ipc, "base64"));

beforeAll(async () => {
  harness = await startEngineHarness();
  await harness.succeed("results", [{ op: "start" }]);
});
afterAll(() => harness.close());

describe("results", () => {
  it("of several hundred queries are those of native DuckDB", async () => {
    const queries = listQueries();
    expect(queries.length).toBeGreaterThan(400);
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const native = await instance.connect();
    await native.run("SET TimeZone = 'UTC'");
    const steps = queries.map(
      (sql): Step => ({ op: "rows", sql: `SELECT v::VARCHAR AS v, typeof(v) AS t FROM (${sql})` }),
    );
    const outcomes = await harness.perform("results", steps);
    const differences: unknown[] = [];
    for (const [index, sql] of queries.entries()) {
      let expected: unknown;
      try {
        const reader = await native.runAndReadAll(`SELECT v::VARCHAR AS v, typeof(v) AS t FROM (${sql})`);
        expected = reader.getRowObjectsJson()[0];
      } catch (error) {
        expected = String((error as Error).message).split("\n")[0];
      }
      const outcome = outcomes[index]!;
      const found = outcome.error ? outcome.error.message.split("\n")[0] : outcome.rows![0];
      if (JSON.stringify(found) !== JSON.stringify(expected)) differences.push({ sql, found, expected });
    }
    expect(differences).toEqual([]);
  });

  it("of patterns are those of native DuckDB, also where it would try every place in a long text", async () => {
    const texts = ["(repeat('aB.é\n', 25) || 'x*y')", "(repeat('a', 120))", "'a%b'", "''", "NULL", "name", "pattern"];
    const patterns = [
      "'%a%B%y'",
      "'a_.%é%\n%x*_'",
      "'%A%b%Y'",
      "'%a%a%a_'",
      "'%(a%[b%'",
      "'a\\%b'",
      "'%'",
      "''",
      "NULL",
    ];
    const operators = ["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "~~", "GLOB"];
    const tests = texts.flatMap((text) =>
      [...patterns, "pattern", "name"].flatMap((pattern) =>
        operators.map((operator) => `${text} ${operator} ${pattern}`),
      ),
    );
    tests.push("name LIKE pattern ESCAPE '!'", "name NOT ILIKE 'x!%%' ESCAPE '!'", "levenshtein(name, pattern)");
    tests.push("jaro_winkler_similarity(name, 'xxb')", "name SIMILAR TO 'a.*'");
    const from = "FROM (VALUES ('a', '%a%a%'), ('xaxb%', 'x%x_!%'), ('pattern', 'name')) AS t(name, pattern)";
    const sql = `SELECT list(CASE WHEN v IS NULL THEN '-' WHEN v THEN '1' ELSE '0' END)::VARCHAR AS v FROM (SELECT (`;
    const queries = tests.map((test) => `${sql}${test})::DOUBLE::BOOLEAN AS v ${from})`);
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const native = await instance.connect();
    const outcomes = await harness.succeed(
      "results",
      queries.map((query): Step => ({ op: "rows", sql: query })),
    );
    const found = tests.map((test, index) => [test, outcomes[index]!.rows![0]!["v"]]);
    const expected = [];
    for (const [index, test] of tests.entries()) {
      const [row] = (await native.runAndReadAll(queries[index]!)).getRowObjectsJson();
      expected.push([test, row!["v"]]);
    }
    expect(found).toEqual(expected);
    const hostile = "(SELECT repeat('a', 300 + range % 2) AS long FROM range(5000))";
    const [like, glob, distance] = await harness.perform("results", [
      { op: "rows", sql: `SELECT count(*) AS n FROM ${hostile} WHERE long LIKE '%_a%a%a%a%a%a%a%a%a%b'` },
      { op: "rows", sql: `SELECT count(*) AS n FROM ${hostile} WHERE long GLOB '*a*a*a*a*a*a*a*a*b' || left(long, 0)` },
      { op: "rows", sql: `SELECT max(levenshtein(repeat('a', 1500 + range), repeat('b', 1500))) AS n FROM range(20)` },
    ]);
    expect(like!.rows).toEqual([{ n: "0" }]);
    expect(glob!.error?.message).toContain("GLOB with several * would take too long");
    expect(distance!.error?.message).toContain("levenshtein would take too long");
  });

  it("in other time zones are those of native DuckDB, also around changes of the clock", async () => {
    const zones = ["Europe/Berlin", "america/new_york", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"];
    zones.push("Pacific/Apia", "America/Sao_Paulo", "Africa/Monrovia", "UTC", "Etc/GMT+5");
    const starts = [
      "2024-03-30",
      "2024-10-26",
      "2024-03-09 12:00:00",
      "2024-11-02 12:00:00",
      "2024-04-06",
      "2024-10-05",
    ];
    starts.push("2011-12-29 06:00:00", "1972-01-06 12:00:00", "1893-03-31", "2018-11-03", "1969-12-31", "2040-06-01");
    const list = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(", ");
    const moments = `unnest([${list(starts)}])::TIMESTAMP + to_seconds(i * 1777) + INTERVAL '0.25 seconds'`;
    const query = (zone: string) => `
      SELECT moment::VARCHAR AS utc, (moment AT TIME ZONE '${zone}')::VARCHAR AS from_local,
        typeof(moment AT TIME ZONE '${zone}') AS t1, ((moment AT TIME ZONE 'UTC') AT TIME ZONE '${zone}')::VARCHAR AS to_local,
        typeof(moment::TIMESTAMPTZ AT TIME ZONE '${zone}') AS t2
      FROM (SELECT ${moments} AS moment FROM range(90) t(i) UNION ALL SELECT unnest([NULL, '-infinity'::TIMESTAMP]))`;
    const outcomes = await harness.succeed(
      "results",
      zones.map((zone): Step => ({ op: "rows", sql: query(zone) })),
    );
    const native = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
    await native.run("SET TimeZone = 'UTC'");
    for (const [index, zone] of zones.entries()) {
      const expected = (await native.runAndReadAll(query(zone))).getRowObjectsJson();
      expect(outcomes[index]!.rows, zone).toEqual(expected);
    }
    const [unknown] = await harness.perform("results", [
      { op: "rows", sql: "SELECT TIMESTAMP '2024-01-01' AT TIME ZONE 'Mars/Base'" },
    ]);
    expect(unknown?.error?.message).toMatch(/There is no time zone “Mars\/Base”/);
  });

  it("of functions that are not DuckDB's own need no more memory the more rows there are", async () => {
    const sql = `SELECT sum(length(json_extract_string(text, '$.a')))::DOUBLE AS n
      FROM (SELECT '{"a": "' || repeat('x', 1000) || i || '"}' AS text FROM range(150000) t(i))`;
    const [outcome] = await harness.succeed("results", [{ op: "rows", sql }]);
    const native = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
    const [expected] = (
      await native.runAndReadAll(sql.replace(/json_extract_string\(text, .*?\)/, "text[8:-3]"))
    ).getRowObjectsJson();
    expect(outcome!.rows).toEqual([expected]);
  });

  it("of PIVOT leave nothing in the engine", async () => {
    const pivot = "PIVOT (SELECT i % 3 AS a, i % 2 = 0 AS b FROM range(12) t(i)) ON a USING count(*) ORDER BY b";
    const types = "SELECT count(*)::INTEGER AS n FROM duckdb_types() WHERE type_name LIKE '%pivot%'";
    const [first, second, left] = await harness.succeed(
      "results",
      [pivot, pivot, types].map((sql): Step => ({ op: "rows", sql: sql.replace("count(*)", "count(*)::INTEGER") })),
    );
    expect(first!.rows).toEqual([false, true].map((b) => ({ b, "0": 2, "1": 2, "2": 2 })));
    expect(second!.rows).toEqual(first!.rows);
    expect(left!.rows).toEqual([{ n: 0 }]);
  });

  it("come as Arrow exactly, and as text where Arrow has no such type", async () => {
    const cases: [sql: string, type: string, value: unknown][] = [
      ["9007199254740993", "Int64", 9007199254740993n],
      ["18446744073709551615::UBIGINT", "Uint64", 18446744073709551615n],
      [
        "(-170141183460469231731687303715884105728)::HUGEINT",
        "Decimal[38e0]",
        "-170141183460469231731687303715884105728",
      ],
      ["(-1.50)::DECIMAL(9,2)", "Decimal[9e+2]", "-150"],
      [
        "99999999999999999999999999.999999999999::DECIMAL(38,12)",
        "Decimal[38e+12]",
        "99999999999999999999999999999999999999",
      ],
      ["340282366920938463463374607431768211455::UHUGEINT", "Utf8", "340282366920938463463374607431768211455"],
      ["TIMESTAMP '2020-01-01 12:34:56.123456'", "Timestamp<MICROSECOND>", 1577882096123456n],
      ["'2020-01-01 12:34:56.123456789'::TIMESTAMP_NS", "Timestamp<NANOSECOND>", 1577882096123456789n],
      ["DATE '2020-02-29'", "Date32<DAY>", 18321],
      ["TIME '12:34:56.123456'", "Time64<MICROSECOND>", 45296123456n],
      ["'12:34:56+02'::TIMETZ", "Utf8", "12:34:56+02"],
      ["INTERVAL '1 month 2 days 3.5 seconds'", "Utf8", "1 month 2 days 00:00:03.5"],
      ["'b'::ENUM('a', 'b')", "Utf8", "b"],
      ["'10101'::BIT", "Utf8", "10101"],
      ["'550e8400-e29b-41d4-a716-446655440000'::UUID", "Utf8", "550e8400-e29b-41d4-a716-446655440000"],
      ["1.5::FLOAT", "Float32", 1.5],
      ["'é🎉'", "Utf8", "é🎉"],
    ];
    const outcomes = await harness.succeed(
      "results",
      cases.map(([sql]): Step => ({ op: "query", sql: `SELECT ${sql} AS v UNION ALL SELECT NULL` })),
    );
    cases.forEach(([sql, type, value], index) => {
      const table = read(outcomes[index]!.ipc!);
      const column = table.getChild("v")!;
      expect(`${table.schema.fields[0]!.type}`, sql).toBe(type);
      const isRaw = /^(?:Timestamp|Date)/.test(type);
      const found: unknown = isRaw ? column.data[0]!.values[0] : column.get(0);
      expect(typeof found === "object" ? JSON.parse(JSON.stringify(found)).replaceAll('"', "") : found, sql).toEqual(
        value,
      );
      expect(column.get(1) ?? column.data[1]?.values ?? null, sql).toBeDefined();
      expect(column.nullCount, sql).toBe(1);
    });
  });

  it("keep order and rows where columns are presented as text, and tell columns of one name apart", async () => {
    const [outcome] = await harness.succeed("results", [
      {
        op: "query",
        sql: `SELECT i AS "a ""b""", INTERVAL (i) DAY AS x, i AS x, {'e': CASE i WHEN 3 THEN 'u' ELSE 'v' END::ENUM('u', 'v'), 'l': [INTERVAL (i) HOUR]} AS n
          FROM range(5) t(i) ORDER BY i DESC -- a comment at the end`,
      },
    ]);
    const table = read(outcome!.ipc!);
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['a "b"', "x", "x_1", "n"]);
    expect([...table.getChildAt(0)!]).toEqual([4n, 3n, 2n, 1n, 0n]);
    expect([...table.getChildAt(1)!]).toEqual(["4 days", "3 days", "2 days", "1 day", "00:00:00"]);
    expect(JSON.stringify(table.getChildAt(3)!.get(1))).toBe('{"e":"u","l":["03:00:00"]}');
  });

  it("of what the core lacks: times in UTC, now, and JSON in text", async () => {
    const before = Date.now();
    const outcomes = await harness.perform("results", [
      {
        op: "rows",
        sql: "SELECT epoch_ms(now()) AS now, epoch_ms(current_timestamp) AS ct, epoch_ms(localtimestamp) AS lt, epoch_ms(get_current_timestamp()) AS g",
      },
      {
        op: "rows",
        sql: "SELECT current_date = now()::DATE AS a, today() - INTERVAL 1 DAY < now() AS b, date_trunc('day', now()) = current_date AS c, now() - INTERVAL '1 month' < now() AS d, year(now()) > 2025 AS e",
      },
      {
        op: "rows",
        sql: `SELECT j->'$.a' AS a, j->>'$.b' AS b, j->'c'->1 AS c, json_extract_string(j, '/c/0') AS d, json_extract(j, '$.big') AS e, j->>'missing' AS f, j->'n' AS g, j->>'n' AS h, j::JSON->>'$.c[#-1]' AS i
        FROM (SELECT '{"a": {"x": 1.0, "y" : [ ]}, "b": "q\\"u\\u00e9", "c": [10, "zwei"], "big": 12345678901234567890123, "n": null}' AS j)`,
      },
      {
        op: "rows",
        sql: `SELECT json_array_length('[1, 2, 3]') AS a, json_keys('{"k": 1, "l m": {}}') AS b, json_valid('{"a":') AS c, json_valid('[1]') AS d, json_type('{}') AS e, json_type('{"a": -1}', '$.a') AS f, json_array_length('{"a": [1]}', '$.a') AS g`,
      },
      { op: "rows", sql: "SELECT to_json(1)" },
      { op: "rows", sql: "SELECT json_extract('{broken', '$.a')" },
      { op: "rows", sql: "SELECT date_trunc('day', TIMESTAMPTZ '2020-01-01')" },
      { op: "rows", sql: "SELECT 1 AS one" },
    ]);
    const [times, flags, extracted, others, missing, malformed, zones, after] = outcomes;
    for (const value of Object.values(times!.rows![0]!)) {
      expect(Number(value)).toBeGreaterThanOrEqual(before - 1_000);
      expect(Number(value)).toBeLessThanOrEqual(Date.now() + 1_000);
    }
    expect(flags!.rows).toEqual([{ a: true, b: true, c: true, d: true, e: true }]);
    expect(extracted!.rows).toEqual([
      {
        a: '{"x":1.0,"y":[]}',
        b: 'q"ué',
        c: '"zwei"',
        d: "10",
        e: "12345678901234567890123",
        f: null,
        g: "null",
        h: null,
        i: "zwei",
      },
    ]);
    expect(others!.rows).toEqual([{ a: "3", b: ["k", "l m"], c: false, d: true, e: "OBJECT", f: "BIGINT", g: "1" }]);
    expect(missing!.error?.message).toMatch(/"to_json" is not available here.*json_extract/);
    expect(malformed!.error?.message).toMatch(/Malformed JSON/);
    expect(zones!.error?.message).toMatch(/Cast to TIMESTAMP, which is UTC/);
    expect(after!.rows).toEqual([{ one: 1 }]);
  });
});
