import { type ApiFile, eraseData, findApiFile, pageApiFiles } from "../../storage/files-api.ts";
import { notFound } from "../errors.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import { poll } from "../poll.ts";
import type { Caller, Services } from "../services.ts";

/** How long an answer to new data or options waits for it to be parsed. */
const PATIENCE_MS = 60_000;

/** A file of the caller's, or of an organisation of theirs. @throws AppError `not_found`. */
export async function getApiFile(services: Services, caller: Caller, id: string): Promise<ApiFile> {
  const file = await findApiFile(services.db, caller.userId, id);
  if (!file) throw notFound("file", id);
  return eraseWhereAsked(services, file);
}

/** One page of the files that the caller may see, newest first. */
export async function listApiFiles(
  services: Services,
  caller: Caller,
  page: { limit: number; offset: number },
): Promise<{ files: ApiFile[]; total: number }> {
  return pageApiFiles(services.db, { userId: caller.userId, ...page });
}

/** Waits until a file is parsed, or failed to be, or a minute is over, and returns it as it then is. @throws AppError `not_found`. */
export function waitForParse(services: Services, caller: Caller, id: string): Promise<ApiFile> {
  return poll(
    () => getApiFile(services, caller, id),
    ({ data }) => data?.status !== "processing",
    Date.now() + PATIENCE_MS,
  );
}

/** Drops data that could not be parsed, where that was asked for when it was sent. */
async function eraseWhereAsked(services: Services, file: ApiFile): Promise<ApiFile> {
  const { data } = file;
  if (data?.status !== "failed" || data.etag === null || data.options?.["erase"] !== true) return file;
  await eraseData(services.db, data, services.now());
  services.waitUntil(deleteMarkedObjects(services));
  return { ...file, data: { ...data, etag: null, sizeBytes: null } };
}
