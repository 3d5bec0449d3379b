/** Spearman's rank correlation: Pearson's on average ranks, ranked anew over each pair's complete rows, as in pandas. */
import type { ScannedColumn } from "./scan.ts";
import type { Association } from "./types.ts";
import type { Work } from "./work.ts";

/** Most columns, and most cells held at once (8 bytes each). Longer tables are sampled evenly. */
export const SPEARMAN_COLUMNS = 20;
const MOST_CELLS = 1_000_000;
/** Cells read by one statement, as text of about 20 bytes each. */
const CELLS_PER_STATEMENT = 150_000;

/** Ranks and correlates every two of the given columns. */
export async function rankCorrelateColumns(work: Work, columns: readonly ScannedColumn[]): Promise<Association> {
  const names = columns.map(({ name }) => name);
  if (columns.length < 2 || work.rows < 2) return { columns: names, pairs: [], rows: 0, exact: true };
  const { values, rows, exact } = await readColumns(work, columns);
  const ranked = values.map(rankColumn);
  const pairs: Association["pairs"] = [];
  for (let a = 0; a < columns.length; a++) {
    for (let b = a + 1; b < columns.length; b++) {
      pairs.push({ a: names[a]!, b: names[b]!, value: correlateRanked(ranked[a]!, ranked[b]!) });
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
  const parts = Math.max(1, Math.ceil((Math.min(work.rows, limit) * columns.length) / CELLS_PER_STATEMENT));
  const chunks: Float64Array[][] = [];
  for (let part = 0; part < parts; part++) {
    // Hashed row numbers split the table evenly whatever the order of its rows.
    const filter = exact && parts === 1 ? "true" : `hash(${work.rowKey}) % ${every * parts} = ${part * every}`;
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

interface RankedColumn {
  values: Float64Array;
  /** Indexes of present values, ascending by value. */
  order: Uint32Array;
  /** Average ranks among all present values. */
  ranks: Float64Array;
  isComplete: boolean;
}

function rankColumn(values: Float64Array): RankedColumn {
  const present = Uint32Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]!));
  const order = present.sort((a, b) => values[a]! - values[b]!);
  return { values, order, ranks: rankWithin(values, order), isComplete: order.length === values.length };
}

/** Average ranks over the rows where the other column, if given, is present too; 0 elsewhere. */
function rankWithin(values: Float64Array, order: Uint32Array, other?: Float64Array): Float64Array {
  const ranks = new Float64Array(values.length);
  let below = 0;
  for (let start = 0; start < order.length; ) {
    const value = values[order[start]!]!;
    let end = start;
    let ties = 0;
    for (; end < order.length && values[order[end]!] === value; end++) {
      if (other === undefined || !Number.isNaN(other[order[end]!]!)) ties++;
    }
    const rank = below + (ties + 1) / 2;
    for (let i = start; i < end; i++) {
      if (other === undefined || !Number.isNaN(other[order[i]!]!)) ranks[order[i]!] = rank;
    }
    below += ties;
    start = end;
  }
  return ranks;
}

/** Spearman's correlation of two columns of one length, NaN standing for missing; null where one does not vary. */
export const correlateRanks = (a: Float64Array, b: Float64Array): number | null =>
  correlateRanked(rankColumn(a), rankColumn(b));

function correlateRanked(a: RankedColumn, b: RankedColumn): number | null {
  const ranksA = b.isComplete ? a.ranks : rankWithin(a.values, a.order, b.values);
  const ranksB = a.isComplete ? b.ranks : rankWithin(b.values, b.order, a.values);
  let n = 0;
  for (let i = 0; i < ranksA.length; i++) if (ranksA[i]! > 0 && ranksB[i]! > 0) n++;
  if (n < 2) return null;
  const mean = (n + 1) / 2;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < ranksA.length; i++) {
    if (ranksA[i] === 0 || ranksB[i] === 0) continue;
    const x = ranksA[i]! - mean;
    const y = ranksB[i]! - mean;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  if (squaresA === 0 || squaresB === 0) return null;
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA) / Math.sqrt(squaresB)));
}
