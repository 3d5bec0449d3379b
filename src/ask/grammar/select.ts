/** What is asked for: the list after "show", "what are", "how many", with aggregates, counts and shares. */
import type { Noun, Wish } from "../frame.ts";
import { isTyingVerb } from "../plain-words.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  asNoun,
  isMeasureNoun,
  isName,
  isOp,
  isTableNoun,
  peek,
  type State,
  skipFillers,
  skipOps,
  takeOp,
  textBetween,
} from "./state.ts";
import { parseSuperlativeWish } from "./superlative-wishes.ts";
import { startsSuperlative } from "./superlatives.ts";
import { isColumnHere, parseAggregates, parseCount, parseShare, push, takeRate } from "./wishes.ts";

/** Reads the list of wishes from here. Gives how many were read. */
export function parseWishes(state: State): number {
  const first = state.frame.wishes.length;
  const before = state.focus;
  if (isOp(peek(state), "prep") && isOp(peek(state, 1), "count", "ask")) state.at++;
  const count = readWishes(state);
  const last = state.frame.wishes[state.frame.wishes.length - 1]?.noun;
  if (count > 0 && last !== undefined && isMeasureNoun(last) && !isTableNoun(last)) state.lastNoun = last;
  shareOwners(before, state.frame.wishes.slice(first));
  return count;
}

/** In "names and ages of the singers" the owner said last owns them all; without one it is what was spoken of before. */
function shareOwners(before: Noun | undefined, wishes: readonly Wish[]): void {
  let owners = before === undefined ? [] : [before];
  for (const { noun } of wishes) {
    const owner =
      noun !== undefined && noun.owners.length === 0 && /^ids?$/i.test(noun.text) ? ownerBeside(wishes) : undefined;
    if (owner !== undefined) noun?.owners.push(owner);
  }
  for (const wish of [...wishes].reverse()) {
    const { noun } = wish;
    if (noun === undefined) continue;
    if (isTableNoun(noun)) {
      if (wish.fn === undefined) owners = [];
      continue;
    }
    if (noun.owners.some((owner) => isTableNoun(owner))) owners = wish.fn === "count" ? owners : noun.owners;
    else if ((noun.columns[0]?.score ?? 0) <= 1) noun.owners.push(...owners);
  }
}

/** "full name, id and number": an id is of the table that holds what is named beside it. */
function ownerBeside(wishes: readonly Wish[]): Noun | undefined {
  const tables = wishes.flatMap(({ noun }) =>
    noun === undefined || isTableNoun(noun) || /^(?:ids?|names?|titles?)$/i.test(noun.text)
      ? []
      : noun.columns.filter((link) => link.score >= 0.95).map((link) => link.column.table),
  );
  const [table] = tables;
  if (table === undefined || tables.some((other) => other !== table)) return undefined;
  return { text: table.name, from: 0, columns: [], tables: [{ table, score: 1 }], owners: [] };
}

function readWishes(state: State): number {
  let count = 0;
  for (;;) {
    const before = state.at;
    const added = parseWish(state);
    if (added === 0) {
      state.at = before;
      break;
    }
    count += added;
    const back = state.at;
    const paired = state.frame.ratio || state.frame.correlation;
    while (
      isOp(peek(state), "comma", "and") ||
      (paired &&
        ((isOp(peek(state), "prep", "have") && isName(peek(state, 1))) ||
          isOp(peek(state), "ratio") ||
          (isOp(peek(state), "by") && isOp(state.items[state.at - 1], "ratio"))))
    )
      state.at++;
    if (state.at === back && !(isOp(peek(state), "have") && isOp(peek(state, 1), "they"))) break;
    skipFillers(state);
    while (
      isOp(peek(state), "they", "possessive", "show") ||
      (isOp(peek(state), "have") && isOp(peek(state, 1), "they"))
    )
      state.at++;
    if (state.at === back || !startsWish(state)) {
      state.at = back;
      break;
    }
  }
  return count;
}

/** Whether another wish (and not a condition) begins here. */
export function startsWish(state: State): boolean {
  const item = peek(state);
  if (isOp(item, "count", "aggregate", "share", "quantile", "howmuch", "growth", "running")) return true;
  if (isOp(item, "distinct") && isName(peek(state, 1))) return true;
  if (isOp(item, "ask")) return true;
  if (!isName(item) && !(item?.type === "value" && isName(peek(state, 1))))
    return asNoun(item) !== undefined && isOp(item, "unit", "share", "order") && !isOp(peek(state, 1), "by");
  let ahead = 1;
  while (isName(peek(state, ahead))) ahead++;
  const after = peek(state, ahead);
  if (
    isOp(after, "compare", "between", "like", "null") ||
    after?.type === "number" ||
    after?.type === "quote" ||
    after?.type === "value"
  )
    return false;
  if (isOp(after, "be")) {
    const then = peek(state, ahead + 1);
    if (
      isOp(then, "compare", "between", "null", "not") ||
      then?.type === "number" ||
      then?.type === "value" ||
      then?.type === "quote" ||
      (then?.type === "grade" && then.degree === "more")
    )
      return false;
  }
  if (after?.type === "grade" && after.degree === "more") return false;
  return true;
}

