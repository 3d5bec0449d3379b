/** How sure the planner is of its reading: what it could not place, how weak its links are, what it had to guess. */

import { findUnaccounted } from "./account.ts";
import type { Condition, Frame, Noun } from "./frame.ts";
import { listPhraseWords } from "./phrases.ts";
import { isFiller, isPersonWord, isTyingVerb } from "./plain-words.ts";
import type { Built } from "./resolve/built.ts";
import { multiplies } from "./resolve/context.ts";
import { listVariables } from "./resolve/targets.ts";
import type { Column, Schema, Table } from "./schema.ts";
import { outputQuery } from "./shape.ts";
import { tokenize } from "./tokens.ts";
import { isUnitWord } from "./units.ts";
import { WordMatcher } from "./word-matcher.ts";
import { isOneEditApart, isParticiple, stemWord } from "./words.ts";

export type DoubtKind =
  | "literal"
  | "number"
  | "word"
  | "filler"
  | "verb"
  | "aside"
  | "near"
  | "weak"
  | "weaker"
  | "counted"
  | "lost"
  | "empty"
  | "many";

export interface Doubt {
  kind: DoubtKind;
  text: string;
}

/** A text column with more values than this holds things, not groups of them. */
const MOST_GROUPS = 100;

/** "the rating for customers who churned", where each row has a customer: whose figures they are. */
const namesHolder = (noun: Noun, tables: ReadonlySet<Table>): boolean =>
  noun.columns.some(
    ({ column, score }) =>
      score >= 0.8 && column.type === "string" && (column.info.distinct ?? 0) > MOST_GROUPS && tables.has(column.table),
  );

/** What a doubt takes from a confidence of 1. */
const COST: Record<DoubtKind, number> = {
  literal: 0.6,
  number: 0.5,
  word: 0.26,
  filler: 0.1,
  verb: 0.04,
  aside: 0.28,
  near: 0.1,
  weak: 0.07,
  weaker: 0.14,
  counted: 0.3,
  lost: 0.28,
  empty: 0.5,
  many: 0.1,
};

/** Below this confidence a question is declined. */
export const LEAST_CONFIDENCE = 0.75;

