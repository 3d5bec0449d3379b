import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BodyClaims, checkBody } from "../../../src/storage/s3/check-body.ts";
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, createChecksum } from "../../../src/storage/s3/checksums.ts";
import { type ChunkSigning, decodeChunks } from "../../../src/storage/s3/decode-chunks.ts";
import { parseSignature } from "../../../src/storage/s3/parse-signature.ts";
import { verifySignature } from "../../../src/storage/s3/verify-signature.ts";
import { CHUNKED, CHUNKED_WITH_TRAILER, NOW, SECRET } from "./published-examples.ts";

/** Cuts bytes into pieces as a network might; `sizes` repeat. */
async function* cut(data: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, Map<string, string>> {
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = sizes[i % sizes.length] ?? data.length;
    yield data.subarray(at, at + size);
    at += size;
  }
  return new Map();
}

async function drain<T>(body: AsyncGenerator<Uint8Array, T>): Promise<{ data: Buffer; end: T }> {
  const pieces: Uint8Array[] = [];
  let next = await body.next();
  for (; !next.done; next = await body.next()) pieces.push(Uint8Array.from(next.value));
  return { data: Buffer.concat(pieces), end: next.value };
}

function signingOf(request: { method: string; url: string; headers: Headers }): ChunkSigning {
  const claim = parseSignature(request);
  const { signingKey } = verifySignature(request, claim, SECRET, NOW);
  return { signingKey, dateTime: claim.dateTime, scope: claim.scope, seedSignature: claim.signature };
}