function parseWish(state: State): number {
  const start = state.at;
  skipFillers(state);
  while (
    isOp(peek(state), "ask", "be", "show", "they", "only", "have", "prep", "of") &&
    !(isOp(peek(state), "have") && !isOp(state.items[state.at - 1], "ask"))
  ) {
    const item = peek(state);
    if (isOp(item, "prep", "of") && !isOp(state.items[state.at - 1], "ask", "show")) break;
    if (isOp(item, "ask") && state.frame.ask === undefined) state.frame.ask = item.operation.word;
    if (item?.text.toLowerCase() === "compare") state.frame.compares = true;
    state.at++;
    skipFillers(state);
  }
  if (takeTopics(state)) {
    const more = parseWish(state);
    return more === 0 ? 1 : more;
  }
  takeFirstRows(state);
  const all = peek(state);
  if (all?.type === "word" && /^(everything|columns|fields|details|information|info)$/.test(all.lower)) {
    state.at++;
    skipOps(state, "of", "prep");
    state.frame.everything = true;
    // "everything about Monsoon": of the rows that have the value.
    const value = peek(state);
    if ((value?.type === "value" || value?.type === "quote") && !isName(peek(state, 1))) return 1;
  }
  const distinct = takeOp(state, "distinct") !== undefined;
  skipFillers(state);
  const item = peek(state);
  if (isOp(item, "count") && !isColumnHere(state)) return parseCount(state, start, distinct);
  if (isOp(item, "howmuch")) {
    state.at++;
    const asks = /^d(?:o|id|oes)$/i.test(peek(state)?.text ?? "");
    skipOps(state, "of", "be");
    const phrase = parseNounPhrase(state, { ofOwner: true });
    if (phrase === undefined) return 0;
    const verb = asks || isTableNoun(phrase.head) ? verbAhead(state) : undefined;
    if (verb !== undefined && isTableNoun(phrase.head)) state.frame.mentions.push(phrase.head);
    push(state, {
      fn: "sum",
      noun: verb ?? phrase.head,
      distinct: false,
      asked: true,
      text: textBetween(state, start),
    });
    return 1;
  }
  if (isOp(item, "share")) return parseShare(state, start);
  if (isOp(item, "aggregate", "quantile") && !isColumnHere(state)) return parseAggregates(state, start);
  if (startsSuperlative(state) && !isColumnHere(state)) return parseSuperlativeWish(state, start);
  if (
    item?.type === "number" &&
    !item.ordinal &&
    item.value > 0 &&
    isName(peek(state, 1)) &&
    (isTableNoun(asNoun(peek(state, 1))) || !isMeasureNoun(asNoun(peek(state, 1))))
  ) {
    state.frame.few = item.value;
    state.at++;
  }
  if (
    isOp(item, "unit") &&
    !item.operation.adverb &&
    (item.span?.columns.length ?? 0) === 0 &&
    (state.frame.ask === "which" || state.frame.ask === "what")
  ) {
    state.at++;
    state.frame.groups.push({ unit: item.operation.unit });
    return 1;
  }
  if (takeRate(state)) {
    push(state, { fn: "count", distinct: false, asShare: true, text: textBetween(state, start) });
    return 1;
  }
  if (countsValue(state)) {
    push(state, { fn: "count", distinct: false, text: item?.text ?? "" });
    return 1;
  }
  const phrase = parseNounPhrase(state, { ofOwner: true });
  if (phrase === undefined) return 0;
  push(state, { distinct: distinct || phrase.distinct, noun: phrase.head, text: textBetween(state, start) });
  return 1;
}

/** "first 5" of whole rows: however they are ordered. */
function takeFirstRows(state: State): void {
  const [first, figure, all] = [peek(state), peek(state, 1), peek(state, 2)];
  if (!isOp(first, "top") || figure?.type !== "number" || all?.text !== "everything") return;
  state.frame.limit = figure.value;
  state.at += 2;
}

/** "no-shows by clinic", "compare checkouts of women and men": rows that have the value, which is left to be read as a condition. */
function countsValue({ items, at, frame }: State): boolean {
  const [item, next] = [items[at], items[at + 1]];
  if (item?.type !== "value" || !/(?:s|men)$/i.test(item.text) || asNoun(item) !== undefined) return false;
  if (next === undefined || next.type === "name" || next.type === "value") return false;
  const splits = items
    .slice(at + 1)
    .some((later) => isOp(later, "each", "by", "part") || (isOp(later, "unit") && later.operation.adverb));
  return splits || frame.compares;
}

/** "how much did corporate customers spend": the verb names the amount. */
function verbAhead(state: State): Noun | undefined {
  for (let ahead = 0; ; ahead++) {
    const item = peek(state, ahead);
    if (item === undefined || isOp(item, "stop", "comma", "and", "relative")) return undefined;
    const noun = isName(item) ? asNoun(item) : undefined;
    if (noun !== undefined && isTyingVerb(noun.text) && isMeasureNoun(noun) && !isTableNoun(noun)) return noun;
  }
}

/** Words that say what kind of picture of the data is wanted. */
function takeTopics(state: State): boolean {
  const item = peek(state);
  const { frame } = state;
  if (isOp(item, "growth")) frame.growth = true;
  else if (isOp(item, "running")) frame.running = true;
  else if (isOp(item, "correlation")) frame.correlation = true;
  else if (isOp(item, "distribution")) frame.distribution = true;
  else if (isOp(item, "trend")) frame.trend = true;
  else if (isOp(item, "ratio")) frame.ratio = true;
  else if (isOp(item, "chart")) {
    frame.wantsChart = true;
    if (item.operation.chart !== undefined) frame.chart = item.operation.chart;
  } else if (
    isOp(item, "unit") &&
    item.operation.adverb &&
    !/^(a|per|by|each|every|for|in|of)\b/.test(item.text.toLowerCase())
  )
    frame.groups.push({ unit: item.operation.unit });
  else return false;
  state.at++;
  skipFillers(state);
  skipOps(state, "of", "prep", "between", "be", "show");
  return true;
}
