import { inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tables } from "./schema.ts";
import type { TableRow } from "./uploads.ts";

/** Tables by their ids, in no order; what is not there is left out. */
export async function listTablesByIds(db: Database, ids: readonly string[]): Promise<TableRow[]> {
  // D1 takes 100 bound parameters a statement; ids travel as one JSON array instead.
  return db
    .select()
    .from(tables)
    .where(inArray(tables.id, sql`(select value from json_each(${JSON.stringify(ids)}))`));
}
