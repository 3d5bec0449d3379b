import { S3Error } from "./s3-error.ts";
import { ALGORITHM, type CredentialScope, EMPTY_SHA256, parseDateTime, UNSIGNED_PAYLOAD } from "./signature.ts";
import { decodePath, decodeQuery } from "./uri-encoding.ts";

/** A request as it arrived, as far as its signature is concerned. */
export interface IncomingRequest {
  method: string;
  url: string;
  headers: Headers;
  /** `Accept-Encoding` as the client sent it; Cloudflare overwrites the header (`request.cf.clientAcceptEncoding`). */
  clientAcceptEncoding?: string | undefined;
}

/** What a request claims: who signed what, when, and for how long. Nothing of it is checked yet. */
export interface SignatureClaim {
  kind: "header" | "query";
  accessKeyId: string;
  scope: CredentialScope;
  /** `20130524T000000Z` and the same as milliseconds. */
  dateTime: string;
  time: number;
  /** Seconds; presigned URLs only. */
  expiresIn: number | null;
  signedHeaders: readonly string[];
  signature: string;
  /** The payload's SHA-256, or one of S3's words for something else. */
  payloadHash: string;
  path: string;
  /** Decoded, without `X-Amz-Signature`. */
  query: readonly (readonly [string, string])[];
}

const MAX_EXPIRY_SECONDS = 7 * 86_400;

/**
 * Reads the signature from the Authorization header or, for a presigned URL, from the query.
 * @throws S3Error `AccessDenied` when there is none or when there are two, and S3's own codes for malformed ones.
 */
export function parseSignature(request: IncomingRequest): SignatureClaim {
  const url = new URL(request.url);
  const path = decodePath(url.pathname);
  const query = decodeQuery(url.search.slice(1));
  const authorization = request.headers.get("authorization");
  const presigned = query.some(([name]) => name === "X-Amz-Signature" || name === "X-Amz-Algorithm");
  if (authorization !== null && presigned) {
    throw new S3Error(
      "InvalidRequest",
      "Only one way to sign is allowed: the Authorization header or the query, not both.",
    );
  }
  if (presigned) return parsePresigned(request, path, query);
  if (authorization === null) {
    throw new S3Error(
      "AccessDenied",
      "The request is not signed. Use a presigned URL, or the S3 credentials of an API key.",
    );
  }
  return parseHeader(request, authorization, path, query);
}

function parseHeader(
  request: IncomingRequest,
  authorization: string,
  path: string,
  query: [string, string][],
): SignatureClaim {
  const malformed = (what: string) =>
    new S3Error("AuthorizationHeaderMalformed", `The Authorization header is malformed: ${what}.`);
  const match = /^AWS4-HMAC-SHA256 +(.*)$/.exec(authorization);
  if (!match) throw malformed(`it must begin with ${ALGORITHM}`);
  const fields = new Map<string, string>();
  for (const part of (match[1] ?? "").split(",")) {
    const [, name, value] = /^\s*(Credential|SignedHeaders|Signature)=(\S*)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined || fields.has(name))
      throw malformed("it holds Credential, SignedHeaders and Signature, each once");
    fields.set(name, value);
  }
  const dateTime = request.headers.get("x-amz-date");
  if (dateTime === null) throw new S3Error("AccessDenied", "There is no x-amz-date header.");
  // Some clients leave the header out where there is no body.
  const bodyless = ["GET", "HEAD", "DELETE"].includes(request.method) ? EMPTY_SHA256 : null;
  const payloadHash = request.headers.get("x-amz-content-sha256") ?? bodyless;
  if (payloadHash === null)
    throw new S3Error(
      "InvalidRequest",
      "There is no x-amz-content-sha256 header; `UNSIGNED-PAYLOAD` is a value that needs no hash of the body.",
    );
  const claim = {
    ...parseCommon(fields.get("Credential"), fields.get("SignedHeaders"), fields.get("Signature"), dateTime, malformed),
    kind: "header",
    expiresIn: null,
    payloadHash,
    path,
    query,
  } as const;
  requireSignedHeaders(request, claim.signedHeaders, malformed);
  return claim;
}

function parsePresigned(request: IncomingRequest, path: string, query: [string, string][]): SignatureClaim {
  const malformed = (what: string) =>
    new S3Error("AuthorizationQueryParametersError", `The presigned URL is malformed: ${what}.`);
  const fields = new Map<string, string>();
  for (const [name, value] of query) {
    if (!name.startsWith("X-Amz-")) continue;
    if (fields.has(name)) throw malformed(`${name} is given twice`);
    fields.set(name, value);
  }
  if (fields.get("X-Amz-Algorithm") !== ALGORITHM) throw malformed(`X-Amz-Algorithm must be ${ALGORITHM}`);
  const expires = fields.get("X-Amz-Expires") ?? "";
  const expiresIn = /^\d{1,7}$/.test(expires) ? Number(expires) : 0;
  if (expiresIn < 1 || expiresIn > MAX_EXPIRY_SECONDS)
    throw malformed(`X-Amz-Expires must be a number of seconds from 1 to ${MAX_EXPIRY_SECONDS}`);
  const common = parseCommon(
    fields.get("X-Amz-Credential"),
    fields.get("X-Amz-SignedHeaders"),
    fields.get("X-Amz-Signature"),
    fields.get("X-Amz-Date") ?? "",
    malformed,
  );
  requireSignedHeaders(request, common.signedHeaders, malformed);
  const header = common.signedHeaders.includes("x-amz-content-sha256")
    ? request.headers.get("x-amz-content-sha256")
    : null;
  return {
    ...common,
    kind: "query",
    expiresIn,
    payloadHash: fields.get("X-Amz-Content-Sha256") ?? header ?? UNSIGNED_PAYLOAD,
    path,
    query: query.filter(([name]) => name !== "X-Amz-Signature"),
  };
}

function parseCommon(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  dateTime: string,
  malformed: (what: string) => S3Error,
) {
  const match = /^([^/]{1,128})\/(\d{8})\/([^/]{1,64})\/s3\/aws4_request$/.exec(credential ?? "");
  if (!match) throw malformed("the credential must read <access key id>/<yyyymmdd>/<region>/s3/aws4_request");
  const [, accessKeyId = "", day = "", region = ""] = match;
  const time = parseDateTime(dateTime);
  if (time === undefined) throw malformed("the date must look like 20261121T080000Z");
  if (!dateTime.startsWith(day)) throw malformed("the credential's day is not that of the date");
  if (!/^[0-9a-f]{64}$/.test(signature ?? ""))
    throw malformed("the signature must be 64 hexadecimal digits in lower case");
  const names = (signedHeaders ?? "").split(";");
  if (names.some((name) => name === "" || name !== name.toLowerCase()) || new Set(names).size !== names.length) {
    throw malformed("the signed headers must be lower-case names, each once, joined by semicolons");
  }
  return {
    accessKeyId,
    scope: { day, region, service: "s3" },
    dateTime,
    time,
    signedHeaders: names,
    signature: signature ?? "",
  };
}

/** Host is always signed, and every x-amz- header that is sent: otherwise whoever has the URL could add some. */
function requireSignedHeaders(
  request: IncomingRequest,
  signed: readonly string[],
  malformed: (what: string) => S3Error,
): void {
  if (!signed.includes("host")) throw malformed("the host header must be signed");
  const missing = [...request.headers.keys()].filter((name) => name.startsWith("x-amz-") && !signed.includes(name));
  if (missing.length > 0)
    throw new S3Error("AccessDenied", `These headers were sent but not signed: ${missing.join(", ")}.`);
}
