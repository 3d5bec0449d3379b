import { type ApiFile, type ApiFileChanges, describeApiFile, renewParse } from "../../storage/files-api.ts";
import { AppError } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { checkFileOptions, type FileOptions, readOptionsOfApiFile } from "./file-options.ts";
import { getApiFile, waitForParse } from "./read-files.ts";
import { nameOfData } from "./upload-data.ts";

/** Other changes do not change what the data is read into. */
const PARSE_OPTIONS = ["fileType", "fileCompression", "parserOptions", "sqlTransforms"] as const;
const ATTEMPTS = 3;

/**
 * Changes what is said of a file. Other options than before parse its data again; the answer waits up to a minute for that.
 *
 * @throws AppError `not_found`; `validation_failed` for options that do not fit the file's type.
 */
export async function updateApiFile(
  services: Services,
  caller: Caller,
  id: string,
  changes: ApiFileChanges & Partial<FileOptions>,
): Promise<ApiFile> {
  const file = await getApiFile(services, caller, id);
  const options = { ...file, ...changes } as ApiFile & FileOptions;
  checkFileOptions(options, services.limits);
  await describeApiFile(services.db, id, changes, services.now());
  if (!PARSE_OPTIONS.some((name) => changes[name] !== undefined)) return getApiFile(services, caller, id);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const current = await getApiFile(services, caller, id);
    const { data } = current;
    if (!data || data.etag === null) return current;
    const jobId = `job_${services.randomId()}`;
    const renewed = {
      id: `file_${services.randomId()}`,
      name: nameOfData(current),
      options: { ...readOptionsOfApiFile(current) },
    };
    if (await renewParse(services.db, id, data, renewed, jobId, services.now())) {
      await sendJob(services, jobId);
      await endOrphanedSessions(services, caller.userId);
      services.waitUntil(deleteMarkedObjects(services));
      return waitForParse(services, caller, id);
    }
  }
  throw new AppError("resource_conflict", "The file is being changed by others at the same time. Try again.", {
    retryAfterSeconds: 1,
  });
}
