import { AppError } from "../../errors.ts";
import type { Services } from "../../services.ts";
import { catalogOf } from "../../sessions/attached-engine.ts";
import { readTable } from "../../tables/read-table.ts";
import type { ReadyVersion } from "../find-version.ts";
import { toRecord } from "../read-version.ts";
import { fingerprintOf, readCursor, writeCursor } from "./cursor.ts";
import { chooseColumns, type RowsRequest, readOrder, writeRowsQuery } from "./rows-sql.ts";

/** Bytes of a page as JSON; rows beyond go to the next one. */
const PAGE_BYTES = 8_000_000;

export interface RowsPage {
  columns: string[];
  rows: ReadonlyMap<string, unknown>[];
  /** Null behind the last page. */
  nextCursor: string | null;
}

/**
 * One page of a version's rows.
 *
 * @param cursor `nextCursor` of the page before.
 * @throws AppError `validation_failed` for a wrong column, filter, order or cursor; `query_failed` where a value does not fit its column.
 */
export async function readRows(
  services: Services,
  { table, version }: ReadyVersion,
  request: RowsRequest,
  cursor: string | undefined,
): Promise<RowsPage> {
  const chosen = chooseColumns(table.columns, request.columns);
  const keys = readOrder(table.columns, request.order).map(({ column, descending }) => [column.name, descending]);
  const decisive = [version.id, table.id, request.where?.trim() ?? "", request.search ?? "", keys];
  const fingerprint = await fingerprintOf(JSON.stringify(decisive));
  const after = cursor === undefined ? undefined : readCursor(cursor, fingerprint).row;
  const place = { catalog: catalogOf(0), table: "data" };
  const sql = writeRowsQuery(place, table.columns, { ...request, limit: request.limit + 1 }, after);
  const found = await readTable(services, table, () => sql, PAGE_BYTES).catch((error: unknown) => {
    throw error instanceof AppError && error.code === "query_failed" ? explainFailure(error) : error;
  });
  if (found.truncated && found.rows.length === 0)
    throw new AppError("query_too_large", "A single row is larger than a page may be. Ask for fewer columns.");
  const rows = found.rows.slice(0, request.limit);
  const hasMore = found.truncated || found.rows.length > request.limit;
  const names = chosen.map((column) => column.name);
  return {
    columns: names,
    rows: rows.map(([, ...cells]) => toRecord(names, cells)),
    nextCursor: hasMore ? writeCursor({ fingerprint, row: Number(rows.at(-1)?.[0]) }) : null,
  };
}

/** The statement is built here, so what fails is a value that cannot be compared with its column. */
function explainFailure(error: AppError): AppError {
  // What follows quotes the statement, which the caller did not write.
  const [reason = error.message] = error.message.split(/\s*\n/);
  const message = `A value does not fit its column. ${reason}`;
  return new AppError("validation_failed", `where: ${message}`, { errors: [{ path: "where", message }] });
}
