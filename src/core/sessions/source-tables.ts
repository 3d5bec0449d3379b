import { listTables, type TableRow } from "../../storage/uploads.ts";
import { getReadyVersion, getReadyVersionById, type ReadyVersion } from "../datasets/find-version.ts";
import { AppError } from "../errors.ts";
import { getApiFile } from "../files/read-files.ts";
import { nameOfData } from "../files/upload-data.ts";
import type { Caller, Services } from "../services.ts";
import { getUpload } from "../uploads/get-upload.ts";

/** What a session can be opened on. */
export interface SourceRef {
  /** A dataset stands for its latest version. */
  kind: "upload" | "dataset" | "dataset_version" | "file";
  id: string;
}

/** A parsed table, with what it is named after. */
export interface SourceTable {
  table: TableRow;
  filename: string;
  /** How many tables its file holds. */
  siblings: number;
}

/** The parsed tables of one source. @throws AppError `not_found`; `resource_conflict` while there are none, and why. */
export async function listSourceTables(
  services: Services,
  caller: Caller,
  { kind, id }: SourceRef,
): Promise<SourceTable[]> {
  switch (kind) {
    case "upload":
      return tablesOfUpload(services, caller, id);
    case "dataset":
      return tablesOfVersion(services, await getReadyVersion(services, caller, id));
    case "dataset_version":
      return tablesOfVersion(services, await getReadyVersionById(services, caller, id));
    case "file":
      return tablesOfApiFile(services, caller, id);
  }
}

async function tablesOfUpload(services: Services, caller: Caller, id: string): Promise<SourceTable[]> {
  const { upload, files } = await getUpload(services, caller, id);
  const tables = files
    .filter((file) => file.status === "complete")
    .flatMap((file) => file.tables.map((table) => ({ table, filename: file.name, siblings: file.tables.length })));
  if (upload.status === "pending")
    throw new AppError(
      "resource_conflict",
      "The upload is still waiting for its files. Upload them and confirm them, then open a session.",
    );
  if (upload.status === "processing")
    throw new AppError(
      "resource_conflict",
      "The upload is still being processed. Wait until its status is “complete”, then open a session.",
      { retryAfterSeconds: 2 },
    );
  if (tables.length === 0)
    throw nothingToQuery("None of the upload's files could be read", files.find((file) => file.problem)?.problem);
  return tables;
}

async function tablesOfVersion(services: Services, { file }: ReadyVersion): Promise<SourceTable[]> {
  const tables = await listTables(services.db, file.id);
  return tables.map((table) => ({ table, filename: file.name, siblings: tables.length }));
}

async function tablesOfApiFile(services: Services, caller: Caller, id: string): Promise<SourceTable[]> {
  const file = await getApiFile(services, caller, id);
  if (!file.data)
    throw new AppError(
      "resource_conflict",
      "The file has no data yet. Send it with POST /api/v2/upload/files/<file_id>, then open a session.",
    );
  if (file.data.status === "processing")
    throw new AppError("resource_conflict", "The file's data is still being parsed. Try again in a moment.", {
      retryAfterSeconds: 2,
    });
  if (file.tables.length === 0) throw nothingToQuery("The file's data could not be parsed", file.data.problem);
  const filename = nameOfData(file);
  return file.tables.map((table) => ({ table, filename, siblings: file.tables.length }));
}

function nothingToQuery(what: string, problem: { message: string } | null | undefined): AppError {
  return new AppError(
    "resource_conflict",
    `${what}, so there is nothing to query.${problem ? ` ${problem.message}` : ""}`,
  );
}
