import { sign } from "hono/jwt";
import { AppError } from "../errors.ts";
import { getOrganization } from "../organizations/get-organization.ts";
import type { Services } from "../services.ts";
import { hashApiKey, isApiKeyShaped } from "./api-key.ts";
import { authenticateIssued, findKey, localCaller, touchKey, unusableBecause } from "./authenticate-request.ts";
import { LOCAL_KEY, LOCAL_KEY_ID } from "./local-access.ts";
import {
  type IssuedClaims,
  MIN_SECRET_CHARACTERS,
  TOKEN_ISSUER,
  type TokenSettings,
  verifyToken,
} from "./verify-token.ts";

type AccountServices = Pick<Services, "db" | "now" | "waitUntil">;

const LIFETIME_SECONDS = 3_600;

/** What signs in: a key, and what the client takes for its name. */
export interface SignIn {
  /** The key itself. */
  secret: string;
  /** The account's email address, the part of it before the @, the account's id, or the key's id. */
  username: string;
  /** An organisation that new files are to belong to. */
  organization?: string | undefined;
}

/** How this deployment judges tokens, and whether `local-dev-key` is good for this request. */
export interface SignInSettings {
  tokens: TokenSettings;
  local: boolean;
}

export interface IssuedToken {
  token: string;
  expiresAt: Date;
  organization: string | undefined;
}

/**
 * Gives out a JWT (HS256 with JWT_SECRET, an hour) for an API key. The key is looked up with every request that the token makes, so
 * revoking the key ends the token at once.
 *
 * @throws AppError `unauthorized` for a wrong key or name, `not_found` for an organisation that the account does not belong to,
 * `service_unavailable` without JWT_SECRET.
 */
export async function signIn(services: AccountServices, input: SignIn, settings: SignInSettings): Promise<IssuedToken> {
  const claims = await claimsOf(services, input, settings.local);
  if (input.organization !== undefined) await getOrganization(services, claims, input.organization);
  return issueToken({ ...claims, organization: input.organization }, settings.tokens, services.now());
}

/** A new token for one that is still good. @throws AppError `unauthorized` */
export async function refreshToken(
  services: AccountServices,
  token: string,
  settings: SignInSettings,
): Promise<IssuedToken> {
  const { issued } = await verifyToken(token, settings.tokens, services.now());
  if (!issued)
    throw new AppError(
      "unauthorized",
      "Only tokens that were given out here can be refreshed. Sign in with an API key.",
    );
  await authenticateIssued(services, issued, settings.local);
  return issueToken(issued, settings.tokens, services.now());
}

async function claimsOf(services: AccountServices, input: SignIn, local: boolean): Promise<IssuedClaims> {
  const wrong = new AppError("unauthorized", "The username or the password is wrong. The password is an API key.");
  const { secret, organization } = input;
  if (secret === LOCAL_KEY && local) {
    const caller = await localCaller(services);
    return { userId: caller.userId, keyId: LOCAL_KEY_ID, organization };
  }
  const holder = isApiKeyShaped(secret) ? await findKey(services, { hash: hashApiKey(secret) }) : undefined;
  if (!holder) throw wrong;
  const why = unusableBecause(holder, services.now());
  if (why) throw new AppError("unauthorized", why);
  const names = [holder.email, holder.email.split("@")[0], holder.userId, holder.keyId];
  if (!names.includes(input.username.trim().toLowerCase())) throw wrong;
  touchKey(services, holder);
  return { userId: holder.userId, keyId: holder.keyId, organization };
}

async function issueToken(claims: IssuedClaims, { secret }: TokenSettings, now: Date): Promise<IssuedToken> {
  if (!secret || secret.length < MIN_SECRET_CHARACTERS)
    throw new AppError(
      "service_unavailable",
      "This server gives out no tokens: JWT_SECRET is not set. Send the API key itself: Authorization: Bearer <API key>.",
    );
  const issuedAt = Math.floor(now.getTime() / 1000);
  const payload = {
    iss: TOKEN_ISSUER,
    sub: claims.userId,
    key_id: claims.keyId,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    ...(claims.organization === undefined ? {} : { org: claims.organization }),
  };
  return {
    token: await sign(payload, secret, "HS256"),
    expiresAt: new Date(payload.exp * 1000),
    organization: claims.organization,
  };
}
