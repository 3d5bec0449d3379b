import { createHash } from "node:crypto";
import { decode, verify, verifyWithJwks } from "hono/jwt";
import type { AsymmetricAlgorithm } from "hono/utils/jwt/jwa";
import type { JWTPayload } from "hono/utils/jwt/types";
import { SCOPES, type Scope } from "../../storage/scopes.ts";
import { AppError } from "../errors.ts";
import { fetchJwks } from "./fetch-jwks.ts";

/** How JWTs are checked: with one secret (HS256), with an identity provider's public keys, or both. */
export interface TokenSettings {
  secret?: string | undefined;
  jwksUrl?: string | undefined;
}

/** What a checked token says about its bearer. */
export interface TokenIdentity {
  /** The account that belongs to this subject of this issuer, and to nobody else. */
  userId: string;
  /** Lower-cased; null unless the issuer vouches for it with `email_verified: true`. */
  verifiedEmail: string | null;
  scopes: readonly Scope[];
  /** Set when the token was given out here for an API key: it speaks for that key, and for nobody else. */
  issued?: IssuedClaims | undefined;
}

/** What a token says that `issueToken` made. */
export interface IssuedClaims {
  userId: string;
  keyId: string;
  organization: string | undefined;
}

/** `iss` of the tokens that are given out here. */
export const TOKEN_ISSUER = "eider";

/** Only public-key algorithms: a JWKS never holds a shared secret, so HS256 must not be taken with one of its keys. */
const JWKS_ALGORITHMS: readonly AsymmetricAlgorithm[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

/** By so much an issuer's clock may be ahead, so that a new token is not too new. Seconds. */
const CLOCK_LEEWAY = 60;
export const MIN_SECRET_CHARACTERS = 32;

/** What a token without a scope claim of ours may do: everything but managing keys. */
const DEFAULT_SCOPES: readonly Scope[] = ["read", "write"];

/**
 * Checks a JWT (RFC 7519): signature with the one algorithm its key is for (never the header's choice alone, never `none`),
 * `exp` (required), `nbf` with a minute of leeway, and `sub` (required).
 *
 * Scopes come from `scope` (space-separated) or `scopes` (array), as far as they name ours; otherwise read and write.
 * @throws AppError `unauthorized` with what is wrong; `service_unavailable` when the public keys cannot be fetched.
 */
export async function verifyToken(token: string, settings: TokenSettings, now: Date): Promise<TokenIdentity> {
  const { payload, kind } = await verifySignature(token, settings, now);
  checkTimes(payload, now);
  if (typeof payload["sub"] !== "string" || payload["sub"] === "" || payload["sub"].length > 500) {
    throw refused("The JWT has no `sub` claim (a text of at most 500 characters) that says whose it is.");
  }
  const issuer = typeof payload["iss"] === "string" ? payload["iss"] : "";
  return {
    userId: userIdOf(kind, issuer, payload["sub"]),
    verifiedEmail: verifiedEmailOf(payload),
    scopes: scopesOf(payload),
    issued: kind === "secret" ? issuedClaims(payload) : undefined,
  };
}

function issuedClaims(payload: JWTPayload): IssuedClaims | undefined {
  const { iss, sub, key_id: keyId, org: organization } = payload as Record<string, unknown>;
  if (iss !== TOKEN_ISSUER || typeof keyId !== "string" || typeof sub !== "string") return undefined;
  return { userId: sub, keyId, organization: typeof organization === "string" ? organization : undefined };
}

/** The account id of one subject: the kind of key and the issuer are part of it, so that equal subjects of two issuers stay apart. */
export function userIdOf(kind: "secret" | "jwks", issuer: string, subject: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([kind, issuer, subject]), "utf8")
    .digest("hex");
  return `user_jwt_${digest.slice(0, 32)}`;
}

