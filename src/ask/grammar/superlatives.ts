/** "the three oldest", "top 5 by price", "the most concerts", "highest average score", "most common". */
import type { Noun, Superlative } from "../frame.ts";
import { areSynonyms, expandAbbreviation, findGradable } from "../lexicon.ts";
import type { AggregateName } from "../phrases.ts";
import { isParticiple, stemWord } from "../words.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  addCondition,
  asNoun,
  base,
  choiceOf,
  isMeasureNoun,
  isName,
  isOp,
  isRateWord,
  isTableNoun,
  peek,
  type State,
  skipFillers,
  takeOp,
  textBetween,
  topScore,
} from "./state.ts";

/** Whether a superlative begins here (a figure may come first: "3 youngest"). */
export function startsSuperlative(state: State): boolean {
  let ahead = 0;
  if (peek(state)?.type === "number") ahead = 1;
  const item = peek(state, ahead);
  if (item?.type === "grade") return item.degree === "most";
  if (isOp(item, "superlative", "common")) return true;
  if (isOp(item, "top"))
    return (
      ahead === 1 ||
      peek(state, 1)?.type === "number" ||
      /^(top|bottom|best|leading)$/.test(item.text.toLowerCase()) ||
      (isName(peek(state, 1)) && !/^the last$/.test(item.text)) ||
      (peek(state, 1)?.type === "value" && isTableNoun(asNoun(peek(state, 2))))
    );
  return false;
}

/** Whether "minimum" or "maximum" picks a row here ("has the minimum horsepower") rather than computing one figure. */
export function startsExtreme(state: State): boolean {
  const item = peek(state);
  return isOp(item, "aggregate") && (item.operation.fn === "min" || item.operation.fn === "max");
}

/**
 * Reads a superlative with what belongs to it. `pickRow` says that min and max pick rows too.
 * The result's `about` is the thing said to be superlative, if it was named after it.
 */
export function parseSuperlative(state: State, pickRow: boolean): Superlative | undefined {
  const start = state.at;
  let n = 1;
  let counted = false;
  let skip = 0;
  let dir: "asc" | "desc" = "desc";
  let adjective: string | undefined;
  let common = false;
  let counts = false;
  let found = false;
  let fn: AggregateName | undefined;
  let edge: string | undefined;
  for (let item = peek(state); item !== undefined; item = peek(state)) {
    if (
      item.type === "number" &&
      !item.percent &&
      Number.isInteger(item.value) &&
      item.value > 0 &&
      item.value <= 10000 &&
      (!counted || item.ordinal) &&
      (!found || !adjective || isFewAhead(state))
    ) {
      if (item.ordinal) skip = item.value - 1;
      else {
        n = item.value;
        counted = true;
      }
    } else if (item.type === "grade" && item.degree === "most" && !(adjective !== undefined)) {
      adjective = item.adjective;
      dir = item.dir;
      found = true;
    } else if (isOp(item, "superlative")) {
      if (found && item.operation.dir !== dir && adjective === undefined) break;
      dir = item.operation.dir;
      if (/number of|amount of/.test(item.text.toLowerCase())) counts = true;
      found = true;
    } else if (isOp(item, "common")) {
      dir = item.operation.dir;
      common = true;
      found = true;
    } else if (isOp(item, "top") && !found) {
      dir = item.operation.dir;
      if (/best/.test(item.text.toLowerCase())) adjective = "best";
      if (/^(?:first|last)$/i.test(item.text)) edge = item.text.toLowerCase();
      found = true;
    } else if (
      pickRow &&
      !found &&
      isOp(item, "aggregate") &&
      (item.operation.fn === "min" || item.operation.fn === "max")
    ) {
      dir = item.operation.fn === "min" ? "asc" : "desc";
      found = true;
    } else if (found && isOp(item, "count", "howmuch") && !isNameCount(state)) {
      counts = true;
    } else if (
      found &&
      isOp(item, "aggregate") &&
      item.span !== undefined &&
      (item.span.columns[0]?.score ?? 0) >= 0.95 &&
      !isName(peek(state, 1))
    ) {
      break;
    } else if (
      found &&
      isOp(item, "aggregate") &&
      fn === undefined &&
      !/^(minimum|maximum|min|max)$/.test(item.text.toLowerCase())
    ) {
      fn = item.operation.fn;
    } else if (item.type === "grade" && item.degree === "plain" && found) {
      if (adjective === undefined) adjective = item.adjective;
    } else if (isOp(item, "they") && /^(one|ones)$/.test(item.text.toLowerCase()) && found) {
      // "the largest one"
    } else break;
    state.at++;
  }
  if (!found) {
    state.at = start;
    return undefined;
  }
  skipFillers(state);
  if (isOp(peek(state), "of") && adjective === undefined && !common && isName(peek(state, 1))) state.at++;
  // "last 10 orders": the latest ones.
  if (edge !== undefined && counted && adjective === undefined) {
    adjective = edge === "last" ? "latest" : "earliest";
    dir = edge === "last" ? "desc" : "asc";
  }
  const superlative: Superlative = { dir, n, counts: common, counted, text: "" };
  if (skip > 0) superlative.skip = skip;
  if (adjective !== undefined) superlative.adjective = adjective;
  if (fn !== undefined) superlative.fn = fn;
  readObject(state, superlative, counts, common);
  superlative.text = textBetween(state, start);
  return superlative;
}

