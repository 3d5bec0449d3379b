/** Noun phrases: "the French singers", "singer names", "4-cylinder cars", "Kyle's id", "name of the singer". */
import type { Noun } from "../frame.ts";
import { isTyingVerb } from "../plain-words.ts";
import { isParticiple } from "../words.ts";
import { sidesAt, takePreModifiers } from "./adjectives.ts";
import {
  asNoun,
  isMeasureNoun,
  isName,
  isOp,
  isRateWord,
  isTableNoun,
  mark,
  nounOf,
  peek,
  reset,
  type State,
  skipFillers,
  topScore,
} from "./state.ts";

/** Nouns that only say what kind of thing a name is. */
const GENERIC = /^(?:types?|kinds?|categor(?:y|ies)|levels?|groups?|class(?:es)?|status)$/i;

export interface NounPhrase {
  head: Noun;
  distinct: boolean;
}

/**
 * Reads a noun phrase; conditions that stand before its head are added at once.
 * Leaves the place unchanged and gives nothing when there is none.
 */
export function parseNounPhrase(state: State, options: { ofOwner: boolean }): NounPhrase | undefined {
  const start = mark(state);
  let distinct = false;
  while (
    isOp(peek(state), "distinct", "any", "only", "they", "possessive") ||
    (peek(state)?.type === "grade" && (peek(state) as { degree: string }).degree === "plain" && isName(peek(state, 1)))
  ) {
    if (isOp(peek(state), "distinct")) distinct = true;
    state.at++;
  }
  skipFillers(state);
  const kind = peek(state);
  if (kind?.type === "word" && /^(?:types?|kinds?|sorts?|forms?)$/.test(kind.lower) && isOp(peek(state, 1), "of")) {
    state.at += 2;
    skipFillers(state);
  }
  takePreModifiers(state);
  const item = peek(state);
  const single = asNoun(item);
  if (single === undefined || (item?.type !== "name" && !canStandAlone(state))) {
    reset(state, start);
    return undefined;
  }
  let head = single;
  state.at++;
  for (let next = peek(state); ; next = peek(state)) {
    if (isOp(next, "possessive") && isName(peek(state, 1))) {
      state.at++;
      next = peek(state);
    }
    if (isName(next) && isTableNoun(nounOf(next.span, next.text)) && asksFor(state, item)) break;
    if (
      !isName(next) ||
      next.gap === true ||
      isVerbOfMeasure(state, head) ||
      isVerbOfPlace(state, head) ||
      (isRateWord(next) && head.columns[0]?.column.flag !== undefined) ||
      startsCondition(state, head) ||
      isParticiple(next.text.split(" ")[0] ?? "")
    )
      break;
    if (GENERIC.test(next.text) && topScore(head.columns) >= 0.95 && topScore(next.span.columns) < 0.95) {
      // "membership type" of a column `membership`.
      state.at++;
      continue;
    }
    // "seats sold 3d vs not 3d": what is told apart, and no name of a figure.
    if (isMeasureNoun(head) && sidesAt(state) !== undefined) break;
    const following = nounOf(next.span, next.text);
    following.owners.push(head, ...head.owners);
    head = following;
    state.at++;
  }
  const unit = peek(state);
  if (isOp(unit, "unit") && !unit.operation.adverb && unit.gap !== true && head.columns[0]?.column.temporal === true)
    state.at++;
  if (isTableNoun(head)) state.focus = head;
  if (options.ofOwner) takeOwner(state, head);
  for (const owner of head.owners) if (isTableNoun(owner) && !isTableNoun(head)) state.focus = owner;
  return { head, distinct };
}

