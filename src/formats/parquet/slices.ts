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
const WIDE_TARGET_BYTES = 8 * 2 ** 20;
const WIDE_GROUP_BYTES = 16 * 2 ** 20;
const WIDE_LEAVES = 50;
const MAX_ROWS = 122_880;

/** Cuts a row group by what its footer says alone, so that a batch's ordinal always means the same rows. */
export function planSlices(group: RowGroup, table: ParquetTable): Slices {
  const total = Number(group.num_rows);
  if (total === 0) return { total, rows: 0, count: 0 };
  let rowBytes = 0;
  for (const leaf of table.leaves) rowBytes += estimateRowBytes(leaf, group);
  const isWide = table.leaves.length >= WIDE_LEAVES && rowBytes * total > WIDE_GROUP_BYTES;
  const target = isWide ? WIDE_TARGET_BYTES : TARGET_BYTES;
  const rows = Math.max(1, Math.min(MAX_ROWS, Math.floor(target / Math.max(rowBytes, 1))));
  return { total, rows, count: Math.ceil(total / rows) };
}

function estimateRowBytes(leaf: Leaf, group: RowGroup): number {
  const metadata = group.columns[leaf.index]!.meta_data!;
  const perRow = Number(metadata.num_values) / Number(group.num_rows);
  const levels = leaf.maxRepetition > 0 ? 6 : 0.125;
  if (leaf.width !== undefined) return perRow * (Math.max(leaf.width, 1) + levels);
  const stored = Number(metadata.total_uncompressed_size) / Number(group.num_rows);
  const exact = metadata.size_statistics?.unencoded_byte_array_data_bytes;
  if (exact !== undefined) return Number(exact) / Number(group.num_rows) + perRow * (4 + levels);
  const hasDictionary = metadata.encodings.some((encoding) => encoding?.endsWith("DICTIONARY"));
  const guess = hasDictionary ? Math.max(stored, perRow * 24) : stored;
  return guess + perRow * (4 + levels);
}
