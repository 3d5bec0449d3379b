import { tableFromIPC } from "apache-arrow";
import { beforeAll, describe, expect, test } from "vitest";
import { TestUser } from "./client.ts";

const user = new TestUser();
let session: string;

beforeAll(async () => {
  const upload = await user.upload({ "items.csv": "id,name\n1,a\n2,b\n" });
  session = (await user.session(upload.upload_id)).session_id;
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