/** "… of the singer", "… for all singers": the owner of what was named, which is then what is spoken of. */
export function takeOwner(state: State, head: Noun): void {
  const start = state.at;
  const next = peek(state);
  if (!isOp(next, "of") && !(isOp(next, "prep") && /^(for|in|from)$/.test(next.text.toLowerCase()))) return;
  state.at++;
  skipFillers(state);
  while (isOp(peek(state), "distinct", "any", "they", "of")) state.at++;
  if (isOp(peek(state), "each")) {
    state.at = start;
    return;
  }
  const conditions = state.frame.conditions.length;
  takePreModifiers(state);
  const count = peek(state);
  if (count?.type === "number" && !count.ordinal && count.value > 0 && isTableNoun(asNoun(peek(state, 1)))) {
    state.frame.few = count.value;
    state.at++;
  }
  const item = peek(state);
  if (!isName(item)) {
    if (state.frame.conditions.length === conditions) state.at = start;
    return;
  }
  const noun = nounOf(item.span, item.text);
  if (isOp(next, "prep") && !isTableNoun(noun)) {
    if (state.frame.conditions.length === conditions) state.at = start;
    return;
  }
  if (!isTableNoun(noun) && topScore(noun.columns) >= 0.9 && isTableNoun(head)) {
    state.at = start;
    return;
  }
  const inner = parseNounPhrase(state, { ofOwner: false });
  if (inner === undefined) return;
  head.owners.push(inner.head, ...inner.head.owners);
  if (isTableNoun(inner.head)) state.frame.mentions.push(inner.head);
  if (inner.distinct) state.frame.distinct = true;
}

/** An operation that is also a column's name is read as the column when nothing follows that it could act on. */
function canStandAlone(state: State): boolean {
  const item = peek(state);
  const next = peek(state, 1);
  if (item?.type === "value") return isOp(next, "of", "prep", "be", "have") || next === undefined;
  if (
    !isOp(
      item,
      "aggregate",
      "count",
      "share",
      "unit",
      "superlative",
      "order",
      "top",
      "common",
      "running",
      "growth",
      "be",
      "relative",
      "distribution",
      "direction",
      "time",
      "by",
      "part",
      "trend",
      "null",
      "like",
    )
  )
    return false;
  return !isName(next) && next?.type !== "value";
}

/** "in which years cars were produced": what is asked for ends before the thing it is asked of. */
function asksFor(state: State, first: ReturnType<typeof peek>): boolean {
  const before = state.items[state.items.indexOf(first as never) - 1];
  return isOp(before, "ask") && before.operation.word === "which" && !isTableNoun(asNoun(first));
}

/** "which department pays the highest average salary": the verb ends what is asked for, and its measure follows. */
function isVerbOfMeasure(state: State, head: Noun): boolean {
  const verb = peek(state);
  if (state.frame.ask === undefined || verb === undefined || !/[^s]s$/.test(verb.text) || !isTyingVerb(verb.text))
    return false;
  if (isMeasureNoun(head) && !isTableNoun(head)) return false;
  let ahead = 1;
  while (isOp(peek(state, ahead), "superlative", "aggregate", "more", "count")) ahead++;
  return ahead > 1 && (isName(peek(state, ahead)) || peek(state, ahead)?.type === "value");
}

/** "rides end at the zoo": what the rows do there, and no name of them. */
function isVerbOfPlace(state: State, head: Noun): boolean {
  const [verb, lead] = [peek(state), peek(state, 1)];
  if (!isTableNoun(head) || !/s$/i.test(head.text) || verb === undefined || /s$|\s/i.test(verb.text)) return false;
  return isTyingVerb(verb.text) && isOp(lead, "prep") && /^(?:at|in|on|from|to)$/i.test(lead.text);
}

/** Whether the next name begins a condition of its own ("singers age above 20" does not end a compound). */
function startsCondition(state: State, head: Noun): boolean {
  const after = peek(state, 1);
  if (
    isTableNoun(head) &&
    (isOp(after, "compare", "between") ||
      after?.type === "number" ||
      (after?.type === "value" && !isOp(peek(state, 2), "possessive")) ||
      after?.type === "quote")
  )
    return true;
  return false;
}
