import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";

const user = new TestUser({ scope: "read write" });
const stranger = new TestUser();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const create = (sessionId: unknown, by = user) =>
  by.call("POST", "/api/csv/sessions", { json: { session_id: sessionId } });

/** Opens a session with a name of its own. */
async function open(): Promise<{ sessionId: string; uploadId: string }> {
  const sessionId = `s-${randomUUID()}`;
  const { status, body } = await create(sessionId);
  expect(status).toBe(200);
  return { sessionId, uploadId: body.upload_id };
}

type Part = [name: string, value: string, filename?: string, type?: string];

function send(parts: Part[], by = user): Promise<Answer> {
  const form = new FormData();
  for (const [name, value, filename, type] of parts)
    if (filename === undefined) form.append(name, value);
    else form.append(name, new Blob([value], { type: type ?? "text/csv" }), filename);
  return by.call("POST", "/api/csv/upload", { form });
}

const upload = (sessionId: string, text: string, name = "data.csv", by = user) =>
  send(
    [
      ["session_id", sessionId],
      ["file", text, name],
    ],
    by,
  );

const get = (sessionId: string, by = user) => by.call("GET", `/api/csv/sessions/${sessionId}`);

test("the documented life of a session, field by field", async () => {
  const sessionId = `my_session_${randomUUID()}`;
  const created = await create(sessionId);
  expect(created.status).toBe(200);
  expect(created.body).toEqual({
    message: "Session created successfully",
    session_id: sessionId,
    upload_id: expect.stringMatching(/^upload_/),
  });

  const uploaded = await upload(sessionId, "a,b\n1,x\n2,y\n", "original_name.csv");
  expect(uploaded.status).toBe(200);
  const file = {
    id: expect.stringMatching(UUID),
    filename: expect.stringMatching(new RegExp(`${UUID.source.slice(0, -1)}\\.csv$`)),
    original_filename: "original_name.csv",
    file_size: 12,
    content_type: "text/csv",
    created_at: expect.stringMatching(TIME),
    status: expect.stringMatching(/^(processing|complete)$/),
    error: null,
  };
  expect(uploaded.body).toEqual({
    message: "File uploaded successfully",
    session_id: sessionId,
    upload_id: created.body.upload_id,
    job_id: expect.stringMatching(/^job_/),
    file,
  });

  await user.settle(created.body.upload_id);
  const got = await get(sessionId);
  expect(got.status).toBe(200);
  expect(got.body).toEqual({
    id: expect.stringMatching(UUID),
    session_id: sessionId,
    upload_id: created.body.upload_id,
    created_at: expect.stringMatching(TIME),
    updated_at: expect.stringMatching(TIME),
    csv_files: [{ ...uploaded.body.file, status: "complete" }],
  });
  expect(got.body.updated_at >= got.body.created_at).toBe(true);

  const listed = await user.call("GET", "/api/csv/sessions");
  expect(listed.body).toEqual(expect.arrayContaining([got.body]));

  const removed = await user.call("DELETE", `/api/csv/files/${uploaded.body.file.id}`);
  expect([removed.status, removed.body]).toEqual([200, { message: "File deleted successfully" }]);
  expect((await get(sessionId)).body.csv_files).toEqual([]);
  const ended = await user.call("DELETE", `/api/csv/sessions/${sessionId}`);
  expect([ended.status, ended.body]).toEqual([200, { message: "Session deleted successfully" }]);
  expect((await get(sessionId)).status).toBe(404);
});

test("files are queried, previewed and exported by their original names; one name twice becomes two tables", async () => {
  const { sessionId, uploadId } = await open();
  await upload(sessionId, "city,people\nOslo,700000\nRome,2800000\n", "cities.csv");
  await upload(sessionId, "city,people\nBern,130000\n", "cities.csv");
  await upload(sessionId, "code\nNO\n", "countries.CSV");
  const settled = await user.settle(uploadId);
  expect(settled).toMatchObject({ status: "complete", name: sessionId });
  expect(settled.files.map((file: { filename: string }) => file.filename)).toEqual([
    "cities.csv",
    "cities (2).csv",
    "countries.CSV",
  ]);
  const names = (await get(sessionId)).body.csv_files.map(
    (file: { original_filename: string }) => file.original_filename,
  );
  expect(names).toEqual(["cities.csv", "cities.csv", "countries.CSV"]);

  const session = await user.session(uploadId);
  const { body } = await user.query(
    session.session_id,
    "SELECT (SELECT sum(people)::BIGINT FROM cities), (SELECT city FROM cities_2), (SELECT code FROM countries)",
  );
  expect(body.rows).toEqual([[3_500_000, "Bern", "NO"]]);
  const preview = await user.call("GET", `/uploads/${uploadId}/files/${encodeURIComponent("cities (2).csv")}/preview`);
  expect(preview.status).toBe(200);
});

