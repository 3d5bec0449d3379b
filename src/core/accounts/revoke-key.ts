import { and, eq, isNull } from "drizzle-orm";
import { apiKeys } from "../../storage/schema.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/**
 * Ends a key of the caller's, for the API and the S3 endpoint alike, from the next request on. Revoking twice keeps the first time.
 * @throws AppError `not_found` for a key that does not exist or is another user's.
 */
export async function revokeKey(services: Pick<Services, "db" | "now">, caller: Caller, keyId: string): Promise<void> {
  const mine = and(eq(apiKeys.id, keyId), eq(apiKeys.userId, caller.userId));
  const [, found] = await services.db.batch([
    services.db
      .update(apiKeys)
      .set({ revokedAt: services.now() })
      .where(and(mine, isNull(apiKeys.revokedAt))),
    services.db.select({ id: apiKeys.id }).from(apiKeys).where(mine),
  ]);
  if (found.length === 0) throw notFound("API key", keyId);
}