describe("Amazon's chunked examples", () => {
  const decode = (body: string, example: typeof CHUNKED, sizes = [1000]) =>
    drain(
      decodeChunks(cut(Buffer.from(body), sizes), {
        signing: signingOf(example.request),
        hasTrailers: example === CHUNKED_WITH_TRAILER,
      }),
    );

  test("are decoded and their signatures found right, however they are cut", async () => {
    for (const size of [1, 7, 4096, 100_000]) {
      expect((await decode(CHUNKED.body, CHUNKED, [size])).data.toString()).toBe("a".repeat(66560));
    }
    const { data, end } = await decode(CHUNKED_WITH_TRAILER.body, CHUNKED_WITH_TRAILER);
    expect(data.length).toBe(66560);
    expect(Object.fromEntries(end)).toEqual({ "x-amz-checksum-crc32c": "sOO8/Q==" });
  });

  test.each([
    ["a changed byte", (body: string) => body.replace("aaaa", "aaba")],
    ["the chunks of another request", (body: string) => body.replace("ad80c7", "ad80c8")],
    ["no signature on the last chunk", (body: string) => body.replace(/0;chunk-signature=b6\w+/, "0")],
  ])("are refused with %s", async (_, change) => {
    await expect(decode(change(CHUNKED.body), CHUNKED)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("are refused with another trailing header", async () => {
    const body = CHUNKED_WITH_TRAILER.body.replace("sOO8/Q==", "sOO8/A==");
    await expect(decode(body, CHUNKED_WITH_TRAILER)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    const without = CHUNKED_WITH_TRAILER.body.replace(/x-amz-trailer-signature.*\r\n/, "");
    await expect(decode(without, CHUNKED_WITH_TRAILER)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("are refused when they break off, wherever", async () => {
    for (const length of [0, 1, 50, 86, 88, 60_000, CHUNKED.body.length - 95]) {
      await expect(decode(CHUNKED.body.slice(0, length), CHUNKED)).rejects.toMatchObject({ code: "IncompleteBody" });
    }
  });
});

describe("unsigned chunks", () => {
  const frame = (chunks: readonly Uint8Array[], trailer: string) =>
    Buffer.concat([
      ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
      Buffer.from(`0\r\n${trailer}\r\n`),
    ]);
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 10 });
  const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 5 });

  test("come back as they were, however they are framed and cut", async () => {
    await fc.assert(
      fc.asyncProperty(chunks, sizes, async (data, cuts) => {
        const body = frame(data, "X-Amz-Checksum-CRC32: abc=\r\n");
        const result = await drain(decodeChunks(cut(body, cuts), { signing: null, hasTrailers: true }));
        expect(result.data).toEqual(Buffer.concat(data));
        expect(result.end.get("x-amz-checksum-crc32")).toBe("abc=");
      }),
    );
  });

  test.each([
    "zz\r\n",
    "-1\r\nx",
    "1\r\nab\r\n",
    "fffffffffffff\r\n",
    "1;x=y\r\na",
    `${"0".repeat(2000)}`,
    "0\r\nno colon\r\n\r\n",
    `0\r\n${"a:b\r\n".repeat(2)}\r\n`,
  ])("%j is malformed", async (body) => {
    await expect(
      drain(decodeChunks(cut(Buffer.from(body), [100]), { signing: null, hasTrailers: true })),
    ).rejects.toMatchObject({ code: "InvalidRequest" });
  });

  test("endless trailing headers are not kept", async () => {
    const body = `0\r\n${Array.from({ length: 2000 }, (_, i) => `name-${i}:value\r\n`).join("")}`;
    await expect(
      drain(decodeChunks(cut(Buffer.from(body), [500]), { signing: null, hasTrailers: true })),
    ).rejects.toMatchObject({ code: "InvalidRequest" });
  });
});

describe("checksums", () => {
  const of = (algorithm: ChecksumAlgorithm | "md5", ...pieces: string[]) => {
    const sum = createChecksum(algorithm);
    for (const piece of pieces) sum.update(Buffer.from(piece));
    return Buffer.from(sum.digest(), "base64").toString("hex");
  };

  // "Check" values of the catalogue of parametrised CRC algorithms (reveng).
  test.each([
    ["crc32", "cbf43926"],
    ["crc32c", "e3069283"],
    ["crc64nvme", "ae8b14860a799888"],
  ] as const)("%s of 123456789", (algorithm, value) => {
    expect(of(algorithm, "123456789")).toBe(value);
    expect(of(algorithm, "1234", "", "56789")).toBe(value);
  });

  test.each(["sha1", "sha256", "md5"] as const)("%s", (algorithm) => {
    expect(of(algorithm, "ab", "c")).toBe(createHash(algorithm).update("abc").digest("hex"));
  });
});

describe("a body is checked before its end is given away", () => {
  const data = Buffer.from("one,two\n1,2\n".repeat(50));
  const base64 = (algorithm: string) => createHash(algorithm).update(data).digest("base64");
  const claims = (change: Partial<BodyClaims> = {}): BodyClaims => ({
    length: data.length,
    sha256: null,
    md5: null,
    checksums: new Map(),
    trailing: [],
    ...change,
  });
  /** What got through, and the refusal. */
  async function pass(wanted: BodyClaims) {
    const body = checkBody(cut(data, [100]), wanted);
    let bytes = 0;
    try {
      let next = await body.next();
      for (; !next.done; next = await body.next()) bytes += next.value.length;
      return { bytes, code: "ok", found: Object.fromEntries(next.value) };
    } catch (error) {
      return { bytes, code: (error as { code?: string }).code };
    }
  }

  test("right ones pass whole", async () => {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(data));
    const checksums = new Map<ChecksumAlgorithm, string>([
      ["crc32", crc.toString("base64")],
      ["sha256", base64("sha256")],
    ]);
    const sha256 = createHash("sha256").update(data).digest("hex");
    expect(await pass(claims({ sha256, md5: base64("md5"), checksums }))).toEqual({
      bytes: 600,
      code: "ok",
      found: Object.fromEntries(checksums),
    });
  });

  test.each([
    ["shorter than announced", claims({ length: 601 }), "IncompleteBody"],
    ["longer than announced", claims({ length: 599 }), "IncompleteBody"],
    [
      "another SHA-256",
      claims({ sha256: createHmac("sha256", "x").update(data).digest("hex") }),
      "XAmzContentSHA256Mismatch",
    ],
    ["another MD5", claims({ md5: "AAAAAAAAAAAAAAAAAAAAAA==" }), "BadDigest"],
    ...CHECKSUM_ALGORITHMS.map(
      (name) => [`another ${name}`, claims({ checksums: new Map([[name, "AAAAAA=="]]) }), "BadDigest"] as const,
    ),
    ["a missing trailing checksum", claims({ trailing: ["crc32"] }), "InvalidRequest"],
  ] as const)("%s: refused with the last piece held back", async (_, wanted, code) => {
    const result = await pass(wanted);
    expect(result.code).toBe(code);
    expect(result.bytes).toBeLessThan(600);
  });
});
