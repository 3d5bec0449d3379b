/** The `statistics` object of the Datasets API's `analyze`. */
import type { Association, ColumnProfile, Histogram, Percentiles, Profile } from "./types.ts";

const TOP_VALUES = 10;

/** One column as `analyze` shows it: the documented fields, and what Eider knows besides. */
export interface ColumnStatistics {
  type: string;
  count: number;
  unique: number;
  missing: number;
  missing_percent: number;
  memory_usage: number;
  min?: number | bigint | string | null;
  max?: number | bigint | string | null;
  mean?: number | string | null;
  std?: number | null;
  percentiles?: Percentiles;
  skewness?: number | null;
  kurtosis?: number | null;
  iqr?: number | null;
  outlier_count?: number;
  outlier_count_3std?: number;
  infinite_count?: number;
  histogram?: Histogram | null;
  /** Most frequent first. */
  top_values?: Map<string, number>;
  [more: string]: unknown;
}

export type CorrelationMatrix = Record<string, Record<string, number | null>>;

/** Maps are objects whose members have an order, which JavaScript's own lose where names look like numbers; bigints are exact numbers. */
export interface Statistics {
  columns: Map<string, ColumnStatistics>;
  row_count: number;
  duplicate_rows: number;
  memory_usage: number;
  /** pandas' `DataFrame.corr(numeric_only=True)`: numeric and boolean columns. */
  correlations: CorrelationMatrix;
  spearman: CorrelationMatrix;
  cramers_v: CorrelationMatrix;
  notes: string[];
}

/** Builds a record whose keys may be any text, `__proto__` too. */
const toRecord = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries(entries) as Record<string, T>;

/** Turns a profile into the documented shape. */
export function toStatistics(profile: Profile): Statistics {
  const isNumeric = new Set(
    profile.columns
      .filter(({ kind }) => kind === "integer" || kind === "float" || kind === "boolean")
      .map((c) => c.name),
  );
  return {
    columns: new Map(profile.columns.map((column) => [column.name, toColumnStatistics(column)])),
    row_count: profile.row_count,
    duplicate_rows: profile.duplicate_rows,
    memory_usage: profile.memory_usage,
    correlations: toMatrix(profile.pearson, profile, (name) => isNumeric.has(name)),
    spearman: toMatrix(profile.spearman, profile),
    cramers_v: toMatrix(profile.cramers_v, profile),
    notes: profile.notes,
  };
}

function toColumnStatistics(column: ColumnProfile): ColumnStatistics {
  const { numeric, text, dates, kind } = column;
  const shared: ColumnStatistics = {
    type: column.type,
    count: column.count,
    unique: column.unique,
    missing: column.missing,
    missing_percent: column.missing_percent,
    memory_usage: column.memory_bytes / 1024 ** 2,
  };
  if (dates !== undefined) return { ...shared, ...dates };
  if (numeric !== undefined && kind !== "boolean") {
    const { quantiles: _, ...figures } = numeric;
    const { min, max } = column.exact_range ?? {};
    const exact = min === undefined || max === undefined ? {} : { min: BigInt(min), max: BigInt(max) };
    return { ...shared, ...figures, ...exact, nan_count: column.nan_count, infinite_count: column.infinite_count };
  }
  const { variants: _, ...lengths } = text ?? {};
  return { ...shared, top_values: listTopValues(column), ...lengths };
}

/** The ten most frequent values; cut values that have become the same are added up. */
function listTopValues(column: ColumnProfile): Map<string, number> {
  const top = new Map<string, number>();
  for (const { value, count } of column.values.slice(0, TOP_VALUES)) {
    top.set(String(value), (top.get(String(value)) ?? 0) + count);
  }
  return top;
}

function toMatrix(association: Association, profile: Profile, isWanted = (_: string) => true): CorrelationMatrix {
  const names = association.columns.filter(isWanted);
  const varies = new Map(
    profile.columns.map((column) => [column.name, column.unique > 1 && column.infinite_count === 0]),
  );
  const rows = new Map(
    names.map((name) => [name, new Map<string, number | null>([[name, varies.get(name) ? 1 : null]])]),
  );
  for (const { a, b, value } of association.pairs) {
    rows.get(a)?.set(b, value);
    rows.get(b)?.set(a, value);
  }
  return toRecord(
    names.map((name) => {
      const row = rows.get(name)!;
      return [name, toRecord(names.map((other) => [other, row.get(other) ?? null] as const))] as const;
    }),
  );
}
