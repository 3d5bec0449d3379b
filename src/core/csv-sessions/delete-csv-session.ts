import type { Caller, Services } from "../services.ts";
import { deleteUpload } from "../uploads/delete-upload.ts";
import { requireCsvSession } from "./get-csv-session.ts";

/**
 * Deletes a CSV session with its files and everything made of them.
 *
 * @throws AppError `not_found`; `resource_conflict` while a model uses the session's upload.
 */
export async function deleteCsvSession(services: Services, caller: Caller, sessionId: string): Promise<void> {
  const session = await requireCsvSession(services, caller, sessionId);
  await deleteUpload(services, caller, session.uploadId);
}
