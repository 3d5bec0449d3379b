/** How long things take: the time from one moment of a row to another, where a question asks for it. */
import { computedToken, pickPair, plainName, rateColumns } from "./column-words.ts";
import { isPlanned } from "./counterparts.ts";
import { namesPeople } from "./people.ts";
import { isStopWord, isTyingVerb } from "./plain-words.ts";
import type { Column, Computed, Schema, SpanUnit, Table } from "./schema.ts";
import { type Token, tokenize } from "./tokens.ts";
import { WordMatcher } from "./word-matcher.ts";
import { stemWord } from "./words.ts";

/** What begins something that takes its time. */
const STARTS = stems(
  "order ordered created opened issued started start begin began listed placed submitted requested received admitted admission checkin signup joined hire hired reported filed applied application booked registered enrolled posted raised logged pickup departed borrowed loaned rented lent",
);
const SENT = stems("shipped sent dispatched");
/** What ends a thing that has begun, whatever else happens to it. */
const LASTING = stems(
  "ended end finished finish completed closed resolved checkout returned dropoff arrived stopped stop discharged out left exit exited cancel cancelled cancellation expired terminated",
);
const BEGINNING = stems(
  "started start begin began opened checkin departed borrowed loaned rented created pickup in entered entry",
);
const LENGTHS = /^(?:duration|length|runtime|minutes?|mins?|hours?|hrs?|seconds?|secs?|days|nights|elapsed)$/;

const UNITS: Record<string, SpanUnit> = {
  second: "second",
  minute: "minute",
  min: "minute",
  hour: "hour",
  hr: "hour",
  day: "day",
  week: "week",
  month: "month",
  year: "year",
};

function stems(words: string): ReadonlySet<string> {
  return new Set(words.split(" ").map(stemWord));
}

function saysOneOf({ words }: Column, among: ReadonlySet<string>): boolean {
  return words.some((word) => among.has(word.stem));
}

const isMoment = ({ temporal }: Column): boolean => temporal;

/** Days between days, minutes between moments. */
function plainUnit(left: Column, right: Column): SpanUnit {
  return left.type === "date" || right.type === "date" ? "day" : "minute";
}

function momentsOf(table: Table): Column[] {
  return table.columns.filter((column) => column.temporal && !isPlanned(column));
}

/** Whether a column of numbers holds how long the rows themselves last ("duration_minutes", "nights"), and not a part of it. */
function isDuration({ numeric, words, table }: Column): boolean {
  const own = new Set(table.words.map((word) => word.stem));
  return (
    numeric &&
    (words.some((word) => /^(?:duration|length|runtime|elapsed)$/.test(word.lower)) ||
      words.every((word) => LENGTHS.test(word.lower) || own.has(word.stem)))
  );
}

/** From the one start to the one end that the rows of a table have, where no column holds how long they last. */
export function findDuration(table: Table): Computed | undefined {
  if (table.columns.some((column) => isDuration(column))) return undefined;
  const moments = momentsOf(table);
  const [end, ...ends] = moments.filter((column) => saysOneOf(column, LASTING));
  const [start, ...starts] = moments.filter((column) => column !== end && saysOneOf(column, BEGINNING));
  if (start === undefined || end === undefined || starts.length + ends.length > 0) return undefined;
  return { op: "span", unit: plainUnit(start, end), left: start, right: end };
}

/** The moment from which it takes its time until the given one: the last thing before it that begins something. */
function findStart(end: Column): Column | undefined {
  if (isPlanned(end)) return undefined;
  const at = end.table.columns.indexOf(end);
  const before = momentsOf(end.table).filter((column) => column !== end && !/birth|dob/i.test(column.name));
  const earlier = before.filter((column) => end.table.columns.indexOf(column) < at);
  const starts = before.filter((column) => saysOneOf(column, STARTS));
  const among = starts.length > 0 ? starts : before.filter((column) => saysOneOf(column, SENT));
  return among.length <= 1 ? among[0] : among.filter((column) => earlier.includes(column)).at(-1);
}

/** Puts in place of the words that ask for a time the column that would hold it. */
export function spellDurations(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const matcher = new WordMatcher(schema);
  return (
    spellBetween(tokens, schema, matcher) ??
    spellWithin(tokens, schema, matcher) ??
    spellTimeTo(tokens, schema, matcher) ??
    spellTimeOf(tokens, schema, matcher) ??
    spellHowLong(tokens, schema) ??
    tokens
  );
}

const LEAD =
  /^(?:time|times|days?|hours?|minutes?|seconds?|weeks?|months?|years?|duration|delay|gap|lag|difference|long|period|interval)$/;

