import { rawFileKey } from "../../storage/object-keys.ts";
import { deleteReceivedUpload, describeReceivedUpload, insertFile } from "../../storage/received-files.ts";
import { StreamTooLongError, streamToObject } from "../../storage/stream-to-object.ts";
import {
  type ConfirmedFile,
  confirmFiles,
  type FileRow,
  findUpload,
  insertUpload,
  type UploadRow,
} from "../../storage/uploads.ts";
import { AppError, invalidField } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Caller, Services } from "../services.ts";
import { describeUpload, formatBytes } from "./create-upload.ts";
import { faultOfFilename } from "./filename.ts";

/** One part of what a client sends: a few words, or a file whose bytes come as they are asked for. */
export type ReceivedPart =
  | { kind: "field"; name: string; value: string }
  | { kind: "file"; name: string; filename: string; contentType: string; stream: AsyncIterable<Uint8Array> };

export interface ReceivedUpload {
  upload: UploadRow;
  files: FileRow[];
  jobs: { id: string }[];
}

/** Parts that may carry a file. */
const FILE_PARTS = new Set(["files", "file", "files[]"]);
const MAX_NAME_CHARACTERS = 255;
const MAX_DESCRIPTION_CHARACTERS = 10_000;

/**
 * Receives files whose bytes come with the request: each is streamed into its object as it arrives, then all are confirmed and their
 * ingest is queued. The rows are written first, as of a pending upload, so that cron removes what a dying Worker leaves behind.
 *
 * @param parts in any order: one or more files (`files` or `file`), and optionally the fields `name` and `description`.
 * @throws AppError for a missing, repeated, empty or wrongly named part (`validation_failed`), above the limits (`payload_too_large`),
 * and whatever reading the parts throws. Nothing that was sent is kept then.
 */
export function receiveUpload(
  services: Services,
  caller: Caller,
  parts: AsyncIterable<ReceivedPart>,
): Promise<ReceivedUpload> {
  const work = receiveParts(new Reception(services, caller), parts);
  // A client that hangs up ends the request; what was stored has to be removed all the same.
  services.waitUntil(work.catch(() => undefined));
  return work;
}

async function receiveParts(reception: Reception, parts: AsyncIterable<ReceivedPart>): Promise<ReceivedUpload> {
  try {
    for await (const part of parts) {
      if (part.kind === "field") reception.takeField(part.name, part.value);
      else await reception.takeFile(part);
    }
    return await reception.confirm();
  } catch (failure) {
    await reception.undo();
    throw failure;
  }
}

/** One upload while it is being received. */
class Reception {
  readonly #services: Services;
  readonly #caller: Caller;
  readonly #upload: UploadRow;
  readonly #fields = new Map<string, string>();
  readonly #files: FileRow[] = [];
  readonly #received: ConfirmedFile[] = [];
  #bytes = 0;

  constructor(services: Services, caller: Caller) {
    this.#services = services;
    this.#caller = caller;
    this.#upload = describeUpload(services, caller, { files: [] }).upload;
  }

