import type { RecordBatch } from "apache-arrow";

/** Rows that have passed, and whether there were more. */
export interface RowCount {
  rows: number;
  truncated: boolean;
}

/**
 * Lets at most `maxRows` rows through and says in `count` how many did and whether any were left; all when `maxRows` is null.
 * Stops reading as soon as it knows.
 */
export async function* limitRows(
  batches: AsyncIterable<RecordBatch>,
  maxRows: number | null,
  count: RowCount,
): AsyncGenerator<RecordBatch> {
  for await (const batch of batches) {
    const left = maxRows === null ? batch.numRows : maxRows - count.rows;
    const passed = Math.min(left, batch.numRows);
    count.rows += passed;
    if (passed > 0) yield passed === batch.numRows ? batch : batch.slice(0, passed);
    if (passed < batch.numRows) {
      count.truncated = true;
      return;
    }
  }
}
