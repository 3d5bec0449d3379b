import type { QualityReport } from "../../profile/index.ts";
import { findVersion, insertVersion, type VersionDetail } from "../../storage/datasets.ts";
import type { JobRow } from "../../storage/jobs.ts";
import { findProject } from "../../storage/projects.ts";
import { AppError, type ErrorCode, type FieldFault, invalidField, notFound } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { hasEnded } from "../jobs/watch-job.ts";
import { ensureProfile } from "../profiles/ensure-profile.ts";
import { loadQuality } from "../profiles/load-profile.ts";
import type { Caller, Services } from "../services.ts";
import type { ReceivedPart } from "../uploads/receive-upload.ts";
import { getDataset } from "./find-version.ts";
import { dropReceivedFile, type ReceivedForm, receiveDatasetFile } from "./receive-dataset-file.ts";

const MAX_NAME_CHARACTERS = 255;
const MAX_DESCRIPTION_CHARACTERS = 10_000;

/** A version that has come in, as far as it is known what it holds. */
export interface AddedVersion {
  datasetId: string;
  versionId: string;
  artifactId: string;
  number: number;
  /** What is still being done; undefined when all is. */
  pending: JobRow | undefined;
  detail: VersionDetail | undefined;
  /** Null when the statistics could not be computed. */
  quality: QualityReport | null;
}

/**
 * Makes a dataset with its first version from a form: `project_id`, `name`, `description?` and `file`.
 *
 * @param patience until when to wait for the file to be read and assessed; undefined: not at all.
 * @throws AppError for a form that is wrong, and for a file that cannot be read (`validation_failed`); nothing is kept then.
 */
export function createDataset(
  services: Services,
  caller: Caller,
  parts: AsyncIterable<ReceivedPart>,
  patience: () => Date | undefined,
): Promise<AddedVersion> {
  return survive(services, async () => {
    const { fields, file } = await receiveDatasetFile(services, caller, parts, {
      fields: ["project_id", "name", "description"],
      checkField: async (name, value) => {
        checkWords(name, value);
        if (name === "project_id") await requireProject(services, caller, value);
      },
      checkForm: (all) => requireFields(all, REQUIRED),
    });
    const now = services.now();
    const dataset = {
      id: services.randomUuid(),
      userId: caller.userId,
      projectId: fields.get("project_id") ?? "",
      name: (fields.get("name") ?? "").trim(),
      description: fields.get("description") ?? null,
      createdAt: now,
      updatedAt: now,
    };
    const added = await addVersion(services, caller, file, { dataset, description: "Initial upload" });
    return settle(services, caller, added, patience());
  });
}

/**
 * Adds a version to a dataset from a form: `description` and `file`.
 *
 * @throws AppError as `createDataset`; `not_found`.
 */
export function createVersion(
  services: Services,
  caller: Caller,
  datasetId: string,
  parts: AsyncIterable<ReceivedPart>,
  patience: () => Date | undefined,
): Promise<AddedVersion> {
  return survive(services, async () => {
    await getDataset(services, caller, datasetId);
    const { fields, file } = await receiveDatasetFile(services, caller, parts, {
      fields: ["description"],
      checkField: checkWords,
      checkForm: (all) => requireFields(all, { description: "what changed in this version" }),
    });
    const added = await addVersion(services, caller, file, {
      datasetId,
      description: fields.get("description") ?? null,
    });
    return settle(services, caller, added, patience());
  });
}

/** A client that hangs up ends its request; what it began is then ended or removed all the same. */
function survive<T>(services: Services, begin: () => Promise<T>): Promise<T> {
  const work = begin();
  services.waitUntil(work.catch(() => undefined));
  return work;
}

const REQUIRED = { project_id: "the UUID of the project that the dataset belongs to", name: "the dataset's name" };

