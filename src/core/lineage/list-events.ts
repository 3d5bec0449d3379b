import { type LineageFilter, type LineageRow, listTableColumns, pageLineageEvents } from "../../storage/lineage.ts";
import type { ColumnInfo } from "../../storage/schema.ts";
import type { Caller, Services } from "../services.ts";

/** Wider tables are told of without their columns. */
const MAX_COLUMNS = 1_000;

/** One page of the caller's lineage events, newest first. */
export function listLineageEvents(
  services: Pick<Services, "db">,
  caller: Caller,
  page: { filter: LineageFilter; limit: number; offset: number },
): Promise<{ events: LineageRow[]; total: number }> {
  return pageLineageEvents(services.db, { userId: caller.userId, ...page });
}

/** The columns of the tables that some events name, as far as the tables are still there and not too wide. */
export function columnsOfEvents(
  services: Pick<Services, "db">,
  events: readonly LineageRow[],
): Promise<Map<string, ColumnInfo[]>> {
  const ids = events.flatMap((event) =>
    [...event.inputs, ...event.outputs].filter((node) => node.kind === "table").map((node) => node.id),
  );
  return listTableColumns(services.db, [...new Set(ids)], MAX_COLUMNS);
}
