import { type DatasetRow, findDataset, findVersion, type VersionDetail } from "../../storage/datasets.ts";
import type { TableRow } from "../../storage/uploads.ts";
import { AppError, notFound } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** A version whose table is there. */
export interface ReadyVersion extends VersionDetail {
  table: TableRow;
}

/** One of the caller's datasets. @throws AppError `not_found`. */
export async function getDataset(services: Services, caller: Caller, datasetId: string): Promise<DatasetRow> {
  const dataset = await findDataset(services.db, caller.userId, datasetId);
  if (!dataset) throw notFound("dataset", datasetId);
  return dataset;
}

/**
 * A version of one of the caller's datasets: the one with this number, or the latest that has been read.
 *
 * @param path the parameter that names the number.
 * @throws AppError `not_found`; `resource_conflict` while it is being read.
 */
export async function getReadyVersion(
  services: Services,
  caller: Caller,
  datasetId: string,
  number?: number | undefined,
  path = "version",
): Promise<ReadyVersion> {
  const detail = await findVersion(services.db, caller.userId, { datasetId, number });
  if (detail) return requireReady(detail);
  await getDataset(services, caller, datasetId);
  if (number !== undefined) throw noSuchVersion(path, number);
  throw stillReading();
}

/** The latest version that has been read; undefined while there is none. */
export async function findLatestVersion(
  services: Services,
  caller: Caller,
  datasetId: string,
): Promise<ReadyVersion | undefined> {
  const detail = await findVersion(services.db, caller.userId, { datasetId });
  return detail?.table ? { ...detail, table: detail.table } : undefined;
}

/** One version by its own id. @throws AppError as `getReadyVersion`. */
export async function getReadyVersionById(
  services: Services,
  caller: Caller,
  versionId: string,
): Promise<ReadyVersion> {
  return requireReady(await getVersion(services, caller, versionId));
}

/** One version by its own id, read or not. @throws AppError `not_found`. */
export async function getVersion(services: Services, caller: Caller, versionId: string): Promise<VersionDetail> {
  const detail = await findVersion(services.db, caller.userId, { versionId });
  if (!detail) throw notFound("dataset version", versionId);
  return detail;
}

function noSuchVersion(path: string, number: number): AppError {
  const message = `The dataset has no version ${number}. GET …/versions lists them.`;
  return new AppError("not_found", `${path}: ${message}`, { errors: [{ path, message }] });
}

function requireReady(detail: VersionDetail): ReadyVersion {
  const { table } = detail;
  if (!table) throw stillReading();
  return { ...detail, table };
}

function stillReading(): AppError {
  return new AppError("resource_conflict", "The data is still being read. Try again once its job is completed.", {
    retryAfterSeconds: 2,
  });
}
