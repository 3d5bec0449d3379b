import {
  addCsvFile,
  type CsvFileDetail,
  type CsvSessionRow,
  findCsvFile,
  listCsvFiles,
} from "../../storage/csv-sessions.ts";
import { violatesConstraint } from "../../storage/database-error.ts";
import { dropReceivedFile, receiveDatasetFile } from "../datasets/receive-dataset-file.ts";
import { AppError, invalidField, notFound } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import type { Caller, Services } from "../services.ts";
import { formatBytes } from "../uploads/create-upload.ts";
import type { ReceivedPart } from "../uploads/receive-upload.ts";
import { requireCsvSession } from "./get-csv-session.ts";
import { nameAmong } from "./name-among.ts";

export interface ReceivedCsvFile extends CsvFileDetail {
  session: CsvSessionRow;
  jobId: string;
}

/** Two files of one name that arrive at once: the later one looks for another name so many times. */
const NAMING_ATTEMPTS = 5;
const CSV_TYPE = "text/csv";

/**
 * Receives a CSV file into a session: parts `file` and `session_id` in any order. The file is streamed into its object as it arrives, and
 * its ingest is queued.
 *
 * @throws AppError `not_found` for the session; `invalid_request` for a name that does not end in `.csv`; `resource_conflict` when the
 * session is full; `validation_failed` for parts that are missing, repeated or empty; `payload_too_large` at the limit; and whatever
 * reading the parts throws. Nothing that was sent is kept then.
 */
export function receiveCsvFile(
  services: Services,
  caller: Caller,
  parts: AsyncIterable<ReceivedPart>,
): Promise<ReceivedCsvFile> {
  const work = receive(services, caller, parts);
  // A client that hangs up ends the request; what was stored has to be removed all the same.
  services.waitUntil(work.catch(() => undefined));
  return work;
}

async function receive(
  services: Services,
  caller: Caller,
  parts: AsyncIterable<ReceivedPart>,
): Promise<ReceivedCsvFile> {
  let session: CsvSessionRow | undefined;
  const { file } = await receiveDatasetFile(services, caller, checkCsvParts(parts), {
    fields: ["session_id"],
    checkField: async (_name, value) => {
      session = await requireCsvSession(services, caller, value);
    },
    checkForm: (fields) => {
      if (!fields.has("session_id"))
        throw invalidField("session_id", "The form does not say which session the file is for.");
    },
  }).catch((failure: unknown) => {
    throw isTooLarge(services, failure) ? tooLarge(services) : failure;
  });
  if (!session) throw new Error("The form was accepted without its session.");
  try {
    return await joinSession(services, caller, session, file);
  } catch (failure) {
    await dropReceivedFile(services, file);
    throw failure;
  }
}

/** Refuses what is no CSV before its bytes are read, and says `text/csv` where a client did not know the type. */
async function* checkCsvParts(parts: AsyncIterable<ReceivedPart>): AsyncGenerator<ReceivedPart> {
  let files = 0;
  for await (const part of parts) {
    if (part.kind === "field" || part.name !== "file") {
      yield part;
      continue;
    }
    if (++files > 1) throw invalidField("file", "The form has two files. Send each in a request of its own.");
    if (part.filename !== "" && !/\.csv$/i.test(part.filename))
      throw new AppError(
        "invalid_request",
        `Only CSV files are accepted here, and the name “${part.filename.slice(0, 200)}” does not end in “.csv”. Other formats go to POST /data/upload.`,
        { errors: [{ path: "file", message: "Its name does not end in “.csv”." }] },
      );
    yield part.contentType === "application/octet-stream" ? { ...part, contentType: CSV_TYPE } : part;
  }
}

async function joinSession(
  services: Services,
  caller: Caller,
  session: CsvSessionRow,
  received: { id: string; name: string; sizeBytes: number; etag: string },
): Promise<ReceivedCsvFile> {
  const { db, limits } = services;
  const now = services.now();
  const jobId = `job_${services.randomId()}`;
  const csvFile = {
    id: services.randomUuid(),
    csvSessionId: session.id,
    fileId: received.id,
    originalFilename: received.name,
    createdAt: now,
  };
  for (let attempt = 1; ; attempt++) {
    const others = await listCsvFiles(db, [session.id]);
    if (others.length >= limits.MAX_FILES_PER_UPLOAD) throw sessionFull(session, limits.MAX_FILES_PER_UPLOAD);
    const name = nameAmong(
      received.name,
      others.map(({ file }) => file.name),
    );
    const { sizeBytes, etag } = received;
    const arrived = { csvFile, userId: caller.userId, uploadId: session.uploadId, name, sizeBytes, etag, jobId };
    try {
      await addCsvFile(db, arrived, now);
      break;
    } catch (failure) {
      if (violatesConstraint(failure, "foreignKey")) throw notFound("CSV session", session.sessionId);
      if (!violatesConstraint(failure, "unique") || attempt === NAMING_ATTEMPTS) throw failure;
    }
  }
  await sendJob(services, jobId);
  const added = await findCsvFile(db, caller.userId, csvFile.id);
  if (!added) throw notFound("CSV session", session.sessionId);
  return { ...added, jobId };
}

function sessionFull(session: CsvSessionRow, most: number): AppError {
  return new AppError(
    "resource_conflict",
    `The session “${session.sessionId}” has ${most} files, the most it may have. Delete one, or open another session.`,
    { members: { limit: most } },
  );
}

/** The file is too large, not one of the fields. */
function isTooLarge(services: Services, failure: unknown): boolean {
  if (!(failure instanceof AppError) || failure.code !== "payload_too_large") return false;
  return failure.details.members?.["limit_bytes"] === services.limits.MAX_DATASET_UPLOAD_BYTES;
}

function tooLarge(services: Services): AppError {
  const most = services.limits.MAX_DATASET_UPLOAD_BYTES;
  return new AppError(
    "payload_too_large",
    `A CSV file may have at most ${formatBytes(most)} here. Split it, or send it to a presigned URL (POST /data/upload).`,
    { members: { limit_bytes: most } },
  );
}
