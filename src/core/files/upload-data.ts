import { type ApiFile, type ApiFileRow, replaceData } from "../../storage/files-api.ts";
import { reserveObject } from "../../storage/marked-objects.ts";
import { filesApiKey } from "../../storage/object-keys.ts";
import { StreamTooLongError, streamToObject } from "../../storage/stream-to-object.ts";
import type { FileRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import { readOptionsOfApiFile } from "./file-options.ts";
import { getApiFile, waitForParse } from "./read-files.ts";

/** Bytes that no row points to after this long are removed: their upload broke off. */
const RESERVED_MS = 24 * 3_600_000;

export interface NewData {
  fileId: string;
  body: AsyncIterable<Uint8Array>;
  /** As the client announced it. */
  sizeBytes: number | undefined;
  contentType: string;
  /** Drops the bytes again when they cannot be parsed. */
  erase: boolean;
}

/**
 * Takes the data of a file as it arrives, in place of what it had, and waits up to a minute for it to be parsed. Data that cannot be
 * parsed is no error: the file then says so.
 *
 * @throws AppError `not_found`; `payload_too_large` above `MAX_REQUEST_BODY_BYTES`; `invalid_request` when the body breaks off.
 */
export async function uploadData(services: Services, caller: Caller, input: NewData): Promise<ApiFile> {
  const { db, bucket, limits } = services;
  const maxBytes = limits.MAX_REQUEST_BODY_BYTES;
  await getApiFile(services, caller, input.fileId);
  if (input.sizeBytes !== undefined && input.sizeBytes > maxBytes) throw tooLarge(maxBytes);
  const rowId = `file_${services.randomId()}`;
  const key = filesApiKey(rowId);
  await reserveObject(db, key, new Date(services.now().getTime() + RESERVED_MS));
  const stored = await streamToObject(bucket, key, whole(input), { maxBytes, contentType: input.contentType }).catch(
    (failure: unknown) => {
      throw failure instanceof StreamTooLongError ? tooLarge(maxBytes) : failure;
    },
  );
  // What is said of the file may have changed while its bytes came in.
  const file = await getApiFile(services, caller, input.fileId);
  const row = describeData(services, file, { id: rowId, key, ...stored }, input);
  const jobId = `job_${services.randomId()}`;
  await replaceData(db, file.id, row, jobId, services.now());
  await sendJob(services, jobId);
  services.waitUntil(deleteMarkedObjects(services));
  return waitForParse(services, caller, file.id);
}

function describeData(
  services: Services,
  file: ApiFileRow,
  stored: { id: string; key: string; sizeBytes: number; etag: string },
  input: NewData,
): FileRow {
  const now = services.now();
  return {
    id: stored.id,
    userId: file.userId,
    uploadId: null,
    ordinal: 0,
    name: nameOfData(file),
    contentType: input.contentType,
    declaredBytes: input.sizeBytes ?? null,
    sizeBytes: stored.sizeBytes,
    objectKey: stored.key,
    etag: stored.etag,
    format: null,
    compression: null,
    status: "processing",
    problem: null,
    options: { ...readOptionsOfApiFile(file), ...(input.erase ? { erase: true } : {}) },
    remarks: null,
    rejectCount: 0,
    rejectsKey: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** What messages and sessions call the data of a file. */
export function nameOfData(file: Pick<ApiFileRow, "name">): string {
  return file.name === "" ? "data" : file.name;
}

/** The body, held to the length that was announced. A client that hangs up ends it without an error in some runtimes. */
async function* whole({ body, sizeBytes }: NewData): AsyncGenerator<Uint8Array> {
  let received = 0;
  const brokenOff = (cause?: unknown) =>
    new AppError("invalid_request", "The body broke off before its end. Send the data again.", {}, { cause });
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((cause: unknown) => {
      throw brokenOff(cause);
    });
    if (next.done) break;
    received += next.value.length;
    yield next.value;
  }
  if (sizeBytes !== undefined && received !== sizeBytes) throw brokenOff();
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(
    "payload_too_large",
    `The data may have at most ${formatBytes(maxBytes)} here. Larger files go to presigned URLs: POST /data/upload.`,
    { members: { limit_bytes: maxBytes } },
  );
}