async function verifySignature(
  token: string,
  settings: TokenSettings,
  now: Date,
): Promise<{ payload: JWTPayload; kind: "secret" | "jwks" }> {
  if (!settings.secret && !settings.jwksUrl) {
    throw refused("This server accepts no JWTs (neither JWT_SECRET nor JWKS_URL is set). Send an API key.");
  }
  const header = readHeader(token);
  // Time claims are checked below against the caller's clock, with leeway.
  const checks = {
    exp: false,
    nbf: false,
    iat: false,
    ...(header["typ"] === undefined ? {} : { typ: ["JWT", "at+jwt"] }),
  };
  if (header["alg"] === "HS256" && settings.secret) {
    if (settings.secret.length < MIN_SECRET_CHARACTERS) {
      throw new AppError(
        "service_unavailable",
        `JWT_SECRET has fewer than ${MIN_SECRET_CHARACTERS} characters; JWTs are not accepted until it is longer.`,
      );
    }
    const secret = settings.secret;
    return { kind: "secret", payload: await orRefuse(() => verify(token, secret, { alg: "HS256", ...checks })) };
  }
  if (!settings.jwksUrl || !JWKS_ALGORITHMS.some((name) => name === header["alg"])) {
    const accepted = [...(settings.secret ? ["HS256"] : []), ...(settings.jwksUrl ? JWKS_ALGORITHMS : [])].join(", ");
    throw refused(`The JWT's algorithm is not accepted here. Accepted: ${accepted}.`);
  }
  const kid = header["kid"];
  if (typeof kid !== "string" || kid === "")
    throw refused("The JWT's header has no `kid`, which says which public key signed it.");
  const keys = await fetchJwks(settings.jwksUrl, kid, now);
  return {
    kind: "jwks",
    payload: await orRefuse(() =>
      verifyWithJwks(token, { keys, allowedAlgorithms: JWKS_ALGORITHMS, verification: checks }),
    ),
  };
}

function readHeader(token: string): Record<string, unknown> {
  try {
    const header: unknown = decode(token).header;
    if (typeof header === "object" && header !== null) return { ...header };
  } catch {
    // Falls through to the refusal below: what the parser says about a broken token is of no use to its sender.
  }
  throw refused("The token is not a JWT: its header or payload cannot be read.");
}

async function orRefuse(check: () => Promise<JWTPayload>): Promise<JWTPayload> {
  let payload: unknown;
  try {
    payload = await check();
  } catch (error) {
    throw new AppError("unauthorized", "The JWT's signature is not valid.", {}, { cause: error });
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload))
    throw refused("The JWT's payload is not a JSON object.");
  return payload as JWTPayload;
}

function checkTimes(payload: JWTPayload, now: Date): void {
  const seconds = now.getTime() / 1000;
  const expires: unknown = payload.exp;
  const begins: unknown = payload.nbf;
  if (typeof expires !== "number" || !Number.isFinite(expires))
    throw refused("The JWT has no `exp` claim; only tokens that expire are accepted.");
  if (seconds >= expires) throw refused(`The JWT expired at ${describeTime(expires)}. Ask its issuer for a new one.`);
  if (begins === undefined) return;
  if (typeof begins !== "number" || !Number.isFinite(begins))
    throw refused("The JWT's `nbf` claim is not a number of seconds.");
  if (seconds < begins - CLOCK_LEEWAY) throw refused(`The JWT is not valid before ${describeTime(begins)}.`);
}

function describeTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

function verifiedEmailOf(payload: JWTPayload): string | null {
  const email = payload["email"];
  if (payload["email_verified"] !== true || typeof email !== "string" || email.length > 254) return null;
  return /^[^\s@]+@[^\s@]+$/.test(email) ? email.toLowerCase() : null;
}

function scopesOf(payload: JWTPayload): readonly Scope[] {
  const claim = payload["scopes"] ?? payload["scope"];
  const named = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  const ours = SCOPES.filter((scope) => named.includes(scope));
  return ours.length > 0 ? ours : DEFAULT_SCOPES;
}

function refused(message: string): AppError {
  return new AppError("unauthorized", message);
}