/** "latest 3 orders": how many of them. */
function isFewAhead(state: State): boolean {
  const next = peek(state, 1);
  return (next?.type === "name" || next?.type === "value") && /[^s]s$/i.test(next.text);
}

function isNameCount(state: State): boolean {
  const item = peek(state);
  return (
    item?.type === "op" &&
    item.span !== undefined &&
    topScore(item.span.columns) >= 0.95 &&
    !isName(peek(state, 1)) &&
    item.text.toLowerCase() !== "number of"
  );
}

/** The noun after a superlative: a measure, something counted, or the thing itself. */
function readObject(state: State, superlative: Superlative, counts: boolean, common: boolean): void {
  if (!counts && !common && superlative.fn === undefined && readDone(state, superlative)) return;
  const verb = peek(state);
  if (verb?.type === "word" && /(?:ing|ed)$/.test(verb.lower) && isName(peek(state, 1))) state.at++;
  const choice = peek(state)?.type === "value" && !isName(peek(state, 1)) ? choiceOf(peek(state)) : undefined;
  if (choice !== undefined && superlative.adjective === undefined && /s$/.test(choice.text)) {
    state.at++;
    addCondition(state, { ...base(state, choice.text), kind: "value", choices: [choice], every: false });
    superlative.counts = true;
    return;
  }
  if (!isNameLike(state)) {
    readMeasureAfter(state, superlative);
    return;
  }
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase === undefined) return;
  const { head } = phrase;
  const rate = peek(state);
  if (head.columns[0]?.column.flag !== undefined && isRateWord(rate)) {
    state.at++;
    superlative.noun = head;
    // The worst rate of what is bad is the highest.
    if (/^(?:best|worst)$/.test(superlative.adjective ?? "") && BAD.test(head.text))
      superlative.dir = superlative.adjective === "worst" ? "desc" : "asc";
    delete superlative.adjective;
    return;
  }
  if (common) {
    superlative.about = head;
    return;
  }
  const measure = isTableNoun(head)
    ? head.owners.find((owner) => !isTableNoun(owner) && isMeasureNoun(owner) && topScore(owner.columns) >= 0.8)
    : undefined;
  if (measure !== undefined) {
    superlative.noun = measure;
    superlative.about = head;
    return;
  }
  if (superlative.adjective !== undefined && !isMeasureOfAdjective(head, superlative)) {
    superlative.about = head;
    if (isTableNoun(head)) state.focus = head;
    readMeasureAfter(state, superlative);
    return;
  }
  if (counts) {
    superlative.noun = head;
    superlative.counts = !isMeasureNoun(head) || isTableNoun(head);
    return;
  }
  if (isMeasureNoun(head) && !isTableNoun(head)) {
    superlative.noun = head;
    // "the most orders" of a column `ordered_at`: each date is an event.
    const events = head.columns.filter(({ column, score }) => column.temporal && score >= topScore(head.columns));
    if (
      events.length > 0 &&
      /\b(?:most|fewest|least)\b/i.test(textBetween(state, state.at - 3)) &&
      /s$/i.test(head.text)
    ) {
      head.columns = events;
      superlative.counts = true;
    }
    takeThing(superlative);
    return;
  }
  if (
    superlative.counted &&
    !/most|fewest|least|highest|lowest/.test(state.items[state.at - 2]?.text.toLowerCase() ?? "")
  ) {
    superlative.about = head;
    if (isTableNoun(head)) state.focus = head;
    readMeasureAfter(state, superlative);
    return;
  }
  superlative.noun = head;
  superlative.counts = true;
}

