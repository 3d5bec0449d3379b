/** Says in plainer words what a question says in passing ("late", "half an hour", "out of stock"), where the tables bear it out. */
import { areComparable, isPlanned, kinship } from "./counterparts.ts";
import { spellDifferences } from "./differences.ts";
import { spellDurations } from "./durations.ts";
import { spellIdioms } from "./idioms.ts";
import { spellOpposites } from "./opposites.ts";
import { holdsPeople } from "./people.ts";
import type { Column, Schema } from "./schema.ts";
import { nameClients, spellWords } from "./spelling.ts";
import { type Token, tokenize } from "./tokens.ts";
import { stemWord } from "./words.ts";

/** The words of a question, those that stand for a comparison or a figure spelt out. */
export function readTokens(question: string, schema: Schema): readonly Token[] {
  let tokens: readonly Token[] = tokenize(question);
  for (const rule of [
    spellWords,
    nameClients,
    spellIdioms,
    spellDurations,
    spellDifferences,
    spellAges,
    spellTimes,
    spellHalves,
    spellRanges,
    spellStock,
    spellDelays,
    spellPunctuality,
    spellOverdue,
    spellEndings,
    quoteLetters,
    nameRows,
  ])
    tokens = rule(tokens, schema);
  return spellOpposites(tokens, schema);
}

function words(text: string): Token[] {
  return tokenize(text).map((token) => ({ ...token, first: false, capital: false }));
}

function splice(tokens: readonly Token[], at: number, length: number, text: string): Token[] {
  return [...tokens.slice(0, at), ...words(text), ...tokens.slice(at + length)];
}

function says(tokens: readonly Token[], at: number, ...expected: RegExp[]): boolean {
  return expected.every((pattern, i) => pattern.test(tokens[at + i]?.lower ?? ""));
}

/** "starts with A", "contains the letter x": the letter itself, and no article. */
function quoteLetters(tokens: readonly Token[]): readonly Token[] {
  return tokens.map((token, at) => {
    const named =
      says(tokens, at - 1, /^letters?$/) || says(tokens, at - 2, /^(?:start|begin|end)(?:s|ing)?$/, /^(?:with|in)$/);
    const isLast = tokens[at + 1]?.kind !== "word" || says(tokens, at + 1, /^(?:and|or)$/);
    return named && isLast && token.kind === "word" && /^\p{L}$/u.test(token.text)
      ? { ...token, kind: "quote" }
      : token;
  });
}

/** "rows from Spain", "records with a rating above 4": of the only table there is. */
function nameRows(tokens: readonly Token[], { tables, columns }: Schema): readonly Token[] {
  const [table, ...others] = tables;
  const name = table?.name.replaceAll("_", " ") ?? "";
  if (others.length > 0 || !/^[a-z ]+$/i.test(name)) return tokens;
  const at = tokens.findIndex(({ lower }) => /^(?:rows|records|entries|observations)$/.test(lower));
  const isNamed = columns.some((column) => column.words.some((word) => word.stem === tokens[at]?.stem));
  if (at < 0 || isNamed || says(tokens, at - 1, /^(?:many|of)$/)) return tokens;
  return splice(tokens, at, 1, name);
}

const SCALES = /^(?:million|billion|thousand|hundred|dozen)$/;
const SPANS = /^(?:hour|minute|second|day|week|month|year|kilo|mile|meter|metre)$/;

/** "half an hour", "half a million", "longer than an hour": figures. */
function spellHalves(tokens: readonly Token[]): readonly Token[] {
  for (let at = 0; at < tokens.length; at++) {
    if (!says(tokens, at, /^half$/, /^an?$/)) {
      if (says(tokens, at, /^(?:than|over|least)$/, /^an?$/, SPANS)) return splice(tokens, at + 1, 1, "1");
      continue;
    }
    const unit = tokens[at + 2]?.lower ?? "";
    if (SCALES.test(unit)) return splice(tokens, at, 2, "0.5");
    if (unit === "hour") return splice(tokens, at, 3, "30 minutes");
    if (unit === "year") return splice(tokens, at, 3, "6 months");
    if (unit === "day") return splice(tokens, at, 3, "12 hours");
  }
  return tokens;
}

/** "salary range by title": the lowest and the highest. */
function spellRanges(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex((token) => /^ranges?$/.test(token.lower));
  if (at < 0 || schema.columns.some((column) => column.words.some((word) => word.stem === tokens[at]?.stem)))
    return tokens;
  const measured = (token: Token | undefined): boolean =>
    schema.columns.some((column) => column.numeric && column.words.some((word) => word.stem === token?.stem));
  if (says(tokens, at + 1, /^of$/)) {
    const from = says(tokens, at - 1, /^the$/) ? at - 1 : at;
    return splice(tokens, from, at + 2 - from, "minimum and maximum");
  }
  let from = at;
  while (from > 0 && measured(tokens[from - 1])) from--;
  if (from === at) return tokens;
  const name = tokens.slice(from, at);
  return [...tokens.slice(0, from), ...words("minimum and maximum"), ...name, ...tokens.slice(at + 1)];
}

