/** The Datasets API's `compare`: schema differences and drift per column. */

import type {
  CategoricalDiff,
  CategoryChange,
  ColumnDiff,
  ComparedVersion,
  CompareOptions,
  CompareSummary,
  Comparison,
  NumericDiff,
} from "./compare-types.ts";
import {
  computeJsDistance,
  computeKs,
  computePsi,
  DEFAULT_EPSILON,
  DEFAULT_THRESHOLDS,
  gradeShift,
  type ShiftLevel,
  type ShiftThresholds,
} from "./drift-metrics.ts";
import { type Categories, listHints, NumericSide, readCategories } from "./drift-side.ts";
import { finiteOrNull } from "./moments.ts";
import { suggestRenames } from "./renames.ts";
import type { ColumnProfile, Profile } from "./types.ts";
import { startWork, type Work } from "./work.ts";

export type {
  CategoricalDiff,
  CategoryChange,
  ColumnDiff,
  ComparedVersion,
  CompareOptions,
  CompareSummary,
  Comparison,
  IncomparableDiff,
  NumericDiff,
  TypeChange,
} from "./compare-types.ts";

const LISTED_CATEGORIES = 50;
const LISTED_CHANGES = 20;

interface Settings {
  bins: number;
  epsilon: number;
  thresholds: ShiftThresholds;
  ksTolerance: number;
}

/**
 * Compares two profiles alone. Measures that need the data are null; `compareVersions` has them all.
 */
export const compareProfiles = (v1: Profile, v2: Profile, options: CompareOptions = {}): Promise<Comparison> =>
  compareVersions({ profile: v1 }, { profile: v2 }, options);

/**
 * Compares two versions of a table, the first being the reference. Kept values answer where they are complete; else each
 * side's own engine is asked, so the two need not share one.
 * @throws RangeError for bins that are no integer from 2 to 100, and for an epsilon outside 0 to 0.1
 */
export async function compareVersions(
  v1: ComparedVersion,
  v2: ComparedVersion,
  options: CompareOptions = {},
): Promise<Comparison> {
  const settings = readSettings(options);
  const works = [v1, v2].map(({ engine, table }) =>
    engine === undefined || table === undefined ? undefined : startWork(engine, table, { signal: options.signal }),
  );
  const columns2 = new Map(v2.profile.columns.map((column) => [column.name, column]));
  const shared = v1.profile.columns.flatMap((a) => {
    const b = columns2.get(a.name);
    return b === undefined ? [] : [{ a, b }];
  });
  const diffs: [string, ColumnDiff][] = [];
  for (const { a, b } of shared) {
    diffs.push([a.name, await compareColumns(a, b, works[0], works[1], settings)]);
    options.onProgress?.({ step: "compare", done: diffs.length, total: shared.length });
  }
  const shiftCounts: Record<ShiftLevel, number> = { low: 0, moderate: 0, high: 0 };
  for (const [, { shift_level }] of diffs) if (shift_level !== null) shiftCounts[shift_level] += 1;
  return {
    summary: summarize(v1.profile, v2.profile, options.versions ?? [0, 1], shiftCounts),
    column_diffs: Object.fromEntries(diffs) as Record<string, ColumnDiff>,
  };
}

function readSettings(options: CompareOptions): Settings {
  const { bins = 10, epsilon = DEFAULT_EPSILON, ksTolerance = 0.002 } = options;
  if (!Number.isInteger(bins) || bins < 2 || bins > 100) {
    throw new RangeError(`bins must be an integer from 2 to 100, not ${bins}.`);
  }
  if (!(epsilon > 0 && epsilon <= 0.1)) throw new RangeError(`epsilon must lie between 0 and 0.1, not ${epsilon}.`);
  const thresholds = {
    moderate: options.thresholds?.moderate ?? DEFAULT_THRESHOLDS.moderate,
    high: options.thresholds?.high ?? DEFAULT_THRESHOLDS.high,
  };
  if (!(thresholds.moderate >= 0 && thresholds.high >= thresholds.moderate)) {
    throw new RangeError(
      `The threshold of a high shift (${thresholds.high}) must not lie below that of a moderate one (${thresholds.moderate}).`,
    );
  }
  return { bins, epsilon, ksTolerance, thresholds };
}