/** The reasons to doubt a reading. */
export function listDoubts(frame: Frame, built: Built, schema: Schema): Doubt[] {
  const doubts: Doubt[] = [];
  const echoes = listEchoes(frame, built, schema);
  for (const text of frame.unplaced) {
    const kind: DoubtKind = /^[\d.,$€£%]+/.test(text)
      ? "number"
      : /^\p{Lu}/u.test(text) || text.includes(" ") || /^(?:vs|versus|un\w+ed)$/i.test(text)
        ? "literal"
        : isDatedVerb(text) && isTimed(frame)
          ? "literal"
          : isTyingVerb(text) && (isParticiple(text) || frame.wishes.length + frame.mentions.length > 0)
            ? "verb"
            : MEASURES.test(text) && frame.wishes.some(({ fn }) => fn !== undefined && fn !== "count")
              ? "word"
              : isFiller(text) || isUnitWord(text) || isMisspeltGlue(text) || echoes(text)
                ? "filler"
                : "word";
    doubts.push({ kind, text });
  }
  const lost = new Set([...frame.lost, ...findUnaccounted(frame.acts, built.query).map((act) => act.text)]);
  for (const text of lost) doubts.push({ kind: "lost", text });
  if (frame.ask === "who" && outputQuery(built.query).output.every((column) => column.role === "measure"))
    doubts.push({ kind: "lost", text: "who" });
  if (frame.ask === "how" && frame.wishes.every((wish) => wish.fn === undefined) && !hasFigure(built))
    doubts.push({ kind: "lost", text: "how" });
  for (const condition of frame.conditions)
    if (condition.kind === "not" && condition.noun === undefined && deniesNothing(condition))
      doubts.push({ kind: "lost", text: condition.text });
  const used = new Set(listVariables(frame, schema).map((variable) => variable.key));
  const known = usedColumns(frame, built, schema);
  const tables = new Set([...used].flatMap((key) => built.context.settled.get(key)?.table ?? []));
  for (const aside of frame.asides) {
    if (
      used.has(aside) ||
      aside.columns.some((link) => link.score >= 0.4 && (known.has(link.column.id) || joins(built, link.column))) ||
      namesHolder(aside, tables) ||
      isPersonWord(aside.text.toLowerCase())
    )
      continue;
    const near = aside.columns.some((link) => link.score >= 0.4 && tables.has(link.column.table));
    if (/^(?:day|week|month|year|hour|minute|euro|dollar)s?$/i.test(aside.text))
      doubts.push({ kind: "near", text: aside.text });
    else if (near && (isVerb(aside.text) || aside.tables.length > 0))
      doubts.push({ kind: isEventLeftOut(aside) ? "aside" : "near", text: aside.text });
    else doubts.push({ kind: isParticiple(aside.text.split(" ")[0] ?? "") ? "verb" : "aside", text: aside.text });
  }
  for (const variable of listVariables(frame, schema)) {
    const target = built.context.settled.get(variable.key);
    if (target === undefined || variable.cost < 0.5) continue;
    const noun = isNoun(variable.key) ? variable.key : undefined;
    const score =
      noun === undefined
        ? target.score
        : Math.max(
            target.score,
            noun.columns.find((link) => link.column === target.column)?.score ?? 0,
            noun.tables.find((link) => link.table === target.table)?.score ?? 0,
          );
    const about = built.context.settled.get(variable.about)?.table;
    const steps = about === undefined ? 0 : (built.context.graph.distance[about.id]?.[target.table.id] ?? 0);
    const elsewhere = about !== undefined && multiplies(built.context, about, target.table);
    if (noun !== undefined && ((steps > 1 && score < 0.9) || (elsewhere && score < 0.55)))
      doubts.push({ kind: "aside", text: variable.text });
    else if (score < 0.45) doubts.push({ kind: "weaker", text: variable.text });
    else if (score < 0.65) doubts.push({ kind: "weak", text: variable.text });
  }
  for (const noun of [...frame.wishes.map((wish) => wish.noun), ...frame.mentions]) {
    for (const owner of noun?.owners ?? []) {
      const named =
        (owner.tables[0]?.score ?? 0) >= 0.45 ||
        owner.columns.some((link) => known.has(link.column.id) || joins(built, link.column)) ||
        namesHolder(owner, tables);
      if (!named && !used.has(owner)) doubts.push({ kind: "aside", text: owner.text });
    }
  }
  const unknown = frame.wishes.find(
    (wish) => wish.fn === "count" && wish.noun === undefined && wish.unknown !== undefined,
  );
  if (unknown !== undefined)
    doubts.push({
      kind: "counted",
      text: unknown.unknown ?? "",
    });
  for (const { fn, noun, distinct } of frame.wishes) {
    const target = built.context.settled.get(noun);
    if (
      fn === "count" &&
      !distinct &&
      target?.column?.temporal === false &&
      target.score < 0.6 &&
      !isKeyOf(noun, target.column)
    )
      doubts.push({ kind: "counted", text: noun?.text ?? "" });
  }
  const bare = frame.wishes.every((wish) => wish.fn === "count" && wish.noun === undefined);
  const rooted = frame.conditions.length + frame.groups.length + frame.superlatives.length + frame.mentions.length > 0;
  if (bare && !rooted && schema.tables.length > 1) doubts.push({ kind: "empty", text: "" });
  const developed = (frame.trend || frame.growth) && frame.conditions.length > 0;
  if (frame.wishes.length === 0 && frame.superlatives.length === 0 && frame.mentions.length === 0 && !developed)
    doubts.push({ kind: "empty", text: "" });
  if (built.query.kind === "select" && built.query.joins.length > 3)
    doubts.push({ kind: "many", text: String(built.query.joins.length) });
  return doubts;
}

/** "the borough of the start station": the column by which its table is joined. */
function joins({ query }: Built, { name, table }: Column): boolean {
  return outputQuery(query).joins.some(({ left, right }) =>
    [left, right].some((side) => side.alias === table.name && side.name === name),
  );
}

