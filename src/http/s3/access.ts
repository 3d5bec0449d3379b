import type { Context } from "hono";
import { findKey, localCaller, touchKey, unusableBecause } from "../../core/accounts/authenticate-request.ts";
import { isLocalRequest, LOCAL_KEY } from "../../core/accounts/local-access.ts";
import {
  deriveKeyCredentials,
  deriveServerCredentials,
  isSigningSecret,
  SERVER_ACCESS_KEY_ID,
} from "../../storage/s3/credentials.ts";
import { type IncomingRequest, parseSignature, type SignatureClaim } from "../../storage/s3/parse-signature.ts";
import { userPrefix } from "../../storage/s3/presign.ts";
import { S3Error } from "../../storage/s3/s3-error.ts";
import { type VerifiedSignature, verifySignature } from "../../storage/s3/verify-signature.ts";
import type { Scope } from "../../storage/scopes.ts";
import type { AppEnv } from "../context.ts";

/** What a signed request may do. */
export interface Access {
  claim: SignatureClaim;
  verified: VerifiedSignature;
  scopes: readonly string[];
  /** The keys within reach begin with this; empty for the server's own presigned URLs, each of which is bound to its key. */
  prefix: string;
}

/**
 * Who signed the request, checked. A key is looked up each time, so a revoked one is refused by the next request.
 * @throws S3Error
 */
export async function checkAccess(c: Context<AppEnv>): Promise<Access> {
  const request = incomingRequest(c.req.raw);
  const claim = parseSignature(request);
  const { services } = c.var;
  const now = services.now();

  if (claim.accessKeyId === LOCAL_KEY && isLocalRequest(c.env, c.req.raw)) {
    const verified = verifySignature(request, claim, LOCAL_KEY, now);
    const caller = await localCaller(services);
    return { claim, verified, scopes: caller.scopes, prefix: userPrefix(caller.userId) };
  }

  const signingSecret = c.env.SIGNING_SECRET;
  if (!isSigningSecret(signingSecret))
    throw new S3Error("ServiceUnavailable", "This server has no SIGNING_SECRET, so it can check no signatures.");

  if (claim.accessKeyId === SERVER_ACCESS_KEY_ID) {
    // The server signs URLs only; anything else under this name is not from it.
    if (claim.kind !== "query") throw unknownKey();
    const verified = verifySignature(request, claim, deriveServerCredentials(signingSecret).secretAccessKey, now);
    return { claim, verified, scopes: ["read", "write"], prefix: "" };
  }

  const key = await findKey(services, { id: claim.accessKeyId });
  if (!key) throw unknownKey();
  const verified = verifySignature(request, claim, deriveKeyCredentials(signingSecret, key.keyId).secretAccessKey, now);
  const why = unusableBecause(key, now);
  if (why) throw new S3Error(key.revokedAt === null ? "ExpiredToken" : "InvalidAccessKeyId", why);
  touchKey(services, key);
  return { claim, verified, scopes: key.scopes, prefix: userPrefix(key.userId) };
}

/** @throws S3Error `AccessDenied` unless the key lies within reach and the scope is there. */
export function requireKey(access: Access, key: string, scope: Scope): void {
  requireScope(access, scope);
  if (!key.startsWith(access.prefix))
    throw new S3Error("AccessDenied", `These credentials reach only keys that begin with ${access.prefix}`);
  if (new TextEncoder().encode(key).length > 1024)
    throw new S3Error("KeyTooLongError", "A key has at most 1024 bytes.");
}

export function requireScope(access: Access, scope: Scope): void {
  if (!access.scopes.includes(scope))
    throw new S3Error("AccessDenied", `The API key behind these credentials lacks the scope “${scope}”.`);
}

function incomingRequest(request: Request): IncomingRequest {
  const clientAcceptEncoding = request.cf?.["clientAcceptEncoding"];
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    clientAcceptEncoding: typeof clientAcceptEncoding === "string" ? clientAcceptEncoding : undefined,
  };
}

function unknownKey(): S3Error {
  return new S3Error("InvalidAccessKeyId", "There is no such access key id. It is the id of an API key.");
}
