import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { AwsV4Signer } from "aws4fetch";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IncomingRequest, parseSignature } from "../../../src/storage/s3/parse-signature.ts";
import { S3Error } from "../../../src/storage/s3/s3-error.ts";
import { encodeObjectKey } from "../../../src/storage/s3/uri-encoding.ts";
import { verifySignature } from "../../../src/storage/s3/verify-signature.ts";
import { CHUNKED, CHUNKED_WITH_TRAILER, EXAMPLES, NOW, SECRET } from "./published-examples.ts";

const PAIR = { accessKeyId: "key_1", secretAccessKey: "a secret/with+signs" };

function verify(request: IncomingRequest, secret = PAIR.secretAccessKey, now = NOW) {
  return verifySignature(request, parseSignature(request), secret, now);
}

/** The code of the refusal, or "ok". */
function outcome(request: IncomingRequest, secret?: string, now?: Date): string {
  try {
    verify(request, secret, now);
    return "ok";
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

/** Keys that are hard on encoders; never with a dot segment, which URLs cannot express. */
const oddKey = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        " ",
        "+",
        "%",
        "%20",
        "%2F",
        "/",
        "//",
        "?",
        "#",
        "&",
        "=",
        "!",
        "'",
        "(",
        ")",
        "*",
        "~",
        "ü",
        "🦆",
        "\u0001",
        "a",
        ".",
        ":",
        "@",
        "$",
        ";",
        '"',
        "\\",
        "|",
        "^",
        "`",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
      ),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(""))
  .filter((key) => key.isWellFormed() && !key.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment)));

