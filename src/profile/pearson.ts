/** Pearson correlations, pairwise complete as pandas' `DataFrame.corr`, from products of centered values. */
import { chooseScale } from "./moments.ts";
import { centerExpression, type NumericResult } from "./numeric.ts";
import type { ScannedColumn } from "./scan.ts";
import { quoteDouble } from "./sql.ts";
import type { Association } from "./types.ts";
import type { Work } from "./work.ts";

interface Centered {
  column: ScannedColumn;
  /** Sum of squared deviations in scaled units. */
  squares: number;
  center: number;
  scale: number;
  isComplete: boolean;
  isUsable: boolean;
}

const SUMS_PER_STATEMENT = 400;

/** Correlates every two of the given columns; a pair without spread has null. */
export async function correlateColumns(
  work: Work,
  columns: readonly ScannedColumn[],
  results: ReadonlyMap<ScannedColumn, NumericResult>,
): Promise<Association> {
  const centered = columns.map((column) => centerColumn(column, results.get(column)!, work.rows));
  const pairs: { a: number; b: number; value: number | null }[] = [];
  for (let a = 0; a < centered.length; a++)
    for (let b = a + 1; b < centered.length; b++) pairs.push({ a, b, value: null });
  const open = pairs.filter(({ a, b }) => centered[a]!.isUsable && centered[b]!.isUsable);
  for (let i = 0; i < open.length; ) {
    const batch: typeof open = [];
    for (let sums = 0; i < open.length && sums < SUMS_PER_STATEMENT; i++) {
      batch.push(open[i]!);
      sums += pairSums(centered[open[i]!.a]!, centered[open[i]!.b]!, "a", "b").length;
    }
    await correlateBatch(work, centered, batch);
    work.report("correlations", i, open.length);
  }
  return {
    columns: columns.map(({ name }) => name),
    pairs: pairs.map(({ a, b, value }) => ({ a: columns[a]!.name, b: columns[b]!.name, value })),
    rows: work.rows,
    exact: true,
  };
}

function centerColumn(column: ScannedColumn, { sums }: NumericResult, rows: number): Centered {
  const { finite } = column;
  const scale = chooseScale(finite.min, finite.max);
  const center = sums.n === 0 ? 0 : sums.center + sums.s1 / sums.n / sums.scale;
  return {
    column,
    center,
    scale,
    squares: Math.max(0, sums.n === 0 ? 0 : sums.s2 - (sums.s1 * sums.s1) / sums.n),
    isComplete: finite.count === rows,
    isUsable: finite.count >= 2 && finite.min < finite.max && finite.count === column.count,
  };
}

/**
 * The sums a pair needs, as SQL over `z` (centered value, 0 where missing) and `p` (1 where present). Two complete
 * columns need their product alone; where values are missing, the sums run over the rows that have both.
 */
function pairSums(a: Centered, b: Centered, i: string | number, j: string | number): string[] {
  const sums = [`sum(z${i} * z${j})`];
  if (!b.isComplete) sums.push(`sum(z${i} * p${j})`, `sum(z${i} * z${i} * p${j})`);
  if (!a.isComplete) sums.push(`sum(z${j} * p${i})`, `sum(z${j} * z${j} * p${i})`);
  if (!a.isComplete && !b.isComplete) sums.push(`sum(p${i} * p${j})`);
  return sums;
}

async function correlateBatch(
  work: Work,
  centered: readonly Centered[],
  batch: { a: number; b: number; value: number | null }[],
): Promise<void> {
  const used = [...new Set(batch.flatMap(({ a, b }) => [a, b]))];
  const inner = used.flatMap((i) => {
    const { column, center, scale, isComplete } = centered[i]!;
    const value = centerExpression(column, center, scale);
    return isComplete
      ? [`${value} AS z${i}`]
      : [`coalesce(${value}, 0) AS z${i}`, `(${column.number} IS NOT NULL)::INTEGER::DOUBLE AS p${i}`];
  });
  const sums = batch.map(({ a, b }) => pairSums(centered[a]!, centered[b]!, a, b));
  const outer = sums.flatMap((list, pair) => list.map((sum, k) => `${sum} AS s${pair}_${k}`));
  const [row] = await work.query<Record<string, number | null>>(
    `SELECT ${outer.join(", ")} FROM (SELECT ${inner.join(", ")} FROM ${work.from})`,
  );
  for (const [index, pair] of batch.entries()) {
    const values = sums[index]!.map((_, k) => row?.[`s${index}_${k}`] ?? 0);
    const answer = solvePair(centered[pair.a]!, centered[pair.b]!, values);
    pair.value = answer === "imprecise" ? await correlateDirectly(work, centered[pair.a]!, centered[pair.b]!) : answer;
  }
}

/** A spread this small beside its distance from the column's mean has lost too many digits to be subtracted. */
const IMPRECISE = 1e-5;

function solvePair(a: Centered, b: Centered, values: number[]): number | null | "imprecise" {
  const rest = [...values];
  const product = rest.shift()!;
  const [sumA, squaresA] = b.isComplete ? [0, a.squares] : [rest.shift()!, rest.shift()!];
  const [sumB, squaresB] = a.isComplete ? [0, b.squares] : [rest.shift()!, rest.shift()!];
  const n = rest.shift() ?? Math.min(a.column.finite.count, b.column.finite.count);
  if (n < 2) return null;
  // A column whose partner is complete keeps its own mean over the pair's rows, and so has no sum to subtract.
  const spreadA = squaresA - (sumA * sumA) / n;
  const spreadB = squaresB - (sumB * sumB) / n;
  if (spreadA <= IMPRECISE * squaresA || spreadB <= IMPRECISE * squaresB) return "imprecise";
  const value = (product - (sumA * sumB) / n) / Math.sqrt(spreadA) / Math.sqrt(spreadB);
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : null;
}

/** Centers on the means of the pair's own rows: one more statement, for the rare pair that needs it. */
async function correlateDirectly(work: Work, a: Centered, b: Centered): Promise<number | null> {
  const both = `SELECT ${a.column.number} * ${quoteDouble(a.scale)} AS x, ${b.column.number} * ${quoteDouble(b.scale)} AS y FROM ${work.from} WHERE ${a.column.number} IS NOT NULL AND ${b.column.number} IS NOT NULL`;
  const [means] = await work.query<{ x: number | null; y: number | null; flat: boolean }>(
    `SELECT avg(x) AS x, avg(y) AS y, coalesce(min(x) = max(x) OR min(y) = max(y), true) AS flat FROM (${both})`,
  );
  if (means === undefined || means.flat || means.x === null || means.y === null) return null;
  const [sums] = await work.query<{ xy: number; xx: number; yy: number }>(
    `SELECT fsum(x * y) AS xy, fsum(x * x) AS xx, fsum(y * y) AS yy FROM (SELECT x - ${quoteDouble(means.x)} AS x, y - ${quoteDouble(means.y)} AS y FROM (${both}))`,
  );
  const value = sums === undefined ? Number.NaN : sums.xy / Math.sqrt(sums.xx) / Math.sqrt(sums.yy);
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : null;
}
