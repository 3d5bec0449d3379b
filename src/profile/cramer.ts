/** Cramér's V between columns of few values, as `scipy.stats.contingency.association(…, method="cramer")`. */
import type { ScannedColumn } from "./scan.ts";
import type { Association } from "./types.ts";
import type { Work } from "./work.ts";

export const CRAMER_COLUMNS = 12;
/** A column with more distinct values is no factor. */
export const CRAMER_MAX_VALUES = 50;

/** Measures every two of the given columns over the rows that have both. */
export async function associateColumns(work: Work, columns: readonly ScannedColumn[]): Promise<Association> {
  const pairs: Association["pairs"] = [];
  const total = (columns.length * (columns.length - 1)) / 2;
  for (let a = 0; a < columns.length; a++) {
    for (let b = a + 1; b < columns.length; b++) {
      const cells = await work.query<{ a: string; b: string; n: number }>(
        `SELECT a::VARCHAR AS a, b::VARCHAR AS b, count(*)::DOUBLE AS n FROM (SELECT ${columns[a]!.raw} AS a, ${columns[b]!.raw} AS b FROM ${work.from}) WHERE a IS NOT NULL AND b IS NOT NULL GROUP BY ALL`,
      );
      pairs.push({ a: columns[a]!.name, b: columns[b]!.name, value: computeCramersV(cells) });
      work.report("associations", pairs.length, total);
    }
  }
  return { columns: columns.map(({ name }) => name), pairs, rows: work.rows, exact: true };
}

/** `sqrt(chi² / n / min(rows - 1, columns - 1))`, without bias correction; null where a side has one value only. */
export function computeCramersV(cells: readonly { a: string; b: string; n: number }[]): number | null {
  const rows = new Map<string, number>();
  const columns = new Map<string, number>();
  let total = 0;
  for (const { a, b, n } of cells) {
    rows.set(a, (rows.get(a) ?? 0) + n);
    columns.set(b, (columns.get(b) ?? 0) + n);
    total += n;
  }
  const degrees = Math.min(rows.size, columns.size) - 1;
  if (degrees < 1) return null;
  // chi²/n = Σ observed² / (row · column) - 1, summed as deviations so that independence gives 0 and not noise.
  let chi2 = 0;
  let expectedSeen = 0;
  for (const { a, b, n } of cells) {
    const expected = (rows.get(a)! * columns.get(b)!) / total;
    chi2 += (n - expected) ** 2 / expected;
    expectedSeen += expected;
  }
  // Cells that never occur each add their expected count.
  chi2 += Math.max(0, total - expectedSeen);
  return Math.min(1, Math.sqrt(chi2 / total / degrees));
}
