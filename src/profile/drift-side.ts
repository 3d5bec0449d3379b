/** One version of a table in a comparison: answers from its profile where that is exact, else from SQL. */
import type { EmpiricalSide, Interval } from "./drift-metrics.ts";
import { isFloatingPoint } from "./dtype.ts";
import { computeQuantiles, listRanks } from "./order-statistics.ts";
import { quoteDouble, quoteDoubles, quoteName, quoteText } from "./sql.ts";
import type { ColumnProfile } from "./types.ts";
import { collectWeighted, countThresholds, rankReader, type WeightedValues } from "./weighted.ts";
import type { Work } from "./work.ts";

/** Values longer than this are cut in profiles, and so cannot be told apart by them. */
const KEPT_CHARACTERS = 200;
const MOST_CATEGORIES = 10_000;
const MOST_HELD_VALUES = 8192;

/** The column as a double without NaN; infinities stay. */
export function numberExpression(column: ColumnProfile): string {
  const name = quoteName(column.name);
  if (column.kind === "date" || column.kind === "datetime") return `epoch(${name})`;
  if (column.kind === "boolean") return `${name}::INTEGER::DOUBLE`;
  return column.nan_count > 0 && isFloatingPoint(column.sql_type)
    ? `(CASE WHEN isnan(${name}) THEN NULL ELSE ${name}::DOUBLE END)`
    : `${name}::DOUBLE`;
}

/** All values of a column whose profile holds them, as numbers. */
function keptNumbers(column: ColumnProfile): WeightedValues | undefined {
  if (!column.values_complete || column.infinite_count > 0) return undefined;
  const pairs = column.values.map(({ value, count }) => ({ v: Number(value), n: count }));
  return collectWeighted(pairs.sort((a, b) => a.v - b.v));
}

/** A numeric column, asked for counts and values. Without `work` only kept values can answer. */
export class NumericSide implements EmpiricalSide {
  readonly column: ColumnProfile;
  readonly total: number;
  readonly #work: Work | undefined;
  #kept: WeightedValues | undefined;
  /** Counts already taken, by threshold. */
  readonly #counted = new Map<number, number>();

  constructor(column: ColumnProfile, work: Work | undefined) {
    this.column = column;
    this.total = column.count;
    this.#work = work;
    this.#kept = keptNumbers(column);
  }

  get isHeld(): boolean {
    return this.#kept !== undefined;
  }

  get canAnswer(): boolean {
    return this.#kept !== undefined || this.#work !== undefined || this.total === 0;
  }

