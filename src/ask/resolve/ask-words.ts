/** "Where", "when" and "who" ask for a column without naming it. */
import type { Frame, Noun } from "../frame.ts";
import { isTableNoun } from "../grammar/state.ts";
import { areSynonyms, findGradable } from "../lexicon.ts";
import { findPeople, findPersonColumn, holdsPeople } from "../people.ts";
import { isTyingVerb } from "../plain-words.ts";
import type { Column, Schema, Table } from "../schema.ts";
import type { ColumnLink } from "../spans.ts";
import { stemWord } from "../words.ts";
import { Unanswerable } from "./context.ts";
import { timeTargets } from "./name-targets.ts";

const PLACES = "location place hometown city address venue country state region origin neighborhood"
  .split(" ")
  .map(stemWord);

/** Whose figure a column holds: rows of people, or the person who is named beside it. */
function holderOf({ table }: Column, schema: Schema): Noun {
  if (holdsPeople(table)) return rowsOf(table, "who");
  const person = findPersonColumn(table);
  return person === undefined ? rowsOf(findPeople(schema) ?? table, "who") : nounOf(person, "who");
}

function nounOf(column: Column, text: string): Noun {
  return { text, from: 0, columns: [{ column, score: 1 }], tables: [], owners: [] };
}

/** "Who took the most calls", "who logged the most hours": the person named in the rows that are ranked. */
function namePerson(frame: Frame): boolean {
  const [superlative, ...others] = frame.superlatives;
  const noun = superlative?.noun;
  if (noun === undefined || others.length > 0 || frame.wishes.length > 0) return false;
  const table = isTableNoun(noun) ? noun.tables[0]?.table : noun.columns[0]?.column.table;
  const person = table === undefined || holdsPeople(table) ? undefined : findPersonColumn(table);
  if (person === undefined) return false;
  frame.wishes = [{ noun: nounOf(person, "who"), distinct: false, text: "who" }];
  return true;
}

function rowsOf(table: Table, text: string): Noun {
  return { text, from: 0, columns: [], tables: [{ table, score: 1 }], owners: [] };
}

/** "how many people work in Sales": the rows of the table of people are counted. */
export function countPeople(frame: Frame, schema: Schema): void {
  for (const wish of frame.wishes) {
    if (wish.people !== true || wish.noun !== undefined || frame.mentions.length > 0) continue;
    const people = findPeople(schema);
    if (people !== undefined) wish.noun = rowsOf(people, "people");
  }
}

/** "Who earns the most", "which job earns the least on average": the verb is the measure, and the rows it belongs to are wanted. */
function rankByVerb(frame: Frame, schema: Schema): boolean {
  const [wish] = frame.wishes;
  const bare = frame.superlatives.find(
    ({ noun, adjective, counts }) =>
      adjective === undefined &&
      !counts &&
      (noun === undefined || noun.columns[0]?.column === wish?.noun?.columns[0]?.column),
  );
  const column = wish?.noun?.columns[0]?.column;
  const verb = wish?.noun?.columns[0]?.column;
  const recent = frame.superlatives.find(
    ({ noun, adjective }) =>
      noun === undefined && adjective !== undefined && findGradable(adjective)?.measures.includes("date") === true,
  );
  if (frame.ask === "who" && recent !== undefined && verb?.temporal === true && frame.wishes.length === 1) {
    if (wish?.noun !== undefined) recent.noun = wish.noun;
    delete recent.adjective;
    frame.wishes = [{ noun: holderOf(verb, schema), distinct: false, text: "who" }];
    return true;
  }
  if (bare === undefined || wish?.noun === undefined || column === undefined || frame.wishes.length > 1) return false;
  if (!(column.numeric || column.numberText) || column.identifier) return false;
  const [owner] = frame.ask === "who" ? [holderOf(column, schema)] : wish.noun.owners;
  if (owner === undefined || (frame.ask !== "who" && !isTyingVerb(wish.noun.text))) return false;
  bare.noun = { ...wish.noun, owners: [] };
  frame.wishes = [{ noun: owner, distinct: false, text: owner.text }];
  return true;
}

