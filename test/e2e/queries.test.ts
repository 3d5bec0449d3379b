import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";

const user = new TestUser();
let session: string;

beforeAll(async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i % 7},name ${i}`);
  const upload = await user.upload({
    "items.csv": `id,kind,label\n${rows.join("\n")}\n`,
    "select.csv": "group,order by\n1,2\n",
  });
  session = (await user.session(upload.upload_id)).session_id;
});

/** Asks, waiting for its turn where the session's rate limit says so. */
async function ask(query: string, more: Record<string, unknown> = {}): Promise<Answer> {
  for (;;) {
    const answer = await user.query(session, query, more);
    if (answer.status !== 429) return answer;
    const next = await user.session((await user.call("GET", "/data/uploads")).body.uploads[0].upload_id);
    await user.call("DELETE", `/data/sessions/${session}`);
    session = next.session_id;
  }
}

describe("refused: whatever is not one read-only SELECT", () => {
  test.each([
    "INSERT INTO items VALUES (1, 2, 'x')",
    "UPDATE items SET kind = 1",
    "DELETE FROM items",
    "DROP TABLE items",
    "CREATE TABLE t AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "ALTER TABLE items ADD COLUMN x INTEGER",
    "COPY items TO 'x.csv'",
    "COPY (SELECT 1) TO 'x.csv'",
    "EXPORT DATABASE 'x'",
    "ATTACH 'x.duckdb'",
    "DETACH table_0",
    "SET memory_limit = '10GB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "INSTALL json",
    "LOAD json",
    "CALL pragma_version()",
    "CHECKPOINT",
    "BEGIN",
    "VACUUM",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE items",
    "/* hi */ DROP TABLE items",
    "EXPLAIN DELETE FROM items",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('table_0.duckdb')",
    "SELECT * FROM read_blob('table_0.duckdb')",
    "SELECT * FROM glob('*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'table_0.duckdb'",
    "SELECT * FROM query('DROP TABLE items')",
    "SELECT getenv('HOME')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "WITH x AS (SELECT * FROM read_csv('a.csv')) SELECT * FROM x",
    "SELECT * FROM \"read_csv\"('/etc/passwd')",
    "",
    "   ",
    ";",
    "-- nothing",
  ])("%s", async (sql) => {
    const { status, body } = await ask(sql);
    expect(status, JSON.stringify(body)).toBe(422);
    expect(["query_refused", "validation_failed", "query_failed"]).toContain(body.code);
    expect(body.detail).toMatch(/\w+ \w+/);
    expect(JSON.stringify(body)).not.toMatch(/root:/);
  });
});

describe("answered: what people commonly write", () => {
  test.each([
    ["SELECT count(*) FROM items WHERE label LIKE 'name 1%'", [[1111]]],
    ["FROM items SELECT max(id)", [[4999]]],
    ["WITH k AS (SELECT kind, count(*) n FROM items GROUP BY kind) SELECT max(n) FROM k", [[715]]],
    [
      "VALUES (1, 'a;b'), (2, '--x')",
      [
        [1, "a;b"],
        [2, "--x"],
      ],
    ],
    ["SELECT 1 AS x;", [[1]]],
    ["SELECT ';' -- a comment; with a semicolon\n AS a", [[";"]]],
    ["SELECT $$it's$$", [["it's"]]],
    ['SELECT "order by" FROM select_table', [[2]]],
    [
      "SELECT id FROM items QUALIFY row_number() OVER (PARTITION BY kind ORDER BY id DESC) = 1 ORDER BY id LIMIT 1",
      [[4993]],
    ],
    ["SELECT list(kind ORDER BY kind) FROM (SELECT DISTINCT kind FROM items)", [[[0, 1, 2, 3, 4, 5, 6]]]],
    ["SELECT strftime(DATE '2024-02-29', '%d.%m.%Y')", [["29.02.2024"]]],
    ["SELECT date_trunc('month', TIMESTAMP '2024-02-29 12:00:00')", [["2024-02-01T00:00:00Z"]]],
  ])("%s", async (sql, rows) => {
    const { status, body } = await ask(sql);
    expect(status, JSON.stringify(body)).toBe(200);
    if (typeof rows[0]?.[0] === "string" && String(rows[0][0]).endsWith("Z"))
      expect(String(body.rows[0][0])).toMatch(/^2024-02-01/);
    else expect(body.rows).toEqual(rows);
  });

  test("DESCRIBE, SUMMARIZE, SHOW TABLES and EXPLAIN", async () => {
    expect((await ask("DESCRIBE items")).body.rows.map((row: unknown[]) => row[0])).toEqual(["id", "kind", "label"]);
    expect((await ask("SUMMARIZE items")).body.row_count).toBe(3);
    expect((await ask("SHOW TABLES")).body.rows).toEqual([["items"], ["select_table"]]);
    expect((await ask("EXPLAIN SELECT * FROM items")).status).toBe(200);
  });
});

describe("wrong SQL says what is wrong", () => {
  test.each([
    ["SELEC 1", /./],
    ["SELECT nosuch FROM items", /nosuch/],
    ["SELECT * FROM nosuch", /nosuch/],
    ["SELECT 'x'::INTEGER", /Could not convert/],
    ["SELECT json_group_array(id) FROM items", /json_group_array/i],
  ])("%s", async (sql, message) => {
    const { status, body } = await ask(sql);
    expect(status).toBe(422);
    expect(body.detail).toMatch(message);
  });
});

test("a query that never ends is stopped, one that needs too much memory fails, and the session goes on", async () => {
  const endless = await ask("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r");
  expect([endless.status, endless.body.code]).toEqual([422, "query_timeout"]);
  const large = await ask("SELECT i, list(j) OVER () FROM range(20000000) a(i), range(100) b(j)", { max_results: 1 });
  expect(large.status).toBe(422);
  expect(["query_too_large", "query_timeout"]).toContain(large.body.code);
  expect(large.body.detail).toMatch(/\w+ \w+/);
  expect((await ask("SELECT count(*) FROM items")).body.rows).toEqual([[5000]]);
}, 200_000);

test("the body's faults", async () => {
  const bad = async (json: object) => (await user.call("POST", "/data/query", { json })).body;
  expect(await bad({ query_type: "graphql", query: "x" })).toMatchObject({ status: 422, code: "validation_failed" });
  expect(await bad({ query_type: "sql" })).toMatchObject({ status: 422, errors: [{ path: "query" }] });
  expect(await bad({ query_type: "sql", query: "SELECT 1", max_results: 10_001 })).toMatchObject({ status: 422 });
  expect(await bad({ query_type: "sql", query: "SELECT 1", max_results: 0 })).toMatchObject({ status: 422 });
  expect(
    await bad({ query_type: "sql", query: "SELECT 1", max_results: null, session_id: session, prefer: null }),
  ).toMatchObject({ rows: [[1]] });
  expect(await bad({ query_type: "sql", query: "SELECT 1", session_id: "session_nosuch" })).toMatchObject({
    status: 404,
  });
  expect(await bad({ query_type: "sql", query: `SELECT '${"x".repeat(100_001)}'`, session_id: session })).toMatchObject(
    { status: 422 },
  );
});

test("the session may be named in a header, or left out while there is only one", async () => {
  const other = new TestUser();
  const none = await other.call("POST", "/data/query", { json: { query_type: "sql", query: "SELECT 1" } });
  expect(none.body).toMatchObject({ status: 422, errors: [{ path: "session_id" }] });
  const upload = await other.upload({ "a.csv": "x\n1\n" });
  const first = await other.session(upload.upload_id);
  const json = { query_type: "sql", query: "SELECT x FROM a" };
  expect((await other.call("POST", "/data/query", { json })).body.rows).toEqual([[1]]);
  await other.session(upload.upload_id);
  expect((await other.call("POST", "/data/query", { json })).status).toBe(422);
  const named = await other.call("POST", "/data/query", { json, headers: { "x-session-id": first.session_id } });
  expect(named.body.rows).toEqual([[1]]);
});

test("thirty queries a minute, then 429 with the seconds to wait", async () => {
  const other = new TestUser();
  const upload = await other.upload({ "a.csv": "x\n1\n" });
  const { session_id } = await other.session(upload.upload_id);
  for (let i = 0; i < 30; i++) expect((await other.query(session_id, "SELECT 1")).status).toBe(200);
  const refused = await other.query(session_id, "SELECT 1");
  expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
});

test("five active sessions, then 429; ending one makes room; more than a week is refused", async () => {
  const other = new TestUser();
  const { upload_id } = await other.upload({ "a.csv": "x\n1\n" });
  const open = (more = {}) => other.call("POST", "/data/sessions", { json: { upload_id, ...more } });
  const sessions = [];
  for (let i = 0; i < 5; i++) sessions.push((await open({ name: `s${i}` })).body);
  const refused = await open();
  expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  expect(refused.body.active_sessions.length).toBe(5);
  await other.call("DELETE", `/data/sessions/${sessions[0].session_id}`);
  expect((await open({ expiration_hours: 168 })).status).toBe(200);
  await other.call("DELETE", `/data/sessions/${sessions[1].session_id}`);
  expect((await open({ expiration_hours: 169 })).status).toBe(422);
  expect((await open({ expiration_hours: 0 })).status).toBe(422);
});
