/** Links stretches of a question to tables, columns and values found in the data, each with a score. */
import { areSynonyms, expandAbbreviation, hasSynonymAtEnd, isStopWord } from "./lexicon.ts";
import { findPlaceForms } from "./places.ts";
import { type Column, type KnownValue, type NameWord, normaliseValue, type Schema, type Table } from "./schema.ts";
import type { Token } from "./tokens.ts";
import type { CellValue } from "./types.ts";
import { isOneEditApart, isParticiple, sharedPrefixLength, stemWord } from "./words.ts";

export interface ColumnLink {
  column: Column;
  score: number;
}

export interface TableLink {
  table: Table;
  score: number;
}

export interface ValueLink {
  column: Column;
  value: CellValue;
  score: number;
}

/** What a stretch of tokens (`from` inclusive, `to` exclusive) may name. */
export interface Span {
  from: number;
  to: number;
  columns: ColumnLink[];
  tables: TableLink[];
  values: ValueLink[];
}

/** Words that may stand inside a name without being part of it ("date of birth", "miles per gallon"). */
const INNER = new Set(["of", "the", "per", "'s", "-", "/"]);
const LONGEST = 6;

/** All spans of a question that name something. */
export function linkSchema(tokens: readonly Token[], schema: Schema): Span[] {
  const spans = new Map<number, Span>();
  const matcher = new WordMatcher(schema);
  for (let from = 0; from < tokens.length; from++) {
    if (tokens[from]?.kind === "mark" && tokens[from]?.text !== "%" && tokens[from]?.text !== "$") continue;
    for (const table of schema.tables) linkTable(tokens, from, table, matcher, spans);
    for (const column of schema.columns) linkColumn(tokens, from, column, matcher, spans);
  }
  for (const span of spans.values()) addShorterReadings(span, spans, tokens);
  linkValues(tokens, schema, spans);
  for (const span of spans.values()) boostByContext(span, tokens, matcher);
  for (const span of spans.values()) prune(span);
  return [...spans.values()].filter((span) => span.columns.length + span.tables.length + span.values.length > 0);
}

/** A name only partly said gains when its other words stand elsewhere in the question ("earned … in the US" for "US Gross"). */
function boostByContext(span: Span, tokens: readonly Token[], matcher: WordMatcher): void {
  for (const link of span.columns) {
    if (link.score >= 0.8) continue;
    const inside = tokens.slice(span.from, span.to);
    const missing = link.column.words.filter(
      (word) => !word.optional && !inside.some((token) => matcher.match(token, word) > 0.5),
    );
    const said = missing.filter((word) =>
      tokens.some((token, at) => (at < span.from || at >= span.to) && matcher.match(token, word) >= 0.88),
    );
    link.score += 0.08 * said.length;
  }
}

/** "car models" names a column of the table of cars, but may as well name what "models" alone does. */
function addShorterReadings(span: Span, spans: ReadonlyMap<number, Span>, tokens: readonly Token[]): void {
  if (span.to - span.from < 2 || span.columns.length === 0 || span.tables.length > 0) return;
  const owned = span.columns.every((link) =>
    link.column.table.words.some((word) => word.stem === tokens[span.from]?.stem),
  );
  const shorter = owned ? spans.get((span.from + 1) * 1000 + span.to) : undefined;
  if (shorter === undefined) return;
  for (const link of shorter.columns)
    if (!span.columns.some((own) => own.column === link.column))
      span.columns.push({ ...link, score: link.score - 0.06 });
  for (const link of shorter.tables) span.tables.push({ ...link, score: link.score - 0.03 });
}

function spanAt(spans: Map<number, Span>, from: number, to: number): Span {
  const key = from * 1000 + to;
  let span = spans.get(key);
  if (span === undefined) {
    span = { from, to, columns: [], tables: [], values: [] };
    spans.set(key, span);
  }
  return span;
}

function linkTable(
  tokens: readonly Token[],
  from: number,
  table: Table,
  matcher: WordMatcher,
  spans: Map<number, Span>,
): void {
  for (const match of matchName(tokens, from, table.words, [], matcher)) {
    if (match.score >= 0.3) spanAt(spans, from, match.to).tables.push({ table, score: match.score });
  }
}

