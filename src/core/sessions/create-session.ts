import type { SessionTable } from "../../storage/schema.ts";
import { insertSession, listActiveSessions, type SessionRow } from "../../storage/sessions.ts";
import type { TableRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { sessionSource } from "../tables/session-source.ts";
import { getUpload, type UploadDetail } from "../uploads/get-upload.ts";
import { nameTables } from "./name-tables.ts";

export interface NewSession {
  uploadId: string;
  name?: string | null | undefined;
  expirationHours: number;
}

/**
 * Opens a session over the tables of an upload.
 *
 * @throws AppError `not_found`; `resource_conflict` while the upload is not parsed; `rate_limited` at the limit of active sessions.
 */
export async function createSession(services: Services, caller: Caller, input: NewSession): Promise<SessionRow> {
  const detail = await getUpload(services, caller, input.uploadId);
  const parsed = tablesOfUpload(detail);
  const now = services.now();
  const names = nameTables(parsed.map(({ table, filename, siblings }) => ({ filename, name: table.name, siblings })));
  const tables = parsed.map(
    ({ table, filename }, i): SessionTable => ({ name: names[i] ?? "data", tableId: table.id, filename }),
  );
  const session: SessionRow = {
    id: `session_${services.randomId()}`,
    userId: caller.userId,
    name: input.name ?? null,
    uploadId: input.uploadId,
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

function tablesOfUpload({ upload, files }: UploadDetail): { table: TableRow; filename: string; siblings: number }[] {
  const tables = files
    .filter((file) => file.status === "complete")
    .flatMap((file) => file.tables.map((table) => ({ table, filename: file.name, siblings: file.tables.length })));
  if (upload.status === "pending")
    throw new AppError(
      "resource_conflict",
      "The upload is still waiting for its files. Upload them and confirm them, then open a session.",
    );
  if (upload.status === "processing")
    throw new AppError(
      "resource_conflict",
      "The upload is still being processed. Wait until its status is “complete”, then open a session.",
      {
        retryAfterSeconds: 2,
      },
    );
  if (tables.length === 0) {
    const problem = files.find((file) => file.problem)?.problem?.message;
    throw new AppError(
      "resource_conflict",
      `None of the upload's files could be read, so there is nothing to query.${problem ? ` ${problem}` : ""}`,
    );
  }
  return tables;
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
