import { type CountedExperiment, findVersionColumns, insertExperiment } from "../../storage/experiments.ts";
import { invalidField } from "../errors.ts";
import { requireReferences, writeReferring } from "../lineage/require-references.ts";
import type { Caller, Services } from "../services.ts";

export interface NewExperiment {
  name: string;
  projectId: string;
  datasetVersionId: string;
  targetColumn?: string | null | undefined;
  problemType?: string | null | undefined;
  status: string;
}

/**
 * Registers a training run on a dataset version.
 *
 * @throws AppError `not_found` for a project or version that is not the caller's; `validation_failed` for a target column that the version
 * does not have.
 */
export async function createExperiment(
  services: Services,
  caller: Caller,
  input: NewExperiment,
): Promise<CountedExperiment> {
  await requireReferences(services, caller, [
    { path: "project_id", kind: "project", ids: input.projectId },
    { path: "dataset_version_id", kind: "dataset_version", ids: input.datasetVersionId },
  ]);
  await checkTargetColumn(services, input.datasetVersionId, input.targetColumn);
  const now = services.now();
  const row = {
    id: services.randomUuid(),
    userId: caller.userId,
    projectId: input.projectId,
    datasetVersionId: input.datasetVersionId,
    name: input.name,
    targetColumn: input.targetColumn ?? null,
    problemType: input.problemType ?? null,
    status: input.status,
    createdAt: now,
    updatedAt: now,
  };
  await writeReferring(() => insertExperiment(services.db, row));
  return { ...row, modelCount: 0 };
}

/** A target has to be a column of the version, once it is known which those are. @throws AppError `validation_failed`. */
export async function checkTargetColumn(
  services: Pick<Services, "db">,
  versionId: string | null,
  target: string | null | undefined,
): Promise<void> {
  if (target === null || target === undefined || versionId === null) return;
  const columns = await findVersionColumns(services.db, versionId);
  if (!columns || columns.some((column) => column.name === target)) return;
  const some = columns.slice(0, 10).map((column) => `“${column.name}”`);
  const more = columns.length > some.length ? ` and ${columns.length - some.length} more` : "";
  throw invalidField(
    "target_column",
    `The dataset version has no column “${target.slice(0, 100)}”. It has ${some.join(", ")}${more}.`,
  );
}