function summarize(
  v1: Profile,
  v2: Profile,
  versions: [number, number],
  shiftCounts: Record<ShiftLevel, number>,
): CompareSummary {
  const names1 = new Set(v1.columns.map(({ name }) => name));
  const types2 = new Map(v2.columns.map(({ name, type }) => [name, type]));
  const added = v2.columns.filter(({ name }) => !names1.has(name));
  const removed = v1.columns.filter(({ name }) => !types2.has(name));
  return {
    v1: versions[0],
    v2: versions[1],
    v1_rows: v1.row_count,
    v2_rows: v2.row_count,
    rows_diff: v2.row_count - v1.row_count,
    v1_columns: v1.column_count,
    v2_columns: v2.column_count,
    columns_added: added.map(({ name }) => name),
    columns_removed: removed.map(({ name }) => name),
    columns_type_changed: v1.columns.flatMap(({ name, type }) => {
      const now = types2.get(name);
      return now === undefined || now === type ? [] : [{ column: name, v1_type: type, v2_type: now }];
    }),
    columns_renamed: suggestRenames(removed, added),
    shift_counts: shiftCounts,
  };
}

type Family = "numeric" | "datetime" | "categorical";

function findFamily({ kind }: ColumnProfile): Family {
  if (kind === "integer" || kind === "float") return "numeric";
  return kind === "date" || kind === "datetime" ? "datetime" : "categorical";
}

async function compareColumns(
  a: ColumnProfile,
  b: ColumnProfile,
  workA: Work | undefined,
  workB: Work | undefined,
  settings: Settings,
): Promise<ColumnDiff> {
  const family = findFamily(a);
  if (family !== findFamily(b)) {
    return {
      type: "incomparable",
      ...shareMissing(a, b),
      psi: null,
      shift_level: null,
      js_distance: null,
      note: `The column holds ${a.type} in the first version and ${b.type} in the second; their values cannot be compared.`,
    };
  }
  if (family !== "categorical") return compareNumbers(family, a, b, workA, workB, settings);
  return compareCategories(a, b, workA, workB, settings);
}

const shareMissing = (a: ColumnProfile, b: ColumnProfile) => ({
  missing_v1: a.missing_percent,
  missing_v2: b.missing_percent,
  missing_shift: b.missing_percent - a.missing_percent,
  v1_unique: a.unique,
  v2_unique: b.unique,
});

/** Change in percent of the first figure; null where there is nothing to relate it to. */
function shiftPercent(from: number | null | undefined, to: number | null | undefined): number | null {
  if (typeof from !== "number" || typeof to !== "number") return null;
  if (from === 0) return to === 0 ? 0 : null;
  return finiteOrNull(((to - from) / Math.abs(from)) * 100);
}

function measureShares(shares: { p: number[]; q: number[] } | null, { epsilon, thresholds }: Settings) {
  if (shares === null) return { psi: null, shift_level: null, js_distance: null };
  const psi = computePsi(shares.p, shares.q, epsilon);
  return { psi, shift_level: gradeShift(psi, thresholds), js_distance: computeJsDistance(shares.p, shares.q) };
}

const rowsOf = (column: ColumnProfile): number => column.count + column.missing;

