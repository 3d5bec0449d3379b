import { spawnSync } from "node:child_process";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { AwsV4Signer } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveKeyCredentials, deriveServerCredentials } from "../../../src/storage/s3/credentials.ts";
import { type AccountsServer, SIGNING_SECRET, startAccounts } from "../keys/start-accounts.ts";

const MIB = 1024 * 1024;
const KEY = "uploads/user_1/upload_1/übung 1+1.csv";
let server: AccountsServer;

beforeAll(async () => {
  server = await startAccounts({ MAX_FILE_BYTES: String(30 * MIB), PRESIGNED_URL_SECONDS: "300" });
});

afterAll(async () => {
  await server.harness.close();
});

async function presign(method: "GET" | "PUT" | "POST", key = KEY, query: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${server.url}/presign`, {
    method: "POST",
    body: JSON.stringify({ method, key, query }),
  });
  return ((await response.json()) as { url: string }).url;
}

/** Presigns as the server does, for any time. */
async function presignAt(time: Date, method: string, key: string, expires = 300): Promise<string> {
  const url = new URL(`${server.url}/s3/eider/${encodeURI(key)}?X-Amz-Expires=${expires}`);
  const datetime = time.toISOString().replace(/[:-]|\.\d{3}/g, "");
  const pair = deriveServerCredentials(SIGNING_SECRET);
  return (
    await new AwsV4Signer({
      method,
      url: url.href,
      ...pair,
      service: "s3",
      region: "auto",
      datetime,
      signQuery: true,
    }).sign()
  ).url.href;
}

async function errorOf(response: Response): Promise<string> {
  const text = await response.text();
  expect(response.headers.get("content-type")).toBe("application/xml");
  return `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1]}`;
}

async function stored(key = KEY): Promise<Buffer | null> {
  const object = await server.env.BUCKET.get(key);
  return object === null ? null : Buffer.from(await object.arrayBuffer());
}

describe("a presigned PUT", () => {
  test("takes the bytes, streamed, and a presigned GET gives them back", async () => {
    const data = randomBytes(5_000_000);
    const put = await fetch(await presign("PUT"), {
      method: "PUT",
      body: data,
      headers: { "content-type": "text/csv" },
    });
    expect(put.status).toBe(200);
    expect(put.headers.get("etag")).toBe(`"${createHash("md5").update(data).digest("hex")}"`);
    const got = await fetch(await presign("GET"));
    expect(got.headers.get("content-type")).toBe("text/csv");
    expect(Buffer.from(await got.arrayBuffer())).toEqual(data);
    const saved = await fetch(
      await presign("GET", KEY, {
        "response-content-disposition": 'attachment; filename="x.csv"',
        "response-content-type": "text/plain",
      }),
    );
    expect(saved.headers.get("content-disposition")).toBe('attachment; filename="x.csv"');
    expect(saved.headers.get("content-type")).toBe("text/plain");
    await saved.body?.cancel();
  });

  test("takes no bytes at all", async () => {
    expect((await fetch(await presign("PUT"), { method: "PUT", body: "" })).status).toBe(200);
    expect(await stored()).toEqual(Buffer.alloc(0));
  });

  test.skipIf(spawnSync("curl", ["--version"]).error !== undefined)("works with curl -T", async () => {
    const url = await presign("PUT");
    const run = spawnSync("curl", ["-sS", "--fail", "-T", import.meta.filename, url], {
      encoding: "utf8",
      env: { ...process.env, no_proxy: "*" },
    });
    expect(run.stderr).toBe("");
    expect((await stored())?.toString()).toContain("works with curl -T");
  });

  test("is good for its key, its method and its time alone", async () => {
    await server.env.BUCKET.put("tables/t/data.duckdb", "table");
    const url = await presign("PUT");
    const other = url.replace("upload_1", "upload_2");
    expect(await errorOf(await fetch(other, { method: "PUT", body: "x" }))).toBe("403 SignatureDoesNotMatch");
    expect(
      await errorOf(await fetch(url.replace(/uploads.*csv/, "tables/t/data.duckdb"), { method: "PUT", body: "x" })),
    ).toBe("403 SignatureDoesNotMatch");
    for (const method of ["GET", "DELETE", "POST"])
      expect(await errorOf(await fetch(url, { method }))).toBe("403 SignatureDoesNotMatch");
    expect(await errorOf(await fetch(`${url}&partNumber=1`, { method: "PUT", body: "x" }))).toBe(
      "403 SignatureDoesNotMatch",
    );
    expect(
      await errorOf(await fetch(url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"), { method: "PUT", body: "x" })),
    ).toBe("403 SignatureDoesNotMatch");
    const past = new Date(Date.now() - 301_000);
    const expired = await fetch(await presignAt(past, "PUT", "uploads/user_1/late.csv"), { method: "PUT", body: "x" });
    expect(await errorOf(expired)).toBe("403 AccessDenied");
    expect(await stored("uploads/user_1/late.csv")).toBeNull();
    expect(
      (
        await fetch(await presignAt(new Date(Date.now() - 290_000), "PUT", "uploads/user_1/intime.csv"), {
          method: "PUT",
          body: "x",
        })
      ).status,
    ).toBe(200);
    expect((await stored("tables/t/data.duckdb"))?.toString()).toBe("table");
  });

  test("cannot be used to copy another object", async () => {
    const response = await fetch(await presign("PUT"), {
      method: "PUT",
      body: "",
      headers: { "x-amz-copy-source": "eider/tables/t/data.duckdb" },
    });
    expect(await errorOf(response)).toBe("403 AccessDenied");
  });

  test("needs to know the length, and refuses too much before it comes", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from("x"));
        controller.close();
      },
    });
    const chunked = await fetch(await presign("PUT"), { method: "PUT", body, duplex: "half" } as RequestInit);
    expect(await errorOf(chunked)).toBe("411 MissingContentLength");
    const large = await fetch(await presign("PUT"), { method: "PUT", body: Buffer.alloc(30 * MIB + 1) });
    expect(await errorOf(large)).toBe("400 EntityTooLarge");
  });

  test("whose body breaks off leaves no object, or the one that was there", async () => {
    const key = "uploads/user_1/broken.csv";
    const breakOff = async () => {
      const url = new URL(await presign("PUT", key));
      const socket = connect(Number(url.port), url.hostname);
      socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 2000000\r\n\r\n`);
      socket.write(randomBytes(1_000_000));
      await new Promise((resolve) => setTimeout(resolve, 300));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 500));
    };
    await breakOff();
    expect(await stored(key)).toBeNull();
    await server.env.BUCKET.put(key, "before");
    await breakOff();
    expect((await stored(key))?.toString()).toBe("before");
  });

  test("is checked against a Content-MD5 and a checksum header that is part of the signature", async () => {
    const md5 = createHash("md5").update("right").digest("base64");
    expect(
      (await fetch(await presign("PUT"), { method: "PUT", body: "right", headers: { "content-md5": md5 } })).status,
    ).toBe(200);
    expect(
      await errorOf(
        await fetch(await presign("PUT"), { method: "PUT", body: "wrong", headers: { "content-md5": md5 } }),
      ),
    ).toBe("400 BadDigest");
    expect(
      await errorOf(
        await fetch(await presign("PUT"), { method: "PUT", body: "wrong", headers: { "content-md5": "abc" } }),
      ),
    ).toBe("400 InvalidDigest");
    expect((await stored())?.toString()).toBe("right");
  });
});

