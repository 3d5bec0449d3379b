import { count, desc, eq } from "drizzle-orm";
import { apiKeys } from "../../storage/schema.ts";
import type { Caller, Services } from "../services.ts";
import type { KeyInfo } from "./create-key.ts";

/** The caller's keys, newest first, revoked and expired ones included. */
export async function listKeys(
  services: Pick<Services, "db">,
  caller: Caller,
  page: { limit: number; offset: number },
): Promise<{ keys: KeyInfo[]; total: number }> {
  const mine = eq(apiKeys.userId, caller.userId);
  const [keys, totals] = await services.db.batch([
    services.db
      .select({
        id: apiKeys.id,
        name: apiKeys.name,
        prefix: apiKeys.prefix,
        scopes: apiKeys.scopes,
        createdAt: apiKeys.createdAt,
        expiresAt: apiKeys.expiresAt,
        revokedAt: apiKeys.revokedAt,
        lastUsedAt: apiKeys.lastUsedAt,
      })
      .from(apiKeys)
      .where(mine)
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
      .limit(page.limit)
      .offset(page.offset),
    services.db.select({ total: count() }).from(apiKeys).where(mine),
  ]);
  return { keys, total: totals[0]?.total ?? 0 };
}
