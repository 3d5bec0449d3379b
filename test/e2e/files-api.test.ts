import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { Client, ClientPKey, EdgeFile, NodeFile } from "@graphistry/js-upload-api";
import { Table, tableFromArrays, tableToIPC, vectorFromArray } from "apache-arrow";
import { beforeAll, describe, expect, test } from "vitest";
import { writeZip } from "../../src/formats/excel/write-zip.ts";
import { createWorkbook } from "../formats/excel/create-workbook.ts";
import { type Answer, TestUser } from "./client.ts";
import { readRows, sendData, sendFile, writeParquet } from "./files-client.ts";
import { server } from "./this-server.ts";

const user = new TestUser({ scope: "read write admin" });
const stranger = new TestUser({ scope: "read write admin" });
const DOCUMENTED = '{"s": ["a", "b", "c"], "d": ["b", "c", "a"], "v": [1, 1, 2]}';
const table = tableFromArrays({ s: ["a", "b"], d: ["b", "c"], v: Int32Array.from([1, 2]) });

let key: Answer["body"];
beforeAll(async () => {
  key = (await user.call("POST", "/api/keys", { json: { name: "clients", scopes: ["read", "write"] } })).body;
});

describe("the documented calls", () => {
  test("create, upload, get, list, delete", async () => {
    const created = await user.call("POST", "/api/v2/files/", { json: { file_type: "json", name: "myedges" } });
    expect(created.status).toBe(201);
    const { file_id } = created.body;
    expect(file_id).toMatch(/^[0-9a-f]{32}$/);
    expect(created.body).toMatchObject({
      file_type: "json",
      name: "myedges",
      description: "",
      bytes_count: 0,
      is_uploaded: false,
      is_valid: false,
      errors: {},
      tables_schemas: [],
      sql_transforms: null,
    });

    // curl -d announces a form, although the body is JSON.
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const uploaded = await sendData(user, file_id, DOCUMENTED, { headers: form });
    expect(uploaded.status).toBe(200);
    expect(uploaded.body).toMatchObject({
      author: expect.any(Number),
      bytes_count: DOCUMENTED.length,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      description: "",
      errors: {},
      file_compression: "",
      file_id,
      file_type: "json",
      is_uploaded: true,
      is_valid: true,
      name: "myedges",
      parser_options: {},
      tables_schemas: [
        { name: "Untitled 0", dtypes: { s: "object", d: "object", v: "int64" }, num_cols: 3, num_rows: 3 },
      ],
    });
    expect((await user.call("GET", `/api/v2/files/${file_id}`)).body).toEqual(uploaded.body);
    expect((await user.call("GET", `/api/v2/files/${file_id}/`)).body).toEqual(uploaded.body);

    const listed = await user.call("GET", "/api/v2/files/?limit=1");
    expect(listed.body).toMatchObject({ count: expect.any(Number), previous: null });
    expect(listed.body.results).toEqual([uploaded.body]);
    expect((await user.call("GET", "/api/v2/files?limit=0")).status).toBe(422);

    expect(await readRows(user, file_id)).toEqual([
      ["a", "b", 1],
      ["b", "c", 1],
      ["c", "a", 2],
    ]);
    const raw = await user.fetch("GET", `/api/v2/files/${file_id}/data`);
    expect(await raw.text()).toBe(DOCUMENTED);

    const deleted = await user.call("DELETE", `/api/v2/files/${file_id}`);
    expect([deleted.status, deleted.body]).toEqual([204, ""]);
    expect((await user.call("GET", `/api/v2/files/${file_id}`)).status).toBe(404);
    expect((await sendData(user, file_id, DOCUMENTED)).status).toBe(404);
  });

  test("pages follow each other; the page may stand in a JSON body", async () => {
    const other = new TestUser();
    for (const name of ["a", "b", "c"]) await other.call("POST", "/api/v2/files", { json: { file_type: "csv", name } });
    const names = (answer: Answer) => answer.body.results.map((file: Answer["body"]) => file.name);
    const first = await other.call("GET", "/api/v2/files/?limit=2");
    expect([names(first), first.body.count, first.body.previous]).toEqual([["c", "b"], 3, null]);
    const second = await other.call("GET", first.body.next);
    expect([names(second), second.body.next]).toEqual([["a"], null]);
    expect(names(await other.call("GET", second.body.previous))).toEqual(["c", "b"]);
    // fetch sends no body with GET; curl, as in the document, does.
    const curl = ["-s", "-X", "GET", "-H", `authorization: Bearer ${other.token}`, "-d", '{"limit": 1, "offset": 1}'];
    const answer = execFileSync("curl", [...curl, `${other.url}/api/v2/files/`], { encoding: "utf8" });
    expect(JSON.parse(answer)).toMatchObject({ count: 3, results: [{ name: "b" }] });
  });

  test("compressed as declared; a zip's tables have its members' names", async () => {
    const gzip = await sendFile(user, { file_type: "csv", file_compression: "gzip" }, gzipSync("a,b\n1,x\n"));
    expect(gzip).toMatchObject({ is_valid: true, file_compression: "gzip", tables_schemas: [{ num_rows: 1 }] });
    const wrong = await sendFile(user, { file_type: "csv", file_compression: "bz2" }, gzipSync("a,b\n1,x\n"));
    expect(wrong).toMatchObject({ is_valid: false, is_uploaded: true, errors: { invalid_file: expect.any(String) } });
    expect(wrong.errors.invalid_file).toMatch(/bzip2 but is gzip/);
  });

  test("what a zip of data carries beside it is passed over and said", async () => {
    const zip = await writeZipOf({
      "LICENSE.txt": "MIT License\n\nCopyright, all rights\n",
      "README.md": "# Trips\nDates, of 2024\n",
      "img/map.png": "\x89PNG\r\n\x1a\n",
      "trips.csv": "town,2019,2020\nA,1,2\nB,3,4\n",
    });
    const file = await sendFile(user, { file_type: "csv", file_compression: "zip" }, zip);
    expect(file).toMatchObject({ is_valid: true, tables_schemas: [{ name: "trips.csv", num_rows: 2, num_cols: 3 }] });
    const text = await (await user.fetch("GET", `/api/v2/files/${file.file_id}`)).text();
    expect(text).toContain('"dtypes":{"town":"object","2019":"int64","2020":"int64"}');
    expect(file.remarks).toEqual([expect.stringMatching(/“LICENSE.txt”, “README.md”, “img\/map.png”/)]);
    const alone = await sendFile(user, { file_type: "csv" }, await writeZipOf({ "map.pdf": "%PDF-1.7\n" }));
    expect(alone.errors.invalid_file).toMatch(/PDF document/);
  });
});

