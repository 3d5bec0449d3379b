import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeZip } from "../../src/formats/excel/write-zip.ts";
import { type Answer, TestUser } from "./client.ts";
import { downloadFile, exportFiles, settleExport } from "./exporting.ts";

const user = new TestUser();
let upload: Answer["body"];

const PEOPLE = 'id,name,born\n1,"Ada, L.",1815-12-10\n2,Grace,1906-12-09\n3,,\n';
const SEMICOLONS = "a;b\n1,5;x\n2,5;y\n";

const textOf = async (file: Answer["body"], as = user) => new TextDecoder().decode(await downloadFile(as, file));
const ask = (json: unknown, as = user) => as.call("POST", "/data/export", { json });

beforeAll(async () => {
  upload = await user.upload({
    "people.csv": PEOPLE,
    "semicolons.csv": SEMICOLONS,
    "packed.csv.gz": gzipSync(PEOPLE),
    "events.json": '[{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": null}]',
    "ragged.csv": `id,name\n${Array.from({ length: 40 }, (_, i) => `${i},n${i}\n`).join("")}40,too,many\n`,
  });
  expect(upload.status, JSON.stringify(upload.files)).toBe("complete");
});

describe("the files of an upload", () => {
  test.each(
    Object.entries({
      csv: PEOPLE,
      json: '[{"id":1,"name":"Ada, L.","born":"1815-12-10"},\n{"id":2,"name":"Grace","born":"1906-12-09"},\n{"id":3,"name":null,"born":null}]\n',
      ndjson:
        '{"id":1,"name":"Ada, L.","born":"1815-12-10"}\n{"id":2,"name":"Grace","born":"1906-12-09"}\n{"id":3,"name":null,"born":null}\n',
    }),
  )("as %s", async (format, expected) => {
    const created = await ask({ upload_id: upload.upload_id, files: ["people.csv"], format });
    expect(created.body).toMatchObject({
      export_id: expect.stringMatching(/^export_\w{20,}$/),
      status: "processing",
      created_at: expect.stringMatching(/Z$/),
      estimated_completion: expect.stringMatching(/Z$/),
    });
    const done = await settleExport(user, created.body.export_id);
    expect(done).toMatchObject({ status: "completed", error: null, progress: 1 });
    const [file] = done.files;
    const bytes = await downloadFile(user, file);
    expect(file).toMatchObject({ filename: `people.${format}`, size_bytes: bytes.length, expires_at: done.expires_at });
    expect(Date.parse(done.expires_at) - Date.parse(done.completed_at)).toBe(7 * 86_400_000);
    expect(new TextDecoder().decode(bytes).replaceAll(",\n", ",")).toBe(expected.replaceAll(",\n", ","));
    const job = await user.call("GET", `/jobs/${done.job_id}`);
    expect(job.body).toMatchObject({ type: "export", status: "completed", progress: 1 });
  });

  test("without a format each comes back as it was, decompressed; what lost rows is written anew", async () => {
    const done = await exportFiles(user, { upload_id: upload.upload_id });
    expect(done.files.map((file: Answer["body"]) => file.filename)).toEqual([
      "people.csv",
      "semicolons.csv",
      "packed.csv",
      "events.json",
      "ragged.csv",
    ]);
    const texts = await Promise.all(done.files.map((file: Answer["body"]) => textOf(file)));
    expect(texts.slice(0, 4)).toEqual([
      PEOPLE,
      SEMICOLONS,
      PEOPLE,
      '[{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": null}]',
    ]);
    expect(texts[4]?.split("\r\n").length).toBe(42);
    expect(texts[4]).not.toContain("too");
  });

  test("what comes back as it was says how it is encoded", async () => {
    const text = "n\tname\n1\tZoë\n2\tRenée\n";
    const old = await user.upload({ "old.tsv": Buffer.from(text, "latin1") });
    const done = await exportFiles(user, { upload_id: old.upload_id });
    const response = await user.fetch("GET", done.files[0].download_url);
    expect(response.headers.get("content-type")).toBe(
      "text/tab-separated-values; charset=windows-1252; header=present",
    );
    expect(Buffer.from(await response.arrayBuffer()).toString("latin1")).toBe(text);
  });

  test("CSV of another layout is written anew when CSV is asked for; headers can be left out", async () => {
    const of = async (more: object) =>
      textOf((await exportFiles(user, { upload_id: upload.upload_id, format: "csv", ...more })).files[0]);
    expect(await of({ files: ["semicolons.csv"] })).toBe("a,b\r\n1.5,x\r\n2.5,y\r\n");
    expect(await of({ files: ["people.csv"], include_headers: false })).toBe(
      '1,"Ada, L.",1815-12-10\r\n2,Grace,1906-12-09\r\n3,,\r\n',
    );
    const json = await exportFiles(user, {
      upload_id: upload.upload_id,
      files: ["semicolons.csv"],
      format: "ndjson",
      include_headers: false,
    });
    expect(await textOf(json.files[0])).toBe('{"a":1.5,"b":"x"}\n{"a":2.5,"b":"y"}\n');
  });

  test("a file of several tables becomes several", async () => {
    const zip = await zipFiles({ "one.csv": "a\n1\n", "two.csv": "b\n2\n" });
    const several = await user.upload({ "both.zip": zip }, "application/zip");
    expect(several.status, JSON.stringify(several.files)).toBe("complete");
    const done = await exportFiles(user, { upload_id: several.upload_id, format: "ndjson" });
    expect(done.files.map((file: Answer["body"]) => file.filename)).toEqual([
      "both.one.csv.ndjson",
      "both.two.csv.ndjson",
    ]);
    expect(await textOf(done.files[1])).toBe('{"b":2}\n');
  });

  test("a table without rows in each format", async () => {
    const empty = await user.upload({ "empty.csv": "a,b\n" });
    const session = await user.session(empty.upload_id);
    const expected: Record<string, string> = { csv: "a,b", json: "[]", ndjson: "" };
    for (const format of ["csv", "json", "ndjson", "parquet", "arrow", "xlsx"]) {
      const done = await exportFiles(user, { upload_id: empty.upload_id, format });
      expect(done, format).toMatchObject({ status: "completed", files: [{ filename: `empty.${format}` }] });
      const bytes = await downloadFile(user, done.files[0]);
      expect(bytes.length).toBe(done.files[0].size_bytes);
      if (format in expected) expect(new TextDecoder().decode(bytes).trim()).toBe(expected[format]);
    }
    await user.call("DELETE", `/data/sessions/${session.session_id}`);
  });

  test("more rows than an Excel sheet holds: 422 at once", async () => {
    const long = await user.upload({ "long.csv": `x\n${"1\n".repeat(1_048_576)}` });
    const { status, body } = await ask({ upload_id: long.upload_id, format: "xlsx" });
    expect(status).toBe(422);
    expect(body.detail).toMatch(/“long.csv” has 1048576 rows; an Excel sheet holds 1048575/);
  });
});