/** "Who is the most recent hire", "who has the highest salary": whose it is, and not the figure. */
function pickHolder(frame: Frame, schema: Schema): void {
  const [wish] = frame.wishes;
  const column = wish?.noun?.columns[0]?.column;
  if (wish?.noun === undefined || column === undefined || frame.wishes.length > 1) return;
  const { label, key } = column.table;
  const holder = holderOf(column, schema);
  const isHeld = holder.columns.length > 0 || holder.tables[0]?.table !== column.table;
  if (!column.temporal && (label === undefined || label === key) && !isHeld) return;
  if (wish.fn !== "max" && wish.fn !== "min") return;
  const dir = wish.fn === "max" ? "desc" : "asc";
  frame.superlatives.push({ dir, n: 1, noun: wish.noun, counts: false, counted: false, text: wish.text });
  frame.wishes = [{ noun: holder, distinct: false, text: "who" }];
}

/** "Who earns more than 90000": the verb is what is compared, and the rows it belongs to are wanted. */
function compareByVerb(frame: Frame, schema: Schema): boolean {
  const [wish] = frame.wishes;
  const column = wish?.noun?.columns[0]?.column;
  if (wish?.noun === undefined || column === undefined || frame.wishes.length > 1 || !column.numeric) return false;
  const compared = frame.conditions.flatMap((condition) =>
    (condition.kind === "compare" || condition.kind === "between") &&
    (condition.noun === wish.noun || condition.noun === undefined)
      ? [condition]
      : [],
  );
  if (compared.length === 0 || column.identifier) return false;
  for (const condition of compared) condition.noun = wish.noun;
  frame.wishes = [{ noun: holderOf(column, schema), distinct: false, text: "who" }];
  return true;
}

/** "When was the first order": the earliest date of those rows. */
function findOccasion(frame: Frame, schema: Schema): boolean {
  const at = frame.superlatives.findIndex(
    (superlative) =>
      /\b(?:first|earliest|last|latest|most recent|newest|oldest)\b/i.test(superlative.text) &&
      superlative.n === 1 &&
      superlative.skip === undefined,
  );
  const superlative = frame.superlatives[at];
  const rows = superlative?.about ?? superlative?.noun;
  const table = rows?.tables.find((link) => link.score >= 0.7)?.table;
  if (superlative === undefined || rows === undefined || table === undefined) return false;
  const dates = timeTargets(undefined, "day", schema).filter((target) => target.table === table);
  if (dates.length === 0) return false;
  const columns = dates.flatMap(({ column, score }) => (column === undefined ? [] : [{ column, score }]));
  const noun: Noun = { text: "when", from: 0, columns, tables: [], owners: [rows] };
  frame.superlatives.splice(at, 1);
  const fn = /\b(?:first|earliest|oldest)\b/i.test(superlative.text) ? "min" : "max";
  frame.wishes = [{ fn, noun, distinct: false, text: superlative.text }];
  return true;
}

/** "unsold flats in Holt": with nothing else asked for, the rows that are called by a value in the plural. */
export function wishRows(frame: Frame): void {
  const { wishes, superlatives, mentions, groups, conditions, ask } = frame;
  if (wishes.length + superlatives.length + mentions.length + groups.length > 0 || ask !== undefined) return;
  if (frame.trend || frame.share) return;
  const choices = conditions.flatMap((condition) => (condition.kind === "value" ? [condition.choices] : []));
  const named = choices.find(([one, ...others]) => others.length === 0 && /[^s]s$/.test(one?.text ?? ""));
  const [choice] = named ?? (frame.everything ? choices[0] : undefined) ?? [];
  if (choice === undefined) return;
  const columns = choice.links.map(({ column }) => column);
  const [column] = columns;
  if (frame.growth || frame.running || frame.correlation || frame.distribution || frame.ratio) return;
  if (
    column === undefined ||
    !columns.every((other) => (frame.everything || other.category) && other.table === column.table)
  )
    return;
  frame.wishes = [{ noun: rowsOf(column.table, choice.text), distinct: false, text: choice.text }];
}

