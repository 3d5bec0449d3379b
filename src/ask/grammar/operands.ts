/** What stands on the other side of a comparison, beside plain quantities: another column, a thing known by name, a text; and units. */
import type { Quantity } from "../frame.ts";
import type { Comparison } from "../phrases.ts";
import { isUnitWord } from "../units.ts";
import { mayHoldTime } from "./leading.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  choiceOf,
  isMeasureNoun,
  isName,
  isOp,
  isTableNoun,
  isWholeWord,
  peek,
  type State,
  skipFillers,
  skipOps,
  topScore,
} from "./state.ts";

/** "than Titanic": the same measure of a thing known by name. */
export function entityQuantity(state: State): Quantity | undefined {
  const choice = choiceOf(peek(state));
  if (choice === undefined || choice.links.length === 0) return undefined;
  state.at++;
  return { kind: "entity", choice };
}

/** "later than promised", "above the list price": another column of the same row. */
export function columnQuantity(state: State): Quantity | undefined {
  const start = state.at;
  skipOps(state, "they", "be", "of", "than", "relative");
  skipFillers(state);
  const limit = takeLimit(state);
  const phrase = isName(peek(state)) ? parseNounPhrase(state, { ofOwner: false }) : undefined;
  if (phrase !== undefined && limit !== undefined)
    phrase.head.columns = phrase.head.columns.flatMap((link) =>
      link.column.words.some((word) => word.lower.startsWith(limit)) ? [{ ...link, score: link.score + 0.4 }] : [],
    );
  const after = peek(state);
  const holds =
    phrase !== undefined &&
    (isMeasureNoun(phrase.head) || mayHoldTime(phrase.head)) &&
    !isTableNoun(phrase.head) &&
    after?.type !== "number" &&
    after?.type !== "value" &&
    after?.type !== "period";
  if (phrase !== undefined && holds) return { kind: "column", noun: phrase.head };
  state.at = start;
  return undefined;
}

/** "the machine's maximum temperature": a column of limits, not a figure over all rows. */
function takeLimit(state: State): "max" | "min" | undefined {
  const at = isName(peek(state)) && isOp(peek(state, 1), "possessive") ? 2 : 0;
  const item = peek(state, at);
  if (!isOp(item, "aggregate") || !isName(peek(state, at + 1))) return undefined;
  const { fn } = item.operation;
  if (fn !== "max" && fn !== "min") return undefined;
  state.at += at + 1;
  return fn;
}

export function textQuantity(state: State, cmp: Comparison): Quantity | undefined {
  const choice = choiceOf(peek(state));
  if (choice === undefined || (cmp !== "=" && cmp !== "!=")) return undefined;
  state.at++;
  return { kind: "text", text: choice.text };
}

/** "… in total", "… on average": the comparison is about a group as a whole. */
export function takeWhole(state: State): "sum" | "avg" | undefined {
  const item = peek(state);
  if (!isWholeWord(item) || isName(peek(state, 1))) return undefined;
  state.at++;
  return item.operation.fn === "avg" ? "avg" : "sum";
}

/** "5 kg", "200 minutes": the unit goes with the number. */
export function takeUnit(state: State, value: Quantity): void {
  const item = peek(state);
  if (value.kind !== "number" || item === undefined) return;
  const word = item.text.toLowerCase();
  if (!isUnitWord(word) || (item.type === "name" && topScore(item.span.columns) >= 0.9)) return;
  if (item.type !== "word" && item.type !== "name" && item.type !== "proper" && !isOp(item, "unit", "aggregate"))
    return;
  value.unit = word;
  state.at++;
}
