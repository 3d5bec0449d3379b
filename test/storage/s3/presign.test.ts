import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveKeyCredentials, deriveServerCredentials } from "../../../src/storage/s3/credentials.ts";
import { planParts } from "../../../src/storage/s3/part-plan.ts";
import { createPresigner, type PresignerOptions, servesS3 } from "../../../src/storage/s3/presign.ts";

const SIGNING_SECRET = "0123456789abcdef0123456789abcdef";
const R2 = { R2_ACCOUNT_ID: "acc", R2_BUCKET_NAME: "data", R2_ACCESS_KEY_ID: "id", R2_SECRET_ACCESS_KEY: "secret" };

function presigner(settings: PresignerOptions["settings"], expiresInSeconds = 3600) {
  return createPresigner({
    settings,
    origin: "http://localhost:8787",
    bucket: { createMultipartUpload: () => Promise.reject(new Error("no bucket in this test")) },
    expiresInSeconds,
    now: () => new Date("2026-11-21T08:00:00Z"),
  });
}

describe("where URLs point", () => {
  test("to R2 when its keys are configured", async () => {
    const url = new URL(await presigner(R2).presign({ method: "PUT", key: "uploads/u/a b.csv" }));
    expect(url.origin + url.pathname).toBe("https://acc.r2.cloudflarestorage.com/data/uploads/u/a%20b.csv");
    expect(url.searchParams.get("X-Amz-Credential")).toBe("id/20261121/auto/s3/aws4_request");
    expect(url.searchParams.get("X-Amz-Expires")).toBe("3600");
    expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("host");
    expect(servesS3(R2)).toBe(false);
  });

  test("to the Worker itself otherwise", async () => {
    const url = new URL(
      await presigner({ SIGNING_SECRET }).presign({
        method: "GET",
        key: "exports/e.csv",
        query: { "response-content-type": "text/csv" },
      }),
    );
    expect(url.origin + url.pathname).toBe("http://localhost:8787/s3/eider/exports/e.csv");
    expect(url.searchParams.get("response-content-type")).toBe("text/csv");
    expect(servesS3({ SIGNING_SECRET })).toBe(true);
  });

  test("never for longer than seven days", async () => {
    const url = new URL(await presigner({ SIGNING_SECRET }, 10_000_000).presign({ method: "GET", key: "k" }));
    expect(url.searchParams.get("X-Amz-Expires")).toBe("604800");
  });

  test.each([
    [{}, /SIGNING_SECRET is not set/],
    [{ SIGNING_SECRET: "short" }, /fewer than 32/],
    [{ ...R2, R2_ACCOUNT_ID: "" }, /some are set and some are not/],
    [{ R2_ACCESS_KEY_ID: "id" }, /some are set and some are not/],
  ])("nowhere with %j", async (settings, message) => {
    await expect(presigner(settings).presign({ method: "PUT", key: "k" })).rejects.toThrow(message);
    await expect(
      presigner(settings).presignMultipart({ key: "k", sizeBytes: 1, contentType: "text/csv" }),
    ).rejects.toThrow(message);
  });

  test.each(["a/../b", "..", "./a", "a/."])("not for the key %s, which a URL cannot express", async (key) => {
    await expect(presigner({ SIGNING_SECRET }).presign({ method: "PUT", key })).rejects.toThrow(RangeError);
  });
});

test("each key and the server have their own secret, which another SIGNING_SECRET ends", () => {
  const secrets = [
    deriveKeyCredentials(SIGNING_SECRET, "key_1"),
    deriveKeyCredentials(SIGNING_SECRET, "key_2"),
    deriveKeyCredentials(`${SIGNING_SECRET}x`, "key_1"),
    deriveServerCredentials(SIGNING_SECRET),
    deriveKeyCredentials(SIGNING_SECRET, "server"),
  ].map((pair) => pair.secretAccessKey);
  expect(new Set(secrets).size).toBe(5);
  expect(secrets[0]).toMatch(/^[\w-]{43}$/);
});

describe("parts", () => {
  const MIB = 1024 * 1024;
  test("cover every file with at most 10,000 equal parts that R2 takes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 * 1024 ** 4 }), (size) => {
        const { partBytes, partCount } = planParts(size);
        expect(partCount).toBeLessThanOrEqual(10_000);
        expect(partBytes).toBeGreaterThanOrEqual(5 * MIB);
        expect((partCount - 1) * partBytes).toBeLessThan(size);
        expect(partCount * partBytes).toBeGreaterThanOrEqual(size);
      }),
    );
  });

  test("stay below the 100 MB that Cloudflare takes in a body, up to 5 GB", () => {
    expect(planParts(5_000_000_000)).toEqual({ partBytes: 48 * MIB, partCount: 100 });
    expect(planParts(100_000_001)).toEqual({ partBytes: 8 * MIB, partCount: 12 });
    expect(planParts(20_000_000_000).partBytes).toBe(64 * MIB);
  });
});
