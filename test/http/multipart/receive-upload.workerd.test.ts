import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestHarness } from "wrangler";
import { rawForm } from "./form-bytes.ts";
import { type FormsEnv, startForms } from "./start-forms.ts";

const LIMITS = { MAX_FILE_BYTES: "14000000", MAX_REQUEST_BODY_BYTES: "15000000", MAX_FILES_PER_UPLOAD: "3" };
const KEY = { authorization: "Bearer local-dev-key" };

let harness: TestHarness;
let url: string;
let env: FormsEnv;

beforeAll(async () => {
  ({ harness, url, env } = await startForms(LIMITS));
});
afterAll(() => harness.close());
beforeEach(async () => {
  await env.DB.batch(["jobs", "files", "uploads"].map((table) => env.DB.prepare(`delete from ${table}`)));
  for (const { key } of (await env.BUCKET.list()).objects) await env.BUCKET.delete(key);
});

const post = (body: BodyInit, headers: Record<string, string> = {}, path = "/uploads") =>
  fetch(`${url}${path}`, { method: "POST", headers: { ...KEY, ...headers }, body });

const form = (...parts: [name: string, value: string | File][]) => {
  const data = new FormData();
  for (const [name, value] of parts) data.append(name, value);
  return data;
};
const csv = (name: string, content = "id,name\n1,a\n") => new File([content], name, { type: "text/csv" });

/** What is stored: rows and objects. */
async function kept() {
  const [uploads, files] = await env.DB.batch<{ status: string }>([
    env.DB.prepare("select * from uploads"),
    env.DB.prepare("select * from files"),
  ]);
  const { objects } = await env.BUCKET.list();
  return {
    uploads: uploads?.results.length,
    files: files?.results.length,
    objects: objects.map((object) => object.key.split("/").pop()),
  };
}
const NOTHING = { uploads: 0, files: 0, objects: [] };