describe("the public clients, unchanged", () => {
  beforeAll(() => {
    console.debug = () => undefined;
  });
  const host = () => new URL(server.url).host;
  const client = () => new Client(user.token && key.id, key.key, undefined, "http", host());

  test("@graphistry/js-upload-api sends JSON, Arrow, Parquet and CSV", async () => {
    const parquet = await writeParquet("SELECT i AS v, 'n' || i AS s FROM range(100) t(i)");
    const columns = { s: ["a", "b", "c"], d: ["b", "c", "a"], v: [1, 1, 2] };
    const cases = [
      { file: new EdgeFile(columns), rows: 3, columns: 3 },
      { file: new EdgeFile(tableToIPC(table, "file"), "arrow"), rows: 2, columns: 3 },
      { file: new NodeFile(tableToIPC(table, "stream"), "arrow", "stream"), rows: 2, columns: 3 },
      { file: new NodeFile(new Uint8Array(parquet), "parquet"), rows: 100, columns: 2 },
      { file: new EdgeFile(new TextEncoder().encode("s,d\n1,2\n3,4\n"), "csv"), rows: 2, columns: 2 },
    ];
    const signedIn = client();
    for (const { file, rows, columns } of cases) {
      await file.upload(signedIn);
      expect(file.fileValidated).toBe(true);
      expect(file.fileUploadResponse.tables_schemas).toMatchObject([{ num_rows: rows, num_cols: columns }]);
    }
  });

  test("… and learns of data that does not parse", async () => {
    const file = new EdgeFile(new TextEncoder().encode("no parquet"), "parquet", "wrong", {}, "erase=true");
    await expect(file.upload(client())).rejects.toThrow(/validation/);
    expect(file.fileUploadResponse).toMatchObject({ is_valid: false, is_uploaded: false });
  });

  test("… signs in with a personal key", async () => {
    const file = new EdgeFile(JSON.parse(DOCUMENTED));
    await file.upload(new ClientPKey(key.id, key.key, undefined, "http", host()));
    expect(file.fileValidated).toBe(true);
  });

  test("PyGraphistry's calls: an Arrow file without Content-Type, dropped when it does not parse", async () => {
    const created = await user.call("POST", "/api/v2/files/", {
      json: { file_type: "arrow", agent_name: "pygraphistry", agent_version: "0.40.0" },
    });
    expect([200, 201]).toContain(created.status);
    const { file_id } = created.body;
    const sent = await sendData(user, file_id, "ARROW1 but no more", { query: "?erase=true" });
    expect(sent.status).toBe(200);
    expect(sent.body).toMatchObject({ is_valid: false, is_uploaded: false, bytes_count: 0 });
    expect(Object.values(sent.body.errors).join()).toMatch(/\w+ \w+ \w+/);
    expect((await user.call("GET", `/api/v2/files/${file_id}`)).body).toEqual(sent.body);
    const again = await sendData(user, file_id, tableToIPC(table, "file"), { query: "?erase=true" });
    expect(again.body).toMatchObject({ is_valid: true, is_uploaded: true, errors: {}, agent_name: "pygraphistry" });
    expect(again.body.tables_schemas[0].dtypes).toEqual({ s: "object", d: "object", v: "int32" });
  });
});

