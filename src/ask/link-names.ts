/** Links stretches of a question to the names of tables and columns. */
import { matchComputed } from "./computed.ts";
import { isStopWord } from "./plain-words.ts";
import type { Column, NameWord, Table } from "./schema.ts";
import { type Span, spanAt } from "./spans.ts";
import type { Token } from "./tokens.ts";
import type { WordMatcher } from "./word-matcher.ts";
import { isParticiple, stemWord } from "./words.ts";

/** Words that may stand inside a name without being part of it ("date of birth"). */
const INNER = new Set(["of", "the", "'s", "-", "/"]);

const LONGEST = 6;

/** What may be, and not what is ("output" is no `max_output`). */
const LIMITS = /^(?:max|maximum|limit|target|planned|budgeted|forecast)$/;

export function linkTable(
  tokens: readonly Token[],
  from: number,
  table: Table,
  matcher: WordMatcher,
  spans: Map<number, Span>,
): void {
  for (const match of matchName(tokens, from, table.words, [], matcher)) {
    const score = isHead(tokens, from, match.to, table, matcher) ? Math.max(match.score, 0.8) : match.score;
    if (score >= 0.3) spanAt(spans, from, match.to).tables.push({ table, score });
  }
  for (const match of matchName(tokens, from, table.rowWords, [], matcher)) {
    if (match.score >= 0.8) spanAt(spans, from, match.to).tables.push({ table, score: match.score - 0.04 });
  }
}

/** "requests" of `service_requests`: what the rows are, where no other table is called so. */
function isHead(tokens: readonly Token[], from: number, to: number, { words }: Table, matcher: WordMatcher): boolean {
  const head = words.at(-1);
  const token = tokens[from];
  if (head === undefined || token === undefined || to !== from + 1 || words.length !== 2) return false;
  return /s$/.test(token.lower) && matcher.match(token, head) >= 0.98 && matcher.tellsTable(head);
}

export function linkColumn(
  tokens: readonly Token[],
  from: number,
  column: Column,
  matcher: WordMatcher,
  spans: Map<number, Span>,
): void {
  const token = tokens[from];
  if (column.computed !== undefined || column.takings === true) {
    const match = matchComputed(column, token?.lower ?? "", tokens[from + 1]?.lower);
    if (match !== undefined) spanAt(spans, from, from + match.length).columns.push({ column, score: match.score });
    if (column.computed !== undefined) return;
  }
  // "number of requests" counts them, whatever `request_no` is.
  if (column.identifier && token?.lower === "number" && tokens[from + 1]?.lower === "of") return;
  for (const match of matchName(
    tokens,
    from,
    column.words,
    column.table.words.filter((word) => !word.optional),
    matcher,
  )) {
    const said = tokens.slice(from, match.to);
    const isLimit = column.words.some(
      (word) => LIMITS.test(word.lower) && !said.some((other) => matcher.match(other, word) >= 0.8),
    );
    const score = isLimit ? match.score * 0.5 : match.score;
    if (score >= 0.3 && !isGlue(tokens, from, match.to)) spanAt(spans, from, match.to).columns.push({ column, score });
  }
  if (
    token !== undefined &&
    column.initials.length >= 2 &&
    token.lower === column.initials &&
    !isStopWord(token.lower)
  ) {
    spanAt(spans, from, from + 1).columns.push({ column, score: 0.95 });
  }
  const only = column.words.find((word) => !word.optional);
  if (only !== undefined && only.lower.length >= 2 && only.lower.length <= 5) {
    const to = matchInitials(tokens, from, only.lower);
    if (to !== undefined) spanAt(spans, from, to).columns.push({ column, score: 0.93 });
  }
}

/** "no" of `room_no`, "on" of `sold_on`: by themselves they name nothing. */
function isGlue(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens
    .slice(from, to)
    .every((token) => /^(?:no|on|in|at|to|by|of|is|has|for|and|or|out|up|off)$/.test(token.lower));
}

