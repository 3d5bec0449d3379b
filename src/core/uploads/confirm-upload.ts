import type { JobRow } from "../../storage/jobs.ts";
import { type ConfirmedFile, confirmFiles, type FileRow, findUpload, listFiles } from "../../storage/uploads.ts";
import { AppError, type FieldFault, notFound } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Caller, Services } from "../services.ts";
import { formatBytes } from "./create-upload.ts";

export interface NamedFile {
  filename: string;
  s3Key: string;
}

/** What ingest reads per second at the least, for the estimate of its end. */
const BYTES_PER_SECOND = 15_000_000;

/**
 * Confirms that files have arrived and queues their ingest. Confirming again changes nothing, except that a file which failed is
 * tried once more.
 *
 * @throws AppError `not_found`; `validation_failed` when a file is not of this upload or its key is another;
 * `resource_conflict` when the bytes are not there, or are not as many as were declared; `payload_too_large` above the size limits.
 */
export async function confirmUpload(
  services: Services,
  caller: Caller,
  input: { uploadId: string; files: NamedFile[] },
): Promise<{ estimatedCompletion: Date; jobs: Pick<JobRow, "id">[] }> {
  const upload = await findUpload(services.db, caller.userId, input.uploadId);
  if (!upload) throw notFound("upload", input.uploadId);
  const files = await listFiles(services.db, [upload.id]);
  const named = matchFiles(files, input.files);
  const waiting = named.filter((file) => file.status === "pending" || file.status === "failed");
  const confirmed = await checkArrived(services, waiting);
  checkTotal(services, files, confirmed);
  const jobIds = confirmed.length > 0 ? await confirmFiles(services.db, upload, confirmed, services.now()) : [];
  await Promise.all(jobIds.map((jobId) => sendJob(services, jobId)));
  const bytes = confirmed.reduce((sum, file) => sum + file.sizeBytes, 0);
  return {
    estimatedCompletion: new Date(services.now().getTime() + 2_000 + (bytes / BYTES_PER_SECOND) * 1000),
    jobs: jobIds.map((id) => ({ id })),
  };
}

function matchFiles(files: readonly FileRow[], named: readonly NamedFile[]): FileRow[] {
  const faults: FieldFault[] = [];
  const matched = named.flatMap((name, i) => {
    const file = files.find((candidate) => candidate.name === name.filename);
    if (!file) {
      const known = files.map((candidate) => `“${candidate.name}”`).join(", ");
      faults.push({
        path: `files[${i}].filename`,
        message: `“${name.filename}” is not a file of this upload; it has ${known}.`,
      });
      return [];
    }
    if (file.objectKey !== name.s3Key) {
      faults.push({ path: `files[${i}].s3_key`, message: `The key of “${file.name}” is “${file.objectKey}”.` });
      return [];
    }
    return [file];
  });
  const first = faults[0];
  if (first) throw new AppError("validation_failed", `${first.path}: ${first.message}`, { errors: faults });
  return [...new Set(matched)];
}

/** What was not declared counts when it arrives. */
function checkTotal({ limits }: Services, files: readonly FileRow[], confirmed: readonly ConfirmedFile[]): void {
  const isNew = (file: FileRow) => confirmed.some((arrived) => arrived.fileId === file.id);
  const before = files.filter((file) => !isNew(file)).reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  const total = confirmed.reduce((sum, file) => sum + file.sizeBytes, before);
  if (total > limits.MAX_UPLOAD_BYTES)
    throw new AppError(
      "payload_too_large",
      `The files of this upload add up to ${formatBytes(total)}; an upload may have at most ${formatBytes(limits.MAX_UPLOAD_BYTES)}. Put some of them into another upload.`,
      { members: { limit_bytes: limits.MAX_UPLOAD_BYTES } },
    );
}

async function checkArrived(services: Services, files: readonly FileRow[]): Promise<ConfirmedFile[]> {
  const faults: FieldFault[] = [];
  let tooLarge = false;
  const confirmed: ConfirmedFile[] = [];
  for (const file of files) {
    const object = await services.bucket.head(file.objectKey);
    if (!object) {
      faults.push({
        path: file.name,
        message: `“${file.name}” has not arrived. PUT its bytes to its presigned_url, then confirm again.`,
      });
    } else if (file.declaredBytes !== null && object.size !== file.declaredBytes) {
      faults.push({
        path: file.name,
        message: `“${file.name}” was declared with ${file.declaredBytes} bytes and arrived with ${object.size}. Upload it again, or create an upload with the right size_bytes.`,
      });
    } else if (object.size > services.limits.MAX_FILE_BYTES) {
      tooLarge = true;
      faults.push({
        path: file.name,
        message: `“${file.name}” has ${formatBytes(object.size)}; a file may have at most ${formatBytes(services.limits.MAX_FILE_BYTES)}.`,
      });
    } else {
      confirmed.push({
        fileId: file.id,
        sizeBytes: object.size,
        etag: object.etag,
        jobId: `job_${services.randomId()}`,
      });
    }
  }
  const first = faults[0];
  if (first)
    throw new AppError(tooLarge ? "payload_too_large" : "resource_conflict", first.message, { errors: faults });
  return confirmed;
}
