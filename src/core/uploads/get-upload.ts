import {
  type FileWithTables,
  findUpload,
  listFiles,
  listModelsOfUpload,
  type UploadRow,
} from "../../storage/uploads.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

export interface UploadDetail {
  upload: UploadRow;
  files: FileWithTables[];
  models: { id: string; name: string; version: string }[];
}

/** One upload with its files, their tables and the models made from it. @throws AppError `not_found`. */
export async function getUpload(services: Services, caller: Caller, uploadId: string): Promise<UploadDetail> {
  const upload = await findUpload(services.db, caller.userId, uploadId);
  if (!upload) throw notFound("upload", uploadId);
  const [files, models] = await Promise.all([
    listFiles(services.db, [upload.id]),
    listModelsOfUpload(services.db, upload.id),
  ]);
  return { upload, files, models };
}

/** One file of an upload by its name. @throws AppError `not_found`. */
export async function getFile(
  services: Services,
  caller: Caller,
  uploadId: string,
  filename: string,
): Promise<FileWithTables> {
  const { files } = await getUpload(services, caller, uploadId);
  const file = files.find((candidate) => candidate.name === filename);
  if (!file) throw notFound(`file in upload “${uploadId}” named`, filename);
  return file;
}
