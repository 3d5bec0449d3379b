import type { ThresholdCounts } from "./bins.ts";
import type { ScannedColumn } from "./scan.ts";
import { quoteDoubles } from "./sql.ts";
import type { Work } from "./work.ts";

/** Counts values at or below each threshold in one scan. */
export async function countColumnThresholds(
  work: Work,
  column: ScannedColumn,
  thresholds: readonly number[],
): Promise<ThresholdCounts> {
  const all = [...thresholds, Number.POSITIVE_INFINITY];
  const [row] = await work.query<{ h: string | null }>(
    `SELECT array_to_string(map_values(histogram(${column.number}, ${quoteDoubles(all)})), ',') AS h FROM ${work.from}`,
  );
  const counts = row?.h ? row.h.split(",").map(Number) : all.map(() => 0);
  let sum = 0;
  const running = all.map((_, i) => (sum += counts[i] ?? 0));
  return { thresholds: [...thresholds], atMost: running.slice(0, -1), total: sum };
}