describe("POST /uploads with files", () => {
  test("stores two files as they are, queues them, and answers once they are parsed", async () => {
    const big = randomBytes(12_000_001);
    const response = await post(
      form(
        ["name", "Two"],
        ["files", csv("a ü.csv")],
        ["files", new File([big], "big.bin")],
        ["description", "after the files"],
      ),
    );
    expect(response.status).toBe(200);
    const answer = (await response.json()) as {
      upload_id: string;
      status: string;
      job_ids: string[];
      files: { size: number; s3_key: string; filename: string }[];
    };
    expect(answer).toMatchObject({
      status: "complete",
      files: [
        { filename: "a ü.csv", size: 12 },
        { filename: "big.bin", size: 12_000_001 },
      ],
    });
    expect(answer.job_ids).toHaveLength(2);
    const upload = await env.DB.prepare("select name, description, status from uploads where id = ?")
      .bind(answer.upload_id)
      .first();
    expect(upload).toEqual({ name: "Two", description: "after the files", status: "complete" });
    const stored = await env.BUCKET.get(answer.files[1]?.s3_key ?? "");
    const bytes = Buffer.from((await stored?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(createHash("sha256").update(big).digest("hex"));
    const small = await env.BUCKET.head(answer.files[0]?.s3_key ?? "");
    expect(small?.httpMetadata?.contentType).toBe("text/csv");
    const row = await env.DB.prepare("select etag, size_bytes from files where name = 'big.bin'").first();
    expect(row).toEqual({ etag: stored?.etag, size_bytes: 12_000_001 });
  });

  test("a part named file is taken too, and /data/upload takes forms as well", async () => {
    expect((await post(form(["file", csv("a.csv")]))).status).toBe(200);
    expect((await post(form(["files", csv("a.csv")]), {}, "/data/upload")).status).toBe(200);
    expect(await kept()).toMatchObject({ uploads: 2, files: 2 });
  });

  test.each([
    ["an empty file", form(["files", csv("a.csv")], ["files", csv("b.csv", "")]), 422, "“b.csv” is empty (0 bytes)"],
    [
      "one name twice",
      form(["files", csv("a.csv")], ["files", csv("a.csv")]),
      422,
      "files[1].filename: “a.csv” is already files[0]",
    ],
    [
      "four files",
      form(...["a", "b", "c", "d"].map((name): [string, File] => ["files", csv(name)])),
      422,
      "at most 3 files",
    ],
    ["a name with a path", form(["files", csv("../a.csv")]), 422, "slashes"],
    ["a part of another name", form(["document", csv("a.csv")]), 422, "parts with files are called “files”"],
    ["a part without filename", form(["files", "id\n1"]), 422, "has no filename"],
    ["a part without filename after a file", form(["files", csv("a.csv")], ["files", "id\n1"]), 422, "has no filename"],
    [
      "a field twice",
      form(["files", csv("a.csv")], ["name", "1"], ["name", "2"]),
      422,
      "name: This field is in the form twice",
    ],
    ["no file at all", form(["name", "x"]), 422, "neither a file nor a field “filename”"],
    [
      "a file above the limit",
      form(["files", csv("ok.csv")], ["files", new File([new Uint8Array(14_000_001)], "big.csv")]),
      413,
      "“big.csv” is larger than 14 MB",
    ],
    [
      "files that add up to more than a form may have",
      form(
        ["files", new File([new Uint8Array(8_000_000)], "a.csv")],
        ["files", new File([new Uint8Array(7_500_000)], "b.csv")],
      ),
      413,
      "takes the form above 15 MB",
    ],
  ])("%s is refused, and nothing is kept", async (_what, body, status, detail) => {
    const response = await post(body);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(await kept()).toEqual(NOTHING);
  });

  test("a form in which no file was chosen is refused", async () => {
    const { bytes, contentType } = rawForm([
      "--x",
      'Content-Disposition: form-data; name="files"; filename=""',
      "",
      "",
      "--x--",
    ]);
    const response = await post(bytes as Uint8Array<ArrayBuffer>, { "content-type": contentType });
    expect(await response.json()).toMatchObject({ status: 422, detail: expect.stringContaining("no file was chosen") });
    expect(await kept()).toEqual(NOTHING);
  });

  test("a form that breaks off within its second file leaves nothing", async () => {
    const head = (name: string) => [
      "--x",
      `Content-Disposition: form-data; name="files"; filename="${name}"`,
      "Content-Type: text/csv",
      "",
    ];
    const { bytes, contentType } = rawForm([...head("a.csv"), "1", ...head("b.csv"), "1,".repeat(3_500_000)]);
    const response = await post(bytes as Uint8Array<ArrayBuffer>, { "content-type": contentType });
    expect(await response.json()).toMatchObject({
      status: 400,
      detail: expect.stringContaining("breaks off in the file “b.csv”"),
    });
    expect(await kept()).toEqual(NOTHING);
  });

  test("a body that goes on and on is left at the limit", async () => {
    let sent = 0;
    const { bytes, contentType } = rawForm([
      "--x",
      'Content-Disposition: form-data; name="files"; filename="endless.csv"',
      "",
    ]);
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(sent === 0 ? bytes : new Uint8Array(65_536).fill(97));
        sent += sent === 0 ? bytes.length : 65_536;
        await sleep(0);
      },
    });
    const response = await fetch(`${url}/uploads`, {
      method: "POST",
      headers: { ...KEY, "content-type": contentType },
      body,
      duplex: "half",
    } as RequestInit).catch((error: Error) => error);
    // Which of the two a client sees, the answer or the closed connection, is a race; both stop it.
    if (response instanceof Response) expect(response.status).toBe(413);
    expect(sent).toBeLessThan(60_000_000);
    expect(await kept()).toEqual(NOTHING);
  });

  test("a client that hangs up leaves nothing", async () => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
    const { bytes } = rawForm(["--x", 'Content-Disposition: form-data; name="files"; filename="a.csv"', ""]);
    socket.write(
      `POST /uploads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer local-dev-key\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 12000000\r\n\r\n`,
    );
    socket.write(bytes);
    socket.write(new Uint8Array(11_000_000).fill(97));
    await expect.poll(async () => (await kept()).uploads, { timeout: 20_000 }).toBe(1);
    await sleep(500);
    socket.destroy();
    await expect.poll(kept, { timeout: 30_000, interval: 300 }).toEqual(NOTHING);
  });

  test("a length above the limit is refused before a byte is read", async () => {
    const { bytes, contentType } = rawForm([
      "--x",
      'Content-Disposition: form-data; name="files"; filename="a.csv"',
      "",
      "1".repeat(16_100_000),
      "--x--",
    ]);
    const response = await post(bytes as Uint8Array<ArrayBuffer>, { "content-type": contentType });
    expect(await response.json()).toMatchObject({ status: 413, limit_bytes: 15_000_000 });
  });
});

describe("POST /uploads without files", () => {
  test.each([
    ["multipart", form(["filename", "a.csv"], ["content_type", "text/csv"])],
    ["urlencoded", new URLSearchParams({ filename: "a.csv", content_type: "text/csv" })],
  ])("%s fields get a presigned URL that takes the bytes", async (_how, body) => {
    const answer = (await (await post(body)).json()) as { upload_id: string; presigned_url: string; key: string };
    expect(Object.keys(answer).sort()).toEqual(["key", "presigned_url", "upload_id"]);
    expect((await fetch(answer.presigned_url, { method: "PUT", body: "id\n1\n" })).status).toBe(200);
    expect((await env.BUCKET.head(answer.key))?.size).toBe(5);
  });

  test("JSON gets v2's answer", async () => {
    const response = await post(JSON.stringify({ files: [{ filename: "a.csv", content_type: "text/csv" }] }), {
      "content-type": "application/json",
    });
    expect(await response.json()).toMatchObject({
      status: "pending",
      files: [{ filename: "a.csv", presigned_url: expect.any(String) }],
    });
  });

  test("a field twice, and no content type", async () => {
    expect((await post(form(["filename", "a.csv"], ["filename", "b.csv"]))).status).toBe(422);
    expect((await fetch(`${url}/uploads`, { method: "POST", headers: KEY, body: new Uint8Array([1]) })).status).toBe(
      415,
    );
  });
});
