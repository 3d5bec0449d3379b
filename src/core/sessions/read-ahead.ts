import type { RecordBatch } from "apache-arrow";

/** Rows that have been read to know how they end are kept up to about so many bytes. */
const KEPT_BYTES = 16_000_000;

export interface RowsAhead {
  /** All of them, those that have been read already included. */
  batches: AsyncIterable<RecordBatch>;
  /** Whether there are more than the asked rows; undefined when too many bytes would have had to be kept to know. */
  hasMore: boolean | undefined;
}

/**
 * Reads the first rows, so that most failures come before an answer begins; and, where only so many rows are asked for, enough to say
 * before the answer whether these are all.
 */
export async function readAhead(batches: AsyncIterable<RecordBatch>, maxRows: number | undefined): Promise<RowsAhead> {
  const iterator = batches[Symbol.asyncIterator]();
  const kept: RecordBatch[] = [];
  let rows = 0;
  let bytes = 0;
  let isWhole = false;
  do {
    const next = await iterator.next();
    isWhole = next.done === true;
    if (next.done) break;
    // One without rows has vectors missing, and nothing to tell.
    if (next.value.numRows === 0) continue;
    kept.push(next.value);
    rows += next.value.numRows;
    bytes += next.value.data.byteLength;
  } while (rows === 0 || (maxRows !== undefined && rows <= maxRows && bytes < KEPT_BYTES));
  const isKnown = isWhole || (maxRows !== undefined && rows > maxRows);
  return {
    hasMore: isKnown ? rows > (maxRows ?? rows) : undefined,
    batches: (async function* () {
      try {
        for (let batch = kept.shift(); batch; batch = kept.shift()) yield batch;
        if (isWhole) return;
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return?.();
      }
    })(),
  };
}