/** Signs with the AWS SDK's own signer. */
async function signWithSmithy(options: {
  method: string;
  key: string;
  presign?: boolean;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}) {
  class Sha256 {
    readonly #hash;
    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
      this.#hash =
        secret === undefined
          ? createHash("sha256")
          : createHmac("sha256", typeof secret === "string" ? secret : Buffer.from(secret as Uint8Array));
    }
    update(data: string | Uint8Array) {
      this.#hash.update(data);
    }
    async digest() {
      return new Uint8Array(this.#hash.digest());
    }
    reset() {}
  }
  const signer = new SignatureV4({
    credentials: PAIR,
    region: "auto",
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  const request = {
    method: options.method,
    protocol: "http:",
    hostname: "localhost",
    port: 8787,
    path: `/s3/eider/${encodeObjectKey(options.key)}`,
    query: options.query ?? {},
    headers: { host: "localhost:8787", ...options.headers },
  };
  const signed = options.presign
    ? await signer.presign(request, { signingDate: NOW, expiresIn: 600 })
    : await signer.sign(request, { signingDate: NOW });
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return {
    method: options.method,
    url: `http://localhost:8787${signed.path}${query.length > 0 ? `?${query.join("&")}` : ""}`,
    headers: new Headers(signed.headers as Record<string, string>),
  };
}

async function presignWithAws4fetch(
  method: string,
  key: string,
  query: Record<string, string> = {},
): Promise<IncomingRequest> {
  const url = new URL(`http://localhost:8787/s3/eider/${encodeObjectKey(key)}`);
  for (const [name, value] of Object.entries({ ...query, "X-Amz-Expires": "600" })) url.searchParams.set(name, value);
  const signed = await new AwsV4Signer({
    method,
    url: url.href,
    ...PAIR,
    service: "s3",
    region: "auto",
    datetime: "20130524T000000Z",
    signQuery: true,
  }).sign();
  return { method, url: signed.url.href, headers: new Headers() };
}

describe("the examples that Amazon publishes", () => {
  const all = {
    ...EXAMPLES,
    "chunked upload": CHUNKED.request,
    "chunked upload with trailer": CHUNKED_WITH_TRAILER.request,
  };
  test.each(Object.entries(all))("%s", (_, request) => {
    expect(outcome(request, SECRET)).toBe("ok");
    expect(outcome(request, `${SECRET}x`)).toBe("SignatureDoesNotMatch");
    expect(outcome({ ...request, method: "DELETE" }, SECRET)).toBe("SignatureDoesNotMatch");
  });
});

describe("independent signers, any key", () => {
  test("aws4fetch, presigned", async () => {
    await fc.assert(
      fc.asyncProperty(oddKey, fc.string(), async (key, value) => {
        const request = await presignWithAws4fetch(
          "PUT",
          key,
          value.isWellFormed() && value !== "" ? { uploadId: value } : {},
        );
        expect(outcome(request)).toBe("ok");
        expect(parseSignature(request).path).toBe(`/s3/eider/${key}`);
      }),
      { numRuns: 300 },
    );
  });

  test("@smithy/signature-v4, presigned and in the header", async () => {
    await fc.assert(
      fc.asyncProperty(oddKey, fc.boolean(), fc.constantFrom("GET", "PUT", "DELETE"), async (key, presign, method) => {
        const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-meta-note": "  two   spaces " };
        const request = await signWithSmithy({
          method,
          key,
          presign,
          headers: presign ? { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : headers,
          query: { partNumber: "7", "a b": "+/%" },
        });
        expect(outcome(request)).toBe("ok");
      }),
      { numRuns: 300 },
    );
  });

  test("a URL for one key is not good for another", async () => {
    await fc.assert(
      fc.asyncProperty(oddKey, oddKey, async (key, other) => {
        fc.pre(key !== other);
        const request = await presignWithAws4fetch("PUT", key);
        const moved = new URL(request.url);
        moved.pathname = `/s3/eider/${encodeObjectKey(other)}`;
        expect(outcome({ ...request, url: moved.href })).toBe("SignatureDoesNotMatch");
      }),
      { numRuns: 200 },
    );
  });
});

describe("a presigned URL", () => {
  const presigned = () => presignWithAws4fetch("PUT", "uploads/u/a.csv");
  const changed = (request: IncomingRequest, name: string, value: string | null) => {
    const url = new URL(request.url);
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
    return { ...request, url: url.href };
  };

  test("is good until it expires, and not before its time", async () => {
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    const request = await presigned();
    expect(outcome(request, undefined, at(599))).toBe("ok");
    expect(outcome(request, undefined, at(600))).toBe("AccessDenied");
    expect(outcome(request, undefined, at(-14 * 60))).toBe("ok");
    expect(outcome(request, undefined, at(-16 * 60))).toBe("AccessDenied");
  });

  test.each([
    ["another method", { method: "GET" }, "SignatureDoesNotMatch"],
    ["another host", { headers: new Headers({ host: "evil.example" }) }, "SignatureDoesNotMatch"],
    [
      "an added header of S3's",
      { headers: new Headers({ "x-amz-copy-source": "eider/tables/secret" }) },
      "AccessDenied",
    ],
    ["a second signature", { headers: new Headers({ authorization: "AWS4-HMAC-SHA256 x" }) }, "InvalidRequest"],
  ])("is refused with %s", async (_, change, code) => {
    expect(outcome({ ...(await presigned()), ...change })).toBe(code);
  });

  test.each([
    ["X-Amz-Expires", "6000", "SignatureDoesNotMatch"],
    ["X-Amz-Expires", "604801", "AuthorizationQueryParametersError"],
    ["X-Amz-Expires", "0", "AuthorizationQueryParametersError"],
    ["X-Amz-Expires", "-5", "AuthorizationQueryParametersError"],
    ["X-Amz-Expires", "1e3", "AuthorizationQueryParametersError"],
    ["X-Amz-Expires", null, "AuthorizationQueryParametersError"],
    ["X-Amz-Date", "20130525T000000Z", "AuthorizationQueryParametersError"],
    ["X-Amz-Date", "20130524T010000Z", "SignatureDoesNotMatch"],
    ["X-Amz-Date", "yesterday", "AuthorizationQueryParametersError"],
    ["X-Amz-SignedHeaders", "range", "AuthorizationQueryParametersError"],
    ["X-Amz-SignedHeaders", "host;Host", "AuthorizationQueryParametersError"],
    ["X-Amz-Credential", "key_2/20130524/auto/s3/aws4_request", "SignatureDoesNotMatch"],
    ["X-Amz-Credential", "key_1/20130524/auto/ec2/aws4_request", "AuthorizationQueryParametersError"],
    ["X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256", "AuthorizationQueryParametersError"],
    ["X-Amz-Signature", "0".repeat(64), "SignatureDoesNotMatch"],
    ["X-Amz-Signature", "", "AuthorizationQueryParametersError"],
    ["X-Amz-Signature", null, "AuthorizationQueryParametersError"],
    ["uploadId", "x", "SignatureDoesNotMatch"],
  ])("is refused with %s = %s", async (name, value, code) => {
    expect(outcome(changed(await presigned(), name, value))).toBe(code);
  });

  test("may not name one of its own parameters twice", async () => {
    const request = await presigned();
    expect(outcome({ ...request, url: `${request.url}&X-Amz-Expires=600` })).toBe("AuthorizationQueryParametersError");
  });

  test("with a broken escape is refused", async () => {
    const request = await presigned();
    expect(outcome({ ...request, url: request.url.replace("a.csv", "%ff.csv") })).toBe("InvalidURI");
    expect(outcome({ ...request, url: `${request.url}&x=%zz` })).toBe("InvalidURI");
  });
});

describe("a signed request", () => {
  const signed = (headers: Record<string, string> = {}) =>
    signWithSmithy({
      method: "GET",
      key: "uploads/u/a.csv",
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...headers },
    });

  test("is good within 15 minutes of its time", async () => {
    const request = await signed();
    const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
    for (const minutes of [-15, 0, 15]) expect(outcome(request, undefined, at(minutes))).toBe("ok");
    for (const minutes of [-15.1, 15.1]) expect(outcome(request, undefined, at(minutes))).toBe("RequestTimeTooSkewed");
  });

  test("keeps its signed headers", async () => {
    const request = await signed({ range: "bytes=0-1" });
    request.headers.set("range", "bytes=0-2");
    expect(outcome(request)).toBe("SignatureDoesNotMatch");
  });

  test("is judged by the Accept-Encoding that the client sent, not by Cloudflare's", async () => {
    const request = await signed({ "accept-encoding": "identity" });
    request.headers.set("accept-encoding", "br, gzip");
    expect(outcome(request)).toBe("SignatureDoesNotMatch");
    expect(outcome({ ...request, clientAcceptEncoding: "identity" })).toBe("ok");
  });

  test.each([
    ["nothing at all", (headers: Headers) => headers.delete("authorization"), "AccessDenied"],
    [
      "Basic credentials",
      (headers: Headers) => headers.set("authorization", "Basic eDp5"),
      "AuthorizationHeaderMalformed",
    ],
    ["no date", (headers: Headers) => headers.delete("x-amz-date"), "AccessDenied"],
    ["an unsigned x-amz- header", (headers: Headers) => headers.set("x-amz-acl", "public-read"), "AccessDenied"],
    [
      "a field twice",
      (headers: Headers) =>
        headers.set("authorization", `${headers.get("authorization")}, Signature=${"0".repeat(64)}`),
      "AuthorizationHeaderMalformed",
    ],
  ])("is refused with %s", async (_, change, code) => {
    const request = await signed();
    change(request.headers);
    expect(outcome(request)).toBe(code);
  });
});
