import { findSession, listActiveSessions, type SessionRow } from "../../storage/sessions.ts";
import { AppError, invalidField, notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** A session that can be queried. @throws AppError `not_found`; `gone` when it has ended or expired. */
export async function getActiveSession(services: Services, caller: Caller, sessionId: string): Promise<SessionRow> {
  const session = await getSession(services, caller, sessionId);
  if (session.status === "ended")
    throw new AppError(
      "gone",
      `The session ended at ${session.endedAt?.toISOString()}. Open another with POST /data/sessions.`,
    );
  if (session.status === "expired" || session.expiresAt <= services.now())
    throw new AppError(
      "gone",
      `The session expired at ${session.expiresAt.toISOString()}. Open another with POST /data/sessions.`,
    );
  return session;
}

/** One of the caller's sessions, whatever its state. @throws AppError `not_found`. */
export async function getSession(services: Services, caller: Caller, sessionId: string): Promise<SessionRow> {
  const session = await findSession(services.db, caller.userId, sessionId);
  if (!session) throw notFound("session", sessionId);
  return session;
}

/**
 * The session that a query is for: the one it names, or the caller's only active one.
 *
 * @throws AppError `validation_failed` when it names none and the caller has none or several.
 */
export async function resolveSession(
  services: Services,
  caller: Caller,
  sessionId: string | undefined,
): Promise<SessionRow> {
  if (sessionId !== undefined) return getActiveSession(services, caller, sessionId);
  const active = await listActiveSessions(services.db, caller.userId, services.now());
  const only = active[0];
  if (only && active.length === 1) return only;
  throw invalidField(
    "session_id",
    active.length === 0
      ? "You have no active session. Open one with POST /data/sessions, then give its session_id here or in the X-Session-Id header."
      : `You have ${active.length} active sessions; say which one is meant, here or in the X-Session-Id header.`,
  );
}