describe("downloads", () => {
  const name = '🦆 "quoted" 50%.csv';
  const url = `/data/export/:id/${encodeURIComponent(name)}`;
  let path: string;

  beforeAll(async () => {
    const odd = await user.upload({ [name]: "a\n1\n2\n" });
    const done = await exportFiles(user, { upload_id: odd.upload_id });
    expect(done.files[0].filename).toBe(name);
    path = url.replace(":id", done.export_id);
    expect(done.files[0].download_url).toBe(`${user.url}${path}`);
  });

  test("tell type, length, name and tag", async () => {
    const response = await user.fetch("GET", path);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-length": "6",
      "accept-ranges": "bytes",
      etag: expect.stringMatching(/^"\w+"$/),
      "content-disposition": `attachment; filename="_ \\"quoted\\" 50%.csv"; filename*=UTF-8''%F0%9F%A6%86%20%22quoted%22%2050%25.csv`,
    });
    expect(await response.text()).toBe("a\n1\n2\n");
    const head = await user.fetch("HEAD", path);
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "6", ""]);
  });

  test("come in ranges", async () => {
    const range = async (value: string, more = {}) => {
      const response = await user.fetch("GET", path, { headers: { range: value, ...more } });
      return [response.status, response.headers.get("content-range"), await response.text()];
    };
    expect(await range("bytes=2-3")).toEqual([206, "bytes 2-3/6", "1\n"]);
    expect(await range("bytes=-2")).toEqual([206, "bytes 4-5/6", "2\n"]);
    expect(await range("bytes=4-")).toEqual([206, "bytes 4-5/6", "2\n"]);
    expect(await range("rows=1")).toEqual([200, null, "a\n1\n2\n"]);
    expect(await range("bytes=2-3", { "if-range": '"other"' })).toEqual([200, null, "a\n1\n2\n"]);
    const [status, contentRange, problem] = await range("bytes=6-");
    expect([status, contentRange]).toEqual([416, "bytes */6"]);
    expect(JSON.parse(String(problem))).toMatchObject({ code: "range_not_satisfiable" });
  });

  test("are not sent again to those who have them", async () => {
    const etag = (await user.fetch("HEAD", path)).headers.get("etag") ?? "";
    for (const tag of [etag, `"x", W/${etag}`, "*"]) {
      const response = await user.fetch("GET", path, { headers: { "if-none-match": tag } });
      expect([response.status, await response.text(), response.headers.get("etag")]).toEqual([304, "", etag]);
    }
  });

  test("are the owner's alone", async () => {
    const stranger = new TestUser();
    expect((await stranger.call("GET", path)).status).toBe(404);
    expect((await stranger.call("GET", path.split("/").slice(0, 4).join("/"))).status).toBe(404);
    expect((await user.call("GET", `${path}x`)).status).toBe(404);
  });
});

