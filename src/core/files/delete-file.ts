import { deleteApiFile } from "../../storage/files-api.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { getApiFile } from "./read-files.ts";

/** Deletes a file, its data and what was made of it. @throws AppError `not_found`. */
export async function removeApiFile(services: Services, caller: Caller, id: string): Promise<void> {
  const file = await getApiFile(services, caller, id);
  await deleteApiFile(services.db, file.id, services.now());
  await endOrphanedSessions(services, caller.userId);
  services.waitUntil(deleteMarkedObjects(services));
}
