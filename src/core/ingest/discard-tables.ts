import { markObjectsStatement } from "../../storage/marked-objects.ts";
import { tableObjects } from "../../storage/object-keys.ts";
import { listUnusedTables } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";
import type { Notes } from "./bench.ts";

/** Where an ingest notes the ids of the tables that it makes. */
export const TABLE_ID_NOTES = "id/";

/** Marks for deletion what an ingest stored and then did not finish: it was cancelled, or its upload was deleted meanwhile. */
export async function discardTables(services: Services, notes: Notes): Promise<void> {
  const ids = [...notes.list<string>(TABLE_ID_NOTES)].map(([, id]) => id);
  const unused = ids.length > 0 ? await listUnusedTables(services.db, ids) : [];
  if (unused.length > 0) await markObjectsStatement(services.db, unused.flatMap(tableObjects), services.now());
}