  /** Reads a column of few distinct values once, so that all questions about it cost one scan. */
  async load(): Promise<void> {
    if (this.#kept !== undefined || this.#work === undefined || this.column.unique > MOST_HELD_VALUES) return;
    const everything = [{ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }];
    this.#kept = collectWeighted(await this.listValues(everything));
  }

  async countAtMost(thresholds: readonly number[]): Promise<number[]> {
    if (this.total === 0) return thresholds.map(() => 0);
    if (this.#kept !== undefined) return countThresholds(this.#kept, thresholds).atMost;
    if (!thresholds.every((threshold) => this.#counted.has(threshold))) await this.#scan(thresholds);
    return thresholds.map((threshold) => this.#counted.get(threshold) ?? 0);
  }

  async #scan(thresholds: readonly number[]): Promise<void> {
    const all = quoteDoubles([...thresholds, Number.POSITIVE_INFINITY]);
    const [row] = await this.#query<{ h: string | null }>(
      `SELECT array_to_string(map_values(histogram(${numberExpression(this.column)}, ${all})), ',') AS h FROM ${this.#work!.from}`,
    );
    let sum = 0;
    const running = (row?.h ?? "").split(",").map((count) => (sum += Number(count)));
    for (const [i, threshold] of thresholds.entries()) this.#counted.set(threshold, running[i] ?? 0);
  }

  async listValues(intervals: readonly Interval[]): Promise<{ v: number; n: number }[]> {
    if (this.total === 0) return [];
    const isInside = ({ low, high }: Interval, value: number) => value > low && value <= high;
    if (this.#kept !== undefined) {
      const { values, counts } = this.#kept;
      const pairs = Array.from(values, (v, i) => ({ v, n: counts[i]! }));
      return pairs.filter(({ v }) => intervals.some((interval) => isInside(interval, v)));
    }
    const tests = intervals.map(({ low, high }) => {
      const parts = [
        ...(Number.isFinite(low) ? [`x > ${quoteDouble(low)}`] : []),
        ...(Number.isFinite(high) ? [`x <= ${quoteDouble(high)}`] : []),
      ];
      return parts.length === 0 ? "true" : `(${parts.join(" AND ")})`;
    });
    return this.#query<{ v: number; n: number }>(
      `SELECT x AS v, count(*)::DOUBLE AS n FROM (SELECT ${numberExpression(this.column)} AS x FROM ${this.#work!.from}) WHERE x IS NOT NULL AND (${tests.join(" OR ")}) GROUP BY x ORDER BY x`,
    );
  }

  /** Quantiles at `i / bins`, without the ends: kept ones where they fit, else by one sort. */
  async findQuantiles(bins: number): Promise<number[]> {
    if (this.total === 0) return [];
    const probabilities = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
    if (this.#kept !== undefined) {
      return [...computeQuantiles(probabilities, this.total, rankReader(this.#kept)).values()].filter(Number.isFinite);
    }
    const quantiles = this.column.numeric?.quantiles ?? [];
    if (20 % bins === 0 || this.#work === undefined) {
      return probabilities
        .map((probability) => quantiles[Math.round(probability * 20)] ?? Number.NaN)
        .filter(Number.isFinite);
    }
    const ranks = listRanks(probabilities, this.total).map((rank) => rank + 1);
    const rows = await this.#query<{ v: number; rn: number }>(
      `SELECT x AS v, rn::DOUBLE AS rn FROM (SELECT x, row_number() OVER (ORDER BY x) AS rn FROM (SELECT ${numberExpression(this.column)} AS x FROM ${this.#work.from} WHERE ${numberExpression(this.column)} IS NOT NULL)) WHERE rn IN (${ranks.join(", ")})`,
    );
    const values = new Map(rows.map(({ v, rn }) => [rn - 1, v]));
    return [...computeQuantiles(probabilities, this.total, (rank) => values.get(rank) ?? Number.NaN).values()].filter(
      Number.isFinite,
    );
  }

  #query<T extends Record<string, unknown>>(sql: string): Promise<T[]> {
    if (this.#work === undefined)
      throw new Error(`The column '${this.column.name}' cannot be compared without its data.`);
    return this.#work.query<T>(sql);
  }
}

/** Hints for the Kolmogorov–Smirnov search: all that is kept of both sides. */
export const listHints = (column: ColumnProfile): number[] =>
  [...(column.numeric?.quantiles ?? []), ...Object.values(column.numeric?.percentiles ?? {})].filter(
    (value): value is number => value !== null,
  );

/** What is known of a categorical column: every value with its count, or the most frequent ones and the rest. */
export interface Categories {
  counts: Map<string, number>;
  /** Values counted together because there were too many. */
  rest: number;
  isComplete: boolean;
}

/** Reads a column's categories: kept ones, else all up to 10,000, else the given ones alone. */
export async function readCategories(
  column: ColumnProfile,
  work: Work | undefined,
  wanted: readonly string[],
): Promise<Categories | undefined> {
  const isCut = (column.text?.max_length ?? 0) > KEPT_CHARACTERS;
  if (column.count === 0) return { counts: new Map(), rest: 0, isComplete: true };
  if (column.values_complete && !isCut) {
    const counts = new Map(column.values.map(({ value, count }) => [String(value), count]));
    return { counts, rest: 0, isComplete: true };
  }
  if (work === undefined) return undefined;
  const isComplete = column.unique <= MOST_CATEGORIES && !isCut;
  const value = `${quoteName(column.name)}::VARCHAR`;
  const filter = isComplete
    ? `${value} IS NOT NULL`
    : wanted.length === 0
      ? "false"
      : `${value} IN (${wanted.map(quoteText).join(", ")})`;
  const rows = await work.query<{ v: string; n: number }>(
    `SELECT ${value} AS v, count(*)::DOUBLE AS n FROM ${work.from} WHERE ${filter} GROUP BY 1 ORDER BY n DESC, v`,
  );
  const counts = new Map(rows.map(({ v, n }) => [v, n]));
  const rest = column.count - rows.reduce((sum, { n }) => sum + n, 0);
  return { counts, rest, isComplete };
}
