import { deleteExperimentRow } from "../../storage/experiments.ts";
import type { Caller, Services } from "../services.ts";
import { getExperiment } from "./get-experiment.ts";

/** Deletes an experiment; models that came of it stay, without it. @throws AppError `not_found`. */
export async function deleteExperiment(services: Services, caller: Caller, experimentId: string): Promise<void> {
  await getExperiment(services, caller, experimentId);
  await deleteExperimentRow(services.db, experimentId);
}
