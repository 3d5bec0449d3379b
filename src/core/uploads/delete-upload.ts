import { listAnalysisObjects } from "../../storage/analyses.ts";
import { violatesConstraint } from "../../storage/database-error.ts";
import { rejectsKey, tableObjects } from "../../storage/object-keys.ts";
import { deleteUploadRows, listModelsOfUpload } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { getUpload, type UploadDetail } from "./get-upload.ts";

/**
 * Deletes an upload, its files and everything made of them. The rows go first, in one transaction that also notes the objects to
 * remove, so that a deletion which dies halfway is finished by cron. Sessions that have its tables end with it.
 *
 * @throws AppError `not_found`; `resource_conflict` while a model uses the upload.
 */
export async function deleteUpload(services: Services, caller: Caller, uploadId: string): Promise<{ deletedAt: Date }> {
  const { upload, files, models } = await getUpload(services, caller, uploadId);
  if (models.length > 0) throw uploadInUse(models);
  const keys = files.flatMap((file) => [
    file.objectKey,
    rejectsKey(file.id),
    ...file.tables.flatMap((table) => tableObjects(table.id)),
  ]);
  keys.push(...(await listAnalysisObjects(services.db, upload.id)));
  const deletedAt = services.now();
  try {
    await deleteUploadRows(services.db, upload.id, keys, deletedAt);
  } catch (failure) {
    // A model that was bound since it was looked for.
    if (!violatesConstraint(failure, "foreignKey")) throw failure;
    throw uploadInUse(await listModelsOfUpload(services.db, upload.id));
  }
  await endOrphanedSessions(services, caller.userId);
  services.waitUntil(deleteMarkedObjects(services, keys));
  return { deletedAt };
}

/** Why an upload, or one of its files, cannot go while models use it. */
export function uploadInUse(models: UploadDetail["models"]): AppError {
  const first = models[0];
  const which = first ? `The model “${first.name}” (${first.id}) uses` : "A model uses";
  return new AppError("resource_conflict", `${which} this upload. Unbind it first, then delete.`, {
    members: { models: models.map((m) => ({ model_id: m.id, model_name: m.name, version: m.version })) },
  });
}
