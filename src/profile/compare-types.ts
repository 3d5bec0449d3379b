/** What a comparison takes and answers. */
import type { ShiftLevel, ShiftThresholds } from "./drift-metrics.ts";
import type { RenameSuggestion } from "./renames.ts";
import type { Profile, ProfileEngine, ProfileProgress, ProfileTable } from "./types.ts";

export interface CompareOptions {
  /** Quantile bins of the first version. Default 10, at least 2. */
  bins?: number | undefined;
  /** Floor of a bin's share in the PSI. Default 0.0001. */
  epsilon?: number | undefined;
  thresholds?: Partial<ShiftThresholds> | undefined;
  /** Largest error of the Kolmogorov–Smirnov statistic where an exact one would cost more scans. Default 0.002. */
  ksTolerance?: number | undefined;
  /** Version numbers for the summary. Default 0 and 1. */
  versions?: [number, number] | undefined;
  onProgress?: ((progress: ProfileProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** One side of a comparison. Without an engine, only what its profile knows exactly is compared. */
export interface ComparedVersion {
  profile: Profile;
  engine?: ProfileEngine | undefined;
  table?: ProfileTable | undefined;
}

export interface TypeChange {
  column: string;
  v1_type: string;
  v2_type: string;
}

export interface CompareSummary {
  v1: number;
  v2: number;
  v1_rows: number;
  v2_rows: number;
  rows_diff: number;
  v1_columns: number;
  v2_columns: number;
  columns_added: string[];
  columns_removed: string[];
  columns_type_changed: TypeChange[];
  /** Suggestions only: both names also stand under added and removed. */
  columns_renamed: RenameSuggestion[];
  /** Columns by shift level. */
  shift_counts: Record<ShiftLevel, number>;
}

interface SharedDiff {
  missing_v1: number;
  missing_v2: number;
  /** `missing_v2 - missing_v1`. */
  missing_shift: number;
  v1_unique: number;
  v2_unique: number;
  psi: number | null;
  shift_level: ShiftLevel | null;
  js_distance: number | null;
}

export interface NumericDiff extends SharedDiff {
  type: "numeric" | "datetime";
  v1_mean: number | null;
  v2_mean: number | null;
  v1_std: number | null;
  v2_std: number | null;
  mean_shift_pct: number | null;
  std_shift_pct: number | null;
  ks_statistic: number | null;
  /** The statistic is at most this much larger; 0 where it is exact. */
  ks_error: number | null;
  /** `edges` are inner edges: bin i holds values in `(edges[i - 1], edges[i]]`. Shares are of all rows; the last is missing values. */
  bins: { edges: number[]; v1_shares: number[]; v2_shares: number[] } | null;
}

export interface CategoryChange {
  value: string;
  v1_share: number;
  v2_share: number;
  change: number;
}

export interface CategoricalDiff extends SharedDiff {
  type: "categorical";
  /** At most 50 each, most frequent first; null where there are too many values to list. */
  categories_added: string[] | null;
  categories_removed: string[] | null;
  categories_added_count: number | null;
  categories_removed_count: number | null;
  /** The largest changes of share, at most 20. */
  categories_changed: CategoryChange[];
}

/** A column whose values cannot be set side by side: numbers in one version, text in the other. */
export interface IncomparableDiff extends SharedDiff {
  type: "incomparable";
  note: string;
}

export type ColumnDiff = NumericDiff | CategoricalDiff | IncomparableDiff;

export interface Comparison {
  summary: CompareSummary;
  column_diffs: Record<string, ColumnDiff>;
}