describe("a query's whole result", () => {
  let session: Answer["body"];
  beforeAll(async () => {
    session = await user.session(upload.upload_id);
  });

  test("is one file, with all rows and the tables as the session has them", async () => {
    const query = "SELECT p.id, s.b FROM people p JOIN semicolons s ON s.a = p.id + 0.5 ORDER BY p.id DESC; -- all";
    const done = await exportFiles(user, { session_id: session.session_id, query });
    expect(done.files[0].filename).toBe("result.csv");
    expect(await textOf(done.files[0])).toBe("id,b\r\n2,y\r\n1,x\r\n");
    const many = await exportFiles(user, {
      session_id: session.session_id,
      query: "SELECT i, i % 2 = 0 AS even, 'x' AS x, 'y' AS x FROM range(250000) t(i)",
      format: "ndjson",
    });
    const lines = (await textOf(many.files[0])).trimEnd().split("\n");
    expect(lines.length).toBe(250_000);
    expect(lines.at(-1)).toBe('{"i":249999,"even":false,"x":"x","x_1":"y"}');
  });

  test("of DESCRIBE and SUMMARIZE, and of more columns than are laid down", async () => {
    const described = await exportFiles(user, { session_id: session.session_id, query: "DESCRIBE people" });
    expect(described.error).toBeNull();
    expect((await textOf(described.files[0])).split("\r\n")[1]).toMatch(/^id,BIGINT,/);
    const columns = Array.from({ length: 450 }, (_, i) => `id + ${i} AS c${i}`).join(", ");
    for (const format of ["csv", "parquet"]) {
      const query = `SELECT ${columns} FROM people ORDER BY id`;
      const wide = await exportFiles(user, { session_id: session.session_id, query, format });
      expect(wide).toMatchObject({ status: "completed", error: null });
      if (format === "csv") expect((await textOf(wide.files[0])).split("\r\n")[1]?.endsWith(",449,450")).toBe(true);
    }
  });

  test("fails with what the engine says", async () => {
    const done = await exportFiles(user, { session_id: session.session_id, query: "SELECT nosuch FROM people" });
    expect(done).toMatchObject({ status: "failed", files: [], error: { code: "query_failed" } });
    // Of the statement as it was given, and where in it.
    expect(done.error.message).toMatch(/\nLINE 1: SELECT nosuch FROM people\n {15}\^/);
    const file = await user.call("GET", `/data/export/${done.export_id}/result.csv`);
    expect([file.status, file.body.code]).toEqual([409, "resource_conflict"]);
    const long = await exportFiles(user, {
      session_id: session.session_id,
      query: "SELECT i FROM range(1048576) t(i)",
      format: "xlsx",
    });
    expect(long.error.message).toMatch(/more rows than an Excel sheet holds/);
  });

  test("may be cancelled; until then its file is not there yet", async () => {
    const { body } = await ask({
      session_id: session.session_id,
      query: "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)",
    });
    const early = await user.call("GET", `/data/export/${body.export_id}/result.csv`);
    expect([early.status, early.headers.get("retry-after")]).toEqual([409, "2"]);
    expect((await user.call("POST", `/jobs/${body.job_id}/cancel`)).status).toBe(200);
    expect(await settleExport(user, body.export_id)).toMatchObject({ status: "failed", error: { code: "cancelled" } });
  });

  test("only reads, in a session that is alive", async () => {
    for (const query of [
      "DROP TABLE people",
      "SELECT * FROM read_csv('x.csv')",
      "SELECT 1; SELECT 2",
      "ATTACH 'x.duckdb'",
      "",
    ]) {
      const { status, body } = await ask({ session_id: session.session_id, query });
      expect([status, body.code], query).toEqual([422, "query_refused"]);
    }
    await user.call("DELETE", `/data/sessions/${session.session_id}`);
    expect((await ask({ session_id: session.session_id, query: "SELECT 1" })).status).toBe(410);
    expect((await ask({ session_id: "session_nosuch", query: "SELECT 1" })).status).toBe(404);
  });
});

