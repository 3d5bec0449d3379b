import { deleteDatasetRows, listDatasetFiles, listDatasetUses } from "../../storage/dataset-removal.ts";
import { comparisonsPrefix, rejectsKey, tableObjects } from "../../storage/object-keys.ts";
import { AppError } from "../errors.ts";
import { deleteMarkedObjects } from "../maintenance/delete-marked-objects.ts";
import type { Caller, Services } from "../services.ts";
import { endOrphanedSessions } from "../sessions/end-orphaned-sessions.ts";
import { getDataset } from "./find-version.ts";

/** Another version may come in while the dataset is deleted; then all is done again. */
const MOST_TRIES = 5;

/**
 * Deletes a dataset with all versions, their files and everything made of them. The rows go first, in one transaction that also notes the
 * objects to remove, so that a deletion which dies halfway is finished by cron.
 *
 * @throws AppError `not_found`; `resource_conflict` while a model or an experiment uses a version.
 */
export async function deleteDataset(services: Services, caller: Caller, datasetId: string): Promise<void> {
  await getDataset(services, caller, datasetId);
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    await refuseWhileUsed(services, datasetId);
    const { files, tableIds, openJobs } = await listDatasetFiles(services.db, datasetId);
    const keys = [
      ...files.flatMap((file) => [file.objectKey, rejectsKey(file.id)]),
      ...tableIds.flatMap(tableObjects),
      ...(await listObjects(services.bucket, comparisonsPrefix(datasetId))),
    ];
    const fileIds = files.map((file) => file.id);
    const isGone = await deleteDatasetRows(services.db, datasetId, fileIds, keys, services.now()).catch(
      async (failure: unknown) => {
        await refuseWhileUsed(services, datasetId);
        throw failure;
      },
    );
    services.waitUntil(Promise.all(openJobs.map((jobId) => services.workbenches.get(jobId).cancel())));
    await endOrphanedSessions(services, caller.userId);
    services.waitUntil(deleteMarkedObjects(services, keys));
    if (isGone) return;
  }
  throw new AppError("resource_conflict", "Versions keep coming in while the dataset is being deleted. Try again.");
}

async function refuseWhileUsed(services: Services, datasetId: string): Promise<void> {
  const uses = await listDatasetUses(services.db, datasetId);
  const first = uses[0];
  if (!first) return;
  throw new AppError(
    "resource_conflict",
    `The ${first.kind} “${first.name}” (${first.id}) uses a version of this dataset. Unbind or delete it first, then delete the dataset.`,
    { members: { used_by: uses } },
  );
}

async function listObjects(bucket: R2Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await bucket.list(cursor === undefined ? { prefix } : { prefix, cursor });
    keys.push(...page.objects.map((object) => object.key));
    if (!page.truncated) return keys;
    cursor = page.cursor;
  }
}
