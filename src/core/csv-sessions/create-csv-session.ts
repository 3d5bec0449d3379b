import { type CsvSessionRow, insertCsvSession } from "../../storage/csv-sessions.ts";
import { violatesConstraint } from "../../storage/database-error.ts";
import { AppError, invalidField } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { describeUpload } from "../uploads/create-upload.ts";
import { faultOfSessionId } from "./session-id.ts";

/**
 * Opens a CSV session under a name of its user's own. An upload stands behind it, without files at first, so that everything that works on
 * uploads works on the session's files.
 *
 * @throws AppError `validation_failed` for a session id that cannot be one; `invalid_request` when the caller has a session of that name.
 */
export async function createCsvSession(services: Services, caller: Caller, sessionId: string): Promise<CsvSessionRow> {
  const fault = faultOfSessionId(sessionId);
  if (fault) throw invalidField("session_id", fault);
  const now = services.now();
  const { upload } = describeUpload(services, caller, {
    name: sessionId,
    description: "The files of a CSV session.",
    files: [],
  });
  const session: CsvSessionRow = {
    id: services.randomUuid(),
    userId: caller.userId,
    sessionId,
    uploadId: upload.id,
    createdAt: now,
    updatedAt: now,
  };
  try {
    // It has no presigned URLs that could end, so cron must not take it for abandoned.
    await insertCsvSession(services.db, session, { ...upload, expiresAt: null });
  } catch (failure) {
    if (!violatesConstraint(failure, "unique")) throw failure;
    throw new AppError("invalid_request", `You already have a session “${sessionId}”. Choose another session_id.`, {
      errors: [{ path: "session_id", message: "It is taken." }],
    });
  }
  return session;
}