async function compareNumbers(
  type: "numeric" | "datetime",
  a: ColumnProfile,
  b: ColumnProfile,
  workA: Work | undefined,
  workB: Work | undefined,
  settings: Settings,
): Promise<NumericDiff> {
  const [sideA, sideB] = [new NumericSide(a, workA), new NumericSide(b, workB)];
  const canCompare = sideA.canAnswer && sideB.canAnswer && rowsOf(a) > 0 && rowsOf(b) > 0;
  if (canCompare) {
    await sideA.load();
    await sideB.load();
  }
  const edges = canCompare ? [...new Set(await sideA.findQuantiles(settings.bins))].sort((x, y) => x - y) : [];
  // The search asks for the bins' edges among others, so that the shares mostly need no scan of their own.
  const ks = canCompare
    ? await computeKs(sideA, sideB, [...edges, ...listHints(a), ...listHints(b)], settings.ksTolerance)
    : undefined;
  const shares = canCompare
    ? { p: toShares(await sideA.countAtMost(edges), a), q: toShares(await sideB.countAtMost(edges), b) }
    : null;
  return {
    type,
    v1_mean: a.numeric?.mean ?? null,
    v2_mean: b.numeric?.mean ?? null,
    v1_std: a.numeric?.std ?? null,
    v2_std: b.numeric?.std ?? null,
    ...shareMissing(a, b),
    mean_shift_pct: type === "numeric" ? shiftPercent(a.numeric?.mean, b.numeric?.mean) : null,
    std_shift_pct: shiftPercent(a.numeric?.std, b.numeric?.std),
    ...measureShares(shares, settings),
    ks_statistic: ks?.statistic ?? null,
    ks_error: ks?.error ?? null,
    bins: shares === null ? null : { edges, v1_shares: shares.p, v2_shares: shares.q },
  };
}

/** Shares of all rows per bin, missing values last. */
function toShares(atMost: readonly number[], column: ColumnProfile): number[] {
  const bins = [...atMost, column.count].map((count, i) => count - (i === 0 ? 0 : atMost[i - 1]!));
  return [...bins, column.missing].map((count) => count / rowsOf(column));
}

async function compareCategories(
  a: ColumnProfile,
  b: ColumnProfile,
  workA: Work | undefined,
  workB: Work | undefined,
  settings: Settings,
): Promise<CategoricalDiff> {
  const wanted = a.values.map(({ value }) => String(value));
  const categoriesA = await readCategories(a, workA, wanted);
  const categoriesB = await readCategories(b, workB, wanted);
  const canCompare = categoriesA !== undefined && categoriesB !== undefined && rowsOf(a) > 0 && rowsOf(b) > 0;
  const shares = canCompare ? shareCategories(a, b, categoriesA, categoriesB, wanted) : undefined;
  const canList = categoriesA?.isComplete === true && categoriesB?.isComplete === true;
  const added = canList ? listAbsent(categoriesB, categoriesA) : null;
  const removed = canList ? listAbsent(categoriesA, categoriesB) : null;
  return {
    type: "categorical",
    ...shareMissing(a, b),
    ...measureShares(shares ?? null, settings),
    categories_added: added?.slice(0, LISTED_CATEGORIES) ?? null,
    categories_removed: removed?.slice(0, LISTED_CATEGORIES) ?? null,
    categories_added_count: added?.length ?? null,
    categories_removed_count: removed?.length ?? null,
    categories_changed: shares === undefined ? [] : listChanges(shares),
  };
}

function shareCategories(
  a: ColumnProfile,
  b: ColumnProfile,
  categoriesA: Categories,
  categoriesB: Categories,
  wanted: readonly string[],
): { names: string[]; p: number[]; q: number[] } {
  const areComplete = categoriesA.isComplete && categoriesB.isComplete;
  const names = areComplete ? [...new Set([...categoriesA.counts.keys(), ...categoriesB.counts.keys()])] : [...wanted];
  const share = ({ counts }: Categories, column: ColumnProfile) => {
    const known = names.map((name) => counts.get(name) ?? 0);
    const rest = column.count - known.reduce((sum, count) => sum + count, 0);
    return [...known, rest, column.missing].map((count) => count / rowsOf(column));
  };
  return { names, p: share(categoriesA, a), q: share(categoriesB, b) };
}

const listAbsent = (present: Categories, absent: Categories): string[] =>
  [...present.counts].filter(([value]) => !absent.counts.has(value)).map(([value]) => value);

const listChanges = ({ names, p, q }: { names: string[]; p: number[]; q: number[] }): CategoryChange[] =>
  names
    .map((value, i) => ({ value, v1_share: p[i]!, v2_share: q[i]!, change: q[i]! - p[i]! }))
    .filter(({ v1_share, v2_share, change }) => change !== 0 && v1_share > 0 && v2_share > 0)
    .sort((x, y) => Math.abs(y.change) - Math.abs(x.change))
    .slice(0, LISTED_CHANGES);
