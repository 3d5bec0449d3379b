import { deleteCsvFileRows, findCsvFile } from "../../storage/csv-sessions.ts";
import { rejectsKey, tableObjects } from "../../storage/object-keys.ts";
import { listModelsOfUpload } from "../../storage/uploads.ts";
import { notFound } from "../errors.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { uploadInUse } from "../uploads/delete-upload.ts";

/**
 * Deletes one file of a CSV session and everything made of it. Query sessions that have its tables end.
 *
 * @throws AppError `not_found`; `resource_conflict` while a model uses the session's upload.
 */
export async function deleteCsvFile(services: Services, caller: Caller, fileId: string): Promise<void> {
  const found = await findCsvFile(services.db, caller.userId, fileId);
  if (!found) throw notFound("CSV file", fileId);
  const { file, session, tableIds } = found;
  const keys = [file.objectKey, rejectsKey(file.id), ...tableIds.flatMap(tableObjects)];
  const rows = { fileId: file.id, uploadId: session.uploadId, csvSessionId: session.id };
  if (!(await deleteCsvFileRows(services.db, rows, keys, services.now()))) {
    const models = await listModelsOfUpload(services.db, session.uploadId);
    if (models.length > 0) throw uploadInUse(models);
    throw notFound("CSV file", fileId);
  }
  await endOrphanedSessions(services, caller.userId);
  services.waitUntil(deleteMarkedObjects(services, keys));
}