function linkColumn(
  tokens: readonly Token[],
  from: number,
  column: Column,
  matcher: WordMatcher,
  spans: Map<number, Span>,
): void {
  for (const match of matchName(
    tokens,
    from,
    column.words,
    column.table.words.filter((word) => !word.optional),
    matcher,
  )) {
    if (match.score >= 0.3) spanAt(spans, from, match.to).columns.push({ column, score: match.score });
  }
  const token = tokens[from];
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

/** The end of a run of words whose initials spell the abbreviation ("miles per gallon" for "mpg"). */
function matchInitials(tokens: readonly Token[], from: number, letters: string): number | undefined {
  for (let i = 0; i < letters.length; i++) {
    const token = tokens[from + i];
    if (token?.kind !== "word" || token.lower[0] !== letters[i] || token.lower.length < 2) return undefined;
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
    if (token === undefined || token.kind === "quote") break;
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
    } else if (
      requiredCount === required &&
      fromTable === 0 &&
      /^(of|the)$/.test(tokens[at - 1]?.lower ?? "") &&
      tableWords.some((word) => !used.has(word) && matcher.match(token, word) >= 0.85)
    ) {
      fromTable++;
    } else if (at > from && INNER.has(token.lower) && at + 1 < tokens.length && count > 0) {
      continue;
    } else break;
    if (requiredCount === 0) continue;
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
  return words.find(
    (word) =>
      !used.has(word) &&
      (word.stem === stem || (stem.length >= 7 && word.stem.startsWith(stem) && word.stem.length - stem.length <= 3)),
  );
}

/** How well question words match name words, remembered per pair. */
class WordMatcher {
  readonly #scores = new Map<string, number>();
  readonly #known: Set<string>;

  constructor(schema: Schema) {
    this.#known = new Set([...schema.columns, ...schema.tables].flatMap((item) => item.words.map((word) => word.stem)));
  }

  match(token: Token, word: NameWord): number {
    const key = `${token.lower}|${word.lower}`;
    let score = this.#scores.get(key);
    if (score === undefined) {
      score = this.#compare(token, word);
      this.#scores.set(key, score);
    }
    return score;
  }

  #compare(token: Token, word: NameWord): number {
    if (token.lower === word.lower) return 1;
    if (token.kind === "mark" || token.kind === "figure") return 0;
    if (token.stem === word.stem) return 0.98;
    if (expandAbbreviation(word.lower).includes(token.stem) || expandAbbreviation(token.lower).includes(word.stem))
      return 0.9;
    const agentA = stripAgent(token.stem);
    const agentB = stripAgent(word.stem);
    if (agentA.length >= 3 && agentA === agentB) return 0.86;
    if (areSynonyms(token.stem, word.stem)) return 0.85;
    if (token.stem.length >= 5 && word.stem.length >= token.stem.length + 3 && word.stem.endsWith(token.stem))
      return 0.8;
    if (word.stem.length >= 8 && token.stem.length >= 4 && hasSynonymAtEnd(token.stem, word.stem)) return 0.8;
    if (isStopWord(token.lower)) return 0;
    const shorter = Math.min(token.stem.length, word.stem.length);
    const shared = sharedPrefixLength(token.stem, word.stem);
    if (
      shorter >= 4 &&
      shared >= 4 &&
      shared >= shorter - (shorter >= 7 ? 1 : 0) &&
      isSuffix((token.stem.length > word.stem.length ? token.stem : word.stem).slice(shared))
    )
      return 0.8;
    if (
      word.lower.length >= 3 &&
      shared === word.lower.length &&
      token.lower.length >= 7 &&
      !this.#known.has(token.stem)
    )
      return 0.6;
    if (this.#known.has(token.stem) || token.lower.length < 6 || token.capital) return 0;
    if (
      token.lower.slice(0, 2) === word.lower.slice(0, 2) &&
      (isOneEditApart(token.lower, word.lower) || isOneEditApart(token.stem, word.stem))
    )
      return 0.82;
    return 0;
  }
}

/** Whether a word's ending only changes its class ("expect" – "expectancy", "nation" – "national"). */
function isSuffix(ending: string): boolean {
  return /^(?:er|or|ers|ing|ion|tion|ation|ition|ment|ed|d|al|ial|ual|enc|ence|enci|ency|anc|ance|anci|ancy|ent|ant|iv|ive|iti|ity|ness|i|y|li|ly|s|abl|able|ship|ag|age|ist|ism|ize|iz|en|th|t|e|ie|ic|ical|ary|ari|ou|ous|n|an|ian|r|st)?$/.test(
    ending,
  );
}

function stripAgent(stem: string): string {
  return stem.length > 4 ? stem.replace(/(er|or|ion)$/, "") : stem;
}

function linkValues(tokens: readonly Token[], schema: Schema, spans: Map<number, Span>): void {
  for (let from = 0; from < tokens.length; from++) {
    const token = tokens[from];
    if (token === undefined || token.kind === "mark") continue;
    if (token.kind === "quote") {
      addValues(spans, from, from + 1, findValues(schema, normaliseValue(token.text)), 1);
      continue;
    }
    let text = "";
    for (let to = from + 1; to <= tokens.length && to <= from + 9; to++) {
      const last = tokens[to - 1];
      if (last === undefined || last.kind === "quote" || (last.kind === "mark" && /[?;]/.test(last.text))) break;
      text = last.lower === "'s" ? `${text}'s` : `${text} ${last.text}`;
      if (last.kind === "mark") continue;
      linkValueText(tokens, from, to, normaliseValue(text), schema, spans);
    }
  }
  linkPartialValues(tokens, schema, spans);
}

function linkValueText(
  tokens: readonly Token[],
  from: number,
  to: number,
  key: string,
  schema: Schema,
  spans: Map<number, Span>,
): void {
  const single = to === from + 1;
  const token = tokens[from];
  if (single && (token === undefined || token.kind === "figure" || (isStopWord(token.lower) && !token.capital))) return;
  const penalty = single && token !== undefined && key.length <= 2 && token.text !== token.text.toUpperCase() ? 0.5 : 0;
  if (penalty > 0 && key.length === 1) return;
  addValues(spans, from, to, findValues(schema, key), 1 - penalty);
  if (single && isStopWord(token?.lower ?? "")) return;
  const words = key.split(" ");
  const lastWord = words[words.length - 1] ?? "";
  for (const variant of [stemPlural(lastWord), `${lastWord}s`]) {
    if (variant !== lastWord && variant !== "")
      addValues(spans, from, to, findValues(schema, [...words.slice(0, -1), variant].join(" ")), 0.93);
  }
  for (const base of adjectiveBases(lastWord))
    addValues(spans, from, to, findValues(schema, [...words.slice(0, -1), base].join(" ")), 0.9);
  const direct = findValues(schema, key).length > 0;
  for (const form of findPlaceForms(key))
    addValues(spans, from, to, findValues(schema, normaliseValue(form)), direct ? 0.55 : 0.9);
}

/** "rainy" → "rain", "sunny" → "sun". */
function adjectiveBases(word: string): string[] {
  if (word.length < 4 || !word.endsWith("y")) return [];
  const base = word.slice(0, -1);
  return base[base.length - 1] === base[base.length - 2] ? [base, base.slice(0, -1)] : [base];
}

function stemPlural(word: string): string {
  if (word.length < 4) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

function findValues(schema: Schema, key: string): KnownValue[] {
  return schema.values.get(key) ?? [];
}

function addValues(
  spans: Map<number, Span>,
  from: number,
  to: number,
  values: readonly KnownValue[],
  score: number,
): void {
  if (values.length === 0) return;
  const span = spanAt(spans, from, to);
  for (const { column, value } of values) {
    if (!span.values.some((other) => other.column === column && other.value === value))
      span.values.push({ column, value, score });
  }
}

/** Words that stand in few values of one column only ("Ford" for "Ford Motor Company"), and misspelt values. */
function linkPartialValues(tokens: readonly Token[], schema: Schema, spans: Map<number, Span>): void {
  for (let from = 0; from < tokens.length; from++) {
    const token = tokens[from];
    if (token === undefined || token.kind !== "word" || token.lower.length < 4 || isStopWord(token.lower)) continue;
    if (
      [...spans.values()].some(
        (span) => span.from <= from && span.to > from && (span.values.length > 0 || best(span) >= 0.9),
      )
    )
      continue;
    const all = schema.valueWords.get(token.lower) ?? schema.valueWords.get(stemPlural(token.lower)) ?? [];
    const classes = all.filter(
      (holder) => holder.column.category && !holder.column.unique && (holder.column.info.distinct ?? 99) <= 50,
    );
    const holders = classes.length > 0 ? classes : all;
    const columns = new Set(holders.map((holder) => holder.column));
    const free = ![...spans.values()].some((span) => span.from <= from && span.to > from && best(span) > 0.2);
    if (
      columns.size === 1 &&
      holders.length === 1 &&
      (token.capital || token.first || (free && holders[0]?.column.category === true))
    ) {
      addValues(spans, from, from + 1, holders, 0.6);
      continue;
    }
    if (token.lower.length < 6) continue;
    for (const [key, values] of schema.values) {
      if (key[0] === token.lower[0] && !key.includes(" ") && isMisspelt(key, token.lower))
        addValues(spans, from, from + 1, values, 0.75);
    }
  }
}

/** One edit apart, or (for long words) the same but for doubled letters. */
function isMisspelt(a: string, b: string): boolean {
  if (isOneEditApart(a, b)) return true;
  const undoubled = (word: string): string => word.replace(/(.)\1+/g, "$1");
  return Math.min(a.length, b.length) >= 8 && undoubled(a) === undoubled(b);
}

/** The best score of a span's links. */
export function best(span: Span): number {
  let top = 0;
  for (const link of [...span.columns, ...span.tables, ...span.values]) if (link.score > top) top = link.score;
  return top;
}

/** Keeps links near the best of their span. */
function prune(span: Span): void {
  const named = Math.max(0, ...span.columns.map((link) => link.score), ...span.tables.map((link) => link.score));
  const keep = (link: { score: number }): boolean => link.score >= named - 0.5;
  const byScore = (a: { score: number }, b: { score: number }): number => b.score - a.score;
  span.columns = span.columns.filter(keep).sort(byScore).slice(0, 12);
  span.tables = span.tables.filter(keep).sort(byScore).slice(0, 5);
  span.values = span.values.sort(byScore).slice(0, 8);
}
