/** The `stats` and `correlations` of the Data API's analysis results. */
import { findDataApiType } from "./dtype.ts";
import type { ColumnProfile, Profile } from "./types.ts";

export interface AnalysisStats {
  rows: number;
  columns: number;
  /** Columns that miss values, with how many. */
  missing_values: Record<string, number>;
  column_types: Record<string, string>;
  summary: Record<string, { min: number | null; max: number | null; mean: number | null; median: number | null }>;
  /** The most frequent values of categorical and boolean columns; the rest is summed under `other`. */
  categorical_counts: Record<string, Record<string, number>>;
}

export interface FeatureCorrelation {
  feature1: string;
  feature2: string;
  correlation: number;
}

const SHOWN_CATEGORIES = 10;
const MOST_CATEGORIES = 100;
const SHOWN_CORRELATIONS = 50;
/** Weaker correlations are not listed. */
const LEAST_CORRELATION = 0.1;

const toRecord = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries(entries) as Record<string, T>;

/** Text that repeats values, and booleans: at most 100 distinct values, half as many as rows at most unless very few. */
export function isCategorical({ kind, unique, count }: ColumnProfile): boolean {
  if (kind === "boolean") return count > 0;
  return (
    kind === "text" &&
    count > 0 &&
    unique <= MOST_CATEGORIES &&
    (unique <= count / 2 || (unique <= 10 && unique < count))
  );
}

/** Turns a profile into the documented `stats`. */
export function toAnalysisStats(profile: Profile): AnalysisStats {
  const { columns } = profile;
  const numeric = columns.filter(({ kind }) => kind === "integer" || kind === "float");
  return {
    rows: profile.row_count,
    columns: profile.column_count,
    missing_values: toRecord(columns.filter((c) => c.missing > 0).map((c) => [c.name, c.missing] as const)),
    column_types: toRecord(columns.map((c) => [c.name, findDataApiType(c.kind, c.sql_type)] as const)),
    summary: toRecord(
      numeric.map(({ name, numeric: stats }) => [
        name,
        {
          min: stats?.min ?? null,
          max: stats?.max ?? null,
          mean: stats?.mean ?? null,
          median: stats?.percentiles["p50"] ?? null,
        },
      ]),
    ),
    categorical_counts: toRecord(columns.filter(isCategorical).map((c) => [c.name, countCategories(c)] as const)),
  };
}

function countCategories(column: ColumnProfile): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { value, count } of column.values.slice(0, SHOWN_CATEGORIES)) {
    counts.set(String(value), (counts.get(String(value)) ?? 0) + count);
  }
  const rest = column.count - [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (rest > 0) counts.set("other", (counts.get("other") ?? 0) + rest);
  return toRecord(counts);
}

/** The strongest Pearson correlations of numeric, boolean (as 0 and 1), date and datetime columns, strongest first. */
export function toFeatureCorrelations(profile: Profile): FeatureCorrelation[] {
  return profile.pearson.pairs
    .flatMap(({ a, b, value }) =>
      value !== null && Math.abs(value) >= LEAST_CORRELATION
        ? [{ feature1: a, feature2: b, correlation: Math.round(value * 1e4) / 1e4 }]
        : [],
    )
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, SHOWN_CORRELATIONS);
}
