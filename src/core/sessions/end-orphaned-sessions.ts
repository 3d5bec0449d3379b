import { listOrphanedSessions } from "../../storage/sessions.ts";
import type { Services } from "../services.ts";
import { closeSession } from "./end-session.ts";

const BATCH = 100;

/**
 * Ends sessions that have lost a table because its upload, dataset or file was deleted or read anew: what is deleted must not be answered
 * from their caches. To be called after such a deletion for its user; cron calls it for everybody.
 */
export async function endOrphanedSessions(
  services: Pick<Services, "db" | "sessions" | "now">,
  userId?: string,
): Promise<void> {
  for (const session of await listOrphanedSessions(services.db, { userId, limit: BATCH }))
    await closeSession(services, session.id, "ended", services.now());
}