/** "out of stock": none is left. */
function spellStock(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    (_, i) =>
      says(tokens, i, /^(?:out|sold)$/, /^(?:of|out)$/) &&
      (says(tokens, i + 1, /^out$/) || says(tokens, i + 2, /^stock$/)),
  );
  if (at < 0) return tokens;
  const [column, ...others] = schema.columns.filter(
    ({ numeric, words: own }) => numeric && own.some((word) => /^(?:stock|inventory|hand)$/.test(word.lower)),
  );
  if (column === undefined || others.length > 0) return tokens;
  const length = says(tokens, at + 1, /^out$/) ? 2 : 3;
  return splice(tokens, at, length, `with ${spoken(column)} equal to 0`);
}

/** "more than 30 minutes late": a delay that is longer than that. */
function spellDelays(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    (token, i) => /^(?:late|delayed)$/.test(token.lower) && SPANS.test((tokens[i - 1]?.lower ?? "").replace(/s$/, "")),
  );
  const figure = tokens
    .slice(Math.max(0, at - 2), at)
    .findIndex(({ kind, lower }) => kind === "figure" || lower === "1");
  const [column, ...others] = schema.columns.filter(
    ({ numeric, words: own }) => numeric && own.some((word) => /^(?:delay|late|lateness)$/.test(word.lower)),
  );
  if (at < 0 || figure < 0 || column === undefined || others.length > 0) return tokens;
  const name = column.words.find((word) => !word.optional)?.lower ?? spoken(column);
  let from = at - 2;
  while (
    from > 0 &&
    /^(?:more|less|than|at|least|most|over|under|by|were|was|is|are|depart\w*|arriv\w*|left)$/.test(
      tokens[from - 1]?.lower ?? "",
    )
  )
    from--;
  const compared = tokens
    .slice(from, at)
    .filter((token) => !/^(?:by|were|was|is|are|depart\w*|arriv\w*|left)$/.test(token.lower));
  return [...tokens.slice(0, from), ...words(`with ${name}`), ...compared, ...tokens.slice(at + 1)];
}

/** "arrived late", "late orders", "on time": what became of a date, held against what was planned. */
function spellPunctuality(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex(
    (_, i) =>
      (says(tokens, i, /^(?:late|early)$/) && !says(tokens, i + 1, /^(?:than|in|on)$/)) ||
      says(tokens, i, /^on$/, /^time$/),
  );
  const said = tokens[at]?.lower;
  if (said === undefined) return tokens;
  const known = new Set(schema.columns.flatMap((column) => column.words.map((word) => word.lower)));
  if (said === "on" ? schema.values.has("on time") : known.has(said) || schema.values.has(said)) return tokens;
  if (SPANS.test((tokens[at - 1]?.lower ?? "").replace(/s$/, ""))) return tokens;
  const length = said === "on" ? 2 : 1;
  const comparison = said === "late" ? "later than" : said === "early" ? "earlier than" : "no later than";
  const pair = findPair(tokens, schema);
  if (pair === undefined) return tokens;
  const clause = `whose ${spoken(pair.actual)} is ${comparison} ${spoken(pair.planned)}`;
  return sayOfRows(tokens, at, length, clause, pair, schema);
}

/** "overdue invoices", "past due": what was planned is over and has not come about. */
function spellOverdue(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const at = tokens.findIndex((token, i) => token.lower === "overdue" || says(tokens, i, /^past$/, /^due$/));
  if (at < 0 || schema.values.has("overdue")) return tokens;
  if (schema.columns.some((column) => column.words.some((word) => word.lower === "overdue"))) return tokens;
  const pair = findPair(tokens, schema);
  if (pair === undefined) return tokens;
  const clause = `whose ${spoken(pair.planned)} is before today and whose ${spoken(pair.actual)} is missing`;
  return sayOfRows(tokens, at, tokens[at]?.lower === "past" ? 2 : 1, clause, pair, schema);
}

/** "how old are the students": their age. */
function spellAges(tokens: readonly Token[], { columns }: Schema): readonly Token[] {
  const at = tokens.findIndex((_, i) => says(tokens, i, /^how$/, /^old$/, /^(?:is|are|was|were)$/));
  if (at < 0 || !columns.some((column) => column.numeric && column.words.some((word) => word.lower === "age")))
    return tokens;
  const rest = tokens.slice(at + 3);
  const average = rest.findIndex((_, i) => says(rest, i, /^on$/, /^average$/));
  const whose = average < 0 ? rest : [...rest.slice(0, average), ...rest.slice(average + 2)];
  return [...tokens.slice(0, at), ...words(average < 0 ? "age of" : "average age of"), ...whose];
}

/** "more than once", "nobody takes": figures, and what never happens. */
function spellTimes(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token, at) => {
    if (/^(?:once|twice|thrice)$/.test(token.lower) && says(tokens, at - 1, /^(?:than|least|most|exactly|just|only)$/))
      return words(`${token.lower === "once" ? 1 : token.lower === "twice" ? 2 : 3} times`);
    if (token.lower === "nobody") return words("never");
    return [token];
  });
}

