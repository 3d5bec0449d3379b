/** Related rows that must or must not exist, and yes/no columns: "who have friends", "without any concert", "churned". */
import type { Condition, Noun } from "../frame.ts";
import { isParticiple } from "../words.ts";
import { parseCondition } from "./conditions.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  addCondition,
  base,
  isName,
  isOp,
  isTableNoun,
  noteFocus,
  nounOf,
  peek,
  type State,
  skipFillers,
  skipOps,
  textBetween,
  topScore,
} from "./state.ts";

/** "who do not have …", "without any …", "except …": opens a negation over what follows. */
export function negationRule(state: State): boolean {
  const start = state.at;
  const item = peek(state);
  if (!isOp(item, "not", "no", "except")) {
    return false;
  }
  if (parseConditionOrNothing(state)) return true;
  state.at = start + 1;
  skipOps(state, "be", "have", "any", "prep");
  const strength = item.operation.op;
  const negation: Extract<Condition, { kind: "not" }> = { ...base(state, item.text), kind: "not", inner: [], strength };
  addCondition(state, negation);
  state.negation = negation;
  const phrase =
    isName(peek(state)) && !startsComparison(state) ? parseNounPhrase(state, { ofOwner: false }) : undefined;
  if (phrase === undefined) return true;
  const date = start === 0 && /^not$/i.test(item.text) ? openDate(phrase.head) : undefined;
  if (date !== undefined) {
    // "not sold flats": flats of which there is no such date.
    state.negation = undefined;
    state.frame.conditions = state.frame.conditions.filter((condition) => condition !== negation);
    addCondition(state, { ...base(state, `not ${phrase.head.text}`), kind: "null", noun: date, negated: false });
    return true;
  }
  const column = phrase.head.columns[0]?.column;
  if (column?.flag !== undefined && !isTableNoun(phrase.head) && !isOp(peek(state), "or", "comma", "and")) {
    // "not attended in May": what is denied is the flag, not the month.
    state.negation = undefined;
    state.frame.conditions = state.frame.conditions.filter((condition) => condition !== negation);
    addCondition(state, {
      ...base(state, `${item.text} ${phrase.head.text}`),
      kind: "flag",
      noun: phrase.head,
      positive: false,
    });
    return true;
  }
  negation.noun = phrase.head;
  noteFocus(state, phrase.head);
  return true;
}

/** "sold", "returned": the date of what has not happened to every row. */
function openDate(noun: Noun): Noun | undefined {
  const links = noun.columns.filter(
    ({ column, score }) =>
      column.temporal &&
      (column.info.nulls ?? 0) > 0 &&
      score >= topScore(noun.columns) - 0.05 &&
      isParticiple(noun.text),
  );
  return links.length === 1 && !isTableNoun(noun) ? { ...noun, columns: links } : undefined;
}

function parseConditionOrNothing(state: State): boolean {
  const item = peek(state);
  if (!isOp(item, "not")) return false;
  const next = peek(state, 1);
  if (
    isOp(next, "compare", "more", "null", "between") ||
    (isOp(next, "be", "have") && isOp(peek(state, 2), "compare", "null"))
  )
    return parseCondition(state);
  return false;
}

function startsComparison(state: State): boolean {
  return isOp(peek(state, 1), "be", "compare", "between") || peek(state, 1)?.type === "number";
}

/** "who have friends", "with concerts", "had a concert in 2014", "in concerts": related rows must exist. */
export function relatedRule(state: State): boolean {
  const start = state.at;
  const lead = peek(state);
  if (
    !isOp(lead, "have", "prep", "of", "any", "by", "both", "each") &&
    !isName(lead) &&
    !(lead?.type === "value" && isName(peek(state, 1)))
  )
    return false;
  while (isOp(peek(state), "have", "prep", "of", "any", "distinct", "by", "they", "relative", "both")) {
    if (isOp(peek(state), "both")) state.pair = "both";
    state.at++;
  }
  skipFillers(state);
  const phrase = parseNounPhrase(state, { ofOwner: true });
  if (phrase === undefined) return false;
  const { head } = phrase;
  const column = head.columns[0]?.column;
  if (!isTableNoun(head) && column?.flag !== undefined && topScore(head.columns) >= 0.6) {
    addCondition(state, { ...base(state, textBetween(state, start)), kind: "flag", noun: head, positive: true });
    return true;
  }
  const counted = column?.type === "integer" && column.info.min === 0 && !column.identifier && !isTableNoun(head);
  if (counted && state.negation === undefined && isOp(lead, "have") && topScore(head.columns) >= 0.9) {
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "compare",
      noun: head,
      cmp: ">",
      value: { kind: "number", value: 0, percent: false },
    });
    return true;
  }
  if (state.negation !== undefined && state.negation.noun === undefined && state.negation.inner.length === 0)
    state.negation.noun = head;
  else if (state.negation !== undefined)
    state.negation.inner.push({ ...base(state, head.text), kind: "exists", noun: head });
  else if (isTableNoun(head) && topScore(head.tables) >= 0.8) state.frame.mentions.push(head);
  if (isTableNoun(head)) state.focus = head;
  else {
    state.lastNoun = head;
    state.frame.asides.push(head);
  }
  return true;
}

/** A word of its own that is a yes/no column ("churned"). */
export function flagRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "be", "have", "relative");
  const item = peek(state);
  if (
    !isName(item) ||
    isName(peek(state, 1)) ||
    item.span.columns[0]?.column.flag === undefined ||
    topScore(item.span.columns) < 0.6
  )
    return false;
  if (isOp(peek(state, 1), "be") || peek(state, 1)?.type === "value") return false;
  state.at++;
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "flag",
    noun: nounOf(item.span, item.text),
    positive: true,
  });
  return true;
}
