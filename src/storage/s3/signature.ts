import { createHash, createHmac } from "node:crypto";
import { encodeObjectKey, encodeUriComponent } from "./uri-encoding.ts";

/**
 * AWS Signature Version 4 as S3 uses it (Amazon S3 API reference, "Authenticating Requests"): the path is encoded once and not
 * normalized. Everything here is pure and synchronous.
 */

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
/** SHA-256 of nothing. */
export const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The day, region and service that a signing key is good for. */
export interface CredentialScope {
  /** `20130524` */
  day: string;
  region: string;
  service: string;
}

/** What a signature covers of a request. */
export interface CanonicalParts {
  method: string;
  /** Decoded path, beginning with a slash. */
  path: string;
  /** Decoded pairs, without `X-Amz-Signature`. */
  query: readonly (readonly [string, string])[];
  /** Lower-case names with their values, as they came. */
  headers: readonly (readonly [string, string])[];
  payloadHash: string;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

export function hmacSha256(key: string | Uint8Array, data: string): Buffer {
  return createHmac("sha256", key).update(data, "utf8").digest();
}

/** Task 1 of SigV4: the request in its one canonical form. */
export function canonicalRequest(parts: CanonicalParts): string {
  const headers = [...parts.headers].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return [
    parts.method,
    encodeObjectKey(parts.path),
    canonicalQuery(parts.query),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    headers.map(([name]) => name).join(";"),
    parts.payloadHash,
  ].join("\n");
}

function canonicalQuery(query: CanonicalParts["query"]): string {
  return query
    .map(([name, value]) => [encodeUriComponent(name), encodeUriComponent(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.day}/${scope.region}/${scope.service}/aws4_request`;
}

/** Task 2: what is signed. `dateTime` like `20130524T000000Z`. */
export function stringToSign(dateTime: string, scope: CredentialScope, canonical: string): string {
  return [ALGORITHM, dateTime, scopeText(scope), sha256Hex(canonical)].join("\n");
}

/** Task 3: the key that signs. */
export function signingKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  const day = hmacSha256(`AWS4${secretAccessKey}`, scope.day);
  const region = hmacSha256(day, scope.region);
  const service = hmacSha256(region, scope.service);
  return hmacSha256(service, "aws4_request");
}

/** Milliseconds since the epoch of `20130524T000000Z`; undefined for anything else. */
export function parseDateTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** `20130524T000000Z` */
export function formatDateTime(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, "");
}
