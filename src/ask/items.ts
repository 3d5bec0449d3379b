/** Turns tokens into typed items: the best cover of the question by operations, names, values, numbers and periods. */
import { type FoundPeriod, matchPeriod, type Period } from "./dates.ts";
import { addGrades, addNumbers } from "./figures.ts";
import { linkSchema } from "./linking.ts";
import { matchPhrases, type Operation } from "./phrases.ts";
import { isPersonWord, isStopWord } from "./plain-words.ts";
import type { Schema } from "./schema.ts";
import { best, type Span } from "./spans.ts";
import type { Token } from "./tokens.ts";
import type { CellValue } from "./types.ts";

export interface Place {
  /** A word was left out between this item and the one before it. */
  gap?: boolean;
  /** Token range, `to` exclusive. */
  from: number;
  to: number;
  text: string;
}

export type Item = Place &
  (
    | { type: "op"; operation: Operation; span?: Span }
    | { type: "name"; span: Span }
    | { type: "value"; span: Span }
    | {
        type: "number";
        value: number;
        percent: boolean;
        ordinal: boolean /** The factor of a word such as "million". */;
        scale: number;
        span?: Span;
      }
    | { type: "period"; period: Period; span?: Span }
    | { type: "quote"; span?: Span }
    | { type: "grade"; adjective: string; degree: "plain" | "more" | "most"; dir: "asc" | "desc"; span?: Span }
    | { type: "proper" }
    | { type: "word"; lower: string; content: boolean; person: boolean }
  );

const DROPPED = new Set(
  "a an the please me us we our i you your my done can could would should will shall may might must also so very too there here then all kindly plz pls thx thanks hey hi hello want wants let's just-".split(
    " ",
  ),
);

export interface Option {
  to: number;
  weight: number;
  item: Item | undefined;
}

/** Covers the tokens with items so that the sum of their weights is greatest; words that mean nothing here are left out. */
export function coverQuestion(tokens: readonly Token[], schema: Schema, now: Date): Item[] {
  const spans = linkSchema(tokens, schema);
  const bySpan = new Map<number, Span[]>();
  for (const span of spans) bySpan.set(span.from, [...(bySpan.get(span.from) ?? []), span]);
  const lowers = tokens.map((token) => (token.kind === "quote" ? "\u0000" : token.lower));
  const weights: number[] = new Array<number>(tokens.length + 1).fill(0);
  const choice: (Option | undefined)[] = new Array<Option | undefined>(tokens.length);
  for (let at = tokens.length - 1; at >= 0; at--) {
    let top: Option | undefined;
    let topWeight = Number.NEGATIVE_INFINITY;
    for (const option of listOptions(tokens, lowers, at, bySpan.get(at) ?? [], now, schema)) {
      const weight = option.weight + (weights[option.to] ?? 0);
      if (weight > topWeight) [top, topWeight] = [option, weight];
    }
    choice[at] = top;
    weights[at] = topWeight;
  }
  const items: Item[] = [];
  let gap = false;
  for (let at = 0; at < tokens.length; ) {
    const option = choice[at];
    if (option?.item !== undefined) {
      const item = withAlternative(option.item, bySpan.get(at) ?? []);
      items.push(gap ? { ...item, gap } : item);
      gap = false;
    } else if (tokens[at]?.kind !== "mark") gap = true;
    at = option?.to ?? at + 1;
  }
  return items;
}

/** An operation or number that may also be a name keeps the name beside it ("average" where a column is called so). */
function withAlternative(item: Item, spans: readonly Span[]): Item {
  if (item.type === "name" || item.type === "value" || item.type === "word" || item.type === "proper") return item;
  const same = spans.find((span) => span.to === item.to && best(span) >= (item.type === "op" ? 0.8 : 0.5));
  return same === undefined ? item : { ...item, span: same };
}