describe("what does not go together is refused", () => {
  test.each<[string, () => object, number, RegExp]>([
    ["nothing to export", () => ({}), 422, /upload_id/],
    ["an unknown upload", () => ({ upload_id: "upload_nosuch" }), 404, /upload_nosuch/],
    [
      "an unknown file",
      () => ({ upload_id: upload.upload_id, files: ["no.csv"] }),
      422,
      /files\[0\]: “no.csv”.*“people.csv”/,
    ],
    ["no files", () => ({ upload_id: upload.upload_id, files: [] }), 422, /at least one file/],
    [
      "an unknown format",
      () => ({ upload_id: upload.upload_id, format: "orc" }),
      422,
      /csv, json, ndjson, parquet, arrow, xlsx/,
    ],
    [
      "an upload and a query",
      () => ({ upload_id: upload.upload_id, session_id: "s", query: "SELECT 1" }),
      422,
      /upload_id alone/,
    ],
    ["a session without query", () => ({ session_id: "session_x" }), 422, /query/],
    ["a query with files", () => ({ session_id: "s", query: "SELECT 1", files: ["a"] }), 422, /files/],
    [
      "a webhook without TLS",
      () => ({ upload_id: upload.upload_id, webhook_url: "http://example.com/" }),
      422,
      /https/,
    ],
    ["a private webhook", () => ({ upload_id: upload.upload_id, webhook_url: "https://10.0.0.1/" }), 422, /public/],
  ])("%s", async (_, request, status, detail) => {
    const answer = await ask(request());
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(detail)]);
  });

  test("another's upload looks like none; files that could not be read, and those not there yet", async () => {
    expect((await ask({ upload_id: upload.upload_id }, new TestUser())).status).toBe(404);
    const mixed = await user.upload({ "good.csv": "a\n1\n", "bad.parquet": "not parquet" });
    const all = await exportFiles(user, { upload_id: mixed.upload_id });
    expect(all.files.map((file: Answer["body"]) => file.filename)).toEqual(["good.csv"]);
    const bad = await ask({ upload_id: mixed.upload_id, files: ["bad.parquet"] });
    expect([bad.status, bad.body.detail]).toEqual([409, expect.stringMatching(/could not be read/)]);
    const pending = await user.declare(["later.csv"]);
    expect((await ask({ upload_id: pending.upload_id })).status).toBe(409);
  });
});

