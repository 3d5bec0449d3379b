import { Table, Utf8, vectorFromArray } from "apache-arrow";
import { expect, it } from "vitest";
import { ChunkBytes } from "../../../src/formats/parquet/chunk-bytes.ts";
import { ColumnCursor } from "../../../src/formats/parquet/column-cursor.ts";
import { readFooter } from "../../../src/formats/parquet/footer.ts";
import { PageReader } from "../../../src/formats/parquet/page-reader.ts";
import { planTable } from "../../../src/formats/parquet/schema.ts";
import type { ByteValues } from "../../../src/formats/parquet/values.ts";
import { ParquetWriter } from "../../../src/formats/parquet/write-parquet.ts";
import { createMemorySource } from "../memory-source.ts";

const ROWS = 300_000;
const BATCH_ROWS = 16_384;
/** Where the writer ends a page. */
const PAGE_ROWS = 3 * BATCH_ROWS;
const text = (i: number) => `word ${i % 100}`;

it.each([PAGE_ROWS, 50_000])("reads on after it let go of a dictionary, %i rows at a time", async (step) => {
  const words = vectorFromArray(
    Array.from({ length: ROWS }, (_, i) => text(i)),
    new Utf8(),
  );
  const [batch] = new Table({ word: words }).batches;
  const writer = new ParquetWriter(batch!.schema, { rowGroupRows: ROWS });
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < ROWS; from += BATCH_ROWS) pieces.push(...writer.add(batch!.slice(from, from + BATCH_ROWS)));
  const bytes = Buffer.concat([...pieces, ...writer.finish()]);
  const source = createMemorySource(new Uint8Array(bytes));
  const footer = await readFooter(source);
  const leaf = planTable(footer).leaves[0]!;
  const chunk = footer.row_groups[0]!.columns[0]!.meta_data!;
  const start = Number(chunk.dictionary_page_offset);
  const end = start + Number(chunk.total_compressed_size);
  const cursor = new ColumnCursor(new PageReader(leaf, new ChunkBytes(source, start, end, 4_096), chunk.codec, false));
  for (let from = 0; from < ROWS; from += step) {
    const rows = Math.min(step, ROWS - from);
    const { offsets, data } = (await cursor.readRows(rows)).values as ByteValues;
    const read = (i: number) => Buffer.from(data.subarray(offsets[i], offsets[i + 1])).toString();
    for (const i of [0, 1, rows - 1]) expect(read(i)).toBe(text(from + i));
    cursor.release();
    expect(cursor.heldBytes).toBe(0);
  }
});
