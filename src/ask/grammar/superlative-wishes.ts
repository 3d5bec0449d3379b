/** Superlatives as what is asked for: "the highest price", "top 5 movies by gross", "the busiest month". */
import type { Noun, Superlative, Wish } from "../frame.ts";
import { parseNounPhrase } from "./nouns.ts";
import { asNoun, isName, isOp, isTableNoun, peek, type State, skipFillers, textBetween } from "./state.ts";
import { parseSuperlative } from "./superlatives.ts";
import { push } from "./wishes.ts";

/** "the busiest month in 2024": months are ranked, not rows; "the hottest day": the date of one row. */
function takeTimes(state: State, superlative: Superlative, start: number): boolean {
  const item = peek(state);
  if (superlative.adjective === undefined || !isOp(item, "unit") || item.operation.adverb) return false;
  const { unit } = item.operation;
  const date = asNoun(item);
  const ofTimes = /^(?:best|worst|busi)/.test(superlative.adjective);
  if (date !== undefined && !(ofTimes && date.columns[0]?.column.temporal === true)) return false;
  state.at++;
  if (unit === "day" && !ofTimes) push(state, { distinct: false, unit, text: item.text });
  else {
    // "the busiest hour": of the day.
    state.frame.groups.push(unit === "hour" && ofTimes ? { part: "hour" } : { unit });
    if (isOp(peek(state), "prep", "by") && /^(?:for|by|in)$/i.test(peek(state)?.text ?? "") && isName(peek(state, 1))) {
      state.at++;
      const measure = parseNounPhrase(state, { ofOwner: false })?.head;
      if (measure !== undefined) superlative.noun = measure;
    }
  }
  state.frame.superlatives.push({ ...superlative, text: textBetween(state, start) });
  return true;
}

/** "the highest price", "top 5 movies by gross", "the youngest singer". */
export function parseSuperlativeWish(state: State, start: number): number {
  const superlative = parseSuperlative(state, false);
  if (superlative === undefined) return 0;
  if (superlative.about === undefined && superlative.noun === undefined && takeTimes(state, superlative, start))
    return 1;
  const text = textBetween(state, start);
  const { noun, about, counts } = superlative;
  const edge = /^(?:the )?(first|last)\b/i.exec(text)?.[1]?.toLowerCase();
  if (edge !== undefined && noun?.columns[0]?.column.temporal === true)
    superlative.dir = edge === "last" ? "desc" : "asc";
  const isPick = superlative.counted || superlative.skip !== undefined;
  const owned = noun !== undefined && about !== undefined && noun.owners.includes(about);
  if (owned && !counts && !isPick && superlative.fn === undefined) {
    push(state, { fn: superlative.dir === "desc" ? "max" : "min", distinct: false, noun, text });
    return 1;
  }
  if (noun !== undefined && about === undefined && !counts && !isPick && superlative.fn === undefined) {
    skipFillers(state);
    const next = peek(state);
    const ownerHere =
      isOp(next, "of", "prep") ||
      next === undefined ||
      isOp(next, "stop", "and", "comma", "have", "relative", "each", "by", "unit", "time", "ask", "be");
    if (ownerHere) {
      takeOwnerOf(state, noun);
      push(state, { fn: superlative.dir === "desc" ? "max" : "min", distinct: false, noun, text });
      return 1;
    }
  }
  state.frame.superlatives.push(superlative);
  if (about !== undefined && isOp(peek(state), "possessive")) {
    state.at++;
    const phrase = parseNounPhrase(state, { ofOwner: false });
    if (phrase !== undefined) {
      phrase.head.owners.push(about);
      push(state, { distinct: false, noun: phrase.head, text });
      return 1;
    }
  }
  if (about !== undefined) {
    takeOwnerOf(state, about);
    push(state, { distinct: false, noun: about, text });
    return 1;
  }
  if (noun !== undefined && isPick) {
    takeOwnerOf(state, noun);
    push(state, { distinct: false, noun: rowsMeasured(superlative) ?? noun, text });
    return 1;
  }
  return 1;
}

/** "the 10 most expensive repairs" of a `repair_cost`: the rows that cost so much, and not the figures alone. */
function rowsMeasured({ noun, adjective }: Superlative): Noun | undefined {
  const [link] = noun?.columns ?? [];
  if (adjective === undefined || noun === undefined || link === undefined || link.score >= 0.6) return undefined;
  const { table } = link.column;
  return { text: noun.text, from: noun.from, columns: [], tables: [{ table, score: 1 }], owners: [] };
}

function takeOwnerOf(state: State, noun: NonNullable<Wish["noun"]>): void {
  if (!isOp(peek(state), "of", "prep")) return;
  const start = state.at;
  state.at++;
  skipFillers(state);
  if (isOp(peek(state), "each")) {
    state.at = start;
    return;
  }
  const next = asNoun(peek(state));
  if (next === undefined || !isTableNoun(next)) {
    state.at = start;
    return;
  }
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase === undefined) state.at = start;
  else {
    noun.owners.push(phrase.head);
    state.frame.mentions.push(phrase.head);
  }
}