function listOptions(
  tokens: readonly Token[],
  lowers: readonly string[],
  at: number,
  spans: readonly Span[],
  now: Date,
  schema: Schema,
): Option[] {
  const token = tokens[at];
  if (token === undefined) return [];
  const place = (to: number): Place => ({
    from: at,
    to,
    text: tokens
      .slice(at, to)
      .map((t) => t.text)
      .join(" ")
      .replace(/ 's\b/g, "'s"),
  });
  const options: Option[] = [];
  for (const { length, operations } of matchPhrases(lowers, at)) {
    const next = tokens[at + length];
    const isGlue = operations[0]?.op === "postCompare" && token.lower === "and" && next?.kind === "figure";
    const operation = isGlue ? undefined : pickOperation(operations, at, tokens);
    if (operation !== undefined)
      options.push({
        to: at + length,
        weight: (/^(aggregate|superlative|count)$/.test(operation.op) ? 1.17 : 1.12) * length + 0.1 * (length - 1),
        item: { ...place(at + length), type: "op", operation },
      });
  }
  for (const span of spans) {
    const named = Math.max(0, ...span.columns.map((link) => link.score), ...span.tables.map((link) => link.score));
    const known = Math.max(0, ...span.values.map((link) => link.score));
    const length = span.to - span.from;
    const rival =
      length === 1 &&
      named >= 0.98 &&
      /^(share|percentage|ratio|growth|distribution|trend|rank|order)s?$/.test(token.lower)
        ? 0.12
        : 0;
    if (token.kind !== "quote" && named > 0)
      options.push({
        to: span.to,
        weight: nameWeight(named, length, lowers[span.to - 1] ?? "") + rival,
        item: { ...place(span.to), type: "name", span },
      });
    if (token.kind !== "quote" && known > 0)
      options.push({
        to: span.to,
        weight: valueWeight(tokens, span, known),
        item: { ...place(span.to), type: "value", span },
      });
    if (token.kind === "quote")
      options.push({ to: at + 1, weight: 2, item: { ...place(at + 1), type: "quote", span } });
  }
  if (token.kind === "quote") options.push({ to: at + 1, weight: 1.9, item: { ...place(at + 1), type: "quote" } });
  const period = matchPeriod(tokens, at, now);
  const isValue = period?.period.weekdays !== undefined && spans.some((span) => span.values.length > 0);
  if (period !== undefined && !isValue)
    options.push({
      to: at + period.length,
      weight: periodWeight(period),
      item: { ...place(at + period.length), type: "period", period: period.period },
    });
  addNumbers(tokens, at, place, options);
  addGrades(tokens, at, place, options);
  options.push(plainOption(token, at, place, tokens, schema));
  return options;
}

function nameWeight(score: number, length: number, last: string): number {
  return (
    (score >= 0.6 ? 1.2 * score : 0.9 * score) * length -
    0.05 +
    (score >= 0.9 && length >= 2 && /^(number|numbers|count|counts|total|average)$/.test(last) ? 0.3 : 0)
  );
}

function valueWeight(tokens: readonly Token[], span: Span, score: number): number {
  const length = span.to - span.from;
  if (length === 1 && score >= 1 && describesRows(tokens, span)) return 1.3;
  const capital = tokens.slice(span.from, span.to).some((token) => token.capital);
  const whole = length > 1 && score >= 0.95;
  return (capital || whole ? 1.3 : 1.1) * score * length - 0.04;
}

/** "annual vs monthly subscriptions": values that describe rows of their table, and no steps of time. */
function describesRows(tokens: readonly Token[], span: Span): boolean {
  if (!/(?:ly|annual|^plus)$/.test(tokens[span.from]?.lower ?? "")) return false;
  const next = tokens[span.to];
  if (/^(?:vs|versus)$/.test(next?.lower ?? "") || /^(?:vs|versus)$/.test(tokens[span.from - 1]?.lower ?? ""))
    return true;
  return span.values.some(({ column }) =>
    [...column.table.words, ...column.words].some((word) => word.stem === next?.stem),
  );
}

function periodWeight(found: FoundPeriod): number {
  return found.period.month !== undefined ? 1.15 : 1.25 * found.length;
}

function pickOperation(operations: readonly Operation[], at: number, tokens: readonly Token[]): Operation | undefined {
  const first =
    at === 0 || /[.?!;:,]/.test(tokens[at - 1]?.text ?? "") || /^(and|or)$/.test(tokens[at - 1]?.lower ?? "");
  if (operations.length === 1) {
    const [only] = operations;
    // "ended in a draw", "draw rate": nothing to be drawn.
    if (
      only?.op === "chart" &&
      tokens[at]?.lower === "draw" &&
      !first &&
      !/^(?:please|me|to|and)$/.test(tokens[at - 1]?.lower ?? "")
    )
      return undefined;
    if (
      only?.op === "chart" &&
      tokens[at]?.lower === "draw" &&
      /^(?:rates?|share|percentage)$/.test(tokens[at + 1]?.lower ?? "")
    )
      return undefined;
    if (at === 0 && only?.op === "have" && tokens[0]?.lower === "who") return undefined;
    if (only?.op === "show" && !first && !/^(list|give|find|show|display|me)$/.test(tokens[at]?.lower ?? ""))
      return /^(please|me|to|also|can|could|you)$/.test(tokens[at - 1]?.lower ?? "") ? only : undefined;
    return only;
  }
  const ask = operations.find((operation) => operation.op === "ask");
  const relative = operations.find((operation) => operation.op === "relative");
  if (ask !== undefined && relative !== undefined)
    return at === 0 || /^([.?!;:,]|show|list|find|tell|me)$/.test(tokens[at - 1]?.lower ?? "") ? ask : relative;
  return operations[0];
}

function plainOption(
  token: Token,
  at: number,
  place: (to: number) => Place,
  tokens: readonly Token[],
  schema: Schema,
): Option {
  if (token.kind === "mark" || DROPPED.has(token.lower)) return { to: at + 1, weight: 0, item: undefined };
  if (
    token.capital &&
    !isStopWord(token.lower) &&
    !schema.tables.some((table) => table.words.some((word) => word.stem === token.stem))
  ) {
    let to = at + 1;
    while (tokens[to]?.capital === true && !isStopWord(tokens[to]?.lower ?? "")) to++;
    return { to: at + 1, weight: 0.1, item: { ...place(at + 1), type: "proper" } };
  }
  return {
    to: at + 1,
    weight: 0,
    item: {
      ...place(at + 1),
      type: "word",
      lower: token.lower,
      content: !isStopWord(token.lower),
      person: isPersonWord(token.lower),
    },
  };
}

/** The text value of a quote or a proper name. */
export function literalOf(item: Item): CellValue {
  return item.text;
}
