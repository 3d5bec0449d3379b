import { rawFileKey } from "../../storage/object-keys.ts";
import { type FileRow, insertUpload, type UploadRow } from "../../storage/uploads.ts";
import { AppError, type FieldFault } from "../errors.ts";
import type { Caller, MultipartUrls, Services } from "../services.ts";
import { faultOfContentType, faultOfFilename } from "./filename.ts";

export interface NewFile {
  filename: string;
  contentType: string;
  sizeBytes?: number | undefined;
}

export interface NewUpload {
  name?: string | null | undefined;
  description?: string | null | undefined;
  files: NewFile[];
}

/** How to bring the bytes of one file. */
export interface FileTarget {
  file: FileRow;
  presignedUrl: string;
  /** For files above the multipart threshold: the parts, each with its own URL. */
  multipart?: MultipartUrls | undefined;
}

/**
 * Opens an upload: rows in D1, and presigned URLs that take the bytes of each file.
 *
 * @throws AppError `validation_failed` for wrong names, duplicates or too many files; `payload_too_large` above the size limits.
 */
export async function createUpload(
  services: Services,
  caller: Caller,
  input: NewUpload,
): Promise<{ upload: UploadRow; targets: FileTarget[] }> {
  checkFiles(services, input.files);
  const { upload, files } = describeUpload(services, caller, input);
  await insertUpload(services.db, upload, files);
  const targets = await Promise.all(files.map((file) => presignFile(services, file)));
  return { upload, targets };
}

/** The rows of a new pending upload, not yet written. */
export function describeUpload(
  services: Services,
  caller: Caller,
  input: NewUpload,
): { upload: UploadRow; files: FileRow[] } {
  const now = services.now();
  const id = `upload_${services.randomId()}`;
  const upload: UploadRow = {
    id,
    userId: caller.userId,
    name: input.name ?? null,
    description: input.description ?? null,
    status: "pending",
    createdAt: now,
    expiresAt: new Date(now.getTime() + services.limits.PRESIGNED_URL_SECONDS * 1000),
    confirmedAt: null,
    completedAt: null,
  };
  const files = input.files.map(
    (file, ordinal): FileRow => ({
      id: `file_${services.randomId()}`,
      userId: caller.userId,
      uploadId: id,
      ordinal,
      name: file.filename,
      contentType: file.contentType,
      declaredBytes: file.sizeBytes ?? null,
      sizeBytes: null,
      objectKey: rawFileKey(caller.userId, id, file.filename),
      etag: null,
      format: null,
      compression: null,
      status: "pending",
      problem: null,
      options: null,
      remarks: null,
      rejectCount: 0,
      rejectsKey: null,
      createdAt: now,
      updatedAt: now,
    }),
  );
  return { upload, files };
}

async function presignFile(services: Services, file: FileRow): Promise<FileTarget> {
  const presignedUrl = await services.presigner.presign({ method: "PUT", key: file.objectKey });
  const isLarge = file.declaredBytes !== null && file.declaredBytes > services.limits.MULTIPART_THRESHOLD_BYTES;
  const multipart = isLarge
    ? await services.presigner.presignMultipart({
        key: file.objectKey,
        sizeBytes: file.declaredBytes ?? 0,
        contentType: file.contentType,
      })
    : undefined;
  return { file, presignedUrl, multipart };
}

/** Checks names, count and declared sizes against the limits. */
export function checkFiles(services: Services, files: readonly NewFile[]): void {
  const { limits } = services;
  const faults: FieldFault[] = [];
  if (files.length === 0) faults.push({ path: "files", message: "Name at least one file." });
  if (files.length > limits.MAX_FILES_PER_UPLOAD)
    faults.push({
      path: "files",
      message: `An upload holds at most ${limits.MAX_FILES_PER_UPLOAD} files; this one has ${files.length}. Split it.`,
    });
  const seen = new Map<string, number>();
  files.forEach((file, i) => {
    const path = `files[${i}].filename`;
    const fault = faultOfFilename(file.filename);
    if (fault) faults.push({ path, message: fault });
    const typeFault = faultOfContentType(file.contentType);
    if (typeFault) faults.push({ path: `files[${i}].content_type`, message: typeFault });
    const other = seen.get(file.filename);
    if (other !== undefined)
      faults.push({
        path,
        message: `“${file.filename}” is already files[${other}]; names must differ within an upload.`,
      });
    else seen.set(file.filename, i);
  });
  const first = faults[0];
  if (first) throw new AppError("validation_failed", `${first.path}: ${first.message}`, { errors: faults });

  const large = files.findIndex((file) => (file.sizeBytes ?? 0) > limits.MAX_FILE_BYTES);
  const total = files.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  if (large >= 0)
    throw new AppError(
      "payload_too_large",
      `files[${large}].size_bytes: a file may have at most ${formatBytes(limits.MAX_FILE_BYTES)}; split it into several.`,
      {
        members: { limit_bytes: limits.MAX_FILE_BYTES },
      },
    );
  if (total > limits.MAX_UPLOAD_BYTES)
    throw new AppError(
      "payload_too_large",
      `The files add up to ${formatBytes(total)}; an upload may have at most ${formatBytes(limits.MAX_UPLOAD_BYTES)}.`,
      {
        members: { limit_bytes: limits.MAX_UPLOAD_BYTES },
      },
    );
}

/** `5000000000` → `5 GB`. Decimal units, as the limits are documented. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
