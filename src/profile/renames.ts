/** Suggests which removed column may live on under an added name. */
import { splitName } from "./column-roles.ts";
import type { ColumnProfile } from "./types.ts";

export interface RenameSuggestion {
  from: string;
  to: string;
  /** 0 to 1: half from the names, half from the values. */
  similarity: number;
}

const LEAST_SIMILARITY = 0.6;
const MOST_COLUMNS = 100;

/** Pairs removed with added columns of the same type, most similar first, each used once. */
export function suggestRenames(removed: readonly ColumnProfile[], added: readonly ColumnProfile[]): RenameSuggestion[] {
  const pairs = removed.slice(0, MOST_COLUMNS).flatMap((from) =>
    added.slice(0, MOST_COLUMNS).flatMap((to) => {
      const values = compareValues(from, to);
      if (values === undefined) return [];
      const similarity =
        values >= 0.98
          ? Math.max(0.75, (compareNames(from.name, to.name) + values) / 2)
          : (compareNames(from.name, to.name) + values) / 2;
      return similarity >= LEAST_SIMILARITY
        ? [{ from: from.name, to: to.name, similarity: Math.round(similarity * 100) / 100 }]
        : [];
    }),
  );
  const used = new Set<string>();
  return pairs
    .sort((a, b) => b.similarity - a.similarity)
    .filter(({ from, to }) => {
      if (used.has(`-${from}`) || used.has(`+${to}`)) return false;
      used.add(`-${from}`).add(`+${to}`);
      return true;
    });
}

/** Dice's coefficient of letter pairs, blind to case and separators. */
export function compareNames(a: string, b: string): number {
  const pairs = (name: string) => {
    const text = splitName(name).replaceAll(" ", "");
    return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
  };
  const [left, right] = [pairs(a), pairs(b)];
  if (left.size + right.size === 0) return splitName(a) === splitName(b) ? 1 : 0;
  const shared = [...left].filter((pair) => right.has(pair)).length;
  return (2 * shared) / (left.size + right.size);
}

/** How alike two columns' values are by their profiles, 0 to 1; undefined for types that have nothing in common. */
function compareValues(a: ColumnProfile, b: ColumnProfile): number | undefined {
  if (a.count === 0 || b.count === 0) return undefined;
  const isText = (column: ColumnProfile) => column.kind === "text" || column.kind === "boolean";
  if (isText(a) && isText(b)) return compareShares(a, b);
  if (a.numeric === undefined || b.numeric === undefined || (a.dates === undefined) !== (b.dates === undefined))
    return undefined;
  if (a.kind === "boolean" || b.kind === "boolean") return undefined;
  return compareQuantiles(a.numeric.quantiles, b.numeric.quantiles);
}

function compareShares(a: ColumnProfile, b: ColumnProfile): number {
  const overlap = (left: [string, number][], right: [string, number][]) => {
    const shares = new Map(right);
    return left.reduce((sum, [value, share]) => sum + Math.min(share, shares.get(value) ?? 0), 0);
  };
  const values = (column: ColumnProfile) =>
    column.values.map(({ value, count }): [string, number] => [String(value), count / column.count]);
  const patterns = (column: ColumnProfile) => {
    const total = (column.text?.patterns ?? []).reduce((sum, { count }) => sum + count, 0);
    return (column.text?.patterns ?? []).map(({ pattern, count }): [string, number] => [pattern, count / total]);
  };
  // Text with many values shares few of them between versions; its shape speaks for it, but never alone.
  return Math.max(overlap(values(a), values(b)), 0.7 * overlap(patterns(a), patterns(b)));
}

/** One less the largest distance between the two distribution functions at the kept quantiles. */
function compareQuantiles(a: readonly (number | null)[], b: readonly (number | null)[]): number {
  const known = (list: readonly (number | null)[]) => list.filter((value) => value !== null);
  const [left, right] = [known(a), known(b)];
  if (left.length === 0 || right.length === 0) return 0;
  const shareBelow = (list: readonly number[], value: number) => {
    const at = list.findIndex((quantile) => quantile >= value);
    if (at < 0) return 1;
    if (at === 0) return 0;
    const [low, high] = [list[at - 1]!, list[at]!];
    return (at - 1 + (high > low ? (value - low) / (high - low) : 1)) / (list.length - 1);
  };
  const distances = left.map((value) => Math.abs(shareBelow(left, value) - shareBelow(right, value)));
  return 1 - Math.max(...distances);
}
