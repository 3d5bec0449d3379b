import { type ApiFile, type ApiFileRow, replaceData } from "../../storage/files-api.ts";
import { reserveObject } from "../../storage/marked-objects.ts";
import { filesApiKey } from "../../storage/object-keys.ts";
import { type StreamedObject, StreamTooLongError, streamToObject } from "../../storage/stream-to-object.ts";
import type { FileRow } from "../../storage/uploads.ts";
import { AppError } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import { readOptionsOfApiFile } from "./file-options.ts";
import { getApiFile, waitForParse } from "./read-files.ts";

/** Bytes that no row points to after this long are removed: their upload broke off. */
const RESERVED_MS = 24 * 3_600_000;

export interface NewData {
  fileId: string;
  /** Null: there is none. */
  body: ReadableStream<Uint8Array> | null;
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
 * @throws AppError `not_found`; `payload_too_large` above `MAX_REQUEST_BODY_BYTES`; `service_unavailable` when the body breaks off.
 */
export async function uploadData(services: Services, caller: Caller, input: NewData): Promise<ApiFile> {
  const { db, limits } = services;
  const maxBytes = limits.MAX_REQUEST_BODY_BYTES;
  await getApiFile(services, caller, input.fileId);
  if (input.sizeBytes !== undefined && input.sizeBytes > maxBytes) throw tooLarge(maxBytes);
  const rowId = `file_${services.randomId()}`;
  const key = filesApiKey(rowId);
  await reserveObject(db, key, new Date(services.now().getTime() + RESERVED_MS));
  const stored = await storeBody(services, key, input);
  // What is said of the file may have changed while its bytes came in.
  const file = await getApiFile(services, caller, input.fileId);
  const row = describeData(services, file, { id: rowId, key, ...stored }, input);
  const jobId = `job_${services.randomId()}`;
  await replaceData(db, file.id, row, jobId, services.now());
  await sendJob(services, jobId);
  await endOrphanedSessions(services, caller.userId);
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

/** Puts the body into R2: as it is where its length is known, in parts otherwise. A body that breaks off leaves nothing. */
async function storeBody(services: Services, key: string, input: NewData): Promise<StreamedObject> {
  const { bucket, limits } = services;
  const { contentType, sizeBytes } = input;
  const maxBytes = limits.MAX_REQUEST_BODY_BYTES;
  try {
    if (sizeBytes === undefined && input.body)
      return await streamToObject(bucket, key, input.body, { maxBytes, contentType });
    const body = sizeBytes && input.body ? input.body : new Uint8Array(0);
    const { size, etag } = await bucket.put(key, body, { httpMetadata: { contentType } });
    return { sizeBytes: size, etag };
  } catch (cause) {
    if (cause instanceof StreamTooLongError) throw tooLarge(maxBytes);
    throw new AppError(
      "service_unavailable",
      "The data did not arrive whole, or could not be stored. Send it again.",
      {},
      { cause },
    );
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(
    "payload_too_large",
    `The data may have at most ${formatBytes(maxBytes)} here. Larger files go to presigned URLs: POST /data/upload.`,
    { members: { limit_bytes: maxBytes } },
  );
}
