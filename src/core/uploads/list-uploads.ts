import type { UploadStatus } from "../../storage/schema.ts";
import { type ListedFile, listFileSizes, pageUploads, type UploadRow } from "../../storage/uploads.ts";
import type { Caller, Services } from "../services.ts";

export interface UploadPage {
  uploads: { upload: UploadRow; files: ListedFile[] }[];
  total: number;
}

/** One page of the caller's uploads with their files. */
export async function listUploads(
  services: Services,
  caller: Caller,
  page: {
    status?: UploadStatus | undefined;
    sort: "created_at" | "status";
    order: "asc" | "desc";
    limit: number;
    offset: number;
  },
): Promise<UploadPage> {
  const { uploads, total } = await pageUploads(services.db, { userId: caller.userId, ...page });
  const files = Map.groupBy(
    await listFileSizes(
      services.db,
      uploads.map((upload) => upload.id),
    ),
    (file) => file.uploadId,
  );
  return { uploads: uploads.map((upload) => ({ upload, files: files.get(upload.id) ?? [] })), total };
}