function requireFields(fields: ReadonlyMap<string, string>, required: Record<string, string>): void {
  const errors = Object.entries(required)
    .filter(([name]) => !fields.has(name))
    .map(([path, what]): FieldFault => ({ path, message: `This field is missing. Send ${what}.` }));
  const first = errors[0];
  if (first) throw new AppError("validation_failed", `${first.path}: ${first.message}`, { errors });
}

function checkWords(name: string, value: string): void {
  const most = name === "description" ? MAX_DESCRIPTION_CHARACTERS : MAX_NAME_CHARACTERS;
  if (value.length > most) throw invalidField(name, `It may have at most ${most} characters.`);
  if (name === "name" && value.trim() === "") throw invalidField(name, "A dataset's name may not be empty.");
}

async function requireProject(services: Services, caller: Caller, projectId: string): Promise<void> {
  if (!(await findProject(services.db, caller.userId, projectId))) throw notFound("project", projectId);
}

type Added = Pick<AddedVersion, "datasetId" | "versionId" | "artifactId" | "number"> & { jobId: string };

async function addVersion(
  services: Services,
  caller: Caller,
  file: ReceivedForm["file"],
  {
    dataset,
    datasetId,
    description,
  }: { dataset?: Parameters<typeof insertVersion>[2]; datasetId?: string; description: string | null },
): Promise<Added> {
  const ids = {
    datasetId: dataset?.id ?? datasetId ?? "",
    versionId: services.randomUuid(),
    artifactId: file.artifactId,
    jobId: `job_${services.randomId()}`,
  };
  const now = services.now();
  const version = {
    id: ids.versionId,
    datasetId: ids.datasetId,
    userId: caller.userId,
    description,
    fileId: file.id,
    artifactId: file.artifactId,
    createdAt: now,
  };
  try {
    const number = await insertVersion(services.db, { version, file, jobId: ids.jobId }, dataset, now);
    await sendJob(services, ids.jobId);
    return { ...ids, number };
  } catch (failure) {
    await dropReceivedFile(services, file);
    if (dataset) await requireProject(services, caller, dataset.projectId);
    else await getDataset(services, caller, ids.datasetId);
    throw failure;
  }
}

/** Waits until the version has been read and assessed. @throws AppError with what is wrong with its file. */
async function settle(
  services: Services,
  caller: Caller,
  added: Added,
  until: Date | undefined,
): Promise<AddedVersion> {
  const { jobId, ...ids } = added;
  const begun: AddedVersion = { ...ids, pending: undefined, detail: undefined, quality: null };
  const ingest = await waitForJob(services, jobId, until ?? services.now());
  if (!ingest) throw deletedMeanwhile();
  if (!until || !hasEnded(ingest)) return { ...begun, pending: ingest };
  if (ingest.status !== "completed") throw readingFailed(ingest);
  const detail = await findVersion(services.db, caller.userId, { versionId: ids.versionId });
  if (!detail?.table) throw deletedMeanwhile();
  const quality = await ensureProfile(
    services,
    { file: detail.file, table: detail.table },
    (table) => loadQuality(services, table),
    until,
  );
  if (quality.state === "pending") return { ...begun, detail, pending: quality.job };
  return { ...begun, detail, quality: quality.state === "made" ? quality.value : null };
}

function deletedMeanwhile(): AppError {
  return new AppError("resource_conflict", "The dataset was deleted while this version was being read.");
}

function readingFailed({ status, problem }: JobRow): AppError {
  if (status === "cancelled" || !problem)
    return new AppError("resource_conflict", "The job that was to read the file was cancelled. Nothing was kept.");
  if (problem.code === "server_error")
    return new AppError(
      "server_error",
      "The file could not be read for a fault on our side. Nothing was kept; send it again.",
    );
  const code: ErrorCode = problem.code === "payload_too_large" ? "payload_too_large" : "validation_failed";
  return new AppError(code, `file: ${problem.message}`, { errors: [{ path: "file", message: problem.message }] });
}