describe("presigned multipart URLs", () => {
  interface Urls {
    upload_id: string;
    part_size: number;
    parts: { part_number: number; url: string }[];
    complete_url: string;
    abort_url: string;
  }
  const presignMultipart = async (key: string, sizeBytes: number) => {
    const body = JSON.stringify({ key, sizeBytes, contentType: "text/csv" });
    return (await (await fetch(`${server.url}/presign-multipart`, { method: "POST", body })).json()) as Urls;
  };

  test("take a file part by part", async () => {
    const key = "uploads/user_1/upload_1/large file.csv";
    const data = randomBytes(20_000_000);
    const urls = await presignMultipart(key, data.length);
    expect(urls).toMatchObject({
      part_size: 8 * MIB,
      parts: [{ part_number: 1 }, { part_number: 2 }, { part_number: 3 }],
    });
    const etags = await Promise.all(
      urls.parts.map(async ({ part_number, url }) => {
        const body = data.subarray((part_number - 1) * urls.part_size, part_number * urls.part_size);
        const response = await fetch(url, { method: "PUT", body });
        expect(response.status).toBe(200);
        return response.headers.get("etag");
      }),
    );
    const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
    const complete = (xml: string) => fetch(urls.complete_url, { method: "POST", body: xml });
    expect(await errorOf(await complete("nonsense"))).toBe("400 MalformedXML");
    expect(
      await errorOf(
        await complete(`<!DOCTYPE x [<!ENTITY e "e">]><CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`),
      ),
    ).toBe("400 MalformedXML");
    const done = await complete(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
    expect(done.status).toBe(200);
    expect(await done.text()).toContain("<Key>uploads/user_1/upload_1/large file.csv</Key>");
    expect(await stored(key)).toEqual(data);
    expect((await server.env.BUCKET.head(key))?.httpMetadata?.contentType).toBe("text/csv");
  });

  test("are each good for their own part", async () => {
    const key = "uploads/user_1/upload_1/other.csv";
    const urls = await presignMultipart(key, 20_000_000);
    const url = urls.parts[0]?.url ?? "";
    expect(await errorOf(await fetch(url.replace("partNumber=1", "partNumber=2"), { method: "PUT", body: "x" }))).toBe(
      "403 SignatureDoesNotMatch",
    );
    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(200);
    expect((await fetch(urls.abort_url, { method: "DELETE" })).status).toBe(204);
    expect(await errorOf(await fetch(url, { method: "PUT", body: "x" }))).toBe("404 NoSuchUpload");
  });
});

describe("a signed PUT", () => {
  const NOW = () => new Date().toISOString().replace(/[:-]|\.\d{3}/g, "");
  let userKey: { accessKeyId: string; secretAccessKey: string };
  let key: string;

  beforeAll(async () => {
    const response = await fetch(`${server.url}/api/keys`, {
      method: "POST",
      headers: { "x-api-key": "local-dev-key", "content-type": "application/json" },
      body: '{"name":"signed"}',
    });
    const created = (await response.json()) as { id: string; s3: { prefix: string } };
    userKey = deriveKeyCredentials(SIGNING_SECRET, created.id);
    key = `${created.s3.prefix}signed.bin`;
  });

  /** Signs with aws4fetch; the payload's hash is what the header says. */
  async function sign(headers: Record<string, string>, datetime = NOW()) {
    return new AwsV4Signer({
      method: "PUT",
      url: `${server.url}/s3/eider/${key}`,
      headers,
      ...userKey,
      service: "s3",
      region: "us-east-1",
      datetime,
    }).sign();
  }

  async function send(headers: Record<string, string>, body: Buffer) {
    const signed = await sign(headers);
    return fetch(signed.url, { method: "PUT", headers: signed.headers, body: Buffer.from(body) });
  }

  test("is held to the SHA-256 it announces: wrong bytes leave no object", async () => {
    const data = randomBytes(1_000_000);
    const sha256 = createHash("sha256").update(data).digest("hex");
    const changed = Buffer.from(data);
    changed[999_999] = (changed[999_999] ?? 0) ^ 1;
    expect(await errorOf(await send({ "x-amz-content-sha256": sha256 }, changed))).toBe(
      "400 XAmzContentSHA256Mismatch",
    );
    expect(await stored(key)).toBeNull();
    expect((await send({ "x-amz-content-sha256": sha256 }, data)).status).toBe(200);
    expect(await stored(key)).toEqual(data);
  });

  test("is held to its checksum header", async () => {
    const headers = {
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "x-amz-checksum-sha256": createHash("sha256").update("right").digest("base64"),
    };
    const right = await send(headers, Buffer.from("right"));
    expect(right.headers.get("x-amz-checksum-sha256")).toBe(headers["x-amz-checksum-sha256"]);
    expect(await errorOf(await send(headers, Buffer.from("wrong")))).toBe("400 BadDigest");
    expect((await stored(key))?.toString()).toBe("right");
  });

  /** Frames and signs chunks as "Transferring Payload in Multiple Chunks" says. */
  async function sendChunks(
    chunks: Buffer[],
    change: (body: Buffer) => Buffer = (body) => body,
    length = Buffer.concat(chunks).length,
  ) {
    const datetime = NOW();
    const signed = await sign(
      {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": String(length),
        "content-encoding": "aws-chunked",
      },
      datetime,
    );
    let previous = /Signature=(\w+)/.exec(signed.headers.get("authorization") ?? "")?.[1] ?? "";
    const scope = `${datetime.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const signingKey = scope
      .split("/")
      .reduce<Buffer | string>(
        (secret, part) => createHmac("sha256", secret).update(part).digest(),
        `AWS4${userKey.secretAccessKey}`,
      );
    const hash = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");
    const framed = [...chunks, Buffer.alloc(0)].map((chunk) => {
      const text = ["AWS4-HMAC-SHA256-PAYLOAD", datetime, scope, previous, hash(""), hash(chunk)].join("\n");
      previous = createHmac("sha256", signingKey).update(text).digest("hex");
      return Buffer.concat([
        Buffer.from(`${chunk.length.toString(16)};chunk-signature=${previous}\r\n`),
        chunk,
        Buffer.from("\r\n"),
      ]);
    });
    return fetch(signed.url, {
      method: "PUT",
      headers: signed.headers,
      body: Buffer.from(change(Buffer.concat(framed))),
    });
  }

  test("in signed chunks comes out decoded", async () => {
    const chunks = [randomBytes(65536), randomBytes(65536), randomBytes(1_000_000), randomBytes(3)];
    expect((await sendChunks(chunks)).status).toBe(200);
    expect(await stored(key)).toEqual(Buffer.concat(chunks));
    expect((await sendChunks([])).status).toBe(200);
    expect(await stored(key)).toEqual(Buffer.alloc(0));
  });

  test("in chunks of which one was changed, lost or cut leaves what was there", async () => {
    await server.env.BUCKET.put(key, "before");
    const chunks = [Buffer.alloc(70_000, 97), Buffer.alloc(70_000, 98)];
    const replace = (from: string, to: string) => (body: Buffer) =>
      Buffer.from(body.toString("latin1").replace(from, to), "latin1");
    expect(await errorOf(await sendChunks(chunks, replace("bbb", "bab")))).toBe("403 SignatureDoesNotMatch");
    expect(await errorOf(await sendChunks(chunks, (body) => body.subarray(0, body.length - 88)))).toBe(
      "400 IncompleteBody",
    );
    expect(await errorOf(await sendChunks(chunks, (body) => body.subarray(0, 1000)))).toBe("400 IncompleteBody");
    expect(await errorOf(await sendChunks(chunks, undefined, 140_001))).toBe("400 IncompleteBody");
    expect(await errorOf(await sendChunks(chunks, undefined, 139_999))).toBe("400 IncompleteBody");
    expect((await stored(key))?.toString()).toBe("before");
  });

  test.each([
    ["an unknown form", { "x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" }, "400 InvalidRequest"],
    [
      "chunks of unknown length",
      { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" },
      "411 MissingContentLength",
    ],
    [
      "too many decoded bytes",
      { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "99999999999" },
      "400 EntityTooLarge",
    ],
    [
      "a length that is no number",
      { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "-1" },
      "400 InvalidArgument",
    ],
    [
      "metadata without end",
      { "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-meta-x": "x".repeat(3000) },
      "400 MetadataTooLarge",
    ],
    ["a key of 1,100 bytes", { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }, "400 KeyTooLongError"],
  ])("with %s is refused", async (what, headers, code) => {
    const before = key;
    if (what.startsWith("a key")) key = `${before}${"k".repeat(1100)}`;
    expect(await errorOf(await send(headers, Buffer.from("x")))).toBe(code);
    key = before;
  });
});

describe("around it", () => {
  test("a browser may ask and then put from any page", async () => {
    const url = await presign("PUT");
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: {
        origin: "https://app.example.com",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type");
    const put = await fetch(url, { method: "PUT", body: "x", headers: { origin: "https://app.example.com" } });
    expect(put.headers.get("access-control-expose-headers")).toContain("ETag");
    const refused = await fetch(url, { method: "GET" });
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    await refused.body?.cancel();
  });

  test("a page that somebody uploaded runs nothing on this origin", async () => {
    await fetch(await presign("PUT", "uploads/u/page.html"), {
      method: "PUT",
      body: "<script>",
      headers: { "content-type": "text/html" },
    });
    const page = await fetch(await presign("GET", "uploads/u/page.html"));
    expect(page.headers.get("content-security-policy")).toContain("sandbox");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    await page.body?.cancel();
  });

  test("unsigned requests learn nothing", async () => {
    await server.env.BUCKET.put("uploads/u/there", "x");
    for (const path of [
      "/s3/eider/uploads/u/there",
      "/s3/eider/uploads/u/missing",
      "/s3/eider",
      "/s3/",
      "/s3/other/x",
    ]) {
      expect(await errorOf(await fetch(server.url + path))).toBe("403 AccessDenied");
    }
  });

  test("the server's own pair signs nothing but URLs, and lists nothing", async () => {
    const pair = deriveServerCredentials(SIGNING_SECRET);
    const signed = await new AwsV4Signer({
      method: "GET",
      url: `${server.url}/s3/eider/uploads/u/there`,
      ...pair,
      service: "s3",
      region: "auto",
    }).sign();
    expect(await errorOf(await fetch(signed.url, { headers: signed.headers }))).toBe("403 InvalidAccessKeyId");
    expect(await errorOf(await fetch(await presignAt(new Date(), "GET", "")))).toBe("403 AccessDenied");
  });

  test("with R2's own keys configured there is no endpoint here, and keys come without S3 credentials", async () => {
    const deployed = await startAccounts({
      R2_ACCOUNT_ID: "a",
      R2_BUCKET_NAME: "b",
      R2_ACCESS_KEY_ID: "c",
      R2_SECRET_ACCESS_KEY: "d",
    });
    try {
      expect(await errorOf(await fetch(`${deployed.url}/s3/eider/x`))).toBe("404 NoSuchBucket");
      const headers = { "x-api-key": "local-dev-key", "content-type": "application/json" };
      const created = await fetch(`${deployed.url}/api/keys`, { method: "POST", headers, body: '{"name":"x"}' });
      expect(await created.json()).toMatchObject({ s3: null });
    } finally {
      await deployed.harness.close();
    }
  });

  test("without a SIGNING_SECRET nothing is signed and nothing let in", async () => {
    const bare = await startAccounts({ SIGNING_SECRET: "too short" });
    try {
      const url = (await presign("GET")).replace(server.url, bare.url);
      expect(await errorOf(await fetch(url))).toBe("503 ServiceUnavailable");
    } finally {
      await bare.harness.close();
    }
  });
});
