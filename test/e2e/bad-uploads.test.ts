import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Answer, put, TestUser } from "./client.ts";

const user = new TestUser();

function expectProblem(answer: Answer, status: number, code: string, detail?: RegExp): void {
  expect(answer.body, JSON.stringify(answer.body)).toMatchObject({
    status,
    code,
    title: expect.any(String),
    request_id: expect.any(String),
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body.detail).toMatch(detail ?? /\w+ \w+/);
}

const declare = (files: unknown) => user.call("POST", "/data/upload", { json: { files } });
const file = (filename: string, more: object = {}) => ({ filename, content_type: "text/csv", ...more });

describe("declaring", () => {
  test("malformed JSON, wrong types, no body, another content type", async () => {
    const json = { "content-type": "application/json" };
    expectProblem(
      await user.call("POST", "/data/upload", { raw: "{", headers: json }),
      400,
      "invalid_request",
      /not valid JSON/,
    );
    expectProblem(await user.call("POST", "/data/upload", { raw: "", headers: json }), 400, "invalid_request");
    expectProblem(
      await user.call("POST", "/data/upload", { raw: "x", headers: { "content-type": "text/plain" } }),
      415,
      "unsupported_media_type",
    );
    const wrong = await declare([{ filename: 7, content_type: "text/csv" }, { filename: "a.csv" }]);
    expectProblem(wrong, 422, "validation_failed");
    expect(wrong.body.errors.map((error: Answer["body"]) => error.path)).toEqual([
      "files[0].filename",
      "files[1].content_type",
    ]);
    expectProblem(await declare([file("a.csv", { size_bytes: -1 })]), 422, "validation_failed");
    const header = await declare([file("a.csv", { content_type: "text/csv\nX-Other: b" })]);
    expectProblem(header, 422, "validation_failed", /printable ASCII/);
    expect(header.body.errors[0].path).toBe("files[0].content_type");
    expect((await declare([file("a.csv", { size_bytes: null })])).status).toBe(200);
    expectProblem(await declare([]), 422, "validation_failed", /at least one/);
  });

  test.each([
    ["../secret.csv"],
    ["a/b.csv"],
    ["a\\b.csv"],
    ["a\u0000.csv"],
    ["a\nb.csv"],
    ["a\u0085b.csv"],
    ["a\u2028b.csv"],
    [".."],
    [""],
    ["x".repeat(1000)],
  ])("the name %j is refused", async (name) => {
    const answer = await declare([file(name)]);
    expectProblem(answer, 422, "validation_failed");
    expect(answer.body.errors[0].path).toBe("files[0].filename");
  });

  test("names with emoji, spaces, quotes, percent signs and plus signs work all the way", async () => {
    const name = '🦆 50% + "é" #1?.csv';
    const upload = await user.upload({ [name]: "a\n1\n" });
    expect(upload.status).toBe("complete");
    const preview = await user.call("GET", new URL(upload.files[0].preview_url).pathname);
    expect(preview.body).toMatchObject({ filename: name, data: [["1"]] });
    const session = await user.session(upload.upload_id);
    expect((await user.query(session.session_id, `SELECT * FROM "${session.tables[0].name}"`)).body.rows).toEqual([
      [1],
    ]);
    await user.call("DELETE", `/data/sessions/${session.session_id}`);
  });

  test("51 files, the same name twice, 6 GB, more than 20 GB", async () => {
    expectProblem(
      await declare(Array.from({ length: 51 }, (_, i) => file(`${i}.csv`))),
      422,
      "validation_failed",
      /at most 50/,
    );
    expectProblem(await declare([file("a.csv"), file("a.csv")]), 422, "validation_failed", /already files\[0\]/);
    expectProblem(await declare([file("a.csv", { size_bytes: 6e9 })]), 413, "payload_too_large", /5 GB/);
    expectProblem(
      await declare(Array.from({ length: 5 }, (_, i) => file(`${i}.csv`, { size_bytes: 4.9e9 }))),
      413,
      "payload_too_large",
      /20 GB/,
    );
  });

  test("a large file also gets multipart URLs that together hold its size", async () => {
    const { body } = await declare([file("big.csv", { size_bytes: 250_000_000 })]);
    const { multipart } = body.files[0];
    expect(multipart.part_size).toBeGreaterThanOrEqual(5 * 1024 * 1024);
    expect(multipart.parts.length).toBe(Math.ceil(250_000_000 / multipart.part_size));
  });
});

describe("presigned URLs", () => {
  test("take only their own key and method, and nothing changed or expired", async () => {
    const created = await user.declare(["a.csv", "b.csv"]);
    const [a, b] = created.files.map((entry: Answer["body"]) => new URL(entry.presigned_url));
    const other = new URL(a);
    other.pathname = b.pathname;
    expect((await put(other.href, "x")).status).toBe(403);
    expect((await put(a.href, "x", "POST")).status).toBe(403);
    expect((await fetch(a.href)).status).toBe(403);
    expect((await fetch(a.href, { method: "DELETE" })).status).toBe(403);
    const expired = new URL(a);
    expired.searchParams.set("X-Amz-Date", "20200101T000000Z");
    expect([400, 403]).toContain((await put(expired.href, "x")).status);
    const longer = new URL(a);
    longer.searchParams.set("X-Amz-Expires", "604800");
    expect((await put(longer.href, "x")).status).toBe(403);
    const unsigned = new URL(a);
    unsigned.search = "";
    expect((await put(unsigned.href, "x")).status).toBe(403);
  });
});

describe("confirming", () => {
  const confirm = (uploadId: string, files: unknown) =>
    user.call("POST", `/uploads/${uploadId}/status`, { json: { status: "complete", files } });

  test("without the bytes, with another size, another key, another name", async () => {
    const { body } = await declare([file("a.csv", { size_bytes: 4 })]);
    const [{ filename, s3_key, presigned_url }] = body.files;
    expectProblem(await confirm(body.upload_id, [{ filename, s3_key }]), 409, "resource_conflict", /not arrived/);
    await put(presigned_url, "a\n1");
    expectProblem(
      await confirm(body.upload_id, [{ filename, s3_key }]),
      409,
      "resource_conflict",
      /declared with 4 bytes and arrived with 3/,
    );
    await put(presigned_url, "a\n1\n");
    expectProblem(await confirm(body.upload_id, [{ filename, s3_key: `${s3_key}x` }]), 422, "validation_failed");
    expectProblem(
      await confirm(body.upload_id, [{ filename: "c.csv", s3_key }]),
      422,
      "validation_failed",
      /it has “a.csv”/,
    );
    expectProblem(await confirm(body.upload_id, []), 422, "validation_failed");
    expectProblem(
      await user.call("POST", `/uploads/${body.upload_id}/status`, {
        json: { status: "failed", files: [{ filename, s3_key }] },
      }),
      422,
      "validation_failed",
    );
    expect((await confirm(body.upload_id, [{ filename, s3_key }])).status).toBe(200);
    const again = await confirm(body.upload_id, [{ filename, s3_key }]);
    expect(again.status).toBe(200);
    expect(again.body.job_ids).toEqual([]);
  });
});

test("confirmed by five requests at once, a file is read once; deleted while it is read, it leaves nothing behind", async () => {
  const created = await user.declare(["a.csv"]);
  await put(created.files[0].presigned_url, "x\n1\n");
  const json = { status: "complete", files: [{ filename: "a.csv", s3_key: created.files[0].s3_key }] };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => user.call("POST", `/uploads/${created.upload_id}/status`, { json })),
  );
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
  expect(answers.flatMap((answer) => answer.body.job_ids).length).toBe(1);
  expect((await user.settle(created.upload_id)).files[0]).toMatchObject({ status: "complete", rows: 1 });

  const second = await user.declare(["b.csv"]);
  await put(second.files[0].presigned_url, `x\n${"1\n".repeat(2_000_000)}`);
  const files = [{ filename: "b.csv", s3_key: second.files[0].s3_key }];
  await user.call("POST", `/uploads/${second.upload_id}/status`, { json: { status: "complete", files } });
  expect((await user.call("DELETE", `/uploads/${second.upload_id}`)).status).toBe(200);
  expect((await user.call("GET", `/uploads/${second.upload_id}`)).status).toBe(404);
});

