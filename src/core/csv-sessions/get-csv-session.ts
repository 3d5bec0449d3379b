import {
  type CsvSessionDetail,
  type CsvSessionRow,
  findCsvSession,
  listCsvFiles,
  pageCsvSessions,
} from "../../storage/csv-sessions.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's CSV sessions. @throws AppError `not_found`. */
export async function requireCsvSession(
  services: Pick<Services, "db">,
  caller: Caller,
  sessionId: string,
): Promise<CsvSessionRow> {
  const session = await findCsvSession(services.db, caller.userId, sessionId);
  if (!session) throw notFound("CSV session", sessionId);
  return session;
}

/** One of the caller's CSV sessions with its files. @throws AppError `not_found`. */
export async function getCsvSession(
  services: Pick<Services, "db">,
  caller: Caller,
  sessionId: string,
): Promise<CsvSessionDetail> {
  const session = await requireCsvSession(services, caller, sessionId);
  return { session, files: await listCsvFiles(services.db, [session.id]) };
}

/** One page of the caller's CSV sessions with their files, newest first. */
export async function listCsvSessions(
  services: Pick<Services, "db">,
  caller: Caller,
  page: { limit: number; offset: number },
): Promise<{ sessions: CsvSessionDetail[]; total: number }> {
  const { sessions, total } = await pageCsvSessions(services.db, { userId: caller.userId, ...page });
  const ids = sessions.map((session) => session.id);
  const files = Map.groupBy(await listCsvFiles(services.db, ids), ({ csvFile }) => csvFile.csvSessionId);
  return { sessions: sessions.map((session) => ({ session, files: files.get(session.id) ?? [] })), total };
}
