import { type Data, DataType, type RecordBatch } from "apache-arrow";

/** Rows of a batch that are looked at; fewer say too little. */
const MOST_ROWS = 20_000;
const LEAST_ROWS = 4_000;
/** From this share of different texts on, a dictionary of a row group takes more than the texts themselves. */
const DISTINCT_SHARE = 0.9;
/** DuckDB has another way to compress long texts, and chooses it by itself. */
const LONG_TEXT_BYTES = 256;

/**
 * Adds to the definitions of columns how DuckDB is to compress texts that hardly repeat: as symbols (FSST), which is what it comes to by
 * itself, but only after it built a dictionary of each row group to no avail. That takes a third of the time for such a column.
 *
 * @param columns their definitions, in the order of the batch's.
 * @param batch the first rows.
 */
export function withCompression(columns: readonly string[], batch: RecordBatch): string[] {
  return columns.map((definition, i) => {
    const data = batch.data.children[i];
    return data && hardlyRepeats(data) ? `${definition} USING COMPRESSION fsst` : definition;
  });
}

function hardlyRepeats(data: Data): boolean {
  const rows = Math.min(data.length, MOST_ROWS);
  if (!DataType.isUtf8(data.type) || rows < LEAST_ROWS) return false;
  const offsets = data.valueOffsets as Int32Array;
  const bytes = data.values as Uint8Array;
  const length = offsets[rows]! - offsets[0]!;
  if (length === 0 || length > rows * LONG_TEXT_BYTES) return false;
  const hashes = new Set<number>();
  for (let row = 0; row < rows; row++) hashes.add(hashBytes(bytes, offsets[row]!, offsets[row + 1]!));
  return hashes.size >= rows * DISTINCT_SHARE;
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}
