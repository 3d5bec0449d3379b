import { and, eq, isNull, lt, or } from "drizzle-orm";
import { apiKeys, users } from "../../storage/schema.ts";
import { SCOPES, type Scope } from "../../storage/scopes.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { hashApiKey, isApiKeyShaped } from "./api-key.ts";
import { ensureUser } from "./ensure-user.ts";
import { LOCAL_KEY, LOCAL_KEY_ID, LOCAL_USER } from "./local-access.ts";
import { type IssuedClaims, type TokenIdentity, type TokenSettings, verifyToken } from "./verify-token.ts";

type AccountServices = Pick<Services, "db" | "now" | "waitUntil">;

/** What came in with a request, and how this deployment judges it. */
export interface AuthenticationInput {
  /** `Authorization`, as sent. */
  authorization: string | null;
  /** `x-api-key`, as sent. */
  apiKey: string | null;
  tokens: TokenSettings;
  /** Whether `local-dev-key` is good for this request: `isLocalRequest`. */
  local: boolean;
}

/**
 * Finds out who is calling. One D1 query (a second one the first time a JWT's bearer or the local user appears); nothing is
 * cached, so a revoked key is refused by the very next request.
 * @throws AppError `unauthorized` with what is wrong with the credential.
 */
export async function authenticateRequest(services: AccountServices, input: AuthenticationInput): Promise<Caller> {
  const credential = readCredential(input);
  if (credential === LOCAL_KEY) {
    if (!input.local)
      throw refused(
        "`local-dev-key` works only under `wrangler dev`, on the machine that runs it, and not from web pages elsewhere. Send an API key.",
      );
    return localCaller(services);
  }
  if (isApiKeyShaped(credential)) return authenticateKey(services, credential);
  if (credential.split(".").length === 3) {
    const identity = await verifyToken(credential, input.tokens, services.now());
    if (identity.issued) return authenticateIssued(services, identity.issued, input.local);
    return authenticateToken(services, identity);
  }
  throw refused("The credential is neither an API key (`eider_…`) nor a JWT.");
}

/** The caller behind `local-dev-key`. Callers must have asked `isLocalRequest` first. */
export async function localCaller(services: AccountServices): Promise<Caller> {
  const user = await ensureUser(services, LOCAL_USER);
  return { userId: user.id, email: user.email, scopes: SCOPES };
}