/** The end of a run of words whose initials spell the abbreviation ("miles per gallon" for "mpg"). */
function matchInitials(tokens: readonly Token[], from: number, letters: string): number | undefined {
  for (let i = 0; i < letters.length; i++) {
    const token = tokens[from + i];
    if (token?.kind !== "word" || token.lower[0] !== letters[i] || token.lower.length < 2) return undefined;
    if (isStopWord(token.lower) && !/^(?:of|per|and|the|in|to|at|on|by|for|number)$/.test(token.lower))
      return undefined;
  }
  return from + letters.length >= from + 3 ||
    (letters.length === 2 && !isStopWord(tokens[from]?.lower ?? "") && !isStopWord(tokens[from + 1]?.lower ?? ""))
    ? from + letters.length
    : undefined;
}

interface NameMatch {
  to: number;
  score: number;
}

/** Every way a run of tokens from `from` on may name something called by `words` (in any order), with the table's words before it. */
function matchName(
  tokens: readonly Token[],
  from: number,
  words: readonly NameWord[],
  tableWords: readonly NameWord[],
  matcher: WordMatcher,
): NameMatch[] {
  const found: NameMatch[] = [];
  const used = new Set<NameWord>();
  const required = words.filter((word) => !word.optional).length;
  let quality = 0;
  let count = 0;
  let requiredCount = 0;
  let fromTable = 0;
  for (let at = from; at < tokens.length && at < from + LONGEST; at++) {
    const token = tokens[at];
    if (token === undefined || token.kind === "quote" || token.column !== undefined) break;
    // "customers since 2020": when, whatever `customer_since` is.
    if (/^(?:since|until|from)$/.test(token.lower) && tokens[at + 1]?.kind === "figure") break;
    if (/^(of|the)$/.test(tokens[at - 1]?.lower ?? "") && at > from && matcher.namesTable(token)) break;
    let best: NameWord | undefined;
    let bestQuality = 0;
    for (const word of words) {
      if (used.has(word)) continue;
      const q = matcher.match(token, word) - (word.optional ? 0.02 : 0);
      if (q > bestQuality) [best, bestQuality] = [word, q];
    }
    const joined =
      best === undefined || bestQuality < 0.9 ? matchJoined(token, tokens[at + 1], words, used) : undefined;
    if (joined !== undefined) {
      used.add(joined);
      quality += 0.97;
      count++;
      if (!joined.optional) requiredCount++;
      at++;
    } else if (best !== undefined) {
      used.add(best);
      quality += bestQuality;
      count++;
      if (!best.optional) requiredCount++;
      if (requiredCount > 0 && fromTable > 0 && (isParticiple(token.lower) || token.lower.endsWith("ing"))) break;
    } else if (count === 0 && tableWords.some((word) => !used.has(word) && matcher.match(token, word) >= 0.85)) {
      const word = tableWords.find((candidate) => !used.has(candidate) && matcher.match(token, candidate) >= 0.85);
      if (word !== undefined) used.add(word);
      fromTable++;
      continue;
    } else if (at > from && INNER.has(token.lower) && at + 1 < tokens.length && count > 0) {
      continue;
    } else break;
    if (requiredCount === 0) continue;
    // "rides end at the zoo": where they end.
    if (at > from && /^(?:at|on)$/.test(token.lower) && /^(?:the|an?|our)$/.test(tokens[at + 1]?.lower ?? "")) continue;
    const coverage = requiredCount / Math.max(required, 1);
    const score =
      (quality / count) * (coverage >= 1 ? 1 : coverage > 0.5 ? coverage + 0.05 : coverage) +
      (count > requiredCount ? 0.015 : 0) +
      (fromTable > 0 ? 0.02 : 0);
    found.push({ to: at + 1, score });
  }
  return found;
}

function matchJoined(
  token: Token,
  next: Token | undefined,
  words: readonly NameWord[],
  used: ReadonlySet<NameWord>,
): NameWord | undefined {
  if (next?.kind !== "word" || token.kind !== "word") return undefined;
  const stem = stemWord(token.lower + next.lower);
  const phrasal = stemWord(token.stem + next.lower);
  return words.find(
    (word) =>
      !used.has(word) &&
      (word.stem === stem ||
        word.stem === phrasal ||
        (stem.length >= 7 && word.stem.startsWith(stem) && word.stem.length - stem.length <= 3)),
  );
}
