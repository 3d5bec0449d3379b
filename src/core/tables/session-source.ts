import { layoutKey } from "../../storage/object-keys.ts";
import type { TableRow } from "../../storage/uploads.ts";
import type { SessionSource } from "../services.ts";

/** A parsed table as a session opens it, under the name that queries use. */
export function sessionSource(
  name: string,
  table: Pick<TableRow, "id" | "objectKey" | "objectBytes" | "columnCount">,
): SessionSource {
  return {
    name,
    objectKey: table.objectKey,
    layoutKey: layoutKey(table.id),
    objectBytes: table.objectBytes,
    columnCount: table.columnCount,
  };
}