/** @throws AppError `insufficient_permissions` unless the caller has the scope. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope)) return;
  const has = caller.scopes.length > 0 ? caller.scopes.join(", ") : "none";
  throw new AppError("insufficient_permissions", `This needs a key with the scope “${scope}”; yours has: ${has}.`);
}

function readCredential({ authorization, apiKey }: AuthenticationInput): string {
  if (authorization !== null) {
    const bearer = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
    if (bearer === undefined) throw refused("The Authorization header must read `Bearer <API key or JWT>`.");
    return bearer;
  }
  if (apiKey !== null && apiKey.trim() !== "") return apiKey.trim();
  throw refused("There is no credential. Send `Authorization: Bearer <API key or JWT>` or `x-api-key: <API key>`.");
}

/** A key's row with its user, as both the API and the S3 endpoint check it. */
export interface KeyHolder {
  keyId: string;
  userId: string;
  email: string;
  scopes: Scope[];
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

async function authenticateKey(services: AccountServices, key: string): Promise<Caller> {
  const holder = await findKey(services, { hash: hashApiKey(key) });
  if (!holder) throw refused("There is no such API key.");
  const why = unusableBecause(holder, services.now());
  if (why) throw refused(why);
  touchKey(services, holder);
  return { userId: holder.userId, email: holder.email, scopes: holder.scopes };
}

/**
 * The caller behind a token that was given out here. The key that it was given for is looked up each time, so the token ends with it and
 * has its scopes of now.
 * @throws AppError `unauthorized`
 */
export async function authenticateIssued(
  services: AccountServices,
  { userId, keyId, organization }: IssuedClaims,
  local: boolean,
): Promise<Caller> {
  if (keyId === LOCAL_KEY_ID) {
    if (!local) throw refused("This token was made with `local-dev-key`, which works only under `wrangler dev`.");
    return { ...(await localCaller(services)), organization };
  }
  const holder = await findKey(services, { id: keyId });
  if (holder?.userId !== userId) throw refused("The API key that this token was made with does not exist.");
  const why = unusableBecause(holder, services.now());
  if (why) throw refused(`${why} Tokens made with it end with it.`);
  touchKey(services, holder);
  return { userId, email: holder.email, scopes: holder.scopes, organization };
}

/** Looks a key up by its hash or by its id. */
export async function findKey(
  services: Pick<Services, "db">,
  by: { hash: string } | { id: string },
): Promise<KeyHolder | undefined> {
  const [row] = await services.db
    .select({
      keyId: apiKeys.id,
      userId: users.id,
      email: users.email,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      revokedAt: apiKeys.revokedAt,
      lastUsedAt: apiKeys.lastUsedAt,
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where("hash" in by ? eq(apiKeys.hash, by.hash) : eq(apiKeys.id, by.id))
    .limit(1);
  return row;
}

/** Why a key that exists is not good any more, as a sentence; null when it is good. */
export function unusableBecause(key: Pick<KeyHolder, "expiresAt" | "revokedAt">, now: Date): string | null {
  if (key.revokedAt !== null) return `This API key was revoked at ${key.revokedAt.toISOString()}.`;
  if (key.expiresAt !== null && key.expiresAt <= now) return `This API key expired at ${key.expiresAt.toISOString()}.`;
  return null;
}

const TOUCH_EVERY_MS = 60_000;
/** Keys this isolate has touched lately, so that a burst of requests writes once. Emptied when it grows. */
const touched = new Map<string, number>();

/** Records that a key was used, at most once a minute, after the response. */
export function touchKey(services: AccountServices, key: Pick<KeyHolder, "keyId" | "lastUsedAt">): void {
  const now = services.now();
  const before = new Date(now.getTime() - TOUCH_EVERY_MS);
  const last = Math.max(key.lastUsedAt?.getTime() ?? 0, touched.get(key.keyId) ?? 0);
  if (last > before.getTime()) return;
  if (touched.size > 1000) touched.clear();
  touched.set(key.keyId, now.getTime());
  const stale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, before));
  services.waitUntil(
    services.db
      .update(apiKeys)
      .set({ lastUsedAt: now })
      .where(and(eq(apiKeys.id, key.keyId), stale))
      .run()
      // The request was answered; a missed time stamp is worth a line in the log, not more.
      .catch((error: unknown) =>
        console.warn({ message: "last_used_at not recorded", keyId: key.keyId, error: String(error) }),
      ),
  );
}

/**
 * The account of a JWT's bearer, made when new. It is found by the subject. An email joins an existing account only when the
 * issuer verified it and that account was not itself made for another JWT subject; an unverified email is not even stored,
 * because `keys create --email` would later hand that account out to the address's real owner.
 */
async function authenticateToken(services: AccountServices, identity: TokenIdentity): Promise<Caller> {
  const find = async () => {
    const known = await services.db
      .select({ id: users.id, email: users.email })
      .from(users)
      .where(
        identity.verifiedEmail === null
          ? eq(users.id, identity.userId)
          : or(eq(users.id, identity.userId), eq(users.email, identity.verifiedEmail)),
      )
      .limit(2);
    const own = known.find((user) => user.id === identity.userId);
    const joined = known.find((user) => !user.id.startsWith("user_jwt_"));
    return { user: own ?? joined, emailTaken: known.some((user) => user.email === identity.verifiedEmail) };
  };
  let { user, emailTaken } = await find();
  if (!user) {
    const placeholder = `${identity.userId}@unverified.invalid`;
    const email = identity.verifiedEmail !== null && !emailTaken ? identity.verifiedEmail : placeholder;
    await services.db
      .insert(users)
      .values({ id: identity.userId, email, createdAt: services.now() })
      .onConflictDoNothing();
    ({ user } = await find());
    // Someone else took the email in between.
    if (!user) {
      await services.db
        .insert(users)
        .values({ id: identity.userId, email: placeholder, createdAt: services.now() })
        .onConflictDoNothing();
      ({ user } = await find());
    }
  }
  if (!user) throw new Error(`no account could be made for ${identity.userId}`);
  return { userId: user.id, email: user.email, scopes: identity.scopes };
}

function refused(message: string): AppError {
  return new AppError("unauthorized", message);
}
