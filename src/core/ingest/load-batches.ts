import type { RecordBatch } from "apache-arrow";
import { quoteIdentifier, quoteText } from "../../engine/sql-text.ts";
import { encodeBatch } from "../../formats/result/index.ts";
import type { FormatTable } from "../../formats/source.ts";
import { partsOf, type TablePart } from "../tables/table-layout.ts";
import { columnsOf } from "./arrow-types.ts";
import type { Bench } from "./bench.ts";
import { startWideLoad, WideLoad, type WideLoadState } from "./wide-load.ts";

/** Arrow bytes after which a transaction is due to end. */
const BYTES_PER_TRANSACTION = 16 << 20;
/**
 * A row group that is left short is read and written again when more rows come, so transactions wait until one is full; but no longer than
 * this many times the bytes that are due.
 */
const MOST_UNWRITTEN = 3;

/** Where the rows of a table go: a database attached to the engine as `catalog`. */
export interface LoadTarget {
  catalog: string;
  table: string;
  /** Rows of a group of that database. */
  rowGroupRows: number;
}

/**
 * Appends the record batches of a table to a database. How many batches are in is kept in the same transaction as their rows, or for wide
 * tables beside the rows that wait, so that a load which is killed anywhere goes on with the first batch that is missing. The caller drops
 * `load_progress` once it has noted that the load is over.
 *
 * @returns the number of rows in the table.
 */
export async function loadBatches(bench: Bench, source: FormatTable, target: LoadTarget): Promise<number> {
  const parts = partsOf(target, columnsOf(source.schema).map(defineColumn));
  const [whole] = parts;
  if (whole && parts.length === 1) await loadPart(bench, source, target, whole);
  else if (source.select) {
    for (const part of parts) await loadPart(bench, source.select(part.first, part.columns.length), target, part);
  } else await loadWide(bench, source, target, parts);
  return countRows(bench, parts[0]?.name ?? "");
}

async function countRows(bench: Bench, name: string): Promise<number> {
  const [count] = await bench.engine.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${name}`);
  return Number(count?.n ?? 0);
}

function defineColumn({ name, duckdbType }: { name: string; duckdbType: string }): string {
  return `${quoteIdentifier(name)} ${duckdbType}`;
}

/** @param columns by their definitions. */
function createTable(bench: Bench, name: string, columns: readonly string[]): Promise<void> {
  return bench.engine.run(`CREATE TABLE IF NOT EXISTS ${name} (${columns.join(", ")})`);
}

/** Loads all columns of a table, or those of one part, which `source` gives alone. */
async function loadPart(
  bench: Bench,
  source: FormatTable,
  target: LoadTarget,
  { table, name, columns }: TablePart<string>,
): Promise<void> {
  const { engine } = bench;
  const progress = `${quoteIdentifier(target.catalog)}.load_progress`;
  await engine.run(`CREATE TABLE IF NOT EXISTS ${progress} (part VARCHAR, batches BIGINT, is_done BOOLEAN)`);
  const [state] = await engine.rows<{ batches: bigint | null; is_done: boolean | null }>(
    `SELECT max(batches) AS batches, bool_or(is_done) AS is_done FROM ${progress} WHERE part = ${quoteText(table)}`,
  );
  if (state?.is_done) return;
  await createTable(bench, name, columns);
  let done = Number(state?.batches ?? 0);
  let open = false;
  let bytes = 0;
  /** Of them, those since the last row group was full: DuckDB holds them in memory. */
  let unwritten = 0;
  let rows = done === 0 ? 0 : await countRows(bench, name);
  const commit = async (isDone: boolean) => {
    if (!open) await engine.run("BEGIN");
    await engine.run(`INSERT INTO ${progress} VALUES (${quoteText(table)}, ${done}, ${isDone})`);
    await engine.run("COMMIT");
    open = false;
    bytes = 0;
    unwritten = 0;
    bench.checkpoint();
  };
  for await (const batch of source.batches(done)) {
    bench.signal.throwIfAborted();
    if (!open) await engine.run("BEGIN");
    open = true;
    const ipc = encodeBatch(batch);
    await engine.insertArrow({ catalog: target.catalog, name: table }, ipc);
    bytes += ipc.length;
    rows += batch.numRows;
    const hasFilledGroup = rows % target.rowGroupRows < batch.numRows;
    unwritten = hasFilledGroup ? 0 : unwritten + ipc.length;
    done += 1;
    if (hasFilledGroup ? bytes >= BYTES_PER_TRANSACTION : unwritten >= MOST_UNWRITTEN * BYTES_PER_TRANSACTION)
      await commit(false);
  }
  await commit(true);
}

async function loadWide(
  bench: Bench,
  source: FormatTable,
  target: LoadTarget,
  parts: readonly TablePart<string>[],
): Promise<void> {
  for (const part of parts) await createTable(bench, part.name, part.columns);
  const note = `wide/${target.catalog}`;
  const kept = bench.notes.get<{ batches: number; load: WideLoadState }>(note);
  let batches = kept?.batches ?? 0;
  const load = new WideLoad(bench.engine, bench.disk, target, kept?.load ?? startWideLoad(parts.length));
  const save = () => bench.notes.put(note, { batches, load: load.state });
  const loadParts = () =>
    load.load({
      mergedBytes: 0,
      insert: (part, ipc) => bench.engine.insertArrow({ catalog: target.catalog, name: parts[part]?.table ?? "" }, ipc),
      save: async () => save(),
      onPart: () => bench.checkpoint(),
    });
  if (load.isInterrupted) await loadParts();
  let bytes = 0;
  for await (const batch of source.batches(batches)) {
    bench.signal.throwIfAborted();
    for (const [part, { first, columns }] of parts.entries()) {
      const ipc = encodeBatch(selectColumns(batch, first, columns.length));
      load.append(part, ipc);
      bytes += ipc.length;
    }
    batches += 1;
    if (load.isFull) await loadParts();
    else if (bytes >= BYTES_PER_TRANSACTION) {
      save();
      bytes = 0;
      bench.checkpoint();
    }
  }
  await loadParts();
  load.end();
}

function selectColumns(batch: RecordBatch, first: number, count: number): RecordBatch {
  return batch.selectAt(Array.from({ length: count }, (_, i) => first + i));
}
