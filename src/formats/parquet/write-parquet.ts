import type { RecordBatch, Schema } from "apache-arrow";
import { type WrittenChunk, writeChunk } from "./write-chunk.ts";
import { LeafBuffer } from "./write-leaf.ts";
import { layOutSchema, type ParquetLayout, writeSchema } from "./write-schema.ts";
import { ThriftWriter } from "./write-thrift.ts";
import { putColumn } from "./write-values.ts";

const MAGIC = new TextEncoder().encode("PAR1");
/** A row group is written out once it has so many rows, as DuckDB's own, or holds so many bytes. */
const ROW_GROUP_ROWS = 122_880;
const ROW_GROUP_BYTES = 12 << 20;
const FILE_VERSION = 2;

/** What another writer needs to go on behind the last row group. Plain JSON; grows by some hundred bytes a column and row group. */
export interface ParquetState {
  offset: number;
  rows: number;
  /** parquet.thrift's `RowGroup`s, serialized, in base64. */
  rowGroups: string[];
}

export interface ParquetOptions {
  createdBy?: string;
  /** Smaller in tests. */
  rowGroupRows?: number;
  rowGroupBytes?: number;
  /** Go on where another writer left off; its schema was the same. */
  from?: ParquetState | undefined;
}

/**
 * Writes Arrow record batches as a Parquet file (https://parquet.apache.org/docs/file-format/), row group by row group: what is held is
 * one row group, at most about 12 MB, and what the footer says of those before. Snappy; dictionaries where they make a chunk shorter;
 * smallest and largest values; data pages of version 1, which every reader knows.
 *
 * Types keep what they mean: integers their width and sign, decimals up to 38 digits, dates, times, timestamps (those with a zone as
 * instants in UTC), UUIDs, JSON, lists, structs and maps.
 */
export class ParquetWriter {
  readonly #schema: ParquetLayout;
  readonly #leaves: LeafBuffer[];
  readonly #options: ParquetOptions;
  readonly #rowGroups: Uint8Array[];
  #offset: number;
  #writtenRows: number;
  #pendingRows = 0;

  /** @throws FormatError for types that Parquet does not have. */
  constructor(schema: Schema, options: ParquetOptions = {}) {
    this.#schema = layOutSchema(schema);
    this.#leaves = this.#schema.leaves.map((info) => new LeafBuffer(info));
    this.#options = options;
    this.#offset = options.from?.offset ?? 0;
    this.#writtenRows = options.from?.rows ?? 0;
    this.#rowGroups = (options.from?.rowGroups ?? []).map((text) => Uint8Array.from(Buffer.from(text, "base64")));
  }

  /** How far the bytes given out go: rows that still wait for their row group do not count. */
  get state(): ParquetState {
    return {
      offset: this.#offset,
      rows: this.#writtenRows,
      rowGroups: this.#rowGroups.map((bytes) => Buffer.from(bytes).toString("base64")),
    };
  }

  /** Rows whose bytes have been given out. */
  get writtenRows(): number {
    return this.#writtenRows;
  }

  /** Takes the rows of a batch; yields the row group that is full with it. */
  *add(batch: RecordBatch): Generator<Uint8Array> {
    for (const [k, column] of this.#schema.columns.entries()) putColumn(column, batch.data.children[k]!, this.#leaves);
    for (const leaf of this.#leaves) leaf.endBatch();
    this.#pendingRows += batch.numRows;
    const bytes = this.#leaves.reduce((sum, leaf) => sum + leaf.byteLength, 0);
    const isFull =
      this.#pendingRows >= (this.#options.rowGroupRows ?? ROW_GROUP_ROWS) ||
      bytes >= (this.#options.rowGroupBytes ?? ROW_GROUP_BYTES);
    if (isFull) yield* this.#writeRowGroup();
  }

  /** Yields the rest and the footer. */
  *finish(): Generator<Uint8Array> {
    if (this.#pendingRows > 0) yield* this.#writeRowGroup();
    yield* this.#begin();
    const thrift = new ThriftWriter();
    thrift.element(() => {
      thrift.i32(1, FILE_VERSION);
      writeSchema(thrift, 2, this.#schema);
      thrift.i64(3, this.#writtenRows);
      thrift.serialized(4, this.#rowGroups);
      thrift.text(6, this.#options.createdBy ?? "Eider");
      // Every column is ordered as its type says.
      thrift.structs(7, this.#leaves, () => thrift.struct(1, () => {}));
    });
    const footer = thrift.out.take();
    yield footer;
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, footer.length, true);
    yield new Uint8Array(length.buffer);
    yield MAGIC;
  }

  *#begin(): Generator<Uint8Array> {
    if (this.#offset > 0) return;
    this.#offset = MAGIC.length;
    yield MAGIC;
  }

  *#writeRowGroup(): Generator<Uint8Array> {
    yield* this.#begin();
    const start = this.#offset;
    const chunks: (WrittenChunk & { offset: number })[] = [];
    for (const leaf of this.#leaves) {
      const offset = this.#offset;
      const chunk = yield* writeChunk(leaf, offset);
      this.#offset += chunk.compressedBytes;
      chunks.push({ ...chunk, offset });
      leaf.clear();
    }
    const thrift = new ThriftWriter();
    thrift.element(() => {
      thrift.structs(1, chunks, ({ offset, metadata }) => {
        thrift.i64(2, offset);
        thrift.struct(3, () => metadata(thrift));
      });
      thrift.i64(
        2,
        chunks.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0),
      );
      thrift.i64(3, this.#pendingRows);
      thrift.i64(5, start);
      thrift.i64(6, this.#offset - start);
      thrift.i16(7, this.#rowGroups.length % 32_768);
    });
    this.#rowGroups.push(thrift.out.take());
    this.#writtenRows += this.#pendingRows;
    this.#pendingRows = 0;
  }
}
