/** Superlatives after what is asked for: "with the highest capacity", "was the average rate lowest", "is windier". */
import type { Noun, Superlative } from "../frame.ts";
import { isTyingVerb } from "../plain-words.ts";
import { mayHoldTime } from "./leading.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  addCondition,
  asNoun,
  base,
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
import { parseSuperlative, startsExtreme, startsSuperlative } from "./superlatives.ts";

/** "with the highest capacity", "has the most concerts", "by the youngest singer", "the most recent". */
export function superlativeRule(state: State): boolean {
  const start = state.at;
  const about = state.focus;
  skipOps(state, "have", "prep", "of", "be", "by", "relative");
  skipFillers(state);
  if (startsComparative(state)) return readComparative(state, about);
  if (!startsSuperlative(state) && !startsExtreme(state)) return false;
  if (startsExtreme(state) && isOp(state.items[state.at - 1], "comma", "and")) return false;
  const superlative = parseSuperlative(state, true);
  if (superlative === undefined) return false;
  if (
    superlative.noun === undefined &&
    superlative.adjective === undefined &&
    superlative.about === undefined &&
    !superlative.counts
  ) {
    const next = peek(state);
    if (next?.type === "word" && next.content) return false;
    // "which genre do students borrow most": what is done is counted.
    const done = state.at === start + 1 ? asNoun(state.items[start - 1]) : undefined;
    if (done !== undefined && isTableNoun(done) && isTyingVerb(done.text.split(" ").at(-1) ?? "")) {
      superlative.noun = done;
      superlative.counts = true;
    }
  }
  readWhole(state, superlative);
  if (superlative.about === undefined && about !== undefined) superlative.about = about;
  superlative.text = textBetween(state, start);
  if (state.negation !== undefined) addCondition(state, { ...base(state, superlative.text), kind: "top", superlative });
  else state.frame.superlatives.push(superlative);
  return true;
}

/** "Which location is windier?": a comparative without "than" asks for the extreme one. */
function startsComparative(state: State): boolean {
  const item = peek(state);
  if (state.frame.ask !== "which" && state.frame.ask !== "what" && state.frame.ask !== "who") return false;
  const isMore = (item?.type === "grade" && item.degree === "more") || isOp(item, "more");
  return isMore && !state.items.slice(state.at).some((later) => isOp(later, "than", "compare"));
}

function readComparative(state: State, about: Noun | undefined): boolean {
  const start = state.at;
  const item = peek(state);
  state.at++;
  const superlative: Superlative = {
    dir: item?.type === "grade" ? item.dir : isOp(item, "more") ? item.operation.dir : "desc",
    n: 1,
    counts: false,
    counted: false,
    text: "",
  };
  if (item?.type === "grade") superlative.adjective = item.adjective;
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase !== undefined) {
    superlative.noun = phrase.head;
    superlative.counts = isTableNoun(phrase.head) || !isMeasureNoun(phrase.head);
  }
  readWhole(state, superlative);
  if (about !== undefined) superlative.about = about;
  superlative.text = textBetween(state, start);
  state.frame.superlatives.push(superlative);
  return superlative.adjective !== undefined || superlative.noun !== undefined;
}

/** "… on average", "… in total": the superlative is about groups. */
function readWhole(state: State, superlative: Superlative): void {
  const item = peek(state);
  if (
    !isOp(item, "aggregate") ||
    isName(peek(state, 1)) ||
    !/^(in total|altogether|combined|on average|overall|together|in all)$/.test(item.text.toLowerCase())
  )
    return;
  state.at++;
  superlative.fn = item.operation.fn;
}

/** "was the average rate lowest", "did it rain the most": the measure stands before the superlative. */
export function measureFirstRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "be", "they", "have");
  const fn = takeOp(state, "aggregate");
  const item = peek(state);
  const noun = asNoun(item);
  if (noun === undefined || (!isName(item) && item?.type !== "value") || !isMeasureNoun(noun) || isTableNoun(noun))
    return false;
  state.at++;
  skipOps(state, "be");
  const superlative = peek(state);
  const dir = isOp(superlative, "superlative")
    ? superlative.operation.dir
    : superlative?.type === "grade" && superlative.degree === "most"
      ? superlative.dir
      : isOp(superlative, "top") && mayHoldTime(noun) && /^(?:first|last)$/i.test(superlative.text)
        ? /^first$/i.test(superlative.text)
          ? "asc"
          : "desc"
        : undefined;
  const after = peek(state, 1);
  if (dir === undefined || isName(after) || after?.type === "value" || isOp(after, "count", "aggregate")) return false;
  state.at++;
  state.frame.superlatives.push({
    dir,
    n: 1,
    noun,
    counts: false,
    counted: false,
    text: textBetween(state, start),
    ...(fn === undefined ? {} : { fn: fn.operation.fn }),
    ...(state.focus === undefined ? {} : { about: state.focus }),
  });
  return true;
}
