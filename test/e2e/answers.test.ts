import { tableFromIPC } from "apache-arrow";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestUser } from "./client.ts";

const user = new TestUser();
let upload: string;
let session: string;

beforeAll(async () => {
  upload = (await user.upload({ "items.csv": "id,name\n1,a\n2,b\n" })).upload_id;
});
// Each test has a minute's queries.
beforeEach(async () => {
  session = (await user.session(upload)).session_id;
});
afterEach(async () => {
  await user.call("DELETE", `/data/sessions/${session}`);
});

const FORMATS = ["text/csv", "application/x-ndjson", "application/vnd.apache.arrow.stream"] as const;

const ask = (query: string, accept: string, more: object = {}) =>
  user.fetch("POST", "/data/query", {
    json: { session_id: session, query_type: "sql", query, ...more },
    headers: { accept },
  });

test("columns of lists, structs, maps and unions come out of a query without rows", async () => {
  const query =
    "SELECT [1] a, {'b': [id]} b, map {'k': [name]} c, union_value(n := id) d, [{'x': [1.5]}] e FROM items WHERE id > 5";
  const json = await user.query(session, query);
  expect(json.status, JSON.stringify(json.body)).toBe(200);
  expect(json.body).toMatchObject({ columns: ["a", "b", "c", "d", "e"], rows: [], row_count: 0, truncated: false });
  const [csv, ndjson, arrow] = await Promise.all(FORMATS.map((accept) => ask(query, accept)));
  expect(await csv!.text()).toBe("a,b,c,d,e\r\n");
  expect(await ndjson!.text()).toBe("");
  const table = tableFromIPC(new Uint8Array(await arrow!.arrayBuffer()));
  expect([table.numRows, table.schema.fields.map((field) => field.name)]).toEqual([0, ["a", "b", "c", "d", "e"]]);
});

describe("SQL that would take DuckDB long to plan", () => {
  const nested = (open: string, times: number, close: string) => `SELECT ${open.repeat(times)}1${close.repeat(times)}`;

  test.each([
    ["lambdas", nested("list_transform([1], x -> ", 40, ")"), /16 arrows \(->\) or lambdas/],
    ["JSON arrows", `SELECT '{}'${"->'a'".repeat(40)}`, /one path does for several arrows/],
    ["parentheses", nested("(", 5_000, ")"), /100 parentheses/],
    ["calls", `SELECT name${".lower()".repeat(900)} FROM items`, /nests more than 250/],
    ["sums", `SELECT ${"1 + ".repeat(900)}1`, /list_sum/],
    ["prefixes", `SELECT ${"NOT ".repeat(20_000)}true`, /nested too deeply/],
  ])("%s in one another are refused at once, in plain words", async (_, query, words) => {
    const { status, body } = await user.query(session, query);
    expect(status, JSON.stringify(body)).toBe(422);
    expect(body.detail).toMatch(words);
    expect((await user.query(session, "SELECT count(*) FROM items")).body.rows).toEqual([[2]]);
  });

  test("what people nest works", async () => {
    const query = `SELECT ${Array.from({ length: 200 }, () => "id").join(" + ")}, '{"a":{"b":{"c":[7]}}}'->'a'->'b'->'c'->0,
      list_transform([[1]], x -> list_transform(x, y -> y + 1)) FROM items WHERE ${Array.from({ length: 2_000 }, () => "id > 1").join(" AND ")}`;
    expect((await user.query(session, query)).body.rows).toEqual([[400, "7", [[2]]]]);
  });
});

test("time zones can be asked for; unknown ones, wrong paths and lists of paths are told in plain words", async () => {
  const { body: answer } = await user.query(
    session,
    `SELECT TIMESTAMP '2024-06-01 12:00:00' AT TIME ZONE 'UTC' a, now() AT TIME ZONE 'utc' > TIMESTAMP '2026-01-01' b,
      json_extract('[1,2,3]', '$[-1]') c, hour(to_timestamp(1717243200) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin') d`,
  );
  expect(answer.rows, JSON.stringify(answer)).toEqual([["2024-06-01T12:00:00Z", true, "3", 14]]);
  for (const [query, words] of [
    ["SELECT TIMESTAMP '2024-06-01 12:00:00' AT TIME ZONE 'Mars/Base'", /^There is no time zone “Mars\/Base”/],
    ["SELECT json_extract('{}', '$[')", /^The JSON path "\$\["/],
    ["SELECT json_extract('{', '$.a')", /^Malformed JSON/],
    ["SELECT json_extract('{}', ['$.a', '$.b'])", /^The JSON functions take .* one path/],
  ] as const) {
    const { status, body } = await user.query(session, query);
    expect([status, body.code]).toEqual([422, "query_failed"]);
    expect(body.detail).toMatch(words);
  }
});

test("spaces that come with pasted text are spaces, and hide nothing", async () => {
  const pasted = await user.query(session, "SELECT\u00a0name\u2003FROM\u3000items\u00a0WHERE id\u202f= 2");
  expect(pasted.body.rows, JSON.stringify(pasted.body)).toEqual([["b"]]);
  for (const query of [
    "SELECT * FROM query\u00a0('SELECT 1')",
    "SELECT current_setting\u00a0('threads')",
    "SELECT * FROM duckdb_settings\u200b()",
    "FROM pg_catalog.pg_settings",
  ])
    expect((await user.query(session, query)).body.code, query).toBe("query_refused");
});

describe("whether an answer is whole", () => {
  const rows = (count: number) => `SELECT i, repeat('x', 50) FROM range(${count}) t(i)`;

  test.each(FORMATS)("%s says it before the rows", async (accept) => {
    const said = async (query: string, more: object = {}) => {
      const answer = await ask(query, accept, more);
      await answer.arrayBuffer();
      return answer.headers.get("eider-exactness");
    };
    expect(await said(rows(6), { max_results: 5 })).toBe("truncated");
    expect(await said(rows(5), { max_results: 5 })).toBe("exact");
    expect(await said(rows(10_000), { max_results: 10_000 })).toBe("exact");
    expect(await said(rows(10_001), { max_results: 10_000 })).toBe("truncated");
    expect(await said("SELECT 1 WHERE false", { max_results: 5 })).toBe("exact");
    expect(await said(rows(50_000))).toBe("exact");
  });

  test("rows that were read ahead come out once, in order", async () => {
    const answer = await ask(rows(9_000), "text/csv", { max_results: 8_500 });
    const lines = (await answer.text()).trimEnd().split("\r\n").slice(1);
    expect(lines.map((line) => Number(line.split(",")[0]))).toEqual(Array.from({ length: 8_500 }, (_, i) => i));
  });

  test("JSON of both versions says it behind the rows", async () => {
    const cut = {
      truncated: true,
      exactness: { kind: "truncated", rows: 2, reason: expect.stringMatching(/first 2 rows/) },
    };
    expect((await user.query(session, rows(3), { max_results: 2 })).body).toMatchObject(cut);
    const form = { session_id: session, query: rows(3), query_type: "sql", max_results: "2" };
    expect((await user.call("POST", "/data/query", { form })).body).toMatchObject({ type: "table", ...cut });
    const question = { session_id: session, query: "How many rows are there in items?" };
    expect((await user.call("POST", "/data/query", { form: question })).body).toMatchObject({
      type: "text",
      truncated: false,
      exactness: { kind: "exact", rows: 1, reason: null },
    });
  });
});
