import { findUpload, type UploadRow } from "../../storage/uploads.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

const POLL_MS = 150;

/** Waits until an upload is no longer being processed, or `patienceMs` are over, and returns it as it then is. @throws AppError `not_found`. */
export async function waitForUpload(
  services: Services,
  caller: Caller,
  uploadId: string,
  patienceMs: number,
): Promise<UploadRow> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const upload = await findUpload(services.db, caller.userId, uploadId);
    if (!upload) throw notFound("upload", uploadId);
    if (upload.status !== "processing" || Date.now() >= until) return upload;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
