import { type Data, DataType } from "apache-arrow";

/** Zstandard compresses vector by vector into blocks of the column's own: shorter columns would leave most of a block empty. */
const LEAST_BYTES = 512 << 10;
const LOOKED_AT = 4_096;
const decoder = new TextDecoder("latin1");

/**
 * How DuckDB is to compress a column, by its values in the first batch; undefined: as it finds best. Of texts it makes a dictionary, also of those
 * that hardly repeat. These take as much room in Zstandard, are written in two thirds of the time and read in three quarters.
 */
export function chooseCompression(data: Data): "zstd" | undefined {
  if (!DataType.isUtf8(data.type)) return undefined;
  const offsets = data.valueOffsets as Int32Array;
  const values = data.values as Uint8Array;
  if (offsets[data.length]! - offsets[0]! < LEAST_BYTES) return undefined;
  const seen = new Set<string>();
  let count = 0;
  for (let i = 0; i < Math.min(LOOKED_AT, data.length); i++) {
    if (offsets[i] === offsets[i + 1]) continue;
    seen.add(decoder.decode(values.subarray(offsets[i], offsets[i + 1])));
    count++;
  }
  return seen.size > count / 2 ? "zstd" : undefined;
}
