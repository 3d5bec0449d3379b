import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccountsServer, startAccounts } from "../keys/start-accounts.ts";

const Bucket = "eider";
const MIB = 1024 * 1024;
let server: AccountsServer;
let s3: S3Client;
let prefix: string;
let keyId: string;

async function createKey(scopes: string[]) {
  const response = await fetch(`${server.url}/api/keys`, {
    method: "POST",
    headers: { "x-api-key": "local-dev-key", "content-type": "application/json" },
    body: JSON.stringify({ name: "s3", scopes }),
  });
  return (await response.json()) as {
    id: string;
    s3: { access_key_id: string; secret_access_key: string; endpoint: string; prefix: string };
  };
}

function client(pair: { access_key_id: string; secret_access_key: string }, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: `${server.url}/s3`,
    region: "auto",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: pair.access_key_id, secretAccessKey: pair.secret_access_key },
    ...config,
  });
}

beforeAll(async () => {
  server = await startAccounts({ MAX_FILE_BYTES: String(40 * MIB) });
  const key = await createKey(["read", "write"]);
  keyId = key.id;
  s3 = client(key.s3);
  prefix = key.s3.prefix;
});

afterAll(async () => {
  await server.harness.close();
});

async function stored(key: string): Promise<Buffer | null> {
  const object = await server.env.BUCKET.get(key);
  return object === null ? null : Buffer.from(await object.arrayBuffer());
}

