import type { SessionTable } from "../../storage/schema.ts";
import { insertSession, listActiveSessions, type SessionRow } from "../../storage/sessions.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { sessionSource } from "../tables/session-source.ts";
import { nameTables } from "./name-tables.ts";
import { listSourceTables, type SourceRef } from "./source-tables.ts";

export interface NewSession {
  /** At least one. */
  sources: readonly SourceRef[];
  name?: string | null | undefined;
  expirationHours: number;
}

/**
 * Opens a session over the tables of one or more sources, in their order.
 *
 * @throws AppError `not_found`; `resource_conflict` while a source is not parsed; `rate_limited` at the limit of active sessions.
 */
export async function createSession(services: Services, caller: Caller, input: NewSession): Promise<SessionRow> {
  const parsed = (await Promise.all(input.sources.map((source) => listSourceTables(services, caller, source)))).flat();
  const now = services.now();
  const names = nameTables(parsed.map(({ table, filename, siblings }) => ({ filename, name: table.name, siblings })));
  const tables = parsed.map(
    ({ table, filename }, i): SessionTable => ({ name: names[i] ?? "data", tableId: table.id, filename }),
  );
  const session: SessionRow = {
    id: `session_${services.randomId()}`,
    userId: caller.userId,
    name: input.name ?? null,
    uploadId: input.sources.find((source) => source.kind === "upload")?.id ?? null,
    tables,
    status: "ready",
    createdAt: now,
    expiresAt: new Date(now.getTime() + input.expirationHours * 3_600_000),
    endedAt: null,
  };
  if (!(await insertSession(services.db, session, services.limits.MAX_ACTIVE_SESSIONS)))
    throw await tooManySessions(services, caller);
  await services.sessions.get(session.id).open({
    sessionId: session.id,
    expiresAt: session.expiresAt.getTime(),
    queriesPerMinute: services.limits.MAX_QUERIES_PER_MINUTE,
    tables: parsed.map(({ table }, i) => sessionSource(names[i] ?? "data", table)),
  });
  return session;
}

async function tooManySessions(services: Services, caller: Caller): Promise<AppError> {
  const active = await listActiveSessions(services.db, caller.userId, services.now());
  const next = Math.min(...active.map((session) => session.expiresAt.getTime()));
  return new AppError(
    "rate_limited",
    `You have ${active.length} active sessions, and ${services.limits.MAX_ACTIVE_SESSIONS} is the limit. End one with DELETE /data/sessions/{session_id}.`,
    {
      retryAfterSeconds: Math.max(1, Math.ceil((next - services.now().getTime()) / 1000)),
      members: { active_sessions: active.map((session) => session.id) },
    },
  );
}
