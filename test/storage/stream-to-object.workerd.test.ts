import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestHarness } from "wrangler";
import { streamToObject } from "../../src/storage/stream-to-object.ts";
import { startForms } from "../http/multipart/start-forms.ts";

/** R2 wants parts of 5 MiB; the local one says so only when an upload is completed. */
const PART = 5 * 1024 * 1024;
const OPTIONS = { maxBytes: 100_000_000, contentType: "text/plain" };

let harness: TestHarness;
let bucket: R2Bucket;
let watched: R2Bucket;
/** The multipart uploads that were begun. */
const begun: R2MultipartUpload[] = [];

beforeAll(async () => {
  const started = await startForms();
  harness = started.harness;
  bucket = started.env.BUCKET;
  watched = {
    put: bucket.put.bind(bucket),
    async createMultipartUpload(key: string, options?: R2MultipartOptions) {
      const upload = await bucket.createMultipartUpload(key, options);
      begun.push(upload);
      return upload;
    },
  } as unknown as R2Bucket;
});
afterAll(() => harness.close());

async function* chunksOf(bytes: Uint8Array, size: number, failAt = Number.POSITIVE_INFINITY) {
  for (let at = 0; at < bytes.length; at += size) {
    if (at >= failAt) throw new Error("The stream broke.");
    yield bytes.subarray(at, at + size);
  }
}

const noise = (length: number) => {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (x * 1103515245 + 12345) & 0x7fffffff;
    bytes[i] = x >>> 16;
  }
  return bytes;
};
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test.each([
  [0, 0],
  [1, 0],
  [PART - 1, 0],
  [PART, 0],
  [PART + 1, 1],
  [2 * PART, 1],
  [3 * PART + 12_345, 1],
])("%i bytes are stored as they came, in %i multipart uploads", async (length, uploads) => {
  begun.length = 0;
  const bytes = noise(length);
  const stored = await streamToObject(watched, `whole/${length}`, chunksOf(bytes, 300_007), OPTIONS);
  const object = await bucket.get(`whole/${length}`);
  expect(stored).toEqual({ sizeBytes: length, etag: object?.etag });
  expect(object?.httpMetadata?.contentType).toBe("text/plain");
  expect(sha(new Uint8Array((await object?.arrayBuffer()) ?? []))).toBe(sha(bytes));
  expect(begun).toHaveLength(uploads);
});

test("a stream that breaks leaves the object as it was, and no parts", async () => {
  begun.length = 0;
  await bucket.put("broken", "before");
  const run = streamToObject(watched, "broken", chunksOf(noise(3 * PART), 65_536, 2.5 * PART), OPTIONS);
  await expect(run).rejects.toThrow("The stream broke.");
  expect(await (await bucket.get("broken"))?.text()).toBe("before");
  expect(begun).toHaveLength(1);
  const resumed = bucket.resumeMultipartUpload("broken", begun[0]?.uploadId ?? "");
  await expect(resumed.uploadPart(9, "x")).rejects.toThrow(/does not exist/);
});

test("a stream that is too long is left at once, and nothing stays", async () => {
  begun.length = 0;
  let pulled = 0;
  async function* endless() {
    for (;;) {
      pulled += 100_000;
      yield new Uint8Array(100_000);
    }
  }
  const run = streamToObject(watched, "long", endless(), { ...OPTIONS, maxBytes: 12_000_000 });
  await expect(run).rejects.toMatchObject({ name: "StreamTooLongError", maxBytes: 12_000_000 });
  expect(pulled).toBe(12_100_000);
  expect(await bucket.head("long")).toBeNull();
  await expect(bucket.resumeMultipartUpload("long", begun[0]?.uploadId ?? "").uploadPart(9, "x")).rejects.toThrow(
    /does not exist/,
  );
});
