/** Parts of texts ("contains", "starts with") and missing values. */

import { leadingNoun } from "./leading.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  addCondition,
  base,
  isName,
  isOp,
  isTableNoun,
  peek,
  type State,
  skipFillers,
  skipOps,
  takeOp,
  textBetween,
  topScore,
} from "./state.ts";
import { valueRule } from "./values.ts";

/** "whose name contains 'Al'", "having 'Hey' in its name", "that start with A". */
export function likeRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  while (
    isOp(peek(state), "be", "have", "relative") ||
    (peek(state)?.type === "word" && !(peek(state) as { content: boolean }).content)
  )
    state.at++;
  const like = takeOp(state, "like");
  const item = peek(state);
  const after = peek(state, 1);
  if (like !== undefined && item?.type === "name" && (after?.type === "quote" || after?.type === "value"))
    return valueRule(state);
  const text =
    item?.type === "quote" ||
    item?.type === "proper" ||
    item?.type === "value" ||
    (like !== undefined && (item?.type === "word" || item?.type === "number" || item?.type === "name"))
      ? item.text
      : undefined;
  if (text === undefined) return false;
  if (like === undefined) {
    if (item?.type !== "quote") return false;
    const [prep, they] = [peek(state, 1), peek(state, 2)];
    if (!isOp(prep, "prep") || prep.text.toLowerCase() !== "in" || !isOp(they, "they")) return false;
  }
  state.at++;
  let target = noun;
  const where = like?.operation.where ?? "any";
  if (isOp(peek(state), "prep") && (isOp(peek(state, 1), "they") || isName(peek(state, 1)))) {
    const back = state.at;
    state.at++;
    skipOps(state, "they");
    const phrase = parseNounPhrase(state, { ofOwner: false });
    if (phrase === undefined) state.at = back;
    else {
      if (target !== undefined) phrase.head.owners.push(target);
      target = phrase.head;
    }
  }
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "like",
    where,
    text_: text,
    ...(target === undefined ? {} : { noun: target }),
  });
  return true;
}

/** "with no rating", "whose rating is missing", "unknown director", "is null". */
export function nullRule(state: State): boolean {
  const start = state.at;
  const lead = leadingNoun(state);
  while (isOp(peek(state), "be", "have", "relative", "prep")) state.at++;
  const negation = takeOp(state, "not");
  const found = takeOp(state, "null");
  if (found === undefined) return false;
  let noun = lead;
  if (noun === undefined) {
    skipFillers(state);
    skipOps(state, "of", "prep", "any");
    const phrase = parseNounPhrase(state, { ofOwner: false });
    if (phrase === undefined) return false;
    noun = phrase.head;
  }
  if (isTableNoun(noun) && lead === undefined && !found.operation.negated) {
    addCondition(state, { ...base(state, textBetween(state, start)), kind: "not", noun, inner: [], strength: "no" });
    return true;
  }
  if (topScore(noun.columns) < 0.4) return false;
  if (noun.columns[0]?.column.flag !== undefined && /^(?:do|does|lack)/i.test(found.text)) {
    addCondition(state, { ...base(state, textBetween(state, start)), kind: "flag", noun, positive: false });
    return true;
  }
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "null",
    noun,
    negated: found.operation.negated !== (negation !== undefined),
  });
  return true;
}