/** "average time between order and delivery", "days from signup to first order", "how long between listing and sale". */
function spellBetween(tokens: readonly Token[], schema: Schema, matcher: WordMatcher): Token[] | undefined {
  for (const [lead, token] of tokens.entries()) {
    if (!LEAD.test(token.lower)) continue;
    let open = lead + 1;
    while (
      /^(?:in|days?|hours?|minutes?|weeks?|taken|passes|passed|elapsed|is|there|it|takes?|does|do|the|was)$/.test(
        lowerAt(tokens, open),
      )
    )
      open++;
    const opening = lowerAt(tokens, open);
    if (opening !== "between" && opening !== "from") continue;
    const glue = tokens.findIndex(
      (other, at) =>
        at > open + 1 && (opening === "between" ? /^(?:and|to|until)$/ : /^(?:to|until|till)$/).test(other.lower),
    );
    if (glue < 0) continue;
    const from = rateColumns(isMoment, tokens.slice(open + 1, glue), schema, matcher);
    for (let to = Math.min(tokens.length, glue + 5); to > glue + 1; to--) {
      const until = rateColumns(isMoment, tokens.slice(glue + 1, to), schema, matcher);
      const pair = pickPair(from, until);
      if (pair === undefined) continue;
      const said = tokens.slice(lead, open).map(({ lower }) => UNITS[lower.replace(/s$/, "")]);
      const how = /^how$/.test(lowerAt(tokens, lead - 1)) && token.lower === "long";
      const span = spanToken(
        pair.left,
        pair.right,
        said.find((unit) => unit !== undefined),
      );
      return [...tokens.slice(0, how ? lead - 1 : lead), ...(how ? plain("average") : []), span, ...tokens.slice(to)];
    }
  }
  return undefined;
}

/** "time to pay", "how long does it take to settle a claim": up to what the verb says, from what began before. */
function spellTimeTo(tokens: readonly Token[], schema: Schema, matcher: WordMatcher): Token[] | undefined {
  for (const [at, token] of tokens.entries()) {
    if (!/^(?:time|days|hours|long|takes?|taken|took|needed|needs?)$/.test(token.lower)) continue;
    if (!/^(?:to|until|till)$/.test(lowerAt(tokens, at + 1))) continue;
    const verb = /^(?:get|be)$/.test(lowerAt(tokens, at + 2)) ? at + 3 : at + 2;
    const end = momentOf(tokens[verb], schema, matcher);
    if (end === undefined) continue;
    const asked = tokens.findIndex((other, i) => other.lower === "how" && lowerAt(tokens, i + 1) === "long");
    const span = spanToken(end.left, end.right, UNITS[token.lower.replace(/s$/, "")]);
    if (asked < 0)
      return /^(?:time|days|hours)$/.test(token.lower)
        ? [...tokens.slice(0, at), span, ...tokens.slice(verb + 1)]
        : undefined;
    const rest = [...tokens.slice(asked + 2, at), ...tokens.slice(verb + 1)].filter(
      ({ lower }) => !AUXILIARY.test(lower),
    );
    return [...tokens.slice(0, asked), ...plain("average"), span, ...withOwner(rest)];
  }
  return undefined;
}

/** "shipped within 3 days", "took more than a week to settle", "closed the same day": how long it took. */
function spellWithin(tokens: readonly Token[], schema: Schema, matcher: WordMatcher): Token[] | undefined {
  for (const [at, token] of tokens.entries()) {
    const unit = UNITS[lowerAt(tokens, at + 1).replace(/s$/, "")];
    if ((token.kind === "figure" || /^(?:one|an?)$/.test(token.lower)) && unit !== undefined) {
      const figure = token.kind === "figure" ? [token] : plain("1");
      const within = lowerAt(tokens, at - 1) === "within" ? momentOf(tokens[at - 2], schema, matcher) : undefined;
      if (within !== undefined)
        return [
          ...tokens.slice(0, at - 2),
          ...plain("with"),
          spanToken(within.left, within.right, unit),
          ...plain("at most"),
          ...figure,
          ...tokens.slice(at + 2),
        ];
      let took = at - 1;
      const compares = /^(?:than|under|over|least|most)$/.test(lowerAt(tokens, at - 1));
      while (/^(?:more|longer|less|fewer|than|over|under|at|least|most)$/.test(lowerAt(tokens, took))) took--;
      // "approved in less than 10 days"
      const isIn = compares && lowerAt(tokens, took) === "in";
      const done = isIn ? momentOf(tokens[took - 1], schema, matcher) : undefined;
      if (done !== undefined)
        return [
          ...tokens.slice(0, took - 1),
          ...plain("with"),
          spanToken(done.left, done.right, unit),
          ...tokens.slice(took + 1, at),
          ...figure,
          ...tokens.slice(at + 2),
        ];
      if (!/^(?:took|takes?|taken|taking|needed)$/.test(lowerAt(tokens, took)) || lowerAt(tokens, at + 2) !== "to")
        continue;
      const verb = lowerAt(tokens, at + 3) === "be" ? at + 4 : at + 3;
      const end = momentOf(tokens[verb], schema, matcher);
      if (end === undefined) continue;
      const compared = tokens
        .slice(took + 1, at)
        .map((word) => (word.lower === "longer" ? { ...word, text: "more", lower: "more", stem: "more" } : word));
      return [
        ...tokens.slice(0, took),
        ...plain("with"),
        spanToken(end.left, end.right, unit),
        ...compared,
        ...figure,
        ...tokens.slice(verb + 1),
      ];
    }
    if (token.lower === "same" && lowerAt(tokens, at + 1) === "day") {
      let verb = at - 1;
      while (/^(?:on|the)$/.test(lowerAt(tokens, verb))) verb--;
      const end = momentOf(tokens[verb], schema, matcher);
      if (end === undefined || plainUnit(end.left, end.right) !== "day") continue;
      return [
        ...tokens.slice(0, verb),
        ...plain("with"),
        spanToken(end.left, end.right),
        ...plain("equal to 0"),
        ...tokens.slice(at + 2),
      ];
    }
  }
  return undefined;
}