test("deleting a file keeps the others and ends query sessions that have it; an empty session takes files again", async () => {
  const { sessionId, uploadId } = await open();
  const first = await upload(sessionId, "x\n1\n", "first.csv");
  await user.settle(uploadId);
  const before = await user.session(uploadId);
  const second = await upload(sessionId, "x\n2\n", "second.csv");
  await user.settle(uploadId);
  const both = await user.session(uploadId);

  expect((await user.call("DELETE", `/api/csv/files/${second.body.file.id}`)).status).toBe(200);
  expect((await user.query(both.session_id, "SELECT 1")).status).toBe(410);
  expect((await user.query(before.session_id, "SELECT x FROM first")).body.rows).toEqual([[1]]);
  expect((await user.call("GET", `/uploads/${uploadId}`)).body.files).toHaveLength(1);
  expect((await user.call("DELETE", `/api/csv/files/${second.body.file.id}`)).status).toBe(404);

  await user.call("DELETE", `/api/csv/files/${first.body.file.id}`);
  expect((await user.call("GET", `/uploads/${uploadId}`)).body.status).toBe("pending");
  await upload(sessionId, "x\n3\n", "first.csv");
  expect((await user.settle(uploadId)).status).toBe("complete");
});

test("a session and the upload behind it go together, whichever is deleted", async () => {
  const one = await open();
  await upload(one.sessionId, "x\n1\n");
  expect((await user.call("DELETE", `/api/csv/sessions/${one.sessionId}`)).status).toBe(200);
  expect((await user.call("GET", `/uploads/${one.uploadId}`)).status).toBe(404);
  // The name is free again.
  expect((await create(one.sessionId)).status).toBe(200);

  const other = await open();
  const file = (await upload(other.sessionId, "x\n1\n")).body.file;
  expect((await user.call("DELETE", `/uploads/${other.uploadId}`)).status).toBe(200);
  expect((await get(other.sessionId)).status).toBe(404);
  expect((await user.call("DELETE", `/api/csv/files/${file.id}`)).status).toBe(404);
});

test("a duplicate id is 400, also when two requests race; names are each user's own", async () => {
  const sessionId = `race-${randomUUID()}`;
  const answers = await Promise.all([1, 2, 3, 4].map(() => create(sessionId)));
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400]);
  const refused = answers.find((answer) => answer.status === 400);
  expect(refused?.body).toMatchObject({ code: "invalid_request", detail: expect.stringContaining(sessionId) });
  expect((await create(sessionId, stranger)).status).toBe(200);
});

test("files of one name that arrive at once all stay", async () => {
  const { sessionId, uploadId } = await open();
  const answers = await Promise.all([1, 2, 3, 4].map((n) => upload(sessionId, `x\n${n}\n`, "same.csv")));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
  const { files } = await user.settle(uploadId);
  expect(files.map((file: { filename: string }) => file.filename)).toEqual([
    "same.csv",
    "same (2).csv",
    "same (3).csv",
    "same (4).csv",
  ]);
  expect(new Set(answers.map((answer) => answer.body.file.filename)).size).toBe(4);
});

test("session ids that cannot be one are refused with the reason", async () => {
  for (const bad of ["", ".", "..", "a/b", "a b", "ä", "a\u0000b", "-".repeat(129), "x?y", "%2e%2e", "'; drop table"]) {
    const { status, body } = await create(bad);
    expect(status, JSON.stringify(bad)).toBe(422);
    expect(body.errors[0].path).toBe("session_id");
  }
  for (const bad of [undefined, null, 7, ["a"]]) expect((await create(bad)).status).toBe(422);
  expect((await create(`${"a".repeat(100)}._:-${randomUUID().slice(0, 20)}`)).status).toBe(200);
});

test("parts in any order, twice, missing, wrongly named or empty", async () => {
  const { sessionId, uploadId } = await open();
  const file: Part = ["file", "x\n1\n", "late.csv"];
  const id: Part = ["session_id", sessionId];
  const fileFirst = await send([file, ["other", "ignored"], id]);
  expect([fileFirst.status, fileFirst.body.file.original_filename]).toEqual([200, "late.csv"]);

  const bad: [Part[], number, RegExp][] = [
    [[file], 422, /session/],
    [[id], 422, /no file/],
    [[["file", "x\n1\n"], id], 422, /no filename/],
    [[id, id, file], 422, /twice/],
    [[id, file, file], 422, /two files/],
    [[id, ["data", "x\n1\n", "a.csv"]], 422, /called “file”/],
    [[id, ["file", "", "empty.csv"]], 422, /empty/],
    [[id, ["file", "x", "data.xlsx"]], 400, /“data\.xlsx” does not end in “\.csv”/],
    [[id, ["file", "x", "data.csv.gz"]], 400, /\.csv/],
    [[["file", "x", "csv"], id], 400, /\.csv/],
    [[["session_id", "no-such"], file], 404, /no-such/],
    [[file, ["session_id", "no-such"]], 404, /no-such/],
  ];
  for (const [parts, status, detail] of bad) {
    const answer = await send(parts);
    expect([answer.status, answer.body.detail], JSON.stringify(parts)).toEqual([status, expect.stringMatching(detail)]);
  }
  expect((await user.settle(uploadId)).files).toHaveLength(1);
  const plain = await user.call("POST", "/api/csv/upload", { json: { session_id: sessionId } });
  expect(plain.status).toBe(415);
});

