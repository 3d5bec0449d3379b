import { discardVersion } from "../../storage/dataset-removal.ts";
import { findVersionOfFile } from "../../storage/datasets.ts";
import { rejectsKey, tableObjects } from "../../storage/object-keys.ts";
import { listTablesOfFile } from "../../storage/profiles.ts";
import type { FileProblem } from "../../storage/schema.ts";
import { failFile, findFile } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";

/**
 * Writes down that a file could not be read. A dataset version whose file cannot be read never was one: it goes, and with it a dataset that
 * has no other. Running it twice changes nothing.
 */
export async function failIngest(
  services: Pick<Services, "db" | "now">,
  fileId: string,
  problem: FileProblem,
): Promise<void> {
  const file = await findFile(services.db, fileId);
  if (!file || file.status === "complete") return;
  const version = await findVersionOfFile(services.db, fileId);
  if (version) {
    const tables = await listTablesOfFile(services.db, fileId);
    const keys = [file.objectKey, rejectsKey(file.id), ...tables.flatMap((table) => tableObjects(table.id))];
    await discardVersion(services.db, version, keys, services.now());
  } else if (file.status === "processing") await failFile(services.db, file, problem, services.now());
}
