import {
  type CountedExperiment,
  type ExperimentFilter,
  findExperiment,
  pageExperiments,
} from "../../storage/experiments.ts";
import { notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One of the caller's experiments. @throws AppError `not_found`. */
export async function getExperiment(
  services: Pick<Services, "db">,
  caller: Caller,
  experimentId: string,
): Promise<CountedExperiment> {
  const experiment = await findExperiment(services.db, caller.userId, experimentId);
  if (!experiment) throw notFound("experiment", experimentId);
  return experiment;
}

/** One page of the caller's experiments, newest first. */
export function listExperiments(
  services: Pick<Services, "db">,
  caller: Caller,
  page: { filter: ExperimentFilter; limit: number; offset: number },
): Promise<{ experiments: CountedExperiment[]; total: number }> {
  return pageExperiments(services.db, { userId: caller.userId, ...page });
}
