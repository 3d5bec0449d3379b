import { makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import type { FileMetaData, RowGroup } from "hyparquet";
import { guardDamage, guardEach } from "../arrow/guard-damage.ts";
import { type ByteSource, FormatError, type FormatReader, type FormatTable } from "../source.ts";
import { assembleColumn, firstLeaf } from "./assemble.ts";
import { ChunkBytes } from "./chunk-bytes.ts";
import { ColumnCursor, type LeafSlice } from "./column-cursor.ts";
import { readFooter } from "./footer.ts";
import { PageReader, PageRoom } from "./page-reader.ts";
import { type Leaf, type ParquetTable, planTable } from "./schema.ts";
import { leavesToMeasure, planSlices } from "./slices.ts";

/** A row group of at most this size is fetched in one read. */
const WHOLE_GROUP_BYTES = 4 * 2 ** 20;
/** What the windows of all columns may hold together otherwise. */
const ALL_WINDOWS_BYTES = 4 * 2 ** 20;
/** What the open pages of all columns may hold together; beyond it, pages are closed and opened again. */
const HELD_BYTES = 9 * 2 ** 20;

/**
 * Reads a Parquet file by range reads: footer first, then each row group's columns side by side, a slice of rows at a time.
 * Gives one table without a name. Throws `FormatError` for files that are not Parquet, encrypted, damaged, or that
 * cannot be read in bounded memory.
 */
export const readParquet: FormatReader = (source) => guardDamage("Parquet", async () => [await openTable(source)]);

async function openTable(source: ByteSource): Promise<FormatTable> {
  const metadata = await readFooter(source);
  const table = planTable(metadata);
  checkRowGroups(metadata, table);
  return present(source, metadata, table);
}

function present(source: ByteSource, metadata: FileMetaData, table: ParquetTable): FormatTable {
  return {
    name: undefined,
    schema: table.schema,
    rowCount: metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0),
    batches: (from = 0) => guardEach("Parquet", readBatches(source, metadata, table, from)),
    select: (first, count) => present(source, metadata, selectColumns(table, first, count)),
  };
}

function selectColumns({ columns, leaves }: ParquetTable, first: number, count: number): ParquetTable {
  const chosen = columns.slice(first, first + count);
  const after = columns[first + count];
  const from = chosen[0] ? firstLeaf(chosen[0]) : 0;
  const to = after ? firstLeaf(after) : leaves.length;
  return { schema: new Schema(chosen.map(({ field }) => field)), columns: chosen, leaves: leaves.slice(from, to) };
}

async function* readBatches(
  source: ByteSource,
  metadata: FileMetaData,
  table: ParquetTable,
  from: number,
): AsyncGenerator<RecordBatch> {
  let ordinal = 0;
  const rooms = table.leaves.map(() => new PageRoom());
  const dictionaryBytes = await measureDictionaries(source, metadata, table);
  for (const group of metadata.row_groups) {
    const slices = planSlices(group, table, dictionaryBytes);
    const skipped = Math.min(slices.count, Math.max(0, from - ordinal));
    ordinal += slices.count;
    if (skipped === slices.count) continue;
    const cursors = await openRowGroup(source, group, table.leaves, rooms);
    if (skipped > 0) for (const cursor of cursors) await cursor.skipRows(skipped * slices.rows);
    for (let slice = skipped; slice < slices.count; slice++) {
      yield await readSlice(cursors, table, Math.min(slices.rows, slices.total - slice * slices.rows));
    }
  }
}

/** At most this many columns are asked for the length of their texts. */
const MAX_MEASURED = 64;

/** Mean length of the texts in the first dictionary of each column for which the footer does not tell it. */
async function measureDictionaries(
  source: ByteSource,
  metadata: FileMetaData,
  table: ParquetTable,
): Promise<Map<Leaf, number>> {
  const lengths = new Map<Leaf, number>();
  const group = metadata.row_groups.find(({ num_rows }) => num_rows > 0n);
  if (!group) return lengths;
  for (const leaf of leavesToMeasure(group, table.leaves).slice(0, MAX_MEASURED)) {
    const { meta_data, crypto_metadata } = group.columns[leaf.index]!;
    const { start, end } = chunkRange(meta_data!, source.byteLength);
    const bytes = new ChunkBytes(source, start, end, 256);
    const { header } = await new PageReader(leaf, bytes, meta_data!.codec, crypto_metadata !== undefined).readHeader(
      start,
    );
    const count = header.dictionary_page_header?.num_values ?? 0;
    if (count > 0) lengths.set(leaf, Math.max(0, header.uncompressed_page_size / count - 4));
  }
  return lengths;
}