describe("notifications", () => {
  interface Received {
    headers: IncomingHttpHeaders;
    body: string;
  }
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterAll(() => {
    server.close();
  });

  /** Waits until the export's job is over: its webhook and mail are sent by then. */
  async function finish(request: object) {
    received.length = 0;
    const webhook_url = `http://localhost:${(server.address() as AddressInfo).port}/hook`;
    const { body } = await ask({ ...request, webhook_url });
    const done = await settleExport(user, body.export_id);
    for (;;) {
      const job = await user.call("GET", `/jobs/${done.job_id}`);
      if (job.body.status !== "running") return { created: body, done, job: job.body };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  function checkSignature({ headers, body }: Received, secret: string): void {
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(content).digest("base64")}`);
    expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(60);
    expect(headers["content-type"]).toBe("application/json");
  }

  test("a signed webhook, tried again while the receiver is down", async () => {
    answers.push(503);
    const { created, done, job } = await finish({ upload_id: upload.upload_id, files: ["people.csv"] });
    expect(job).toMatchObject({
      status: "completed",
      result: { webhook: { delivered: true, attempts: 2, status: 204 } },
    });
    expect(received).toHaveLength(2);
    for (const request of received) checkSignature(request, created.webhook_secret);
    expect(received[0]?.headers["webhook-id"]).toBe(received[1]?.headers["webhook-id"]);
    const { type, data } = JSON.parse(received[1]?.body ?? "");
    expect(type).toBe("export.completed");
    expect(data).toEqual({
      export_id: done.export_id,
      status: "completed",
      created_at: done.created_at,
      files: done.files,
    });
  });

  test("a refused webhook does not undo the export", async () => {
    answers.push(404);
    const { done, job } = await finish({ upload_id: upload.upload_id, files: ["people.csv"] });
    expect(done.status).toBe("completed");
    expect(job.result.webhook).toEqual({ delivered: false, attempts: 1, status: 404 });
  });

  test("of a failed export", async () => {
    const session = await user.session(upload.upload_id);
    const { created, done } = await finish({ session_id: session.session_id, query: "SELECT nosuch" });
    expect(done.status).toBe("failed");
    checkSignature(received[0] as Received, created.webhook_secret);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      type: "export.failed",
      data: { export_id: done.export_id, status: "failed", error: { code: "query_failed" } },
    });
  });

  test("a mail with the links", async () => {
    const { done, job } = await finish({
      upload_id: upload.upload_id,
      files: ["people.csv"],
      email_notification: true,
    });
    expect(job.result.email).toBe("sent");
    const path = await findMail(done.export_id);
    const mail = readFileSync(path, "utf8");
    expect(mail).toContain(done.files[0].download_url);
    expect(mail).toContain(done.expires_at);
  });
});

/** Each `wrangler dev` writes mails to files, and their paths to its log. */
async function findMail(exportId: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const logs = readdirSync(".eider").filter((name) => /^e2e-\d+\.log$/.test(name));
    const paths = logs.flatMap((name) =>
      [...readFileSync(`.eider/${name}`, "utf8").matchAll(/Text: (\S+\.txt)/g)].map((match) => match[1] ?? ""),
    );
    const path = paths.find((candidate) => existsSync(candidate) && readFileSync(candidate, "utf8").includes(exportId));
    if (path) return path;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("No mail was written.");
}

async function zipFiles(files: Record<string, string>): Promise<Uint8Array> {
  const parts = Object.entries(files).map(([name, text]) => ({
    name,
    chunks: (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeZip(parts)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
