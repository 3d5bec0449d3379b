/** "the difference between list price and sale price": one figure of a row less another. */
import { computedToken, pickPair, plainName, rateColumns } from "./column-words.ts";
import type { Column, Schema } from "./schema.ts";
import type { Token } from "./tokens.ts";
import { WordMatcher } from "./word-matcher.ts";

const LEAD = /^(?:difference|gap|spread|differences)$/;

const isFigure = (column: Column): boolean =>
  column.numeric && !column.identifier && !column.year && column.computed === undefined;

/** Puts in place of the words that ask for a difference the column that would hold it. */
export function spellDifferences(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    ({ lower }, i) => LEAD.test(lower) && /^(?:between|of)$/.test(tokens[i + 1]?.lower ?? ""),
  );
  const glue = tokens.findIndex(({ lower }, i) => i > at + 2 && lower === "and");
  if (at < 0 || glue < 0) return tokens;
  const matcher = new WordMatcher(schema);
  const first = tokens.slice(at + 2, glue);
  for (let to = Math.min(tokens.length, glue + 5); to > glue + 1; to--) {
    const second = tokens.slice(glue + 1, to);
    const right = rateColumns(isFigure, second, schema, matcher);
    if (right.length === 0) continue;
    // "asking and sale price": what is said last is of both.
    const whole = rateColumns(isFigure, first, schema, matcher);
    const left = whole.length > 0 ? whole : rateColumns(isFigure, [...first, ...second.slice(-1)], schema, matcher);
    const pair = pickPair(left, right);
    if (pair === undefined) continue;
    const name = `${plainName(pair.left)}_less_${plainName(pair.right)}`;
    return [...tokens.slice(0, at), computedToken(name, { op: "-", ...pair }), ...tokens.slice(to)];
  }
  return tokens;
}