test("confirming can wait until the files are parsed; their job links to the result", async () => {
  const created = await user.declare(["a.csv"]);
  await put(created.files[0].presigned_url, "x\n1\n");
  const files = [{ filename: "a.csv", s3_key: created.files[0].s3_key }];
  const confirmed = await user.call("POST", `/uploads/${created.upload_id}/status`, {
    json: { status: "complete", files },
    headers: { prefer: "wait=60" },
  });
  expect(confirmed.body).toMatchObject({ upload_id: created.upload_id, status: "complete" });
  const job = await user.call("GET", `/jobs/${confirmed.body.job_ids[0]}`);
  expect(job.body.links.result).toBe(`${user.url}/uploads/${created.upload_id}`);
});

test("the next page of version 1's list keeps the filters", async () => {
  const { headers } = await user.call("GET", "/uploads?limit=1&status=complete&order=asc");
  expect(headers.get("link")).toBe(`<${user.url}/uploads?limit=1&status=complete&order=asc&offset=1>; rel="next"`);
});

describe("files that cannot be read, or hardly", () => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const parquet = readFileSync("node_modules/vega-datasets/data/flights-3m.parquet");
  const failed = async (name: string, bytes: string | Uint8Array, type?: string) => {
    const upload = await user.upload({ [name]: bytes }, type);
    expect(upload.status).toBe("failed");
    expect(upload.files[0].error.message).toMatch(/\w+ \w+ \w+/);
    return upload;
  };

  test("zero bytes, a PNG called .csv, a truncated Parquet, Parquet that is none", async () => {
    expect((await failed("empty.csv", "")).files[0].error.message).toMatch(/0 bytes/);
    await failed("image.csv", png);
    await failed("cut.parquet", parquet.subarray(0, 100_000), "application/vnd.apache.parquet");
    await failed("none.parquet", "a,b\n1,2\n", "application/vnd.apache.parquet");
    const upload = await failed("image2.csv", png);
    for (const path of ["/uploads", "/data/uploads"]) {
      const raw = await user.fetch("GET", `${path}/${upload.upload_id}/files/image2.csv/download`);
      expect(Object.fromEntries(raw.headers)).toMatchObject({
        "content-disposition": 'attachment; filename="image2.csv"',
        "content-length": String(png.length),
      });
      expect(Buffer.compare(Buffer.from(await raw.arrayBuffer()), png)).toBe(0);
      const other = await new TestUser().call("GET", `${path}/${upload.upload_id}/files/image2.csv/download`);
      expectProblem(other, 404, "not_found");
    }
    expectProblem(
      await user.call("POST", "/data/sessions", { json: { upload_id: upload.upload_id } }),
      409,
      "resource_conflict",
    );
    expectProblem(
      await user.call("GET", `/uploads/${upload.upload_id}/files/image2.csv/preview`),
      409,
      "resource_conflict",
    );
  });

  test("rows that do not parse are set aside with line, column, text and reason", async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => `${i},${i * 1.5}`);
    rows[500] = "500,many";
    rows[700] = "700,1,2,3";
    const upload = await user.upload({ "mostly.csv": `id,score\n${rows.join("\n")}\n` });
    expect(upload.files[0]).toMatchObject({ status: "complete", rows: 998, rejected_rows: 2 });
    expect(upload.files[0].column_info[1]).toMatchObject({ name: "score", type: "float" });
    expect(upload.files[0].column_info[1].confidence).toBeGreaterThan(0.99);
    expect(upload.files[0].column_info[1].confidence).toBeLessThan(1);
    const { body } = await user.call("GET", `/uploads/${upload.upload_id}/files/mostly.csv/rejects`);
    expect(body.total).toBe(2);
    expect(body.rejects[0]).toMatchObject({ line: 502, column: "score", text: "many" });
    expect(body.rejects[1]).toMatchObject({ line: 702, column: null });
    expect(body.rejects[1].reason).toMatch(/\w+ \w+/);
  });

  test("a type that only the end of the file contradicts is still decided right", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => (i < 30_000 ? `${i}` : `A${i}`));
    const upload = await user.upload({ "codes.csv": `code\n${rows.join("\n")}\n` });
    expect(upload.files[0]).toMatchObject({ rows: 60_000, rejected_rows: 0 });
    expect(upload.files[0].column_info[0]).toMatchObject({ type: "string", unique: true, confidence: 1 });
  });

  test("more bad rows than allowed fail the file, and are listed", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => (i % 4 === 3 ? `${i},1,2,3,"` : `${i},2`));
    const upload = await user.upload({ "broken.csv": `a,b\n${rows.join("\n")}\n` });
    if (upload.status === "failed") {
      const { body } = await user.call("GET", `/uploads/${upload.upload_id}/files/broken.csv/rejects`);
      expect(body.total).toBeGreaterThan(20);
      expect(body.rejects.length).toBeGreaterThan(0);
    } else expect(upload.files[0].rows).toBeGreaterThan(0);
  });

  test("ninety columns of numbers, sixty with texts: of which a transaction may not fit into memory", async () => {
    const csv = (rows: number, columns: readonly ((row: number) => string | number)[]) =>
      [
        columns.map((_, k) => `c${k}`),
        ...Array.from({ length: rows }, (_, row) => columns.map((column) => column(row))),
      ]
        .map((cells) => cells.join(","))
        .join("\n");
    const numbers = Array.from({ length: 90 }, (_, k) => (row: number) => (row * (k + 1)) % 977);
    const texts = Array.from({ length: 30 }, (_, k) => (row: number) => `text ${(row * (k + 1)) % 5003} of column`);
    const upload = await user.upload({
      "numbers.csv": csv(13_000, numbers),
      "texts.csv": csv(30_000, [...texts, ...numbers.slice(0, 30)]),
    });
    expect(upload.files.map((entry: Answer["body"]) => [entry.status, entry.rows])).toEqual([
      ["complete", 13_000],
      ["complete", 30_000],
    ]);
    const session = await user.session(upload.upload_id);
    const { body } = await user.query(
      session.session_id,
      "SELECT (SELECT sum(c89)::BIGINT FROM numbers), (SELECT sum(length(c29))::BIGINT FROM texts)",
    );
    const sum = (count: number, cell: (row: number) => number) =>
      Array.from({ length: count }, (_, row) => cell(row)).reduce((total, value) => total + value, 0);
    expect(body.rows).toEqual([
      [sum(13_000, (row) => Number(numbers[89]!(row))), sum(30_000, (row) => String(texts[29]!(row)).length)],
    ]);
  });

  test("one column, only a header, 5,000 columns, a 3 MB cell, NUL bytes, gzip", async () => {
    const upload = await user.upload({
      "one.csv": "name\nada\ngrace\n",
      "header.csv": "a,b,c\n",
      "wide.csv": `${Array.from({ length: 5000 }, (_, i) => `c${i}`).join(",")}\n${Array.from({ length: 5000 }, (_, i) => i).join(",")}\n`,
      "cell.csv": `id,text\n1,${"x".repeat(3_000_000)}\n2,short\n`,
      "nul.csv": "a,b\n1,x\u0000y\n2,z\n",
      "zipped.csv.gz": gzipSync("a,b\n1,2\n3,4\n"),
    });
    const shapes = Object.fromEntries(
      upload.files.map((entry: Answer["body"]) => [entry.filename, [entry.status, entry.rows, entry.columns]]),
    );
    expect(shapes).toEqual({
      "one.csv": ["complete", 2, 1],
      "header.csv": ["complete", 0, 3],
      "wide.csv": ["complete", 1, 5000],
      "cell.csv": ["complete", 2, 2],
      "nul.csv": ["complete", 2, 2],
      "zipped.csv.gz": ["complete", 2, 2],
    });
    const preview = await user.call("GET", `/uploads/${upload.upload_id}/files/zipped.csv.gz/preview`);
    expect(preview.body.data).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    const session = await user.session(upload.upload_id);
    const { body } = await user.query(session.session_id, "SELECT id, length(text) FROM cell ORDER BY id");
    expect(body.rows).toEqual([
      [1, 3_000_000],
      [2, 5],
    ]);
    await user.call("DELETE", `/data/sessions/${session.session_id}`);
  });

  test("a nested Parquet file can be queried", async () => {
    const bytes = readFileSync("test/e2e/files/nested.parquet");
    const upload = await user.upload({ "nested.parquet": bytes }, "application/vnd.apache.parquet");
    expect(upload.files[0]).toMatchObject({ status: "complete", rows: 3 });
    const session = await user.session(upload.upload_id);
    const { body } = await user.query(
      session.session_id,
      "SELECT id, tags, place, scores['a'] FROM nested ORDER BY id",
    );
    expect(body.rows).toEqual([
      [1, ["x", "y"], { city: "Oslo", at: [1.5, 2.5] }, 10],
      [2, [], { city: null, at: null }, null],
      [3, null, null, 30],
    ]);
    await user.call("DELETE", `/data/sessions/${session.session_id}`);
  });
});
