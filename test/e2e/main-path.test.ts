import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, put, TestUser } from "./client.ts";

const data = (name: string) => readFileSync(resolve("node_modules/vega-datasets/data", name));

/** What native DuckDB 1.4.3 says of the join below, over the same two files. */
const NATIVE_JOIN = [7009728, 5366];

describe("upload two files and query them", () => {
  const user = new TestUser();
  let upload: Answer["body"];
  let session: Answer["body"];

  beforeAll(async () => {
    upload = await user.upload({
      "airports.csv": data("airports.csv"),
      "flights-airport.csv": data("flights-airport.csv"),
    });
    session = await user.session(upload.upload_id);
  });

  test("the upload tells types, counts, nulls and uniqueness", () => {
    expect(upload.status).toBe("complete");
    const [airports, flights] = upload.files;
    expect(airports).toMatchObject({
      filename: "airports.csv",
      rows: 3376,
      columns: 7,
      size: 210365,
      size_bytes: 210365,
      rejected_rows: 0,
    });
    expect(
      airports.column_info.map((column: Answer["body"]) => [column.name, column.type, column.nullable, column.unique]),
    ).toEqual([
      ["iata", "string", false, true],
      ["name", "string", false, false],
      ["city", "string", true, false],
      ["state", "string", true, false],
      ["country", "string", false, false],
      ["latitude", "float", false, false],
      ["longitude", "float", false, false],
    ]);
    expect(flights.column_info.map((column: Answer["body"]) => [column.name, column.type])).toEqual([
      ["origin", "string"],
      ["destination", "string"],
      ["count", "integer"],
    ]);
    expect(upload.created_by).toMatch(/@example\.com$/);
    expect(upload.models_using_this).toEqual([]);
  });

  test("a session names its tables after the files and joins them", async () => {
    expect(session.files).toEqual(["airports.csv", "flights-airport.csv"]);
    expect(session.tables.map((table: Answer["body"]) => table.name)).toEqual(["airports", "flights_airport"]);
    const { status, body } = await user.query(
      session.session_id,
      "SELECT sum(count)::BIGINT AS flights, count(*) AS routes FROM flights_airport f JOIN airports a ON a.iata = f.origin WHERE a.country = 'USA'",
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      result_type: "table",
      columns: ["flights", "routes"],
      row_count: 1,
      truncated: false,
    });
    expect(body.exactness).toEqual({ kind: "exact", rows: 1, reason: null });
    expect(body.rows).toEqual([NATIVE_JOIN]);
    expect(body.generated_sql).toContain("JOIN airports");
  });

  test("max_results cuts, and the answer says so", async () => {
    const { body } = await user.query(session.session_id, "SELECT iata FROM airports ORDER BY iata", {
      max_results: 5,
    });
    expect(body.rows).toEqual([["00M"], ["00R"], ["00V"], ["01G"], ["01J"]]);
    expect(body).toMatchObject({ row_count: 5, truncated: true, exactness: { kind: "truncated", rows: 5 } });
    const whole = await user.query(session.session_id, "SELECT iata FROM airports ORDER BY iata LIMIT 5", {
      max_results: 5,
    });
    expect(whole.body).toMatchObject({ row_count: 5, truncated: false });
  });

  test("the same rows as CSV, NDJSON and Arrow", async () => {
    const ask = (accept: string) =>
      user.fetch("POST", "/data/query", {
        json: {
          session_id: session.session_id,
          query_type: "sql",
          query: "SELECT state, count(*) AS n FROM airports GROUP BY state ORDER BY n DESC, state LIMIT 3",
        },
        headers: { accept },
      });
    const csv = await ask("text/csv");
    expect(csv.headers.get("content-type")).toMatch(/^text\/csv/);
    expect((await csv.text()).split("\r\n").slice(0, 3)).toEqual(["state,n", "AK,263", "TX,209"]);
    expect((await (await ask("application/x-ndjson")).text()).split("\n")[0]).toBe('{"state":"AK","n":263}');
    const arrow = tableFromIPC(new Uint8Array(await (await ask("application/vnd.apache.arrow.stream")).arrayBuffer()));
    expect(arrow.numRows).toBe(3);
    expect(arrow.get(0)?.toJSON()).toEqual({ state: "AK", n: 263n });
  });

  test("streams the whole of a large result", async () => {
    const response = await user.fetch("POST", "/data/query", {
      json: {
        session_id: session.session_id,
        query_type: "sql",
        query: "SELECT i, i * 2 AS twice FROM range(300000) t(i)",
      },
      headers: { accept: "text/csv" },
    });
    const lines = (await response.text()).trimEnd().split("\r\n");
    expect(lines.length).toBe(300_001);
    expect(lines.at(-1)).toBe("299999,599998");
  });

  test("values come out exactly", async () => {
    const { body } = await user.query(
      session.session_id,
      `SELECT 9007199254740991::BIGINT a, 9223372036854775807::BIGINT b, 170141183460469231731687303715884105727::HUGEINT c,
        1250.50::DECIMAL(10,2) d, 12345678901234567890.123456789::DECIMAL(38,9) e, DATE '1969-07-20' f,
        TIMESTAMP '1905-01-02 03:04:05.678901' g, TIME '23:59:59.5' h, [1, NULL, 3] i, {'x': 1, 'y': ['a']} j, NULL k, true l,
        'NaN'::DOUBLE m, '🦆 "quoted"' n, 'ab'::BLOB o, uuid '00000000-0000-0000-0000-000000000001' p, INTERVAL '1 day 2 hours' q`,
    );
    expect(body.rows[0]).toEqual([
      9007199254740991,
      "9223372036854775807",
      "170141183460469231731687303715884105727",
      1250.5,
      "12345678901234567890.123456789",
      "1969-07-20",
      "1905-01-02T03:04:05.678901Z",
      "23:59:59.500",
      [1, null, 3],
      { x: 1, y: ["a"] },
      null,
      true,
      null,
      '🦆 "quoted"',
      "YWI=",
      "00000000-0000-0000-0000-000000000001",
      "1 day 02:00:00",
    ]);
  });

  test("dates of today and JSON functions work although the engine has no such extension", async () => {
    const { body, status } = await user.query(
      session.session_id,
      `SELECT current_date = today() AS a, now() > TIMESTAMP '2026-01-01' AS b, current_timestamp - INTERVAL 1 DAY < now() AS c,
        json_extract_string('{"a": {"b": "x"}}', '$.a.b') AS d, json_array_length('[1,2,3]') AS e, json_valid('{') AS f`,
    );
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.rows).toEqual([[true, true, true, "x", 3, false]]);
  });

  test("previews show the original text of CSV cells", async () => {
    const prices = await user.upload({ "prices.csv": "id,price,day\n007,1250.50,2024-01-02\n008,3.10,2024-01-03\n" });
    for (const prefix of ["/uploads", "/data/uploads"]) {
      const { status, body } = await user.call(
        "GET",
        `${prefix}/${prices.upload_id}/files/prices.csv/preview?limit=1&offset=1`,
      );
      expect(status).toBe(200);
      expect(body).toMatchObject({
        filename: "prices.csv",
        total_rows: 2,
        returned_rows: 1,
        columns: ["id", "price", "day"],
        data: [["008", "3.10", "2024-01-03"]],
      });
    }
    expect(prices.files[0].column_info.map((column: Answer["body"]) => column.type)).toEqual([
      "string",
      "float",
      "date",
    ]);
  });

  test("the history lists what was asked, in order", async () => {
    const { body } = await user.call("GET", `/data/sessions/${session.session_id}/queries`);
    expect(body.queries.length).toBeGreaterThanOrEqual(5);
    expect(body.queries[0]).toMatchObject({ query_type: "sql", status: "completed", row_count: 1 });
    expect(body.queries[0].query_id).toMatch(/^query_/);
  });

  test("lists are paged, filtered and sorted; ending a session is final", async () => {
    const page = await user.call("GET", "/data/uploads?limit=1&order=asc&status=complete");
    expect(page.body.pagination).toEqual({ total: 2, limit: 1, offset: 0, has_more: true });
    expect(page.body.uploads[0].upload_id).toBe(upload.upload_id);
    const v1 = await user.call("GET", "/uploads");
    expect(v1.body.map((entry: Answer["body"]) => entry.files.length)).toEqual([1, 2]);
    const ended = await user.call("DELETE", `/data/sessions/${session.session_id}`);
    expect(ended.body).toMatchObject({ session_id: session.session_id, status: "ended" });
    expect((await user.query(session.session_id, "SELECT 1")).status).toBe(410);
  });

  test("a deleted upload is gone, with its bytes", async () => {
    const { body } = await user.call("DELETE", `/uploads/${upload.upload_id}`);
    expect(body).toMatchObject({
      success: true,
      message: "Upload deleted successfully",
      upload_id: upload.upload_id,
      status: "deleted",
    });
    expect((await user.call("GET", `/uploads/${upload.upload_id}`)).status).toBe(404);
  });
});