/** The name of the error that the call is refused with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: Error) => error.name,
  );
}

describe("objects", () => {
  test.each([
    ["a plain name", "a.csv"],
    ["spaces and signs", "a b+c%20d &=?#'()!*~.csv"],
    ["emoji and umlauts", "über/🦆.csv"],
    ["empty segments", "x//y///z"],
    ["quotes and brackets", '"<[{a}]>"|\\^`.csv'],
  ])("are put, read and deleted under %s", async (_, name) => {
    const Key = prefix + name;
    const data = randomBytes(100_000);
    const put = await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: data, ContentType: "text/csv", Metadata: { source: "test" } }),
    );
    // The SDK sends a CRC32 on its own; it is checked and confirmed.
    expect(put.ChecksumCRC32).toMatch(/^.{8}$/);
    expect(await stored(Key)).toEqual(data);

    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      ContentLength: 100_000,
      ContentType: "text/csv",
      Metadata: { source: "test" },
      ETag: `"${createHash("md5").update(data).digest("hex")}"`,
    });
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(data);

    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await stored(Key)).toBeNull();
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key })))).toBe("NoSuchKey");
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key })))).toBe("NotFound");
  });

  test.each(["CRC32", "CRC32C", "SHA1", "SHA256"] as const)(
    "are streamed with a trailing %s",
    async (ChecksumAlgorithm) => {
      const Key = `${prefix}streamed`;
      const data = randomBytes(3_000_000);
      const Body = Readable.from([data.subarray(0, 1), data.subarray(1, 1_000_001), data.subarray(1_000_001)]);
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: data.length, ChecksumAlgorithm }));
      expect(await stored(Key)).toEqual(data);
      expect((await server.env.BUCKET.head(Key))?.httpMetadata?.contentEncoding).toBeUndefined();
    },
  );

  test("of no bytes are objects too", async () => {
    const Key = `${prefix}empty`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "" }));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength).toBe(0);
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()).toBe("");
  });

  test("keep the content encoding that was given", async () => {
    const Key = `${prefix}a.csv.gz`;
    const data = randomBytes(1000);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: data, ContentEncoding: "gzip" }));
    const response = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(response.ContentEncoding).toBe("gzip");
    expect(Buffer.from((await response.Body?.transformToByteArray()) ?? [])).toEqual(data);
  });

  test.each([
    ["bytes=0-9", 0, 10],
    ["bytes=90-", 90, 100],
    ["bytes=-7", 93, 100],
    ["bytes=95-1000", 95, 100],
    ["bytes=-1000", 0, 100],
  ])("range %s", async (Range, from, to) => {
    const Key = `${prefix}range`;
    const data = randomBytes(100);
    await server.env.BUCKET.put(Key, data);
    const response = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
    expect(response.$metadata.httpStatusCode).toBe(206);
    expect(response.ContentRange).toBe(`bytes ${from}-${to - 1}/100`);
    expect(response.ContentLength).toBe(to - from);
    expect(Buffer.from((await response.Body?.transformToByteArray()) ?? [])).toEqual(data.subarray(from, to));
  });

  test("a range outside is refused", async () => {
    const Key = `${prefix}range`;
    await server.env.BUCKET.put(Key, "0123456789");
    for (const Range of ["bytes=10-", "bytes=10-20", "bytes=-0"])
      expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key, Range })))).toBe("InvalidRange");
  });

  test("conditions", async () => {
    const Key = `${prefix}conditional`;
    const { ETag = "" } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "1", IfNoneMatch: "*" }));
    const status = (call: Promise<{ $metadata: { httpStatusCode?: number } }>) =>
      call.then(
        (r) => r.$metadata.httpStatusCode,
        (e) => e.$metadata.httpStatusCode,
      );
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: "2", IfNoneMatch: "*" })))).toBe(
      "PreconditionFailed",
    );
    expect(
      await refusal(
        s3.send(new PutObjectCommand({ Bucket, Key, Body: "2", IfMatch: '"0123456789abcdef0123456789abcdef"' })),
      ),
    ).toBe("PreconditionFailed");
    expect((await stored(Key))?.toString()).toBe("1");
    expect(await status(s3.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: ETag })))).toBe(304);
    expect(await status(s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: ETag })))).toBe(200);
    expect(await status(s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: '"other"' })))).toBe(412);
    expect(
      await status(s3.send(new GetObjectCommand({ Bucket, Key, IfModifiedSince: new Date(Date.now() + 60_000) }))),
    ).toBe(304);
    expect(await status(s3.send(new GetObjectCommand({ Bucket, Key, IfUnmodifiedSince: new Date(0) })))).toBe(412);
    expect(await status(s3.send(new PutObjectCommand({ Bucket, Key, Body: "3", IfMatch: ETag })))).toBe(200);
  });

  test("larger than a file may be are refused", async () => {
    const Key = `${prefix}large`;
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(40 * MIB + 1) })))).toBe(
      "EntityTooLarge",
    );
    expect(await stored(Key)).toBeNull();
  });
});

describe("multipart", () => {
  test("parts of 5 MiB become one object", async () => {
    const Key = `${prefix}multi part.bin`;
    const data = randomBytes(12 * MIB);
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: "text/csv" }));
    const Parts = [];
    for (let PartNumber = 1; PartNumber <= 3; PartNumber++) {
      const Body = data.subarray((PartNumber - 1) * 5 * MIB, PartNumber * 5 * MIB);
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    expect(done).toMatchObject({ Bucket, Key, Location: expect.stringContaining("/s3/eider/uploads/") });
    expect(await stored(Key)).toEqual(data);
    expect((await server.env.BUCKET.head(Key))?.httpMetadata?.contentType).toBe("text/csv");
    expect(
      await refusal(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))),
    ).toBe("NoSuchUpload");
  });

  async function begin(name: string, sizes: number[]) {
    const Key = prefix + name;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const [i, size] of sizes.entries()) {
      const { ETag } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body: Buffer.alloc(size, i) }),
      );
      Parts.push({ PartNumber: i + 1, ETag });
    }
    const complete = (parts: object[]) =>
      refusal(
        s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } })),
      );
    return { Key, UploadId, Parts, complete };
  }

  test("wrong lists of parts are refused, and a right one still completes", async () => {
    const { Key, Parts, complete } = await begin("wrong lists", [5 * MIB, 10]);
    const [first, second] = Parts;
    expect(await complete([])).toBe("MalformedXML");
    expect(await complete([second ?? {}, first ?? {}])).toBe("InvalidPartOrder");
    expect(await complete([{ ...first, ETag: '"00000000000000000000000000000000"' }])).toBe("InvalidPart");
    expect(await complete([...Parts, { PartNumber: 3, ETag: '"x"' }])).toBe("InvalidPart");
    expect(await stored(Key)).toBeNull();
    expect(await complete(Parts)).toBe("ok");
  });

  test("parts below 5 MiB are refused", async () => {
    const { complete, Parts } = await begin("small parts", [100, 100]);
    expect(await complete(Parts)).toBe("EntityTooSmall");
  });

  test("parts that add up to more than a file may have leave nothing", async () => {
    const { Key, complete, Parts } = await begin("too much", [14 * MIB, 14 * MIB, 14 * MIB]);
    expect(await complete(Parts)).toBe("EntityTooLarge");
    expect(await stored(Key)).toBeNull();
  });

  test("an aborted upload is gone", async () => {
    const { Key, UploadId, Parts, complete } = await begin("aborted", [100]);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await complete(Parts)).toBe("NoSuchUpload");
    expect(await refusal(s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" })))).toBe(
      "NoSuchUpload",
    );
  });

  test("an unknown upload", async () => {
    const wanted = { Bucket, Key: `${prefix}x`, UploadId: "nonsense", PartNumber: 1, Body: "x" };
    expect(await refusal(s3.send(new UploadPartCommand(wanted)))).toBe("NoSuchUpload");
    expect(await refusal(s3.send(new UploadPartCommand({ ...wanted, PartNumber: 10_001 })))).toBe("InvalidArgument");
  });
});

describe("the bucket", () => {
  test("is there", async () => {
    await s3.send(new HeadBucketCommand({ Bucket }));
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe("auto");
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map((bucket) => bucket.Name)).toEqual(["eider"]);
    expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket: "other" })))).toBe("NoSuchBucket");
  });

  test("lists what lies under the caller's prefix, page by page, and nothing else", async () => {
    const names = ["list/a", "list/b & <c>.csv", "list/sub/1", "list/sub/2", "list/ü+%20"];
    await server.env.BUCKET.put("uploads/user_other/secret", "x");
    for (const name of names) await server.env.BUCKET.put(prefix + name, name);
    const listed: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page: {
        Contents?: { Key?: string | undefined }[] | undefined;
        NextContinuationToken?: string | undefined;
      } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix}list/`, MaxKeys: 2, ContinuationToken }));
      expect(page.Contents?.length).toBeLessThanOrEqual(2);
      listed.push(...(page.Contents ?? []).map((object) => object.Key ?? ""));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(listed.sort()).toEqual(names.map((name) => prefix + name).sort());

    const folders = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: `${prefix}list/`, Delimiter: "/", EncodingType: "url" }),
    );
    expect(folders.CommonPrefixes?.map((p) => p.Prefix)).toEqual([`${prefix}list/sub/`]);
    const all = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(all.Contents?.every((object) => object.Key?.startsWith(prefix))).toBe(true);
    const root = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
    expect(root.CommonPrefixes?.map((p) => p.Prefix)).toEqual(["uploads/"]);
    const users = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/", Prefix: "uploads/" }));
    expect(users.CommonPrefixes?.map((p) => p.Prefix)).toEqual([prefix]);
    expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket, Prefix: "uploads/user_other/" })))).toBe(
      "AccessDenied",
    );
    expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket, Prefix: "tables/" })))).toBe("AccessDenied");
    const older = await s3.send(new ListObjectsCommand({ Bucket, Prefix: `${prefix}list/`, MaxKeys: 2 }));
    expect(older.IsTruncated).toBe(true);
    const next = await s3.send(
      new ListObjectsCommand({ Bucket, Prefix: `${prefix}list/`, Marker: older.NextMarker ?? "" }),
    );
    expect((older.Contents?.length ?? 0) + (next.Contents?.length ?? 0)).toBe(names.length);
  });

  test("deletes several at once, within reach only", async () => {
    await server.env.BUCKET.put(`${prefix}del/1 & 2`, "x");
    await server.env.BUCKET.put("tables/t/data.duckdb", "x");
    const Objects = [{ Key: `${prefix}del/1 & 2` }, { Key: "tables/t/data.duckdb" }];
    const result = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(result.Deleted?.map((object) => object.Key)).toEqual([`${prefix}del/1 & 2`]);
    expect(result.Errors?.map((error) => error.Code)).toEqual(["AccessDenied"]);
    expect(await stored("tables/t/data.duckdb")).not.toBeNull();
  });

  test("says plainly what it does not offer", async () => {
    const Key = `${prefix}a`;
    await server.env.BUCKET.put(Key, "x");
    expect(await refusal(s3.send(new GetObjectTaggingCommand({ Bucket, Key })))).toBe("NotImplemented");
  });
});

describe("permissions", () => {
  test.each(["tables/t/data.duckdb", "uploads/user_other/u/a.csv", "exports/e.csv", "uploads/user_local_devil/x", "x"])(
    "a key's pair does not reach %s",
    async (Key) => {
      await server.env.BUCKET.put(Key, "secret");
      for (const command of [
        new GetObjectCommand({ Bucket, Key }),
        new DeleteObjectCommand({ Bucket, Key }),
        new CreateMultipartUploadCommand({ Bucket, Key }),
      ]) {
        expect(await refusal(s3.send(command as GetObjectCommand))).toBe("AccessDenied");
      }
      expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: "mine now" })))).toBe("AccessDenied");
      expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: `${Key}-that-is-not-there` })))).toBe(
        "AccessDenied",
      );
      expect((await stored(Key))?.toString()).toBe("secret");
    },
  );

  test("scopes hold", async () => {
    const Key = `${prefix}scoped`;
    await server.env.BUCKET.put(Key, "x");
    const reader = client((await createKey(["read"])).s3);
    const writer = client((await createKey(["write"])).s3);
    expect(await refusal(reader.send(new GetObjectCommand({ Bucket, Key })))).toBe("ok");
    expect(await refusal(reader.send(new PutObjectCommand({ Bucket, Key, Body: "y" })))).toBe("AccessDenied");
    expect(await refusal(reader.send(new DeleteObjectCommand({ Bucket, Key })))).toBe("AccessDenied");
    expect(await refusal(writer.send(new PutObjectCommand({ Bucket, Key, Body: "y" })))).toBe("ok");
    expect(await refusal(writer.send(new GetObjectCommand({ Bucket, Key })))).toBe("AccessDenied");
    expect(await refusal(writer.send(new ListObjectsV2Command({ Bucket, Prefix: prefix })))).toBe("AccessDenied");
  });

  test("wrong, unknown, expired and revoked credentials are refused", async () => {
    const list = (c: S3Client) => refusal(c.send(new ListObjectsV2Command({ Bucket, Prefix: prefix })));
    expect(await list(client({ access_key_id: keyId, secret_access_key: "wrong" }))).toBe("SignatureDoesNotMatch");
    expect(await list(client({ access_key_id: "key_nobody", secret_access_key: "x" }))).toBe("InvalidAccessKeyId");
    expect(await list(client({ access_key_id: "eider-server", secret_access_key: "x" }))).toBe("InvalidAccessKeyId");
    expect(await list(client({ access_key_id: "local-dev-key", secret_access_key: "x" }))).toBe(
      "SignatureDoesNotMatch",
    );
    expect(await list(client({ access_key_id: "local-dev-key", secret_access_key: "local-dev-key" }))).toBe("ok");
    const key = await createKey(["read"]);
    expect(await list(client(key.s3))).toBe("ok");
    await server.env.DB.prepare("UPDATE api_keys SET expires_at = 1 WHERE id = ?").bind(key.id).run();
    expect(await list(client(key.s3))).toBe("ExpiredToken");
    await fetch(`${server.url}/api/keys/${key.id}`, { method: "DELETE", headers: { "x-api-key": "local-dev-key" } });
    expect(await list(client(key.s3))).toBe("InvalidAccessKeyId");
  });

  test("a clock that is 20 minutes off is refused", async () => {
    const { s3: pair } = await createKey(["read"]);
    expect(
      await refusal(
        client(pair, { systemClockOffset: 20 * 60_000 }).send(new ListObjectsV2Command({ Bucket, Prefix: prefix })),
      ),
    ).toBe("RequestTimeTooSkewed");
  });
});
