import type { RowGroup } from "hyparquet";
import type { Leaf, ParquetTable } from "./schema.ts";

/** How a row group is cut into batches: each of `rows` rows, the last one of what is left. */
export interface Slices {
  readonly total: number;
  readonly rows: number;
  readonly count: number;
}

/** Batches are planned for this size; values that differ in length can make single ones larger. */
const TARGET_BYTES = 4 * 2 ** 20;
/** Where pages of all columns do not fit into memory side by side, each slice opens them again: larger ones open them less often. */
const WIDE_TARGET_BYTES = 6 * 2 ** 20;
const WIDE_GROUP_BYTES = 16 * 2 ** 20;
const WIDE_LEAVES = 50;
const MAX_ROWS = 122_880;
/** Shorter texts than this make no batch too large. */
const SHORT_TEXT_BYTES = 24;

/**
 * Cuts a row group by what the footer says alone, and the mean length of the texts in the first dictionary of some columns,
 * so that a batch's ordinal always means the same rows.
 */
export function planSlices(group: RowGroup, table: ParquetTable, dictionaryBytes: ReadonlyMap<Leaf, number>): Slices {
  const total = Number(group.num_rows);
  if (total === 0) return { total, rows: 0, count: 0 };
  let rowBytes = 0;
  for (const leaf of table.leaves) rowBytes += estimateRowBytes(leaf, group, dictionaryBytes.get(leaf));
  const isWide = table.leaves.length >= WIDE_LEAVES && rowBytes * total > WIDE_GROUP_BYTES;
  const target = isWide ? WIDE_TARGET_BYTES : TARGET_BYTES;
  const rows = Math.max(1, Math.min(MAX_ROWS, Math.floor(target / Math.max(rowBytes, 1))));
  return { total, rows, count: Math.ceil(total / rows) };
}

function estimateRowBytes(leaf: Leaf, group: RowGroup, dictionaryBytes: number | undefined): number {
  const metadata = group.columns[leaf.index]!.meta_data!;
  const perRow = Number(metadata.num_values) / Number(group.num_rows);
  const levels = leaf.maxRepetition > 0 ? 6 : 0.125;
  if (leaf.width !== undefined) return perRow * (Math.max(leaf.width, 1) + levels);
  const stored = Number(metadata.total_uncompressed_size) / Number(group.num_rows);
  const exact = metadata.size_statistics?.unencoded_byte_array_data_bytes;
  if (exact !== undefined) return Number(exact) / Number(group.num_rows) + perRow * (4 + levels);
  if (!usesDictionary(leaf, group)) return stored + perRow * (4 + levels);
  // Repeated values are stored once but given out each time.
  const text = dictionaryBytes ?? statisticsLength(leaf, group) ?? 24;
  return Math.max(stored, perRow * Math.max(text, 8)) + perRow * (4 + levels);
}

function usesDictionary(leaf: Leaf, group: RowGroup): boolean {
  return group.columns[leaf.index]!.meta_data!.encodings.some((encoding) => encoding?.endsWith("DICTIONARY"));
}

/** Mean length of the smallest and the largest text, for which the footer keeps their lengths only; writers may shorten them. */
function statisticsLength(leaf: Leaf, group: RowGroup): number | undefined {
  const statistics = group.columns[leaf.index]!.meta_data!.statistics;
  const lengths: unknown[] = [statistics?.min_value ?? statistics?.min, statistics?.max_value ?? statistics?.max];
  const [min, max] = lengths;
  return typeof min === "number" && typeof max === "number" ? (min + max) / 2 : undefined;
}

/** Texts of which the footer does not say how long they are when written out: their dictionaries have to be asked. */
export function leavesToMeasure(group: RowGroup, leaves: readonly Leaf[]): Leaf[] {
  return leaves.filter((leaf) => {
    if (leaf.width !== undefined || !usesDictionary(leaf, group)) return false;
    const { size_statistics: sizes } = group.columns[leaf.index]!.meta_data!;
    if (sizes?.unencoded_byte_array_data_bytes !== undefined) return false;
    const length = statisticsLength(leaf, group);
    return length === undefined || length >= SHORT_TEXT_BYTES;
  });
}