/** "most viewed product", "least borrowed author": what is done to it is counted. */
function readDone(state: State, superlative: Superlative): boolean {
  const [verb, thing] = [peek(state), peek(state, 1)];
  const said = state.items[state.at - 1]?.text.toLowerCase() ?? "";
  if (superlative.adjective !== undefined || !/^(?:most|least)$/.test(said)) return false;
  if (verb === undefined || !isParticiple(verb.text) || thing === undefined || !isName(thing)) return false;
  const noun = asNoun(verb);
  const isEvent = noun !== undefined && (isTableNoun(noun) || noun.columns[0]?.column.flag !== undefined);
  const choice = verb.type === "value" && topScore(noun?.tables ?? []) < 0.7 ? choiceOf(verb) : undefined;
  // "most played opening" of games that are `played_on` a day: how many of them there are.
  const date = noun?.columns[0]?.column.temporal === true ? noun.columns[0] : undefined;
  if (!isEvent && choice === undefined && date === undefined) return false;
  state.at++;
  const [held] = choice?.links ?? (isEvent || date === undefined ? [] : [date]);
  if (held !== undefined)
    superlative.noun = {
      text: held.column.table.name,
      from: state.at,
      columns: [],
      tables: [{ table: held.column.table, score: 1 }],
      owners: [],
    };
  if (choice !== undefined)
    addCondition(state, { ...base(state, verb.text), kind: "value", choices: [choice], every: false });
  else if (noun !== undefined && held === undefined) superlative.noun = noun;
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase !== undefined) superlative.about = phrase.head;
  superlative.counts = true;
  return true;
}

const BAD =
  /^(?:cancel|churn|fail|error|defect|late|delay|return|refund|complain|absen|dropout|default|reject|alarm|fraud|bounce)/i;

/** After "the 3 highest rating", the thing itself may follow: "TV series". */
function takeThing(superlative: Superlative): void {
  for (const owner of superlative.noun?.owners ?? []) if (isTableNoun(owner)) superlative.about = owner;
}

function isMeasureOfAdjective(head: Noun, superlative: Superlative): boolean {
  if (isTableNoun(head) || !isMeasureNoun(head) || superlative.adjective === undefined) return false;
  const column = head.columns[0]?.column;
  const measures =
    findGradable(superlative.adjective)?.measures.map((measure) => stemWord(measure.replace(/^-/, ""))) ?? [];
  const ofTime = measures.some((stem) => TIME_STEMS.has(stem));
  if (column === undefined || column.temporal || column.year || column.dateText) return ofTime;
  if (
    /^(?:big|larg|small|littl|tin|great|high|low|best|worst|better|worse|bad|good|short|long)/.test(
      superlative.adjective,
    )
  )
    return true;
  return measures.some((stem) =>
    column.words.some(
      (word) => word.stem === stem || areSynonyms(word.stem, stem) || expandAbbreviation(word.lower).includes(stem),
    ),
  );
}

const TIME_STEMS = new Set(["date", "year", "time"].map(stemWord));

function isNameLike(state: State): boolean {
  const item = peek(state);
  return (
    isName(item) ||
    isOp(item, "distinct") ||
    (item?.type === "value" && (isName(peek(state, 1)) || item.span.tables.length > 0)) ||
    (item?.type === "word" && !item.content) ||
    (item?.type === "op" &&
      asNoun(item) !== undefined &&
      isOp(item, "aggregate", "count", "unit", "growth", "running", "share")) ||
    isOp(item, "any")
  );
}

/** "… by price", "… in terms of GDP", "… with the highest price". */
function readMeasureAfter(state: State, superlative: Superlative): void {
  const start = state.at;
  const isBy = isOp(peek(state), "by") || (isOp(peek(state), "prep") && isOp(peek(state, 1), "by"));
  const isIn =
    isOp(peek(state), "prep") &&
    peek(state)?.text.toLowerCase() === "in" &&
    isMeasureNoun(asNoun(peek(state, 1))) &&
    !isTableNoun(asNoun(peek(state, 1)));
  const isOn = isOp(peek(state), "order");
  if (!isBy && !isIn && !isOn) return;
  state.at++;
  skipFillers(state);
  takeOp(state, "by");
  const fn = takeOp(state, "aggregate");
  const count = takeOp(state, "count");
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase === undefined && count === undefined) {
    state.at = start;
    return;
  }
  if (count !== undefined) {
    superlative.counts = true;
    if (phrase !== undefined) superlative.noun = phrase.head;
    return;
  }
  if (phrase === undefined) return;
  superlative.noun = phrase.head;
  if (isTableNoun(phrase.head)) superlative.counts = true;
  if (fn !== undefined) superlative.fn = fn.operation.fn;
}
