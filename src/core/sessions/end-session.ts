import { endSessionRow, type SessionRow } from "../../storage/sessions.ts";
import type { Caller, Services } from "../services.ts";
import { getSession } from "./find-session.ts";

/** Ends a session and gives back what it holds. Ending it again changes nothing. @throws AppError `not_found`. */
export async function endSession(services: Services, caller: Caller, sessionId: string): Promise<SessionRow> {
  const session = await getSession(services, caller, sessionId);
  if (session.status !== "ready") return session;
  const endedAt = services.now();
  await endSessionRow(services.db, session.id, "ended", endedAt);
  await services.sessions.get(session.id).close();
  return { ...session, status: "ended", endedAt };
}
