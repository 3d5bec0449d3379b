import type { RecordBatch } from "apache-arrow";
import { quoteIdentifier } from "../../engine/sql-text.ts";
import { encodeBatch } from "../../formats/result/index.ts";
import type { FormatTable } from "../../formats/source.ts";
import { partsOf } from "../tables/table-layout.ts";
import { columnsOf } from "./arrow-types.ts";
import type { Bench } from "./bench.ts";

/** Rows of about this many Arrow bytes are one transaction: the most that is done again after the process died. */
const BYTES_PER_TRANSACTION = 16 << 20;

/** Where the rows of a table go: a database attached to the engine as `catalog`. */
export interface LoadTarget {
  catalog: string;
  table: string;
}

/**
 * Appends the record batches of a table to a database. How many batches are in is written in the same transaction as their rows, so
 * that a load which is killed anywhere goes on with the first batch that is missing. The caller drops `load_progress` once it has
 * noted that the load is over.
 *
 * @returns the number of rows in the table.
 */
export async function loadBatches(bench: Bench, source: FormatTable, target: LoadTarget): Promise<number> {
  const { engine } = bench;
  const progress = `${quoteIdentifier(target.catalog)}.load_progress`;
  const columns = columnsOf(source.schema).map(({ name, duckdbType }) => `${quoteIdentifier(name)} ${duckdbType}`);
  const parts = partsOf(target, columns);
  await engine.run("BEGIN");
  for (const part of parts) await engine.run(`CREATE TABLE IF NOT EXISTS ${part.name} (${part.columns.join(", ")})`);
  await engine.run(`CREATE TABLE IF NOT EXISTS ${progress} (batches BIGINT)`);
  await engine.run("COMMIT");
  const [state] = await engine.rows<{ batches: bigint }>(
    `SELECT coalesce(max(batches), 0) AS batches FROM ${progress}`,
  );
  let done = Number(state?.batches ?? 0);
  let open = false;
  let bytes = 0;

  const commit = async () => {
    if (!open) return;
    await engine.run(`INSERT INTO ${progress} VALUES (${done})`);
    await engine.run("COMMIT");
    open = false;
    bytes = 0;
    bench.checkpoint();
  };

  for await (const batch of source.batches(done)) {
    bench.signal.throwIfAborted();
    if (!open) await engine.run("BEGIN");
    open = true;
    for (const { table, first, columns: some } of parts) {
      const ipc = encodeBatch(parts.length === 1 ? batch : selectColumns(batch, first, some.length));
      await engine.insertArrow({ catalog: target.catalog, name: table }, ipc);
      bytes += ipc.length;
    }
    done += 1;
    if (bytes >= BYTES_PER_TRANSACTION) await commit();
  }
  await commit();
  const [count] = await engine.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${parts[0]?.name}`);
  return Number(count?.n ?? 0);
}

function selectColumns(batch: RecordBatch, first: number, count: number): RecordBatch {
  return batch.selectAt(Array.from({ length: count }, (_, i) => first + i));
}
