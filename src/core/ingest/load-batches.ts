import type { Data, RecordBatch } from "apache-arrow";
import { quoteIdentifier, quoteText } from "../../engine/sql-text.ts";
import { sliceBatch } from "../../formats/arrow/slice-batch.ts";
import { encodeBatch, encodePieces } from "../../formats/result/index.ts";
import type { FormatTable } from "../../formats/source.ts";
import {
  type AppendPlan,
  partsOf,
  roomInGroup,
  type TablePart,
  TRANSACTION_BYTES,
  TransactionSize,
} from "../tables/table-layout.ts";
import { columnsOf } from "./arrow-types.ts";
import { readAhead } from "./batch-reading.ts";
import type { Bench } from "./bench.ts";
import { chooseCompression } from "./text-compression.ts";
import { startWideLoad, WideLoad, type WideLoadState } from "./wide-load.ts";

/** Where the rows of a table go: a database attached to the engine as `catalog`. */
export interface LoadTarget extends AppendPlan {
  readonly catalog: string;
  readonly table: string;
}

/**
 * Appends the record batches of a table to a database. How many batches are in is kept in the same transaction as their rows, or for wide
 * tables beside the rows that wait, so that a load which is killed anywhere goes on with the first batch that is missing. The caller drops
 * `load_progress` once it has noted that the load is over.
 *
 * @param transactionBytes Arrow bytes after which a transaction is due to end.
 * @returns the number of rows in the table.
 */
export async function loadBatches(
  bench: Bench,
  source: FormatTable,
  target: LoadTarget,
  transactionBytes = TRANSACTION_BYTES,
): Promise<number> {
  const parts = partsOf(target, columnsOf(source.schema).map(defineColumn));
  const [whole] = parts;
  if (whole && parts.length === 1) await loadPart(bench, source, target, whole, transactionBytes);
  else if (source.select) {
    for (const part of parts) {
      await loadPart(bench, source.select(part.first, part.columns.length), target, part, transactionBytes);
    }
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
  transactionBytes: number,
): Promise<void> {
  const { engine } = bench;
  const progress = `${quoteIdentifier(target.catalog)}.load_progress`;
  await engine.run(
    `CREATE TABLE IF NOT EXISTS ${progress} (part VARCHAR, batches BIGINT, rows BIGINT, is_done BOOLEAN)`,
  );
  const [state] = await engine.rows<{ batches: bigint; rows: bigint; is_done: boolean }>(
    `SELECT batches, rows, is_done FROM ${progress} WHERE part = ${quoteText(table)} ORDER BY batches DESC, rows DESC LIMIT 1`,
  );
  if (state?.is_done) return;
  let isCreated = state !== undefined;
  const create = async (first?: RecordBatch) => {
    if (!isCreated)
      await createTable(
        bench,
        name,
        first ? columns.map((column, i) => compress(column, first.data.children[i])) : columns,
      );
    isCreated = true;
  };
  let done = Number(state?.batches ?? 0);
  /** Rows of the next batch that are in. */
  let taken = Number(state?.rows ?? 0);
  let rows = isCreated ? await countRows(bench, name) : 0;
  let open = false;
  const size = new TransactionSize(target, transactionBytes);
  const begin = async () => {
    if (!open) await engine.run("BEGIN");
    open = true;
  };
  const commit = async (isDone: boolean) => {
    await begin();
    await engine.run(`INSERT INTO ${progress} VALUES (${quoteText(table)}, ${done}, ${taken}, ${isDone})`);
    await engine.run("COMMIT");
    open = false;
    size.clear();
    bench.checkpoint();
  };
  for await (const batch of readAhead(source.batches(done))) {
    await create(batch);
    while (taken < batch.numRows) {
      bench.signal.throwIfAborted();
      const end = Math.min(batch.numRows, taken + roomInGroup(target, rows));
      const ipc = await encodePieces(sliceBatch(batch, taken, end));
      await begin();
      await engine.insertArrow({ catalog: target.catalog, name: table }, ipc);
      size.add(end - taken, byteLength(ipc), rows);
      rows += end - taken;
      taken = end;
      if (taken < batch.numRows && size.isDue) await commit(false);
    }
    done += 1;
    taken = 0;
    if (size.isDue) await commit(false);
  }
  await create();
  await commit(true);
}

/** A column's definition with the compression that suits its first values. */
function compress(definition: string, first: Data | undefined): string {
  const compression = first && chooseCompression(first);
  return compression ? `${definition} USING COMPRESSION ${compression}` : definition;
}

function byteLength(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
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
      insert: (part, ipc) =>
        bench.engine.insertArrow({ catalog: target.catalog, name: parts[part]?.table ?? "" }, [ipc]),
      save: async () => save(),
      onPart: () => bench.checkpoint(),
    });
  if (load.isInterrupted) await loadParts();
  let bytes = 0;
  for await (const batch of readAhead(source.batches(batches))) {
    bench.signal.throwIfAborted();
    for (const [part, { first, columns }] of parts.entries()) {
      const ipc = encodeBatch(selectColumns(batch, first, columns.length));
      load.append(part, ipc);
      bytes += ipc.length;
    }
    batches += 1;
    if (load.isFull) await loadParts();
    else if (bytes >= TRANSACTION_BYTES) {
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
