import type { CompareOptions, Comparison } from "../../profile/index.ts";
import type { JobRow } from "../../storage/jobs.ts";
import { findKeyedJob, insertKeyedJob } from "../../storage/keyed-jobs.ts";
import { comparisonsPrefix } from "../../storage/object-keys.ts";
import { AppError, invalidField } from "../errors.ts";
import { sendJob } from "../jobs/send-job.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { hasEnded } from "../jobs/watch-job.ts";
import { ensureProfile, type Made } from "../profiles/ensure-profile.ts";
import { loadProfile } from "../profiles/load-profile.ts";
import type { Caller, Services } from "../services.ts";
import { getReadyVersion, type ReadyVersion } from "./find-version.ts";

export type ComparisonOptions = Pick<CompareOptions, "bins" | "epsilon" | "thresholds">;

/** The input of a job of type `compare`. */
export interface ComparisonInput {
  versions: [number, number];
  tables: [string, string];
  options: ComparisonOptions;
  object_key: string;
}

/**
 * Compares two versions of a dataset, the first being the reference. The answer is kept, as versions never change.
 *
 * @param until how long to wait for what is not kept yet.
 * @throws AppError `not_found`; `resource_conflict` while a version is being read; `validation_failed`.
 */
export async function compareDatasetVersions(
  services: Services,
  caller: Caller,
  input: { datasetId: string; v1: number; v2: number; options: ComparisonOptions },
  until: Date,
): Promise<Made<Comparison>> {
  checkOptions(input.options);
  const [v1, v2] = await Promise.all([
    getReadyVersion(services, caller, input.datasetId, input.v1, "v1"),
    getReadyVersion(services, caller, input.datasetId, input.v2, "v2"),
  ]);
  const settings = [
    input.options.bins ?? 10,
    input.options.epsilon ?? 1e-4,
    input.options.thresholds?.moderate ?? 0.1,
    input.options.thresholds?.high ?? 0.25,
  ].join("-");
  const key = `${comparisonsPrefix(input.datasetId)}${v1.version.id}/${v2.version.id}/${settings}.json`;
  const kept = await services.bucket.get(key);
  if (kept) return { state: "made", value: await kept.json<Comparison>() };
  for (const side of [v1, v2]) {
    const profile = await ensureProfile(services, side, (table) => loadProfile(services, table), until);
    if (profile.state !== "made") return profile;
  }
  const queued = await queueComparison(services, caller, v1, {
    versions: [input.v1, input.v2],
    tables: [v1.table.id, v2.table.id],
    options: input.options,
    object_key: key,
  });
  const job = queued && (await waitForJob(services, queued.id, until));
  if (!job) throw new AppError("resource_conflict", "The dataset was deleted while its versions were being compared.");
  if (!hasEnded(job)) return { state: "pending", job };
  const made = await services.bucket.get(key);
  if (made) return { state: "made", value: await made.json<Comparison>() };
  return { state: "failed", message: job.problem?.message ?? "The comparison was cancelled; ask again." };
}

async function queueComparison(
  services: Services,
  caller: Caller,
  { file }: ReadyVersion,
  input: ComparisonInput,
): Promise<JobRow | undefined> {
  const job = { type: "compare", key: input.object_key, fileId: file.id } as const;
  const id = `job_${services.randomId()}`;
  const isNew = await insertKeyedJob(
    services.db,
    { ...job, id, userId: caller.userId, uploadId: null, input: { ...input } },
    services.now(),
  );
  if (isNew) await sendJob(services, id);
  return findKeyedJob(services.db, job);
}

/** The same bounds as the comparison's own, so that a fault is told before a job is queued. */
function checkOptions({ bins, epsilon, thresholds }: ComparisonOptions): void {
  if (bins !== undefined && !(Number.isInteger(bins) && bins >= 2 && bins <= 100))
    throw invalidField("bins", "The number of bins is a whole number from 2 to 100.");
  if (epsilon !== undefined && !(epsilon > 0 && epsilon <= 0.1))
    throw invalidField("epsilon", "It lies above 0 and is at most 0.1.");
  const moderate = thresholds?.moderate ?? 0.1;
  const high = thresholds?.high ?? 0.25;
  if (!(moderate >= 0 && high >= moderate))
    throw invalidField(
      "high_threshold",
      `The threshold of a high shift (${high}) must not lie below that of a moderate one (${moderate}).`,
    );
}
