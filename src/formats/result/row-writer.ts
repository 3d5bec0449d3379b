import type { RecordBatch, Schema } from "apache-arrow";
import { ByteWriter } from "./byte-writer.ts";
import { type ColumnText, ColumnWriter, type ValueFormat, variableBytes } from "./column-text.ts";

/** How the rows of one format are put into bytes. */
export interface RowLayout {
  readonly values: ValueFormat;
  /** Written before the value of column `k`, and after the last one. */
  readonly before: readonly Uint8Array[];
  readonly after: Uint8Array;
  /** Between two rows. */
  readonly between: Uint8Array;
}

/** So many rows are written at once, or fewer: so that they have no more cells, and their texts no more bytes, than this. */
const ROWS_AT_ONCE = 2_048;
const CELLS_AT_ONCE = 32_768;
const BYTES_AT_ONCE = 256 * 1024;
/** From here on it is faster to copy a text at once. */
const LONG_TEXT = 48;
const QUOTE = 34;

/** Writes record batches as text: some rows at a time, first each column and then all of them side by side. */
export class RowWriter {
  /** What has been written, for the caller to take away. */
  readonly out = new ByteWriter(BYTES_AT_ONCE);
  readonly #schema: Schema;
  readonly #layout: RowLayout;
  readonly #columns: readonly ColumnWriter[];
  readonly #quotedBefore: readonly Uint8Array[];
  /** Where each row begins, and behind them where the last one ends; while they are written, where the next bytes of each go. */
  readonly #at = new Int32Array(ROWS_AT_ONCE + 1);

  constructor(schema: Schema, layout: RowLayout) {
    this.#schema = schema;
    this.#layout = layout;
    this.#columns = schema.fields.map((field) => new ColumnWriter(field, layout.values));
    this.#quotedBefore = layout.before.map((bytes) => Uint8Array.of(...bytes, QUOTE));
  }

  /**
   * Writes the rows of a batch, and yields how many each time that some are written.
   *
   * @param isFirst nothing stands before its first row.
   * @param allow how many of `count` rows may be written, the n-th of which would end at `ends[n]` in `out`; the first is n = 1. When these are
   * not all, nothing follows.
   */
  *write(
    batch: RecordBatch,
    isFirst: boolean,
    allow: (ends: Int32Array, count: number) => number = (_, count) => count,
  ): Generator<number> {
    for (const [k, column] of this.#columns.entries()) column.open(batch.data.children[k]!);
    for (let from = 0; from < batch.numRows; ) {
      const count = this.#countAtOnce(batch, from);
      const texts = this.#columns.map((column) => column.write(from, count));
      const hasBefore = !isFirst || from > 0;
      this.#layOut(texts, count, hasBefore);
      const rows = allow(this.#at, count);
      this.#place(texts, rows, hasBefore);
      yield rows;
      if (rows < count) return;
      from += count;
    }
  }

  #countAtOnce(batch: RecordBatch, from: number): number {
    const cells = Math.ceil(CELLS_AT_ONCE / (this.#schema.fields.length + 1));
    let count = Math.min(ROWS_AT_ONCE, cells, batch.numRows - from);
    while (count > 1 && variableBytes(batch.data, from, from + count) > BYTES_AT_ONCE) count = Math.ceil(count / 2);
    return count;
  }

  #layOut(texts: readonly ColumnText[], count: number, hasBefore: boolean): void {
    const { between, after, before } = this.#layout;
    const at = this.#at;
    at.fill(
      before.reduce((sum, bytes) => sum + bytes.length, between.length + after.length),
      1,
      count + 1,
    );
    at[0] = this.out.length;
    if (!hasBefore) at[1]! -= between.length;
    for (const { offsets, isUnquoted } of texts) {
      const quotes = isUnquoted ? 2 : 0;
      for (let i = 0; i < count; i++) at[i + 1]! += offsets[i + 1]! - offsets[i]! + quotes;
    }
    for (let i = 0; i < count; i++) at[i + 1]! += at[i]!;
  }

  #place(texts: readonly ColumnText[], rows: number, hasBefore: boolean): void {
    const { between, after, before } = this.#layout;
    const { out } = this;
    const at = this.#at;
    out.reserve(at[rows]! - out.length);
    out.length = at[rows]!;
    const target = viewOf(out.bytes);
    placeAlike(target, at, hasBefore ? 0 : 1, rows, between);
    for (const [k, text] of texts.entries()) {
      placeTexts(target, at, rows, text.isUnquoted ? this.#quotedBefore[k]! : before[k]!, text);
    }
    placeAlike(target, at, 0, rows, after);
  }
}

/** Bytes that are copied four at a time. */
interface Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function viewOf(bytes: Uint8Array): Bytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Copies a stretch that is short; returns where the next one goes. */
function copyShort(target: Bytes, at: number, source: Bytes, from: number, to: number): number {
  let next = at;
  let k = from;
  for (; k + 4 <= to; k += 4, next += 4) target.view.setInt32(next, source.view.getInt32(k, true), true);
  while (k < to) target.bytes[next++] = source.bytes[k++]!;
  return next;
}

/** Writes the same bytes into each of some rows. */
function placeAlike(target: Bytes, at: Int32Array, from: number, to: number, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const source = viewOf(bytes);
  for (let row = from; row < to; row++) at[row] = copyShort(target, at[row]!, source, 0, bytes.length);
}

/** Writes a column into the rows, with what stands before each of its values. */
function placeTexts(target: Bytes, at: Int32Array, rows: number, before: Uint8Array, text: ColumnText): void {
  const { offsets, isUnquoted } = text;
  const source = viewOf(text.bytes);
  const prefix = viewOf(before);
  for (let row = 0; row < rows; row++) {
    const from = offsets[row]!;
    const to = offsets[row + 1]!;
    let next = copyShort(target, at[row]!, prefix, 0, before.length);
    if (to - from > LONG_TEXT) {
      target.bytes.set(text.bytes.subarray(from, to), next);
      next += to - from;
    } else next = copyShort(target, next, source, from, to);
    if (isUnquoted) target.bytes[next++] = QUOTE;
    at[row] = next;
  }
}
