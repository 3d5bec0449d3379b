import { deletePendingFile } from "../../storage/dataset-removal.ts";
import { artifactKey } from "../../storage/object-keys.ts";
import { insertFile } from "../../storage/received-files.ts";
import { StreamTooLongError, streamToObject } from "../../storage/stream-to-object.ts";
import type { FileRow } from "../../storage/uploads.ts";
import { AppError, invalidField } from "../errors.ts";
import type { Caller, Services } from "../services.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import { faultOfFilename } from "../uploads/filename.ts";
import type { ReceivedPart } from "../uploads/receive-upload.ts";

/** A form with one file, received whole. */
export interface ReceivedForm {
  fields: ReadonlyMap<string, string>;
  file: { id: string; name: string; objectKey: string; artifactId: string; sizeBytes: number; etag: string };
}

export interface FormRules {
  /** Names of the fields that are read; others are passed over. */
  fields: readonly string[];
  /** Says early what is wrong with a field, so that no file is streamed for nothing. */
  checkField(name: string, value: string): Promise<void> | void;
  /** Looks at all fields once the form has ended. */
  checkForm(fields: ReadonlyMap<string, string>): Promise<void> | void;
}

/**
 * Receives a form with one part `file` and some fields, in any order. The file is streamed into its object as it arrives. Its row is written
 * first, so that cron removes what a dying Worker leaves behind.
 *
 * @returns what was received; the file is still pending then. `dropReceivedFile` removes it again.
 * @throws AppError `validation_failed` for missing, repeated and wrong parts, `payload_too_large` at the limit, and whatever reading
 * the parts throws. Nothing that was sent is kept then.
 */
export async function receiveDatasetFile(
  services: Services,
  caller: Caller,
  parts: AsyncIterable<ReceivedPart>,
  rules: FormRules,
): Promise<ReceivedForm> {
  const fields = new Map<string, string>();
  let file: FileRow | undefined;
  let received: ReceivedForm["file"] | undefined;
  try {
    for await (const part of parts) {
      if (part.kind === "field") {
        takeField(fields, part, rules);
        if (fields.get(part.name) === part.value) await rules.checkField(part.name, part.value);
        continue;
      }
      if (part.name !== "file")
        throw invalidField(
          part.name,
          `The part “${part.name}” carries a file; the part with the file is called “file”.`,
        );
      if (file)
        throw invalidField("file", "The form has two files. A version is one file; upload the other on its own.");
      checkFilename(part.filename);
      const artifactId = services.randomUuid();
      file = describeFile(services, caller, artifactId, part);
      await insertFile(services.db, file);
      received = {
        id: file.id,
        name: file.name,
        objectKey: file.objectKey,
        artifactId,
        ...(await store(services, file, part.stream)),
      };
      if (received.sizeBytes === 0)
        throw invalidField("file", `“${file.name}” is empty (0 bytes). Choose a file with data in it.`);
    }
    await rules.checkForm(fields);
    if (!received) throw invalidField("file", "The form has no file. Send it as a part “file” with a filename.");
    return { fields, file: received };
  } catch (failure) {
    if (file) await dropReceivedFile(services, file);
    throw failure;
  }
}

/** Removes a file that did not become a version. Failing at that is only logged: cron removes pending files. */
export async function dropReceivedFile(services: Services, file: { id: string; objectKey: string }): Promise<void> {
  try {
    await deletePendingFile(services.db, file, services.now());
    await services.bucket.delete(file.objectKey);
  } catch (cause) {
    console.error({
      message: "A broken upload could not be removed; cron will.",
      fileId: file.id,
      cause: String(cause),
    });
  }
}

function takeField(fields: Map<string, string>, part: { name: string; value: string }, rules: FormRules): void {
  if (part.name === "file")
    throw invalidField("file", "This part has no filename, so it is not a file. Send it with one.");
  if (!rules.fields.includes(part.name)) return;
  if (fields.has(part.name)) throw invalidField(part.name, "This field is in the form twice.");
  fields.set(part.name, part.value);
}

function checkFilename(filename: string): void {
  if (filename === "") throw invalidField("file", "The part has an empty filename: no file was chosen.");
  const fault = faultOfFilename(filename);
  if (fault) throw invalidField("file", fault);
}

function describeFile(
  services: Services,
  caller: Caller,
  artifactId: string,
  part: { filename: string; contentType: string },
): FileRow {
  const now = services.now();
  return {
    id: `file_${services.randomId()}`,
    userId: caller.userId,
    uploadId: null,
    ordinal: 0,
    name: part.filename,
    contentType: part.contentType,
    declaredBytes: null,
    sizeBytes: null,
    objectKey: artifactKey(artifactId),
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
  };
}

async function store(
  services: Services,
  file: FileRow,
  stream: AsyncIterable<Uint8Array>,
): Promise<{ sizeBytes: number; etag: string }> {
  const maxBytes = services.limits.MAX_DATASET_UPLOAD_BYTES;
  try {
    return await streamToObject(services.bucket, file.objectKey, stream, { maxBytes, contentType: file.contentType });
  } catch (failure) {
    if (failure instanceof StreamTooLongError) throw datasetTooLarge(maxBytes);
    throw failure;
  }
}

export function datasetTooLarge(maxBytes: number): AppError {
  return new AppError(
    "payload_too_large",
    `A dataset's file may have at most ${formatBytes(maxBytes)}. Compress it (.gz, .zst), store it as Parquet, or split it.`,
    { members: { limit_bytes: maxBytes } },
  );
}
