import { type BodyClaims, type BodySource, checkBody } from "./check-body.ts";
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from "./checksums.ts";
import { decodeChunks } from "./decode-chunks.ts";
import type { SignatureClaim } from "./parse-signature.ts";
import { readPieces } from "./read-pieces.ts";
import { S3Error } from "./s3-error.ts";
import { UNSIGNED_PAYLOAD } from "./signature.ts";
import type { VerifiedSignature } from "./verify-signature.ts";

/** The bytes a request brings. */
export interface Payload {
  /** Bytes after decoding. */
  length: number;
  /** The body itself when nothing about it needs checking, so that it can be handed on without passing through JavaScript. */
  plain: ReadableStream<Uint8Array> | null;
  /** The same bytes, decoded and checked; to be read once, and instead of `plain`. Ends with the checksums it found right. */
  checked: () => AsyncGenerator<Uint8Array, Map<ChecksumAlgorithm, string>>;
}

/**
 * Plans how to read a request's body: plain or in S3's chunks, with whatever checksums it announces.
 * @throws S3Error `MissingContentLength` unless its length is known beforehand, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`.
 */
export function readPayload(
  request: { headers: Headers; body: ReadableStream<Uint8Array> | null },
  claim: SignatureClaim,
  verified: VerifiedSignature,
  maxBytes: number,
): Payload {
  const { headers } = request;
  const form = parsePayloadHash(claim.payloadHash);
  const length = readLength(headers, form.isChunked);
  if (length > maxBytes)
    throw new S3Error("EntityTooLarge", `The body has ${length} bytes; at most ${maxBytes} are allowed.`);
  const claims: BodyClaims = {
    length,
    sha256: form.sha256,
    md5: readDigest(headers, "content-md5", 16),
    checksums: readChecksums(headers),
    trailing: form.hasTrailers ? readTrailing(headers) : [],
  };
  const { body } = request;
  const isUnchecked = !form.isChunked && claims.sha256 === null && claims.md5 === null && claims.checksums.size === 0;
  return {
    length,
    plain: isUnchecked ? body : null,
    checked: () => {
      const pieces = body === null ? noPieces() : readPieces(body);
      const signing = form.isSigned
        ? {
            signingKey: verified.signingKey,
            dateTime: claim.dateTime,
            scope: claim.scope,
            seedSignature: claim.signature,
          }
        : null;
      return checkBody(
        form.isChunked ? decodeChunks(pieces, { signing, hasTrailers: form.hasTrailers }) : withoutTrailers(pieces),
        claims,
      );
    },
  };
}

/** Reads a small body whole: the XML of an operation. */
export async function readSmallPayload(payload: Payload, limit: number): Promise<string> {
  if (payload.length > limit)
    throw new S3Error("EntityTooLarge", `The request's XML has ${payload.length} bytes; at most ${limit} are allowed.`);
  const pieces: Uint8Array[] = [];
  for await (const piece of payload.checked()) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

interface PayloadForm {
  isChunked: boolean;
  isSigned: boolean;
  hasTrailers: boolean;
  sha256: string | null;
}

function parsePayloadHash(hash: string): PayloadForm {
  const chunked = { isChunked: true, isSigned: true, hasTrailers: false, sha256: null };
  switch (hash) {
    case UNSIGNED_PAYLOAD:
      return { isChunked: false, isSigned: false, hasTrailers: false, sha256: null };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return chunked;
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { ...chunked, hasTrailers: true };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { ...chunked, isSigned: false, hasTrailers: true };
  }
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw new S3Error(
      "InvalidRequest",
      "x-amz-content-sha256 must be a SHA-256 in lower-case hexadecimal, UNSIGNED-PAYLOAD or a STREAMING-… form with HMAC-SHA256.",
    );
  }
  return { isChunked: false, isSigned: false, hasTrailers: false, sha256: hash };
}

function readLength(headers: Headers, isChunked: boolean): number {
  const name = isChunked ? "x-amz-decoded-content-length" : "content-length";
  const text = headers.get(name);
  if (text === null)
    throw new S3Error("MissingContentLength", `Send the length of the body: there is no ${name} header.`);
  if (!/^\d{1,15}$/.test(text)) throw new S3Error("InvalidArgument", `${name} must be a number of bytes.`);
  return Number(text);
}

function readChecksums(headers: Headers): Map<ChecksumAlgorithm, string> {
  const found = new Map<ChecksumAlgorithm, string>();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = headers.get(`x-amz-checksum-${algorithm}`);
    if (value !== null) found.set(algorithm, value);
  }
  return found;
}

function readTrailing(headers: Headers): ChecksumAlgorithm[] {
  const names = (headers.get("x-amz-trailer") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  return names.map((name) => {
    const algorithm = CHECKSUM_ALGORITHMS.find((known) => name === `x-amz-checksum-${known}`);
    if (algorithm === undefined)
      throw new S3Error("InvalidRequest", `The trailing header ${name} is not a checksum that is known here.`);
    return algorithm;
  });
}

function readDigest(headers: Headers, name: string, bytes: number): string | null {
  const text = headers.get(name);
  if (text !== null && Buffer.from(text, "base64").length !== bytes)
    throw new S3Error("InvalidDigest", `${name} must be ${bytes} bytes in base64.`);
  return text;
}

async function* withoutTrailers(pieces: AsyncIterable<Uint8Array>): BodySource {
  yield* pieces;
  return new Map();
}

async function* noPieces(): AsyncGenerator<Uint8Array, void> {}