test("version 1: form data all the way", async () => {
  const user = new TestUser();
  const created = await user.call("POST", "/uploads", {
    form: { filename: "sales.csv", content_type: "application/octet-stream" },
  });
  expect(Object.keys(created.body).sort()).toEqual(["key", "presigned_url", "upload_id"]);
  expect((await put(created.body.presigned_url, "month,revenue\nJan,850000\nFeb,920000\n")).status).toBe(200);
  const { upload_id, key } = created.body;
  const confirmed = await user.call("POST", "/uploads/status", {
    form: { upload_id, filename: "sales.csv", s3_key: key },
  });
  expect(confirmed.body).toEqual({ upload_id, status: "complete", message: "File upload confirmed" });
  const session = await user.call("POST", "/data/use-upload", { form: { upload_id } });
  expect(session.body).toMatchObject({ status: "ready" });
  const answer = await user.call("POST", "/data/query", {
    form: { session_id: session.body.session_id, query: "SELECT * FROM sales", query_type: "sql" },
  });
  expect(answer.body).toMatchObject({
    type: "table",
    data: {
      columns: ["month", "revenue"],
      rows: [
        ["Jan", 850000],
        ["Feb", 920000],
      ],
    },
  });
  const natural = await user.call("POST", "/data/query", {
    form: { session_id: session.body.session_id, query: "What is the total revenue?" },
  });
  expect(natural.status, JSON.stringify(natural.body)).toBe(200);
  expect(JSON.stringify(natural.body)).toMatch(/1,?770,?000/);
});

test("a job's progress arrives as server-sent events", async () => {
  const user = new TestUser();
  const created = await user.declare(["a.csv"]);
  await put(created.files[0].presigned_url, "a,b\n1,2\n");
  const files = [{ filename: "a.csv", s3_key: created.files[0].s3_key }];
  const confirmed = await user.call("POST", `/uploads/${created.upload_id}/status`, {
    json: { status: "complete", files },
  });
  expect(confirmed.body).toMatchObject({ upload_id: created.upload_id });
  const [jobId] = confirmed.body.job_ids;
  const events = await (await user.fetch("GET", `/jobs/${jobId}/events`)).text();
  expect(events).toContain("event: completed");
  const job = await user.call("GET", `/jobs/${jobId}`);
  expect(job.body).toMatchObject({ job_id: jobId, type: "ingest", status: "completed", progress: 1, error: null });
  const list = await user.call("GET", `/jobs?type=ingest&status=completed&upload_id=${created.upload_id}`);
  expect(list.body.pagination.total).toBe(1);
  expect((await user.call("POST", `/jobs/${jobId}/cancel`)).status).toBe(409);
});
