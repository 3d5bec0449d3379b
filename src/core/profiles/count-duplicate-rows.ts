import { quoteIdentifier } from "../../engine/sql-text.ts";
import type { ProfileEngine } from "../../profile/index.ts";
import type { ColumnInfo } from "../../storage/schema.ts";
import type { Bench } from "../ingest/bench.ts";
import type { TablePart } from "../tables/table-layout.ts";

const SCRATCH = "row_hashes";
/** What a hash in a set of distinct ones was seen to take. */
const HASH_BYTES = 60;

/**
 * Counts the rows that repeat an earlier one, in a table that lies in several parts. No scan could hold vectors of all columns, so each
 * part's rows are hashed into a table on the disk, and the parts' hashes, side by side, are what is compared. Hashes have 64 bits: in a
 * table of fifty million rows, one in fifteen thousand times a row would be counted that repeats none.
 */
export async function countDuplicateRows(
  bench: Pick<Bench, "engine" | "disk" | "checkpoint" | "notes">,
  engine: ProfileEngine,
  parts: readonly TablePart<ColumnInfo>[],
  rows: number,
  budgetBytes: number,
): Promise<number> {
  const known = bench.notes.get<number>("duplicates");
  if (known !== undefined) return known;
  await bench.engine.run(`ATTACH IF NOT EXISTS '${SCRATCH}.duckdb' AS ${SCRATCH}`);
  for (const part of parts) {
    const values = part.columns.map(hashedValue).join(", ");
    const target = `${SCRATCH}.main.${quoteIdentifier(part.table)}`;
    await bench.engine.run(`CREATE OR REPLACE TABLE ${target} AS SELECT hash(${values}) AS h FROM ${part.name}`);
  }
  const names = parts.map((part) => `${SCRATCH}.main.${quoteIdentifier(part.table)}`);
  const hashes = names.map((_, i) => `p${i}.h`).join(", ");
  const source = names.map((name, i) => `${name} AS p${i}`).join(" POSITIONAL JOIN ");
  const passes = Math.max(1, Math.ceil((rows * HASH_BYTES) / budgetBytes));
  let distinct = 0;
  for (let pass = 0; pass < passes; pass++) {
    const filter = passes === 1 ? "true" : `hash(h) % ${passes} = ${pass}`;
    const [row] = await engine.rows<{ n: number }>(
      `SELECT count(DISTINCT h)::DOUBLE AS n FROM (SELECT hash(${hashes}) AS h FROM ${source}) WHERE ${filter}`,
    );
    distinct += row?.n ?? 0;
  }
  await bench.engine.run(`DETACH ${SCRATCH}`);
  bench.disk.remove(`${SCRATCH}.duckdb`);
  bench.notes.put("duplicates", rows - distinct);
  return rows - distinct;
}

/** NaN and NULL are both missing, and equal. */
function hashedValue({ name, duckdbType }: ColumnInfo): string {
  const column = quoteIdentifier(name);
  return /^(DOUBLE|FLOAT)$/.test(duckdbType) ? `(CASE WHEN isnan(${column}) THEN NULL ELSE ${column} END)` : column;
}
