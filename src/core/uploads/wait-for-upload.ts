import { findUpload, type UploadRow } from "../../storage/uploads.ts";
import { notFound } from "../errors.ts";
import { poll } from "../poll.ts";
import type { Caller, Services } from "../services.ts";

/** Waits until an upload is no longer being processed, or `patienceMs` are over, and returns it as it then is. @throws AppError `not_found`. */
export function waitForUpload(
  services: Services,
  caller: Caller,
  uploadId: string,
  patienceMs: number,
): Promise<UploadRow> {
  const look = async () => {
    const upload = await findUpload(services.db, caller.userId, uploadId);
    if (!upload) throw notFound("upload", uploadId);
    return upload;
  };
  return poll(look, ({ status }) => status !== "processing", Date.now() + patienceMs);
}