/** Puts a clause in the place of an adjective or of what is said with a verb: behind the rows it speaks of. */
function sayOfRows(
  tokens: readonly Token[],
  at: number,
  length: number,
  clause: string,
  pair: Pair,
  schema: Schema,
): readonly Token[] {
  const next = tokens[at + length];
  const named = schema.tables.some((table) => table.words.some((word) => word.stem === next?.stem));
  if (named && next !== undefined)
    return [...tokens.slice(0, at), next, ...words(clause), ...tokens.slice(at + length + 1)];
  let from = at;
  while (from > 0 && isMotion(tokens[from - 1], pair.actual)) from--;
  return splice(tokens, from, at + length - from, clause);
}

/** "were delivered", "arrived": the verb that what became of the date already says. */
function isMotion(token: Token | undefined, actual: Column): boolean {
  if (token === undefined) return false;
  return (
    /^(?:is|are|was|were|be|been|arriv\w*|c[ao]mes?|deliver\w*|left|leave|depart\w*|r[ua]n)$/.test(token.lower) ||
    actual.words.some((word) => word.stem === token.stem)
  );
}

interface Pair {
  actual: Column;
  planned: Column;
}

/** The one pair of dates of which one was planned; of several, the one the question names. */
function findPair(tokens: readonly Token[], schema: Schema): Pair | undefined {
  const pairs = schema.columns.flatMap((planned): Pair[] => {
    if (!planned.temporal || !isPlanned(planned)) return [];
    const rated = planned.table.columns
      .filter((actual) => areComparable(actual, planned) && !isPlanned(actual))
      .map((actual) => ({ actual, planned, score: kinship(planned, actual) }))
      .sort((a, b) => b.score - a.score);
    const [best, next] = rated;
    return best === undefined || best.score < 1 || next?.score === best.score ? [] : [best];
  });
  const said = new Set(tokens.map((token) => token.stem));
  const named = pairs.filter(({ actual, planned }) =>
    [...actual.words, ...planned.words, ...planned.table.words].some((word) => said.has(word.stem)),
  );
  const [only, ...others] = pairs.length === 1 ? pairs : named;
  return others.length > 0 ? undefined : only;
}

function spoken(column: Column): string {
  return column.words.map((word) => word.lower).join(" ");
}

const LEFT = /^(?:left|quit|resigned|churned|cancell?ed|terminated|unsubscribed)$/;
const ENDS = new Set(
  "terminate terminated termination left leave exit cancel cancelled cancellation churn churned quit resign ended"
    .split(" ")
    .map(stemWord),
);
const TIMES = /^(?:in|after|before|since|during|between|last|this|until)$/;

/** "left in 2024", "still with the company": the date on which something ended, or the flag that says that it did. */
function spellEndings(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const still = tokens.findIndex(
    (_, i) =>
      says(tokens, i, /^still$/, /^(?:with|at|here|employed|working|members?|subscribed)$/) ||
      says(tokens, i, /^still$/, /^an?$/, /^(?:members?|customers?|subscribers?)$/),
  );
  const left = tokens.findIndex((token) => LEFT.test(token.lower));
  const at = still >= 0 ? still : left;
  if (at < 0) return tokens;
  const ends = schema.columns.filter(
    (column) =>
      ((column.temporal && (column.info.nulls ?? 0) > 0) || column.flag !== undefined) &&
      column.words.some((word) => ENDS.has(word.stem)),
  );
  const said = new Set(tokens.map((token) => token.stem));
  const named = ends.filter(({ table }) => table.words.some((word) => said.has(word.stem)));
  const [end, ...others] = named.length > 0 ? named : ends;
  const before = tokens.slice(0, at);
  if (end === undefined || others.length > 0) return tokens;
  if (still >= 0) {
    const rest = tokens.slice(at + 1);
    const skipped = rest.findIndex(
      (token, i) => i > 0 && !/^(?:the|our|this|an?|company|firm|us|here|for|members?|customers?)$/.test(token.lower),
    );
    const after = skipped < 0 ? [] : rest.slice(skipped);
    return [
      ...before,
      ...words(end.flag === undefined ? `whose ${spoken(end)} is missing` : `not ${spoken(end)}`),
      ...after,
    ];
  }
  const after = tokens.slice(at + 1);
  const ofPeople = /^(?:left|quit|resigned)$/.test(tokens[at]?.lower ?? "");
  if (ofPeople && !holdsPeople(end.table)) return tokens;
  if (tokens[at] === undefined || end.words.some((word) => word.stem === tokens[at]?.stem)) return tokens;
  if (schema.values.has(tokens[at].lower) || /^(?:from|to|for|over)$/.test(after[0]?.lower ?? "")) return tokens;
  if (end.flag !== undefined) return [...before, ...words(spoken(end)), ...after];
  const timed = TIMES.test(after[0]?.lower ?? "");
  return [...before, ...words(timed ? `with ${spoken(end)}` : `whose ${spoken(end)} is known`), ...after];
}