const AUXILIARY =
  /^(?:do|does|did|is|was|it|us|them|we|they|has|have|to|a|an|the|on|average|usually|typically|take|takes|took)$/;

/** "delivery time", "shipping time by region", "how long does shipping take": what ends gives its name to the time that it takes. */
function spellTimeOf(tokens: readonly Token[], schema: Schema, matcher: WordMatcher): Token[] | undefined {
  for (const [at, token] of tokens.entries()) {
    const isNoun = /^(?:times?|durations?)$/.test(lowerAt(tokens, at + 1)) && token.kind === "word";
    const how = /^how$/.test(lowerAt(tokens, at - 3)) && /^long$/.test(lowerAt(tokens, at - 2));
    const isTaking =
      how && /^(?:do|does|did)$/.test(lowerAt(tokens, at - 1)) && /^takes?$/.test(lowerAt(tokens, at + 1));
    if (!isNoun && !isTaking) continue;
    const end = holdsTime(token, schema, matcher) ? undefined : momentOf(token, schema, matcher);
    if (end === undefined) continue;
    const span = spanToken(end.left, end.right);
    if (isNoun) return [...tokens.slice(0, at), span, ...tokens.slice(at + 2)];
    const rest = tokens.slice(at + 2).filter(({ lower }, i) => !(i < 2 && AUXILIARY.test(lower)));
    return [...tokens.slice(0, at - 3), ...plain("average"), span, ...rest];
  }
  return undefined;
}

/** "how long is an average ride", "how long do projects last": their duration. */
function spellHowLong(tokens: readonly Token[], { columns }: Schema): Token[] | undefined {
  const at = tokens.findIndex(({ lower }, i) => lower === "how" && lowerAt(tokens, i + 1) === "long");
  if (at < 0) return undefined;
  const known = columns.filter(({ computed, name }) => computed?.op === "span" && name === "duration");
  const rest = tokens
    .slice(at + 2)
    .filter(
      ({ lower }) =>
        !/^(?:is|are|was|were|do|does|did|an?|the|average|on|last|lasts|lasted|take|takes|usually|typically)$/.test(
          lower,
        ),
    );
  // "how long do customers keep their accounts": what is kept.
  const owner = rest.findIndex((thing) =>
    known.some(({ table }) => table.words.some((word) => word.stem === thing.stem)),
  );
  const isClear = rest
    .slice(0, Math.max(owner, 0))
    .every(({ lower, stem }) => isTyingVerb(lower) || isStopWord(lower) || lower === "keep" || namesPeople(stem));
  return owner >= 0 && isClear
    ? [...tokens.slice(0, at), ...plain("average duration"), ...withOwner(rest.slice(owner))]
    : undefined;
}

function lowerAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.lower ?? "";
}

function plain(text: string): Token[] {
  return tokenize(text).map((token) => ({ ...token, first: false, capital: false }));
}

/** "of rides …", unless what follows leads on by itself ("by region"). */
function withOwner(rest: readonly Token[]): Token[] {
  const [first] = rest;
  const leads =
    first === undefined || first.kind === "mark" || /^(?:by|per|for|in|of|each|from|since|at|on)$/.test(first.lower);
  return leads ? [...rest] : [...plain("of"), ...rest];
}

/** The token that stands for the time from one column to another. */
function spanToken(left: Column, right: Column, unit: SpanUnit = plainUnit(left, right)): Token {
  return computedToken(`${unit}s_from_${plainName(left)}_to_${plainName(right)}`, { op: "span", unit, left, right });
}

/** The one moment that a verb or its noun names, with the one from which it took its time. */
function momentOf(
  token: Token | undefined,
  schema: Schema,
  matcher: WordMatcher,
): { left: Column; right: Column } | undefined {
  if (token === undefined) return undefined;
  const [best, next] = rateColumns(isMoment, [token], schema, matcher).sort((a, b) => b.score - a.score);
  if (best === undefined || (next !== undefined && next.score > best.score - 0.02)) return undefined;
  const left = findStart(best.column);
  return left === undefined ? undefined : { left, right: best.column };
}

/** Whether a column of numbers holds the time itself ("wait" of `wait_seconds`). */
function holdsTime(token: Token, { columns }: Schema, matcher: WordMatcher): boolean {
  return columns.some(
    ({ numeric, words }) =>
      numeric &&
      words.some((word) => matcher.match(token, word) >= 0.8) &&
      words.some((word) => LENGTHS.test(word.lower) || word.lower === "time"),
  );
}