test("a file that is no table: the upload stands, its status says why", async () => {
  const { sessionId, uploadId } = await open();
  const { status } = await upload(sessionId, "\u0000\u0001\u0002\u0003binary\u0000\u0000", "noise.csv");
  expect(status).toBe(200);
  await user.settle(uploadId);
  const [file] = (await get(sessionId)).body.csv_files;
  expect(file).toMatchObject({
    status: "failed",
    error: { code: "invalid_file", message: expect.stringMatching(/\w+ \w+/) },
  });
});

test("another user's sessions and files are not there", async () => {
  const { sessionId } = await open();
  const { file } = (await upload(sessionId, "x\n1\n")).body;
  expect((await get(sessionId, stranger)).status).toBe(404);
  expect((await upload(sessionId, "x\n1\n", "a.csv", stranger)).status).toBe(404);
  expect((await stranger.call("DELETE", `/api/csv/sessions/${sessionId}`)).status).toBe(404);
  expect((await stranger.call("DELETE", `/api/csv/files/${file.id}`)).status).toBe(404);
  const theirs = (await stranger.call("GET", "/api/csv/sessions")).body;
  expect(theirs.map((session: { session_id: string }) => session.session_id)).not.toContain(sessionId);
  expect((await get(sessionId)).body.csv_files).toHaveLength(1);
});

test("a long list is paged by its Link header", async () => {
  const lister = new TestUser();
  for (let n = 0; n < 3; n++) await create(`page-${n}`, lister);
  const first = await lister.call("GET", "/api/csv/sessions?limit=2");
  expect(first.body.map((session: { session_id: string }) => session.session_id)).toEqual(["page-2", "page-1"]);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  const second = await lister.call("GET", next);
  expect(second.body.map((session: { session_id: string }) => session.session_id)).toEqual(["page-0"]);
  expect(second.headers.get("link")).toBeNull();
});

test("a wrong key is refused even where none is needed", async () => {
  const headers = { authorization: "Bearer eider_nosuchkeynosuchkeynosuchkey" };
  expect((await fetch(`${server.url}/api/csv/sessions`, { headers })).status).toBe(401);
});

/** The document's own example, with this server's address and a session id of its own. */
const EXAMPLE = `
import requests
import sys
base, session_id = sys.argv[1], sys.argv[2]
# 1. Create a session
session_data = {"session_id": session_id}
response = requests.post(base + "/api/csv/sessions", json=session_data)
assert response.status_code == 200, response.text
# 2. Upload a CSV file
with open("data.csv", "rb") as f:
    files = {"file": f}
    data = {"session_id": session_id}
    response = requests.post(base + "/api/csv/upload", files=files, data=data)
    assert response.status_code == 200, response.text
# 3. Get session files
response = requests.get(base + "/api/csv/sessions/" + session_id)
files = response.json()
print(response.text)
`;

import { server } from "./this-server.ts";

const hasRequests = spawnSync("python3", ["-c", "import requests"]).status === 0;

test.skipIf(!hasRequests)("the document's Python example works as it is, without a key", () => {
  const folder = mkdtempSync(join(tmpdir(), "eider-csv-"));
  try {
    writeFileSync(join(folder, "data.csv"), "a,b\n1,2\n");
    const run = spawnSync("python3", ["-c", EXAMPLE, server.url, `py-${randomUUID()}`], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, NO_PROXY: "*" },
    });
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout).csv_files).toMatchObject([
      { original_filename: "data.csv", file_size: 8, content_type: "text/csv" },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the same calls without a key, as fetch makes them", async () => {
  const base = `${server.url}/api/csv`;
  const sessionId = `js-${randomUUID()}`;
  const created = await fetch(`${base}/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ session_id: sessionId }),
  });
  expect(created.status).toBe(200);
  const form = new FormData();
  form.append("file", new Blob(["a,b\n1,2\n"], { type: "text/csv" }), "data.csv");
  form.append("session_id", sessionId);
  expect((await fetch(`${base}/upload`, { method: "POST", body: form })).status).toBe(200);
  expect((await fetch(`${base}/sessions/${sessionId}`, { method: "DELETE" })).status).toBe(200);
});
