/**
 * The shapes that statistics, quality and drift take in and give out. Everything given out is plain JSON: no NaN, no
 * Infinity, no bigint. `docs/statistics.md` defines every figure.
 */

/** How one statement is run; the same shape as the engine's. */
export interface StatementOptions {
  signal?: AbortSignal | undefined;
}

/** What this folder needs of a database: rows as plain objects whose cells are numbers, strings, booleans or null. */
export interface ProfileEngine {
  rows<T extends Record<string, unknown>>(sql: string, options?: StatementOptions): Promise<T[]>;
  run(sql: string, options?: StatementOptions): Promise<void>;
}

export interface TableColumn {
  name: string;
  /** DuckDB's name of the type, such as `BIGINT`, `DECIMAL(10,2)` or `VARCHAR`. */
  type: string;
}

/** A base table (not a view) that the engine sees. */
export interface ProfileTable {
  catalog?: string | undefined;
  schema?: string | undefined;
  name: string;
  rows: number;
  columns: TableColumn[];
}

/** What a column holds, independent of its width in the database. */
export type ColumnKind = "integer" | "float" | "boolean" | "date" | "datetime" | "text" | "other";

/** The column types of the Datasets API. */
export type PandasDtype = "int64" | "float64" | "object" | "bool" | "datetime64" | "category";

/** numpy's histogram: `counts[i]` values in `[bin_edges[i], bin_edges[i + 1])`, the last bin closed on both sides. */
export interface Histogram {
  counts: number[];
  bin_edges: number[];
}

/** Percentiles as keys `p1, p5, p25, p50, p75, p95, p99`. */
export type Percentiles = Record<string, number | null>;

/** Figures of a numeric, boolean (as 0 and 1), date or datetime column (as seconds since 1970-01-01 UTC). */
export interface NumericStats {
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  percentiles: Percentiles;
  skewness: number | null;
  kurtosis: number | null;
  iqr: number | null;
  /** Values outside `[q1 - 1.5 iqr, q3 + 1.5 iqr]`. */
  outlier_count: number;
  /** Values more than three standard deviations from the mean. */
  outlier_count_3std: number;
  zeros: number;
  negatives: number;
  histogram: Histogram | null;
  /** The 5 % quantiles: `quantiles[i]` is the quantile at `i / 20`. Kept for drift. */
  quantiles: (number | null)[];
}

/** Integers in all of their digits. */
export interface ExactRange {
  min: string;
  max: string;
}

export interface PatternCount {
  /** Letters as `A` and `a`, digits as `9`, runs as `+`: `AB-123` is `A+-9+`. */
  pattern: string;
  count: number;
}

/** Spellings of one value that differ only in case or white space. */
export interface VariantGroup {
  spellings: string[];
  count: number;
}

export interface TextStats {
  min_length: number | null;
  mean_length: number | null;
  max_length: number | null;
  patterns: PatternCount[];
  /** Distinct values the patterns were counted on; all of them when it equals `unique`. */
  pattern_values: number;
  /** Empty or white space only. */
  blank: number;
  /** With white space at the start or the end. */
  padded: number;
  /** With U+FFFD or NUL, or UTF-8 that was read as Latin-1 (`Ã©`). */
  broken_encoding: number;
  numeric_like: number;
  date_like: number;
  /** Undefined where the column has too many distinct values to be a set of categories. */
  variants?: VariantGroup[] | undefined;
  variant_values?: number | undefined;
}

export interface DateGap {
  after: string;
  before: string;
  /** Days between the two days that hold rows. */
  days: number;
}

export interface DateStats {
  min: string | null;
  max: string | null;
  mean: string | null;
  /** Days from the first to the last. */
  range_days: number | null;
  distinct_days: number | null;
  /** The median step between days that hold rows. */
  typical_step_days: number | null;
  /** No row falls on a Saturday or Sunday; steps then count working days. */
  business_days_only: boolean;
  gap_count: number | null;
  largest_gaps: DateGap[];
  /** Later than the moment of profiling. */
  future: number;
}

export type CellValue = string | number | boolean;

export interface ColumnProfile {
  name: string;
  /** DuckDB's type. */
  sql_type: string;
  kind: ColumnKind;
  type: PandasDtype;
  count: number;
  unique: number;
  missing: number;
  /** A share from 0 to 1, as in the Datasets API. */
  missing_percent: number;
  /** NaN values; they count as missing. */
  nan_count: number;
  /** Infinities; they count as present, and figures they would make infinite are null. */
  infinite_count: number;
  memory_bytes: number;
  numeric?: NumericStats;
  /** Where a double does not hold `numeric.min` and `numeric.max`. */
  exact_range?: ExactRange;
  text?: TextStats;
  dates?: DateStats;
  /**
   * Most frequent first, ties by value, at most 100 (fewer in wide tables): text, and any column whose distinct values all
   * fit. Dates are seconds since 1970.
   */
  values: { value: CellValue; count: number }[];
  /** `values` holds every distinct value. */
  values_complete: boolean;
}

/** A symmetric matrix of measures of association. */
export interface Association {
  columns: string[];
  /** Upper triangle, row by row, without the diagonal. */
  pairs: { a: string; b: string; value: number | null }[];
  /** Rows it was computed on. */
  rows: number;
  /** False where it was computed on an even sample of the rows. */
  exact: boolean;
}

export interface Profile {
  format: 2;
  table: string;
  row_count: number;
  column_count: number;
  duplicate_rows: number;
  /** In MiB, as pandas' `memory_usage(deep=True).sum() / 1024 ** 2`. */
  memory_usage: number;
  columns: ColumnProfile[];
  /** Pearson, pairwise complete: numeric, boolean, date and datetime columns. */
  pearson: Association;
  spearman: Association;
  cramers_v: Association;
  /** What was bounded or left out, as sentences. */
  notes: string[];
}

export interface ProfileOptions {
  onProgress?: ((progress: ProfileProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Memory one statement may build up in the engine, in bytes. Default 16 MiB. */
  budgetBytes?: number | undefined;
  /** Columns with about this many distinct values or fewer are counted by value and held. Default 8,192. */
  fewValues?: number | undefined;
  /** The moment that "future" is measured from. Default now. */
  now?: Date | undefined;
  /** Most columns in the Pearson matrix. Default 100. */
  maxCorrelationColumns?: number | undefined;
}

export interface ProfileProgress {
  step: string;
  done: number;
  total: number;
}
