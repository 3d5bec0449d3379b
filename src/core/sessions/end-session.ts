import type { SessionStatus } from "../../storage/schema.ts";
import { endSessionRow, type SessionRow } from "../../storage/sessions.ts";
import type { Caller, Services } from "../services.ts";
import { getSession } from "./find-session.ts";

/** Ends a session and gives back what it holds. Ending it again changes nothing. @throws AppError `not_found`. */
export async function endSession(services: Services, caller: Caller, sessionId: string): Promise<SessionRow> {
  const session = await getSession(services, caller, sessionId);
  if (session.status !== "ready") return session;
  const endedAt = services.now();
  await closeSession(services, session.id, "ended", endedAt);
  return { ...session, status: "ended", endedAt };
}

/** Writes down that a session is over, and gives back what it holds. */
export async function closeSession(
  services: Pick<Services, "db" | "sessions">,
  sessionId: string,
  status: Exclude<SessionStatus, "ready">,
  now: Date,
): Promise<void> {
  await endSessionRow(services.db, sessionId, status, now);
  await services.sessions.get(sessionId).close();
}