async function readSlice(cursors: readonly ColumnCursor[], table: ParquetTable, rows: number): Promise<RecordBatch> {
  const slices: LeafSlice[] = [];
  let held = cursors.reduce((sum, cursor) => sum + cursor.heldBytes, 0);
  for (const [i, cursor] of cursors.entries()) {
    held -= cursor.heldBytes;
    slices[table.leaves[i]!.index] = await cursor.readRows(rows);
    if (held + cursor.heldBytes > HELD_BYTES) cursor.release();
    held += cursor.heldBytes;
  }
  const children = table.columns.map((column) => assembleColumn(column, slices, rows));
  const data = makeData({ type: new Struct(table.schema.fields), length: rows, nullCount: 0, children });
  return new RecordBatch(table.schema, data);
}

async function openRowGroup(
  source: ByteSource,
  group: RowGroup,
  leaves: readonly Leaf[],
  rooms: readonly PageRoom[],
): Promise<ColumnCursor[]> {
  const ranges = leaves.map(({ index }) => chunkRange(group.columns[index]!.meta_data!, source.byteLength));
  const start = Math.min(...ranges.map((range) => range.start));
  const end = Math.max(...ranges.map((range) => range.end));
  const shared = end - start <= WHOLE_GROUP_BYTES ? { start, bytes: await source.slice(start, end) } : undefined;
  const windowSize = Math.min(2 ** 20, Math.max(16 * 1024, Math.floor(ALL_WINDOWS_BYTES / ranges.length)));
  return leaves.map((leaf, i) => {
    const metadata = group.columns[leaf.index]!.meta_data!;
    const bytes = new ChunkBytes(source, ranges[i]!.start, ranges[i]!.end, windowSize, shared);
    const isMarkedEncrypted = group.columns[leaf.index]!.crypto_metadata !== undefined;
    return new ColumnCursor(new PageReader(leaf, bytes, metadata.codec, isMarkedEncrypted, rooms[i]));
  });
}

/** Where a column chunk stands in the file; some writers give 0 for a dictionary page that is not there. */
function chunkRange(
  metadata: NonNullable<RowGroup["columns"][number]["meta_data"]>,
  fileSize: number,
): { start: number; end: number } {
  const dictionary = Number(metadata.dictionary_page_offset ?? 0n);
  const data = Number(metadata.data_page_offset);
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  const end = start + Number(metadata.total_compressed_size);
  if (!(start >= 4) || !(end >= start) || end > fileSize) {
    throw new FormatError("The Parquet file's footer points outside the file: it is cut off or corrupt.");
  }
  return { start, end };
}

function checkRowGroups(metadata: FileMetaData, { leaves }: ParquetTable): void {
  for (const group of metadata.row_groups) {
    if (group.columns.length !== leaves.length || typeof group.num_rows !== "bigint" || group.num_rows < 0n) {
      throw new FormatError("The row groups of the Parquet file do not fit its schema: the footer is damaged.");
    }
    for (const [i, column] of group.columns.entries()) {
      const { path, element } = leaves[i]!;
      if (!column.meta_data || column.encrypted_column_metadata) {
        throw new FormatError(
          `Column "${path}" of the Parquet file is encrypted. Upload it without encryption: Eider has no key for it.`,
        );
      }
      if (column.file_path) {
        throw new FormatError(`Column "${path}" is stored in another file ("${column.file_path}"), which is not here.`);
      }
      const { num_values, total_compressed_size, total_uncompressed_size, encodings } = column.meta_data;
      const sizes: unknown[] = [num_values, total_compressed_size, total_uncompressed_size];
      if (sizes.some((size) => typeof size !== "bigint" || size < 0n) || !Array.isArray(encodings)) {
        throw new FormatError(`The footer of the Parquet file describes column "${path}" wrongly: it is damaged.`);
      }
      if (column.meta_data.type !== element.type) {
        throw new FormatError(`Column "${path}" of the Parquet file has two different types: the footer is damaged.`);
      }
    }
  }
}