describe("sign-in", () => {
  const post = async (path: string, json: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(user.url + path, {
      method: "POST",
      body: JSON.stringify(json),
      headers: { "content-type": "application/json", ...headers },
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };
  const list = (token: string) =>
    fetch(`${user.url}/api/v2/files/`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);

  test("tokens by every path, and what is wrong with others", async () => {
    const credentials = { username: key.id, password: key.key };
    for (const path of ["/api/v2/auth/token/generate", "/api/v2/auth/token/generate/", "/api-token-auth/"]) {
      const { status, body } = await post(path, credentials);
      expect(status, path).toBe(200);
      expect(await list(body.token)).toBe(200);
      expect((await post("/api-token-verify/", { token: body.token })).status).toBe(200);
      expect((await post("/api/v2/auth/token/verify", { token: body.token })).status).toBe(200);
      const refreshed = await post("/api/v2/auth/token/refresh", { token: body.token });
      expect(await list(refreshed.body.token)).toBe(200);
    }
    const local = await post("/api-token-auth/", { username: "dev", password: "local-dev-key" });
    expect(await list(local.body.token)).toBe(200);
    const personal = { authorization: `PersonalKey ${key.id}:${key.key}` };
    expect((await post("/api/v2/auth/pkey/jwt/", {}, personal)).body.token).toMatch(/^ey/);
    const got = await fetch(`${user.url}/api/v2/auth/pkey/jwt/`, { headers: personal });
    expect(await got.json()).toMatchObject({ token: expect.stringMatching(/^ey/) });

    for (const wrong of [
      { username: key.id, password: `${key.key}x` },
      { username: "somebody-else", password: key.key },
      { username: key.id, password: "local-dev-kex" },
    ])
      expect((await post("/api-token-auth/", wrong)).body).toMatchObject({ status: 401, code: "unauthorized" });
    expect((await post("/api-token-auth/", { username: "x" })).status).toBe(422);
    expect((await post("/api/v2/auth/pkey/jwt/", {}, { authorization: `PersonalKey ${key.id}` })).status).toBe(401);
    expect((await post("/api/v2/auth/token/refresh", { token: user.token })).status).toBe(401);
    expect((await post("/api-token-verify/", { token: "a.b.c" })).status).toBe(401);
    expect((await post("/api-token-auth/", { ...credentials, org_name: "nosuch" })).status).toBe(404);
  });

  test("a token has its key's scopes and ends with it", async () => {
    const reader = (await user.call("POST", "/api/keys", { json: { name: "reader", scopes: ["read"] } })).body;
    const { token } = (await post("/api-token-auth/", { username: reader.id, password: reader.key })).body;
    expect(await list(token)).toBe(200);
    const written = await post("/api/v2/files/", { file_type: "csv" }, { authorization: `Bearer ${token}` });
    expect(written.status).toBe(403);
    await user.call("DELETE", `/api/keys/${reader.id}`);
    expect(await list(token)).toBe(401);
    expect((await post("/api-token-verify/", { token })).status).toBe(401);
    expect((await post("/api/v2/auth/token/refresh", { token })).status).toBe(401);
  });

  test("the members of an organisation share its files, and nobody else", async () => {
    const member = new TestUser({ email: `member-${Date.now()}@example.com` });
    const name = `team-${Date.now()}`;
    // The account of a verified address is made by its first request.
    await member.call("GET", "/api/v2/files/");
    const email = JSON.parse(Buffer.from(member.token.split(".")[1] ?? "", "base64url").toString()).email;
    const made = await user.call("POST", "/api/v2/organizations/", { json: { name, members: [email] } });
    expect(made.body.members).toContain(email);
    expect((await stranger.call("POST", "/api/v2/organizations/", { json: { name } })).status).toBe(409);
    const file = await sendFile(user, { file_type: "json", org_name: name }, DOCUMENTED);
    const path = `/api/v2/files/${file.file_id}`;
    expect((await member.call("GET", path)).body).toEqual(file);
    expect((await member.call("GET", "/api/v2/files/")).body.count).toBe(1);
    expect(await readRows(member, file.file_id, 'SELECT sum(v) FROM "{}"')).toEqual([[4]]);
    expect((await member.call("PATCH", path, { json: { description: "ours" } })).body.description).toBe("ours");
    expect((await stranger.call("GET", path)).status).toBe(404);
    expect((await stranger.call("POST", "/api/v2/files/", { json: { file_type: "csv", org_name: name } })).status).toBe(
      404,
    );
    // What a token for the organisation makes belongs to it.
    const token = await post("/api-token-auth/", { username: key.id, password: key.key, org_name: name });
    expect(token.body.active_organization).toEqual({ slug: name, is_found: true, is_member: true });
    await post("/api/v2/files/", { file_type: "csv" }, { authorization: `Bearer ${token.body.token}` });
    expect((await member.call("GET", "/api/v2/files/")).body.count).toBe(2);
    await user.call("DELETE", `/api/v2/organizations/${name}/members/${encodeURIComponent(email)}`);
    expect((await member.call("GET", path)).status).toBe(404);
  });
});

describe("strangers", () => {
  test("find nothing: 404, whatever they try", async () => {
    const file = await sendFile(user, { file_type: "json" }, DOCUMENTED);
    const path = `/api/v2/files/${file.file_id}`;
    for (const answer of [
      await stranger.call("GET", path),
      await stranger.call("PATCH", path, { json: { name: "mine" } }),
      await stranger.call("DELETE", path),
      await stranger.call("GET", `${path}/data`),
      await sendData(stranger, file.file_id, "x"),
      await stranger.call("POST", "/data/sessions", { json: { file_id: file.file_id } }),
    ])
      expect(answer.body).toMatchObject({ status: 404, code: "not_found" });
    expect((await stranger.call("GET", "/api/v2/files/")).body.count).toBe(0);
    expect((await user.call("GET", path)).body).toEqual(file);
  });
});

describe("parser options", () => {
  const odd = "# made by hand\nid;wert;tag;leer\n1;1.234,5;03.04.2020;-\n2;2,25;04.04.2020;x\n3;-;05.04.2020;y\n";
  const options = {
    sep: ";",
    comment: "#",
    decimal: ",",
    thousands: ".",
    na_values: ["-"],
    dayfirst: true,
    dtype: { id: "str" },
    usecols: ["id", "wert", "tag"],
    nrows: 2,
  };

  test("csv: what pandas' read_csv would make of it", async () => {
    const file = await sendFile(user, { file_type: "csv", parser_options: options }, odd);
    expect(file).toMatchObject({ is_valid: true, parser_options: options });
    expect(file.tables_schemas).toEqual([
      {
        name: "Untitled 0",
        dtypes: { id: "object", wert: "float64", tag: "datetime64[ns]" },
        num_cols: 3,
        num_rows: 2,
      },
    ]);
    expect(await readRows(user, file.file_id)).toEqual([
      ["1", 1234.5, "2020-04-03"],
      ["2", 2.25, "2020-04-04"],
    ]);
  });

  test("json, parquet and xlsx have their own", async () => {
    const index = await sendFile(
      user,
      { file_type: "json", parser_options: { orient: "index" } },
      '{"r1": {"a": 1, "b": "x"}, "r2": {"a": 2, "b": "y"}}',
    );
    expect(index.tables_schemas).toMatchObject([{ dtypes: { a: "int64", b: "object" }, num_rows: 2 }]);
    const lines = await sendFile(
      user,
      { file_type: "json", parser_options: { lines: true, nrows: 1 } },
      '{"a":1}\n{"a":2}\n',
    );
    expect(lines.tables_schemas).toMatchObject([{ num_rows: 1 }]);
    const parquet = await sendFile(
      user,
      { file_type: "parquet", parser_options: { columns: ["b"], nrows: 150_000 } },
      await writeParquet("SELECT i AS a, i * 2 AS b FROM range(300000) t(i)", ", ROW_GROUP_SIZE 100000"),
    );
    expect(parquet.tables_schemas).toMatchObject([{ dtypes: { b: "int64" }, num_cols: 1, num_rows: 150_000 }]);
    expect(await readRows(user, parquet.file_id, 'SELECT sum(b)::BIGINT FROM "{}"')).toEqual([[22499850000]]);
    const row = (n: number, cells: string) => `<row r="${n}">${cells}</row>`;
    const cell = (at: string, text: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const book = await createWorkbook({
      sheets: {
        One: row(1, cell("A1", "x")) + row(2, '<c r="A2"><v>1</v></c>'),
        Two: row(1, cell("A1", "y") + cell("B1", "z")) + row(2, `<c r="A2"><v>2.5</v></c>${cell("B2", "q")}`),
      },
    });
    const both = await sendFile(user, { file_type: "xlsx" }, book);
    expect(both.tables_schemas.map((sheet: Answer["body"]) => sheet.name)).toEqual(["One", "Two"]);
    const one = await sendFile(
      user,
      { file_type: "xlsx", parser_options: { sheet_name: "Two", names: ["a", "b"] } },
      book,
    );
    expect(one.tables_schemas).toEqual([
      { name: "Two", dtypes: { a: "float64", b: "object" }, num_cols: 2, num_rows: 1 },
    ]);
    const letters = await sendFile(
      user,
      { file_type: "xlsx", parser_options: { sheet_name: 1, usecols: "B:C" } },
      book,
    );
    expect(letters.tables_schemas).toMatchObject([{ name: "Two", dtypes: { z: "object" } }]);
    const none = await sendFile(user, { file_type: "xlsx", parser_options: { sheet_name: "Three" } }, book);
    expect(none.is_valid).toBe(false);
    expect(none.errors.invalid_file).toMatch(/no sheet "Three".*"One", "Two"/);
  });

  test("an unknown or wrong one is a 422 that lists the known ones", async () => {
    const create = (file_type: string, parser_options: unknown) =>
      user.call("POST", "/api/v2/files/", { json: { file_type, parser_options } });
    for (const [type, wrong, path, message] of [
      ["csv", { seperator: ";" }, "parser_options.seperator", /Known options are sep, .*dtype/],
      ["csv", { skiprows: -1 }, "parser_options.skiprows", /0 or more/],
      ["csv", { encoding: "klingon" }, "parser_options.encoding", /utf-8/],
      ["csv", { dtype: { a: "complex" } }, "parser_options.dtype.a", /int64/],
      ["json", { sep: ";" }, "parser_options.sep", /orient, lines/],
      ["json", { orient: "sideways" }, "parser_options.orient", /records, columns/],
      ["xlsx", { sheet: 1 }, "parser_options.sheet", /sheet_name, header/],
      ["parquet", { columns: "a" }, "parser_options.columns", /list/],
    ] as const) {
      const answer = await create(type, wrong);
      expect(answer.body, JSON.stringify(wrong)).toMatchObject({ status: 422, errors: [{ path }] });
      expect(answer.body.errors[0].message).toMatch(message);
    }
    expect((await create("csv", "sep=;")).status).toBe(422);
    expect((await create("docx", {})).status).toBe(422);
  });

  test("a column that is not there", async () => {
    const bytes = await writeParquet("SELECT 1 AS a");
    const file = await sendFile(user, { file_type: "parquet", parser_options: { columns: ["b"] } }, bytes);
    expect(file.errors.invalid_file).toMatch(/no column “b”; the table has “a”/);
  });
});

describe("SQL transforms", () => {
  test("run one after another; the result is the table", async () => {
    const file = await sendFile(
      user,
      {
        file_type: "csv",
        name: "sales.csv",
        sql_transforms: [
          "SELECT *, amount * 2 AS double FROM sales WHERE amount > 1",
          'SELECT region, sum(double) AS total, max("to_timestamp"(0)) AS at FROM this GROUP BY region ORDER BY region -- done',
        ],
      },
      "region,amount\nnorth,1\nnorth,2\nsouth,3\nsouth,4.5\n",
    );
    expect(file.errors).toEqual({});
    expect(file.tables_schemas).toEqual([
      {
        name: "Untitled 0",
        dtypes: { region: "object", total: "float64", at: "datetime64[ns]" },
        num_cols: 3,
        num_rows: 2,
      },
    ]);
    expect(await readRows(user, file.file_id)).toEqual([
      ["north", 4, "1970-01-01T00:00:00Z"],
      ["south", 15, "1970-01-01T00:00:00Z"],
    ]);
  });

  test("an object transforms single tables by name, each over all of them", async () => {
    const row = (n: number, cells: string) => `<row r="${n}">${cells}</row>`;
    const cell = (at: string, text: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const book = await createWorkbook({
      sheets: {
        People: row(1, cell("A1", "id") + cell("B1", "name")) + row(2, `<c r="A2"><v>1</v></c>${cell("B2", "Ada")}`),
        "Paid out": row(1, cell("A1", "id")) + row(2, '<c r="A2"><v>1</v></c>') + row(3, '<c r="A3"><v>1</v></c>'),
      },
    });
    const transforms = {
      "Paid out": [
        'SELECT p.name, count(*) AS n FROM "Paid out" o JOIN People p USING (id) GROUP BY ALL',
        "FROM this SELECT *, 1 AS k",
      ],
    };
    const file = await sendFile(user, { file_type: "xlsx", sql_transforms: transforms }, book);
    expect(file.errors).toEqual({});
    expect(file.tables_schemas).toMatchObject([
      { name: "People", num_rows: 1, num_cols: 2 },
      { name: "Paid out", num_rows: 1, num_cols: 3, dtypes: { name: "object", n: "int64", k: "int32" } },
    ]);
    expect(await readRows(user, file.file_id, 'SELECT * FROM "{}"', 1)).toEqual([["Ada", 2, 1]]);
    const byAlias = await user.call("PATCH", `/api/v2/files/${file.file_id}`, {
      json: {
        sql_transforms: { paid_out: ["SELECT 2 * sum(id) AS twice, sum(id * 9000000000000000000) AS big FROM this"] },
      },
    });
    expect(byAlias.body.errors).toEqual({});
    expect(byAlias.body.tables_schemas[1]).toMatchObject({ num_rows: 1, dtypes: { twice: "int64", big: "object" } });
    const twice = await user.call("PATCH", `/api/v2/files/${file.file_id}`, {
      json: { sql_transforms: { paid_out: ["FROM this"], "Paid out": ["FROM this"] } },
    });
    expect(twice.body.errors.query_failed).toMatch(/"Paid out".*same table as that of sql_transforms\["paid_out"\]/);
    const joined = await user.call("PATCH", `/api/v2/files/${file.file_id}`, {
      json: { sql_transforms: ["SELECT name, Paid_out.id FROM People JOIN Paid_out USING (id)"] },
    });
    expect(joined.body.tables_schemas).toMatchObject([{ name: "Untitled 0", num_rows: 2, num_cols: 2 }]);
  });

  test("a wide result is laid out like any wide table", async () => {
    const columns = Array.from({ length: 250 }, (_, i) => `v + ${i} AS c${i}`).join(", ");
    const file = await sendFile(
      user,
      { file_type: "csv", sql_transforms: [`SELECT ${columns} FROM this`] },
      "v\n1\n2\n",
    );
    expect(file.tables_schemas).toMatchObject([{ num_cols: 250, num_rows: 2 }]);
    expect(await readRows(user, file.file_id, 'SELECT c0, c249 FROM "{}" ORDER BY c0')).toEqual([
      [1, 250],
      [2, 251],
    ]);
  });

  test("wrong SQL leaves the file invalid, with DuckDB's message; a PATCH mends it", async () => {
    const file = await sendFile(user, { file_type: "json", sql_transforms: ["SELECT nosuch FROM this"] }, DOCUMENTED);
    expect(file).toMatchObject({ is_uploaded: true, is_valid: false, tables_schemas: [] });
    expect(file.errors.query_failed).toMatch(/^sql_transforms\[0\]: .*nosuch/s);
    expect(file.errors.query_failed).not.toMatch(/CREATE TABLE|steps/);
    const path = `/api/v2/files/${file.file_id}`;
    const patch = async (sql_transforms: unknown) =>
      (await user.call("PATCH", path, { json: { sql_transforms } })).body;
    for (const [sql, code, message] of [
      ["DROP TABLE this", "query_refused", /read-only/],
      ["SELECT 1; SELECT 2", "query_refused", /one statement/i],
      ["SELECT * FROM read_csv('/etc/passwd')", "query_refused", /read_csv/],
      ["SELECT * FROM 'x.parquet'", "query_refused", /Files cannot/],
      ["SELECT v::DATE FROM this", "query_failed", /cast|convert/i],
      ["SELECT 1/0 FROM nosuch", "query_failed", /nosuch/],
    ] as const) {
      const wrong = await patch(["SELECT * FROM this", sql]);
      expect(wrong, sql).toMatchObject({ is_uploaded: true, is_valid: false });
      expect(wrong.errors[code], `${sql} ${JSON.stringify(wrong.errors)}`).toMatch(message);
      expect(wrong.errors[code]).toMatch(/^sql_transforms\[1\]: /);
    }
    const unknown = await patch({ nosuch: ["SELECT 1"] });
    expect(unknown.errors.query_failed).toMatch(/no table of this name; it has “Untitled 0”/);
    const mended = await patch(["SELECT s FROM this"]);
    expect(mended).toMatchObject({ is_valid: true, errors: {}, tables_schemas: [{ num_cols: 1 }] });
    expect(await patch(null)).toMatchObject({ is_valid: true, tables_schemas: [{ num_cols: 3 }] });
    for (const wrong of ["SELECT 1", [1], { a: "SELECT 1" }, [""], Array(200).fill("SELECT 1")])
      expect((await user.call("PATCH", path, { json: { sql_transforms: wrong } })).status).toBe(422);
  });
});

describe("changing a file", () => {
  test("a PATCH parses again, other data replaces", async () => {
    const file = await sendFile(user, { file_type: "csv", name: "x" }, "a;b\n1;2\n");
    const path = `/api/v2/files/${file.file_id}`;
    // What a session has is not read anew: it ends with the tables that it was opened on.
    const open = async () =>
      (await user.call("POST", "/data/sessions", { json: { file_id: file.file_id } })).body.session_id;
    const outcome = async (session: string) => (await user.query(session, "SELECT 1")).status;
    const before = await open();
    const asText = await user.call("PATCH", path, { json: { parser_options: { dtype: "str" }, name: "y" } });
    expect(await outcome(before)).toBe(410);
    const between = await open();
    expect(asText.body).toMatchObject({
      name: "y",
      is_valid: true,
      tables_schemas: [{ dtypes: { a: "object", b: "object" } }],
    });
    const named = await user.call("PATCH", path, { json: { description: "two columns" } });
    expect(named.body).toMatchObject({ description: "two columns", is_valid: true, parser_options: { dtype: "str" } });
    expect(await outcome(between)).toBe(200);
    const replaced = await sendData(user, file.file_id, "c\nx\ny\n");
    expect(await outcome(between)).toBe(410);
    expect(replaced.body.tables_schemas).toMatchObject([{ dtypes: { c: "object" }, num_rows: 2 }]);
    const json = await user.call("PATCH", path, { json: { file_type: "json" } });
    expect(json.body).toMatchObject({ status: 422, errors: [{ path: "parser_options.dtype" }] });
    const broken = await user.call("PATCH", path, { json: { file_type: "json", parser_options: {} } });
    expect(broken.body).toMatchObject({ is_uploaded: true, is_valid: false, tables_schemas: [] });
    const raw = await user.fetch("GET", `${path}/data`);
    expect(await raw.text()).toBe("c\nx\ny\n");
    expect((await user.call("PATCH", path, { json: { file_type: "csv" } })).body.is_valid).toBe(true);
  });

  test("data sent by two at the same time: one of them stays, whole", async () => {
    const { file_id } = (await user.call("POST", "/api/v2/files/", { json: { file_type: "csv" } })).body;
    const rows = (n: number) => `a\n${"1\n".repeat(n)}`;
    await Promise.all([3, 4, 5].map((n) => sendData(user, file_id, rows(n))));
    const settled = (await user.call("GET", `/api/v2/files/${file_id}`)).body;
    expect(settled.is_valid).toBe(true);
    expect(settled.bytes_count).toBe(2 + 2 * settled.tables_schemas[0].num_rows);
  });

  test("a session over a file, an upload and both", async () => {
    const file = await sendFile(user, { file_type: "json", name: "edges" }, DOCUMENTED);
    const upload = await user.upload({ "names.csv": "s,name\na,Ada\nb,Bob\n" });
    const both = await user.call("POST", "/data/sessions", {
      json: { upload_id: [upload.upload_id], file_id: [file.file_id] },
    });
    expect(both.body.tables.map((entry: Answer["body"]) => entry.name)).toEqual(["names", "edges"]);
    const joined = await user.query(both.body.session_id, "SELECT name, v FROM names JOIN edges USING (s) ORDER BY s");
    expect(joined.body.rows).toEqual([
      ["Ada", 1],
      ["Bob", 1],
    ]);
    await user.call("DELETE", `/data/sessions/${both.body.session_id}`);
    const open = (json: unknown) => user.call("POST", "/data/sessions", { json }).then(({ body }) => body);
    expect(await open({})).toMatchObject({ status: 422, errors: [{ path: "upload_id" }] });
    const empty = (await user.call("POST", "/api/v2/files/", { json: { file_type: "csv" } })).body;
    expect(await open({ file_id: empty.file_id })).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/no data/),
    });
  });
});

describe("data that cannot be read", () => {
  const orc = readFileSync("test/formats/orc/samples/v2-zlib-dictionary.orc");

  test("every type given every other type's bytes: corrected and said so, or refused with a reason", async () => {
    const samples: Record<string, Uint8Array> = {
      arrow: tableToIPC(table, "file"),
      csv: new TextEncoder().encode("s,d,v\na,b,1\nb,c,2\n"),
      json: new TextEncoder().encode(DOCUMENTED),
      orc,
      parquet: await writeParquet("SELECT 1 AS a"),
      xlsx: await createWorkbook({ sheets: { S: '<row r="1"><c r="A1"><v>1</v></c></row>' } }),
    };
    for (const type of ["arrow", "csv", "json", "orc", "parquet", "xls", "xlsx"]) {
      const { file_id } = (await user.call("POST", "/api/v2/files/", { json: { file_type: type } })).body;
      for (const [other, bytes] of Object.entries(samples)) {
        const { status, body } = await sendData(user, file_id, bytes);
        const what = `${other} as ${type}: ${JSON.stringify([body.errors, body.remarks])}`;
        expect(status, what).toBe(200);
        expect(body.is_uploaded, what).toBe(true);
        expect(body.bytes_count, what).toBe(bytes.length);
        if (other === type) expect([body.is_valid, body.remarks], what).toEqual([true, []]);
        else if (body.is_valid) expect(body.remarks.join(), what).toMatch(/declared as|but is/);
        else expect(Object.values(body.errors).join(), what).toMatch(/\w+ \w+ \w+/);
        // Binary formats tell themselves apart from each other; text is never taken for one of them.
        if (!["csv", "json"].includes(other)) expect(body.is_valid, what).toBe(true);
        else if (!["csv", "json"].includes(type)) expect(body.is_valid, what).toBe(false);
      }
    }
  });

  test("truncated at any of twenty places it ends in a reason, and the bytes stay", async () => {
    const records = Array.from({ length: 200 }, (_, i) => ({ id: i, name: `n${i}` }));
    const samples: Record<string, Uint8Array> = {
      arrow: tableToIPC(tableFromArrays({ a: Float64Array.from({ length: 500 }, Math.random) }), "file"),
      json: new TextEncoder().encode(JSON.stringify(records)),
      parquet: await writeParquet("SELECT i, 'text ' || i AS s FROM range(500) t(i)"),
      orc,
      xlsx: await createWorkbook({ sheets: { S: '<row r="1"><c r="A1"><v>1</v></c></row>'.repeat(50) } }),
    };
    const cuts = Object.entries(samples).flatMap(([type, bytes]) =>
      Array.from({ length: 20 }, (_, i) => ({
        type,
        cut: bytes.subarray(0, Math.floor((bytes.length * (i + 0.5)) / 20)),
      })),
    );
    await severalAtOnce(cuts, async ({ type, cut }) => {
      const file = await sendFile(user, { file_type: type }, cut);
      const what = `${type} cut at ${cut.length}: ${JSON.stringify(file)}`;
      expect([file.is_uploaded, file.is_valid], what).toEqual([true, false]);
      expect(Object.keys(file.errors), what).toEqual(["invalid_file"]);
      expect(file.errors.invalid_file, what).toMatch(/cut off|truncated|ends|not closed/);
      const raw = await user.fetch("GET", `/api/v2/files/${file.file_id}/data`);
      expect(Buffer.compare(Buffer.from(await raw.arrayBuffer()), cut), what).toBe(0);
    });
  }, 240_000);

  test("JSON: too deep, a key twice, half a surrogate, a trailing comma, nothing; CSV: no bytes at all", async () => {
    for (const [text, reason] of [
      [`${"[".repeat(10_000)}${"]".repeat(10_000)}`, /deep|nest/i],
      ['[{"a": 1, "a": 2}]', /twice/],
      ['[{"a": "\\ud800"}]', /surrogate/i],
      ['[{"a": 1},]', /Line 1, column \d+/],
      ["", /0 bytes/],
    ] as const) {
      const file = await sendFile(user, { file_type: "json" }, text);
      expect(file.is_valid, text.slice(0, 30)).toBe(false);
      expect(Object.values(file.errors).join()).toMatch(reason);
    }
    const empty = await sendFile(user, { file_type: "csv" }, "");
    expect(empty).toMatchObject({ is_valid: false, bytes_count: 0 });
    expect(Object.values(empty.errors).join()).toMatch(/0 bytes/);
  });

  test("tables without columns, wrong footers, workbooks that are none", async () => {
    const parquet = await writeParquet("SELECT 1 AS a");
    const changed = (at: number, bytes: number[]) => {
      const copy = Uint8Array.from(parquet);
      copy.set(bytes, copy.length - at);
      return copy;
    };
    const zip = (parts: Record<string, string>) => writeZipOf({ "[Content_Types].xml": "<Types/>", ...parts });
    for (const [type, bytes, reason] of [
      ["json", "[]", /no columns/],
      ["json", "{}", /no columns/],
      ["json", "[{}, {}]", /no columns/],
      ["json", "null", /no columns/],
      ["arrow", tableToIPC(new Table({}), "stream"), /no columns|no table/],
      ["csv", "\n \n", /holds no rows/],
      ["parquet", changed(8, [0xff, 0xff, 0xff, 0x7f]), /footer is said to be 2147483647 bytes/],
      ["parquet", changed(8, [0, 0, 0, 0]), /footer is said to be 0 bytes/],
      ["parquet", changed(4, [0x58, 0x58, 0x58, 0x58]), /does not end with "PAR1"/],
      ["parquet", changed(40, Array<number>(32).fill(0xff)), /damaged/],
      ["xlsx", await zip({ "xl/vbaProject.bin": "macro" }), /no Excel workbook/],
      ["xlsx", await zip({ "word/document.xml": "<w/>" }), /no Excel workbook/],
    ] as const) {
      const file = await sendFile(user, { file_type: type }, bytes);
      const what = `${type}: ${JSON.stringify(file.errors)}`;
      expect([file.is_uploaded, file.is_valid], what).toEqual([true, false]);
      expect(file.errors.invalid_file, what).toMatch(reason);
    }
  });

  test("nested zips, `../` in a zip, a schema that changes in mid-NDJSON, no rows", async () => {
    const nested = readFileSync("test/formats/compression/samples/nested.zip");
    const zip = await sendFile(user, { file_type: "csv", file_compression: "zip" }, nested);
    expect(zip.is_valid).toBe(false);
    expect(zip.errors.invalid_file).toMatch(/archive|zip/i);
    const outside = await writeZipOf({ "../../etc/one.csv": "a\n1\n", "/two.csv": "b\n2\n" });
    const inside = await sendFile(user, { file_type: "csv", file_compression: "zip" }, outside);
    expect(inside.tables_schemas).toMatchObject([{ name: "etc/one.csv" }, { name: "two.csv" }]);
    const changing = await sendFile(
      user,
      { file_type: "json", parser_options: { lines: true } },
      '{"a": 1}\n{"a": "x", "b": true}\n{"b": false}\n',
    );
    expect(changing.tables_schemas).toMatchObject([{ dtypes: { a: "object", b: "object" }, num_rows: 3 }]);
    const header = await sendFile(user, { file_type: "csv" }, "a,b\n");
    expect(header.tables_schemas).toMatchObject([{ num_cols: 2, num_rows: 0 }]);
    const none = await sendFile(user, { file_type: "parquet" }, await writeParquet("SELECT 1 AS a WHERE false"));
    expect(none.tables_schemas).toMatchObject([{ num_cols: 1, num_rows: 0 }]);
  });

  test("bodies that are none: forms, too large, cut off, without length", async () => {
    const { file_id } = (await user.call("POST", "/api/v2/files/", { json: { file_type: "csv" } })).body;
    const form = new FormData();
    form.append("file", new Blob(["a\n1\n"]), "a.csv");
    expect((await user.call("POST", `/api/v2/upload/files/${file_id}`, { form })).body).toMatchObject({
      status: 415,
      detail: expect.stringMatching(/not a form/),
    });
    const chunks = ["a,b\n", "1,2\n", "3,4\n"].map((text) => new TextEncoder().encode(text));
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    });
    const chunked = await fetch(`${user.url}/api/v2/upload/files/${file_id}/`, {
      method: "POST",
      headers: { authorization: `Bearer ${user.token}` },
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(await chunked.json()).toMatchObject({ is_valid: true, bytes_count: 12, tables_schemas: [{ num_rows: 2 }] });
    const refused = await sendZeros(`${user.url}/api/v2/upload/files/${file_id}`, user.token, 20_000_001);
    expect(refused).toMatchObject({ status: 413, code: "payload_too_large", limit_bytes: 20_000_000 });
    expect((await sendData(user, file_id, "a\n1\n", { query: "?erase=maybe" })).status).toBe(422);
    expect((await user.call("GET", `/api/v2/files/${file_id}`)).body).toMatchObject({
      bytes_count: 12,
      is_valid: true,
    });
  });

  test("requests that are none", async () => {
    const send = (raw: string) =>
      user.call("POST", "/api/v2/files/", { raw, headers: { "content-type": "text/plain" } });
    expect((await send("{")).status).toBe(400);
    expect((await send("[]")).status).toBe(422);
    expect((await send('{"file_type": "csv", "file_compression": "rar"}')).status).toBe(422);
    expect((await send(`{"file_type": "csv", "name": "${"x".repeat(300)}"}`)).status).toBe(422);
    expect((await send(`{"file_type": "csv", "description": "${"x".repeat(1_100_000)}"}`)).status).toBe(413);
    expect((await send('{"file_type": "csv"}')).status).toBe(201);
  });
});

/** Does the same with each of many things, a few of them at a time. */
async function severalAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const workers = Array.from({ length: 6 }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  });
  await Promise.all(workers);
}