  takeField(name: string, value: string): void {
    if (FILE_PARTS.has(name))
      throw invalidField(name, "This part has no filename, so it is not a file. Send it with one.");
    if (name !== "name" && name !== "description") return;
    if (this.#fields.has(name)) throw invalidField(name, "This field is in the form twice.");
    const most = name === "name" ? MAX_NAME_CHARACTERS : MAX_DESCRIPTION_CHARACTERS;
    if (value.length > most) throw invalidField(name, `It may have at most ${most} characters.`);
    this.#fields.set(name, value);
  }

  async takeFile(part: Extract<ReceivedPart, { kind: "file" }>): Promise<void> {
    const { db, bucket, limits } = this.#services;
    this.#checkFile(part.name, part.filename);
    const file = this.#describeFile(part.filename, part.contentType);
    if (this.#files.length === 0) await insertUpload(db, this.#upload, [file]);
    else await insertFile(db, file);
    this.#files.push(file);
    const left = limits.MAX_REQUEST_BODY_BYTES - this.#bytes;
    const maxBytes = Math.min(limits.MAX_FILE_BYTES, left);
    const { sizeBytes, etag } = await streamToObject(bucket, file.objectKey, part.stream, {
      maxBytes,
      contentType: file.contentType,
    }).catch((failure: unknown) => {
      if (failure instanceof StreamTooLongError)
        throw tooLarge(file.name, limits.MAX_FILE_BYTES <= left ? "file" : "form", limits);
      throw failure;
    });
    if (sizeBytes === 0)
      throw invalidField(`files[${file.ordinal}]`, `“${file.name}” is empty (0 bytes). Choose a file with data in it.`);
    this.#bytes += sizeBytes;
    this.#received.push({ fileId: file.id, sizeBytes, etag, jobId: `job_${this.#services.randomId()}` });
  }

  async confirm(): Promise<ReceivedUpload> {
    const { db } = this.#services;
    if (this.#files.length === 0)
      throw invalidField("files", "The form has no file. Send each file as a part “files” with a filename.");
    const words = { name: this.#fields.get("name") ?? null, description: this.#fields.get("description") ?? null };
    await describeReceivedUpload(db, this.#upload.id, words);
    if (!(await findUpload(db, this.#caller.userId, this.#upload.id)))
      throw new AppError("resource_conflict", "This upload was deleted while it was being received.");
    await confirmFiles(db, this.#upload, this.#received, this.#services.now());
    await Promise.all(this.#received.map((file) => sendJob(this.#services, file.jobId)));
    return {
      upload: { ...this.#upload, ...words, status: "processing" },
      files: this.#files.map((file, i) => ({
        ...file,
        status: "processing",
        sizeBytes: this.#received[i]?.sizeBytes ?? null,
      })),
      jobs: this.#received.map((file) => ({ id: file.jobId })),
    };
  }

  /** Removes what was stored, rows last. Failing at that is only logged: a pending upload is removed by cron when its time is over. */
  async undo(): Promise<void> {
    if (this.#files.length === 0) return;
    try {
      await this.#services.bucket.delete(this.#files.map((file) => file.objectKey));
      await deleteReceivedUpload(this.#services.db, this.#upload.id);
    } catch (cause) {
      console.error({
        message: "A broken upload could not be removed; cron will.",
        uploadId: this.#upload.id,
        cause: String(cause),
      });
    }
  }

  #checkFile(partName: string, filename: string): void {
    const path = `files[${this.#files.length}]`;
    const { MAX_FILES_PER_UPLOAD } = this.#services.limits;
    if (!FILE_PARTS.has(partName))
      throw invalidField(
        partName,
        `The part “${partName}” carries a file (“${filename}”); parts with files are called “files”.`,
      );
    if (filename === "") throw invalidField(path, "The part has an empty filename: no file was chosen.");
    const fault = faultOfFilename(filename);
    if (fault) throw invalidField(`${path}.filename`, fault);
    const other = this.#files.find((file) => file.name === filename);
    if (other)
      throw invalidField(
        `${path}.filename`,
        `“${filename}” is already files[${other.ordinal}]; names must differ within an upload.`,
      );
    if (this.#files.length >= MAX_FILES_PER_UPLOAD)
      throw invalidField(
        "files",
        `An upload holds at most ${MAX_FILES_PER_UPLOAD} files; this one has more. Split it.`,
      );
  }

  #describeFile(filename: string, contentType: string): FileRow {
    const [file] = describeUpload(this.#services, this.#caller, { files: [{ filename, contentType }] }).files;
    if (!file) throw new Error("describeUpload made no row for a file.");
    const { id: uploadId, userId } = this.#upload;
    return { ...file, uploadId, ordinal: this.#files.length, objectKey: rawFileKey(userId, uploadId, filename) };
  }
}

function tooLarge(name: string, what: "file" | "form", limits: Services["limits"]): AppError {
  const most = what === "file" ? limits.MAX_FILE_BYTES : limits.MAX_REQUEST_BODY_BYTES;
  return new AppError(
    "payload_too_large",
    what === "file"
      ? `“${name}” is larger than ${formatBytes(most)}, the most that a file may have; split it into several.`
      : `“${name}” takes the form above ${formatBytes(most)}, the most that one form may carry. Larger files go to presigned URLs (POST /data/upload).`,
    { members: { limit_bytes: most } },
  );
}
