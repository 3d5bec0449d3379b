/** Spearman's rank correlation: Pearson's on average ranks, ranked anew over each pair's complete rows, as in pandas. */
import type { ScannedColumn } from "./scan.ts";
import type { Association } from "./types.ts";
import type { Work } from "./work.ts";

/** Most columns, and most cells held at once (8 bytes each). Longer tables are sampled evenly. */
export const SPEARMAN_COLUMNS = 20;
const MOST_CELLS = 1_000_000;
const ROWS_PER_STATEMENT = 20_000;

/** Ranks and correlates every two of the given columns. */
export async function rankCorrelateColumns(work: Work, columns: readonly ScannedColumn[]): Promise<Association> {
  const names = columns.map(({ name }) => name);
  if (columns.length < 2 || work.rows < 2) return { columns: names, pairs: [], rows: 0, exact: true };
  const { values, rows, exact } = await readColumns(work, columns);
  const orders = values.map(sortOrder);
  const pairs: Association["pairs"] = [];
  for (let a = 0; a < columns.length; a++) {
    for (let b = a + 1; b < columns.length; b++) {
      const value = correlateRanks(values[a]!, values[b]!, orders[a]!, orders[b]!);
      pairs.push({ a: names[a]!, b: names[b]!, value });
    }
  }
  return { columns: names, pairs, rows, exact };
}

/** Reads whole columns as text lists, some rows at a time; missing values become NaN. */
async function readColumns(
  work: Work,
  columns: readonly ScannedColumn[],
): Promise<{ values: Float64Array[]; rows: number; exact: boolean }> {
  const limit = Math.floor(MOST_CELLS / columns.length);
  const every = Math.ceil(work.rows / limit);
  const exact = every === 1;
  const parts = exact ? Math.max(1, Math.ceil(work.rows / ROWS_PER_STATEMENT)) : Math.ceil(limit / ROWS_PER_STATEMENT);
  const chunks: Float64Array[][] = [];
  for (let part = 0; part < parts; part++) {
    // Hashed row numbers split the table evenly whatever the order of its rows.
    const filter = exact && parts === 1 ? "true" : `hash(rowid) % ${every * parts} = ${part * every}`;
    const lists = columns.map((column, i) => `string_agg(coalesce((${column.number})::VARCHAR, ''), ',') AS l${i}`);
    const [row] = await work.query<Record<string, string | null>>(
      `SELECT ${lists.join(", ")} FROM ${work.from} WHERE ${filter}`,
    );
    chunks.push(columns.map((_, i) => parseList(row?.[`l${i}`] ?? null)));
  }
  const values = columns.map((_, i) => {
    const length = chunks.reduce((sum, chunk) => sum + chunk[i]!.length, 0);
    const all = new Float64Array(length);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk[i]!, at);
      at += chunk[i]!.length;
    }
    return all;
  });
  return { values, rows: values[0]!.length, exact };
}

const parseList = (list: string | null): Float64Array =>
  list === null
    ? new Float64Array(0)
    : Float64Array.from(list.split(","), (cell) => (cell === "" ? Number.NaN : Number(cell)));

/** Indexes of present values, ascending by value. */
function sortOrder(values: Float64Array): Uint32Array {
  const present = Uint32Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]!));
  return present.sort((a, b) => values[a]! - values[b]!);
}

/** Average ranks over the rows where the other column is present too; 0 elsewhere. */
function rankWithin(values: Float64Array, order: Uint32Array, other: Float64Array): { ranks: Float64Array; n: number } {
  const ranks = new Float64Array(values.length);
  let n = 0;
  let i = 0;
  const run: number[] = [];
  while (i < order.length) {
    const value = values[order[i]!]!;
    run.length = 0;
    for (; i < order.length && values[order[i]!] === value; i++) {
      if (!Number.isNaN(other[order[i]!]!)) run.push(order[i]!);
    }
    const rank = n + (run.length + 1) / 2;
    for (const index of run) ranks[index] = rank;
    n += run.length;
  }
  return { ranks, n };
}

/** Pearson's correlation of the average ranks of two columns; null where one of them does not vary. */
export function correlateRanks(
  a: Float64Array,
  b: Float64Array,
  orderA = sortOrder(a),
  orderB = sortOrder(b),
): number | null {
  const { ranks: ranksA, n } = rankWithin(a, orderA, b);
  const { ranks: ranksB } = rankWithin(b, orderB, a);
  if (n < 2) return null;
  const mean = (n + 1) / 2;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < ranksA.length; i++) {
    if (ranksA[i] === 0) continue;
    const x = ranksA[i]! - mean;
    const y = ranksB[i]! - mean;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  if (squaresA === 0 || squaresB === 0) return null;
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA) / Math.sqrt(squaresB)));
}