async function writeZipOf(parts: Record<string, string>): Promise<Uint8Array> {
  const entries = Object.entries(parts).map(([name, text]) => ({
    name,
    chunks: (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  }));
  return Buffer.concat(await Array.fromAsync(writeZip(entries)));
}

/** Announces and sends so many bytes, a megabyte at a time. */
async function sendZeros(url: string, token: string, length: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { authorization: `Bearer ${token}`, "content-length": String(length) };
  const sending = request(url, { method: "POST", headers }, (response) => {
    let text = "";
    response.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    response.on("end", () => resolve(text));
  });
  sending.on("error", reject);
  const zeros = Buffer.alloc(1_000_000);
  Readable.from(
    (function* () {
      for (let left = length; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
    })(),
  ).pipe(sending);
  return JSON.parse(await promise);
}

test("a file tells of the rows that are shorter than the others", async () => {
  const file = await sendFile(user, { file_type: "csv" }, "a,b,c\n1,2,3\n4\n5,6\n");
  expect(file.remarks).toEqual(["2 rows (lines 3, 4) have fewer cells than the 3 columns; what is missing is null."]);
});

test("types arrive as pandas would show them", async () => {
  const types = new Table({
    whole: vectorFromArray([1n, 2n]),
    gaps: vectorFromArray([1n, null]),
    flag: vectorFromArray([true, false]),
    maybe: vectorFromArray([true, null]),
    when: vectorFromArray([new Date(0), new Date(1)]),
  });
  const file = await sendFile(user, { file_type: "arrow" }, tableToIPC(types, "stream"));
  expect(file.tables_schemas[0].dtypes).toEqual({
    whole: "int64",
    gaps: "float64",
    flag: "bool",
    maybe: "object",
    when: "datetime64[ns]",
  });
});
