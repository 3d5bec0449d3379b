import type { FileWithTables } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { getFile } from "./get-upload.ts";

/**
 * A file whose bytes are there, whether they could be read or not.
 *
 * @throws AppError `not_found`; `resource_conflict` while the bytes have not been uploaded and confirmed.
 */
export async function getOriginal(
  services: Services,
  caller: Caller,
  uploadId: string,
  filename: string,
): Promise<FileWithTables> {
  const file = await getFile(services, caller, uploadId, filename);
  if (file.etag === null)
    throw new AppError(
      "resource_conflict",
      `“${file.name}” is not uploaded and confirmed yet, so there is nothing to download.`,
    );
  return file;
}
