import { AppError } from "../errors.ts";
import type { TableReject } from "../ingest/find-tables.ts";
import type { Caller, Services } from "../services.ts";
import { getFile } from "./get-upload.ts";

/**
 * The rows of a file that were set aside, one page of those that are listed (the first 10,000).
 *
 * @throws AppError `not_found`; `resource_conflict` while the file is not parsed.
 */
export async function listRejects(
  services: Services,
  caller: Caller,
  input: { uploadId: string; filename: string; limit: number; offset: number },
): Promise<{ total: number; listed: number; rejects: TableReject[] }> {
  const file = await getFile(services, caller, input.uploadId, input.filename);
  if (file.status === "pending" || file.status === "processing")
    throw new AppError(
      "resource_conflict",
      `“${file.name}” is ${file.status}; the rows that do not parse are known once it is complete or failed.`,
    );
  const object = file.rejectsKey ? await services.bucket.get(file.rejectsKey) : null;
  if (!object) return { total: file.rejectCount, listed: 0, rejects: [] };
  const lines = (await object.text()).split("\n").filter((line) => line !== "");
  const rejects = lines.slice(input.offset, input.offset + input.limit).map((line) => JSON.parse(line) as TableReject);
  return { total: file.rejectCount, listed: lines.length, rejects };
}
