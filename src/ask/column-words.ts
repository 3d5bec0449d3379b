/** Which columns some words of a question name, and tokens that stand for what is computed from two of them. */
import { computeColumn } from "./describe-column.ts";
import type { Column, Computed, NameWord, Schema } from "./schema.ts";
import type { Token } from "./tokens.ts";
import type { WordMatcher } from "./word-matcher.ts";

const GENERIC = /^(?:date|day|time|at|on|datetime|timestamp|dt|ts|utc|actual|when)$/;

/** A column and how well it is named, from 0 to 1. */
export interface Rated {
  column: Column;
  score: number;
}

/** The columns of a kind that some words name: every word must be in the name, and the whole name must be said. */
export function rateColumns(
  isKind: (column: Column) => boolean,
  said: readonly Token[],
  schema: Schema,
  matcher: WordMatcher,
): Rated[] {
  const words = said.filter(
    ({ lower, kind }) => kind === "word" && !/^(?:the|a|an|its|their|being|of|first|when)$/.test(lower),
  );
  if (words.length === 0 || words.length > 4) return [];
  return schema.columns.flatMap((column) => {
    if (!isKind(column)) return [];
    const generic = (token: Token): number => (column.temporal && GENERIC.test(token.lower) ? 0.9 : 0);
    const own = (token: Token): number =>
      Math.max(generic(token), ...column.words.map((word) => matcher.match(token, word)));
    const ofTable = (token: Token): number =>
      Math.max(0, ...column.table.words.map((word) => matcher.match(token, word)));
    const scores = words.map((token) => Math.max(own(token), ofTable(token) * 0.9));
    const isWhole = namingWords(column).every((word) => words.some((token) => matcher.match(token, word) >= 0.75));
    if (!isWhole || scores.some((score) => score < 0.7)) return [];
    return [{ column, score: scores.reduce((sum, score) => sum + score, 0) / scores.length }];
  });
}

/** "order" of `order_date`, all of a name that only says "date"; a figure needs all but its unit. */
function namingWords({ words, temporal }: Column): NameWord[] {
  const naming = temporal ? words.filter((word) => !GENERIC.test(word.lower)) : words.filter((word) => !word.optional);
  return naming.length > 0 ? naming : words;
}

/** The best two columns of one table; undefined when two pairs are as good. */
export function pickPair(
  first: readonly Rated[],
  second: readonly Rated[],
): { left: Column; right: Column } | undefined {
  const pairs = first
    .flatMap((left) =>
      second.map((right) => ({ left: left.column, right: right.column, score: left.score + right.score })),
    )
    .filter(({ left, right }) => left !== right && left.table === right.table)
    .sort((a, b) => b.score - a.score);
  const [best, next] = pairs;
  return best === undefined || (next !== undefined && next.score > best.score - 0.02) ? undefined : best;
}

/** A column's name in the letters of a plain identifier. */
export function plainName({ name }: Column): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_");
}

/** A token for a column that is computed for this question. */
export function computedToken(name: string, computed: Computed): Token {
  const text = name.replaceAll("_", " ");
  const column = computeColumn(name, -1, computed);
  return { kind: "word", text, lower: text, stem: text, capital: false, first: false, column };
}
