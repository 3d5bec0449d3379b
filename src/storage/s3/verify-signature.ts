import { timingSafeEqual } from "node:crypto";
import type { IncomingRequest, SignatureClaim } from "./parse-signature.ts";
import { S3Error } from "./s3-error.ts";
import { canonicalRequest, hmacSha256, signingKey, stringToSign } from "./signature.ts";

const MAX_SKEW_MS = 15 * 60_000;

/** What a good signature leaves behind: the body's chunks are signed with the same key, each over the one before. */
export interface VerifiedSignature {
  signingKey: Buffer;
}

/**
 * Checks a claim against the secret of the pair it names: first the signature, then the time.
 * @throws S3Error `SignatureDoesNotMatch`, `RequestTimeTooSkewed`, or `AccessDenied` for a presigned URL that has expired.
 */
export function verifySignature(
  request: IncomingRequest,
  claim: SignatureClaim,
  secretAccessKey: string,
  now: Date,
): VerifiedSignature {
  const key = signingKey(secretAccessKey, claim.scope);
  const canonical = canonicalRequest({
    method: request.method,
    path: claim.path,
    query: claim.query,
    headers: claim.signedHeaders.map((name) => [name, signedValue(request, name)]),
    payloadHash: claim.payloadHash,
  });
  const expected = hmacSha256(key, stringToSign(claim.dateTime, claim.scope, canonical));
  if (!timingSafeEqual(expected, Buffer.from(claim.signature, "hex"))) {
    throw new S3Error(
      "SignatureDoesNotMatch",
      "The signature is not the one for this request. Check the secret, the method, the key and, for a presigned URL, that nothing was changed.",
    );
  }
  checkTime(claim, now.getTime());
  return { signingKey: key };
}

function signedValue(request: IncomingRequest, name: string): string {
  if (name === "accept-encoding" && request.clientAcceptEncoding !== undefined) return request.clientAcceptEncoding;
  if (name === "host") return request.headers.get("host") ?? new URL(request.url).host;
  return request.headers.get(name) ?? "";
}

function checkTime(claim: SignatureClaim, now: number): void {
  if (claim.expiresIn === null) {
    if (Math.abs(now - claim.time) > MAX_SKEW_MS) {
      throw new S3Error(
        "RequestTimeTooSkewed",
        "The request's time and the server's differ by more than 15 minutes. Set the clock.",
      );
    }
    return;
  }
  if (claim.time - now > MAX_SKEW_MS) throw new S3Error("AccessDenied", "The presigned URL is not valid yet.");
  const end = claim.time + claim.expiresIn * 1000;
  if (now >= end)
    throw new S3Error(
      "AccessDenied",
      `The presigned URL expired at ${new Date(end).toISOString()}. Ask for a new one.`,
    );
}
