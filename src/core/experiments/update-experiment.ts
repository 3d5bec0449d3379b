import { type CountedExperiment, updateExperimentRow } from "../../storage/experiments.ts";
import { requireReferences, writeReferring } from "../lineage/require-references.ts";
import type { Caller, Services } from "../services.ts";
import { checkTargetColumn, type NewExperiment } from "./create-experiment.ts";
import { getExperiment } from "./get-experiment.ts";

/** What may be changed; undefined leaves it as it is. Without a dataset version, the experiment no longer keeps that from being deleted. */
export type ExperimentChanges = {
  [Field in keyof Omit<NewExperiment, "datasetVersionId">]?: NewExperiment[Field] | undefined;
} & { datasetVersionId?: string | null | undefined };

/** Changes an experiment. @throws AppError `not_found` for it or for what it is to name; `validation_failed` as `createExperiment`. */
export async function updateExperiment(
  services: Services,
  caller: Caller,
  experimentId: string,
  changes: ExperimentChanges,
): Promise<CountedExperiment> {
  const before = await getExperiment(services, caller, experimentId);
  await requireReferences(services, caller, [
    { path: "project_id", kind: "project", ids: changes.projectId },
    { path: "dataset_version_id", kind: "dataset_version", ids: changes.datasetVersionId },
  ]);
  const versionId = changes.datasetVersionId === undefined ? before.datasetVersionId : changes.datasetVersionId;
  const isTargetTouched = changes.targetColumn !== undefined || changes.datasetVersionId !== undefined;
  const target = changes.targetColumn === undefined ? before.targetColumn : changes.targetColumn;
  if (isTargetTouched) await checkTargetColumn(services, versionId, target);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  await writeReferring(() => updateExperimentRow(services.db, experimentId, { ...given, updatedAt: services.now() }));
  return getExperiment(services, caller, experimentId);
}
