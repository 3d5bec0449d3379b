import type { TableRow } from "../../storage/uploads.ts";
import type { Services } from "../services.ts";
import { catalogOf } from "../sessions/attached-engine.ts";
import { readTable, type TableRows } from "./read-table.ts";
import { partsOf } from "./table-layout.ts";

/**
 * Some rows of a parsed table in their order, with all columns. The parts of a wide table are read one after the other: side by side they
 * would not fit in memory.
 *
 * @param maxBytes of all rows as JSON; those beyond are left out.
 * @throws AppError with what the engine says.
 */
export async function readPage(
  services: Services,
  table: Pick<TableRow, "id" | "objectKey" | "objectBytes" | "columnCount">,
  page: { limit: number; offset: number },
  maxBytes?: number,
): Promise<TableRows> {
  const select = (from: string) => `SELECT * FROM ${from} LIMIT ${page.limit} OFFSET ${page.offset}`;
  const parts = partsOf({ catalog: catalogOf(0), table: "data" }, new Array(table.columnCount).fill(undefined));
  if (parts.length === 1) return readTable(services, table, select, maxBytes);
  const found: TableRows = { columns: [], rows: [], truncated: false };
  for (const [i, part] of parts.entries()) {
    const share = maxBytes === undefined ? undefined : Math.floor(maxBytes / parts.length);
    const { columns, rows, truncated } = await readTable(services, table, () => select(part.name), share);
    found.columns.push(...columns);
    found.rows = i === 0 ? rows : found.rows.slice(0, rows.length).map((row, at) => row.concat(rows[at] ?? []));
    found.truncated ||= truncated;
  }
  return found;
}