/** "visitors" of a column `visitor_id`: what it identifies. */
function isKeyOf(noun: Noun | undefined, column: Column): boolean {
  const said = stemWord(noun?.text.toLowerCase().split(" ").at(-1) ?? "");
  return column.identifier && column.words[0]?.stem === said;
}

/** "no shows last month": the month is not what there is none of. */
function deniesNothing({ inner, strength }: Extract<Condition, { kind: "not" }>): boolean {
  return inner.length === 0 || (strength === "no" && inner.every(({ kind }) => kind === "period"));
}

/** Verbs of what happens once to a thing: left out of a question about a time, they leave another question. */
const DATED = new Set(
  "hire fire leave quit resign churn cancel die retire graduate expire refund ship deliver".split(" ").map(stemWord),
);

function isDatedVerb(text: string): boolean {
  return DATED.has(stemWord(text.toLowerCase()));
}

function isTimed({ conditions, groups }: Frame): boolean {
  return conditions.some(({ kind }) => kind === "period") || groups.some(({ unit }) => unit !== undefined);
}

/** Words that are fillers elsewhere and a measure behind an average ("average delivery time"). */
const MEASURES = /^(?:times?|durations?|lengths?|ages?|sizes?|scores?|levels?)$/i;

/** Whether a figure or a date is shown, as "how long" and "how old" ask for. */
function hasFigure({ query }: Built): boolean {
  return outputQuery(query).output.some(
    ({ role, expr }) => role !== "label" && !(expr.kind === "call" && expr.fn === "count"),
  );
}

/** "the most expensive house we have ever sold": whether it happened to all rows is not the same. */
function isEventLeftOut({ text, columns }: Noun): boolean {
  const column = columns[0]?.column;
  return isParticiple(text) && column?.temporal === true && (column.info.nulls ?? 0) > 0;
}

function isVerb(text: string): boolean {
  return isParticiple(text) || isTyingVerb(text);
}

/** "wthat", "alphaetical": words that only tie others together, one letter off. */
function isMisspeltGlue(text: string): boolean {
  return (text.length >= 9 && GLUE.some((word) => isOneEditApart(word, text))) || GLUE.includes(text.slice(1));
}

const GLUE = listPhraseWords().filter((word) => word.length >= 4);

const STATISTICS = /^(?:average|avg|mean|total|highest|lowest|max|min|maximum|minimum)$/;

/** Tells words that only repeat what is used anyway ("weather type" of a column `weather`). */
function listEchoes(frame: Frame, built: Built, schema: Schema): (text: string) => boolean {
  const names = listVariables(frame, schema).flatMap((variable) => {
    const target = built.context.settled.get(variable.key);
    if (target === undefined) return [];
    const own = (column: Column) => column.words.map((word) => ({ ...word, sole: column.words.length === 1 }));
    const columns = target.column === undefined ? target.table.columns : [target.column];
    return [...target.table.words.map((word) => ({ ...word, sole: false })), ...columns.flatMap(own)];
  });
  const matcher = new WordMatcher(schema);
  // A column called just "Average" leaves open of what: any noun may say it.
  if (names.some((word) => word.sole && STATISTICS.test(word.lower))) return () => true;
  return (text) => tokenize(text).every((token) => names.some((word) => matcher.match(token, word) >= 0.75));
}

/** The columns a reading uses, by id. */
function usedColumns(frame: Frame, built: Built, schema: Schema): Set<number> {
  const ids = new Set<number>();
  for (const variable of listVariables(frame, schema)) {
    const target = built.context.settled.get(variable.key);
    if (target?.column !== undefined) ids.add(target.column.id);
  }
  return ids;
}

function isNoun(key: object): key is Noun {
  return "columns" in key && "tables" in key;
}

/** From 0 (a guess) to 1 (everything placed, every link exact). */
export function confidenceOf(doubts: readonly Doubt[]): number {
  return Math.max(0, 1 - doubts.reduce((sum, doubt) => sum + COST[doubt.kind], 0));
}
