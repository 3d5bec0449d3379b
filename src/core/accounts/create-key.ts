import { deriveKeyCredentials, isSigningSecret, type S3Credentials } from "../../storage/s3/credentials.ts";
import { apiKeys } from "../../storage/schema.ts";
import { SCOPES, type Scope } from "../../storage/scopes.ts";
import { AppError, invalidField } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { apiKeyPrefix, generateApiKey, hashApiKey } from "./api-key.ts";

const DAY_MS = 86_400_000;

export interface NewKey {
  name: string;
  scopes: readonly Scope[];
  /** Null: until it is revoked. */
  expiresAt: Date | null;
}

/** A key as its owner sees it; never the key itself. */
export interface KeyInfo {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

export interface CreatedKey extends KeyInfo {
  /** Shown this once. */
  key: string;
  /** For the S3 endpoint; null when this deployment serves none. */
  s3: S3Credentials | null;
}

/**
 * Makes an API key of the caller's. It gets no scope that the caller's own key lacks.
 * @param signingSecret from which the S3 pair is derived; undefined when the deployment serves no S3 endpoint.
 * @throws AppError `insufficient_permissions` for a scope the caller lacks, `validation_failed` for an expiry that has passed.
 */
export async function createKey(
  services: Pick<Services, "db" | "now" | "randomId">,
  caller: Caller,
  input: NewKey,
  signingSecret: string | undefined,
): Promise<CreatedKey> {
  const lacking = input.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length > 0) {
    throw new AppError(
      "insufficient_permissions",
      `Your own key lacks the scope “${lacking.join("”, “")}”, so it cannot be given to another.`,
    );
  }
  const now = services.now();
  if (input.expiresAt !== null && input.expiresAt <= now)
    throw invalidField("expires_at", "This lies in the past. Choose a later time.");
  const key = generateApiKey(services.randomId);
  const info: KeyInfo = {
    id: `key_${services.randomId()}`,
    name: input.name,
    prefix: apiKeyPrefix(key),
    scopes: SCOPES.filter((scope) => input.scopes.includes(scope)),
    createdAt: now,
    expiresAt: input.expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  await services.db.insert(apiKeys).values({ ...info, userId: caller.userId, hash: hashApiKey(key) });
  return { ...info, key, s3: isSigningSecret(signingSecret) ? deriveKeyCredentials(signingSecret, info.id) : null };
}

/** When a key ends that is good for so many days. */
export function expiryInDays(now: Date, days: number): Date {
  return new Date(now.getTime() + days * DAY_MS);
}