/** Replaces the wish of a "where", "when" or "who" question by the column that answers it. */
export function answerAsk(frame: Frame, schema: Schema): void {
  const { ask } = frame;
  if (ask === "who") pickHolder(frame, schema);
  if ((ask === "which" || ask === "what") && rankByVerb(frame, schema)) return;
  if (ask !== "where" && ask !== "when" && ask !== "who") return;
  if (frame.wishes.some((wish) => wish.fn !== undefined)) return;
  const things = [...frame.wishes.flatMap((wish) => (wish.noun === undefined ? [] : [wish.noun])), ...frame.mentions];
  if (ask === "when" && findOccasion(frame, schema)) return;
  if (ask === "who") {
    if (rankByVerb(frame, schema) || compareByVerb(frame, schema) || namePerson(frame)) return;
    const [aside] = frame.asides;
    const people = findPeople(schema);
    if (frame.wishes.length > 0) return;
    if (aside !== undefined) frame.wishes = [{ noun: aside, distinct: true, text: aside.text }];
    else if (people !== undefined && frame.conditions.length > 0 && frame.unplaced.length === 0)
      frame.wishes = [{ noun: rowsOf(people, "who"), distinct: false, text: "who" }];
    return;
  }
  const named = [...frame.asides, ...things];
  const comes = ask === "where" && frame.stems.includes(stemWord("come")) && frame.stems.includes("from");
  if (comes && frame.conditions.length === 0 && spreadOfOrigins(frame, things)) return;
  const holds = ask === "where" ? placeScore : timeScore;
  const columns: ColumnLink[] = [];
  for (const column of schema.columns) {
    const score = holds(column);
    if (score > 0)
      columns.push({
        column,
        score:
          score +
          (named.some((noun) => noun.columns.some((link) => link.column === column && link.score > 0.4)) ? 0.25 : 0),
      });
  }
  if (columns.length === 0 && ask === "where")
    throw new Unanswerable("I found no column in these tables that holds a place.");
  if (columns.length === 0) return;
  columns.sort((a, b) => b.score - a.score);
  const noun: Noun = {
    text: ask,
    from: 0,
    columns: columns.slice(0, 12),
    tables: [],
    owners: things.filter((thing) => thing.tables.length > 0),
  };
  for (const wish of frame.wishes)
    if (wish.noun !== undefined && (wish.noun.tables[0]?.score ?? 0) >= 0.7) frame.mentions.push(wish.noun);
  frame.wishes = [{ noun, distinct: false, text: ask }];
}

const ORIGINS = new Set("source channel origin referral referrer medium acquisition".split(" ").map(stemWord));

/** "where do our customers come from": how many by each source. */
function spreadOfOrigins(frame: Frame, things: readonly Noun[]): boolean {
  const rows = things.find((thing) => isTableNoun(thing));
  const table = rows?.tables[0]?.table;
  const [column, ...others] = (table?.columns ?? []).filter(
    ({ type, words }) => type === "string" && words.some(({ stem }) => ORIGINS.has(stem)),
  );
  if (rows === undefined || column === undefined || others.length > 0) return false;
  frame.wishes = [{ noun: rows, fn: "count", distinct: false, text: rows.text }];
  frame.groups.push({ noun: nounOf(column, "where") });
  return true;
}

function placeScore(column: Column): number {
  if (column.type !== "string" || column.identifier) return 0;
  const rank = Math.min(...column.words.map((word) => PLACES.indexOf(word.stem)).filter((at) => at >= 0));
  if (Number.isFinite(rank)) return 0.85 - rank * 0.02;
  return column.words.some((word) => areSynonyms(word.stem, "plac")) ? 0.6 : 0;
}

function timeScore(column: Column): number {
  if (column.temporal) return 0.8;
  return column.dateText ? 0.75 : column.year ? 0.65 : 0;
}
