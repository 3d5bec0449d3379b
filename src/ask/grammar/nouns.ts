/** Noun phrases: "the French singers", "singer names", "4-cylinder cars", "Kyle's id", "name of the singer". */
import type { Condition, Noun, ValueChoice } from "../frame.ts";
import { isTyingVerb } from "../plain-words.ts";
import { isParticiple } from "../words.ts";
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
  mark,
  nounOf,
  peek,
  reset,
  type State,
  skipFillers,
  textBetween,
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

const VERSUS = /^(?:vs|versus|against|compared)/i;

/** "churned vs non-churned": both sides of a yes/no column are to be told apart. */
function takeVersus(state: State): boolean {
  const [item, glue] = [peek(state), peek(state, 1)];
  const column = isName(item) ? item.span.columns[0]?.column : undefined;
  if (!isName(item) || column?.flag === undefined || !isOp(glue, "and") || !VERSUS.test(glue.text)) return false;
  let ahead = 2;
  while (isOp(peek(state, ahead), "not", "no")) ahead++;
  const other = peek(state, ahead);
  if (!isName(other) || other.span.columns[0]?.column !== column) return false;
  state.frame.groups.push({ noun: nounOf(item.span, item.text) });
  state.at += ahead + 1;
  return true;
}

/** "shipped orders", "not closed tickets": a date that is there, or is not. */
function eventAt(state: State, ahead: number): { noun: Noun; denied: boolean } | undefined {
  const denied = isOp(peek(state, ahead), "not");
  const at = denied ? ahead + 1 : ahead;
  const item = peek(state, at);
  const column = isName(item) ? item.span.columns[0]?.column : undefined;
  if (!isName(item) || !isParticiple(item.text) || column?.temporal !== true || (column.info.nulls ?? 0) === 0)
    return undefined;
  if (!isTableNoun(asNoun(peek(state, at + 1))) || topScore(item.span.tables) >= 0.7) return undefined;
  return { noun: nounOf(item.span, item.text), denied };
}

function takeEvent(state: State): boolean {
  const event = eventAt(state, 0);
  if (event === undefined) return false;
  state.at += event.denied ? 2 : 1;
  const text = event.denied ? `not ${event.noun.text}` : event.noun.text;
  addCondition(state, { ...base(state, text), kind: "null", noun: event.noun, negated: !event.denied });
  return true;
}

/** "not paid invoices", "not cancelled members": what the rows are not. */
function takeDenied(state: State): boolean {
  const [not, item] = [peek(state), peek(state, 1)];
  if (!isOp(not, "not") || !isName(peek(state, 2)) || state.spentNot === state.at) return false;
  const text = `${not.text} ${item?.text ?? ""}`;
  const choice = item?.type === "value" ? choiceOf(item) : undefined;
  if (choice !== undefined && choice.links.length > 0) {
    state.at += 2;
    const inner: Condition = { ...base(state, text), kind: "value", choices: [choice], every: false };
    addCondition(state, { ...base(state, text), kind: "not", inner: [inner], strength: "not" });
    return true;
  }
  if (!isName(item) || item.span.columns[0]?.column.flag === undefined || topScore(item.span.tables) >= 0.7)
    return false;
  state.at += 2;
  addCondition(state, { ...base(state, text), kind: "flag", noun: nounOf(item.span, item.text), positive: false });
  return true;
}

/** "companies donated", "the smallest flat sold last year": the verb says what they did, and is not what they are of. */
function actsItself({ text }: ValueChoice, next: ReturnType<typeof peek>, after: ReturnType<typeof peek>): boolean {
  if (!isName(next) || !isParticiple(next.text)) return false;
  const [first] = next.span.columns;
  if (/s$/i.test(text) && first?.column.temporal === true) return true;
  return (
    after?.type === "period" &&
    next.span.columns.some(({ column, score }) => column.temporal && score >= (first?.score ?? 0) - 0.05)
  );
}

/** "premium and basic customers", "bachelor vs master grades": values of one column before what they describe. */
function takePair(state: State, first: ValueChoice): boolean {
  const choices = [first];
  let ahead = 1;
  for (;;) {
    const other = isOp(peek(state, ahead), "and", "or", "comma") ? choiceOf(peek(state, ahead + 1)) : undefined;
    if (other === undefined) break;
    const shared = other.links.some((link) => first.links.some(({ column }) => column === link.column));
    if (!shared) return false;
    choices.push(other);
    ahead += 2;
  }
  if (choices.length < 2 || !isName(peek(state, ahead)) || isOp(peek(state, ahead + 1), "be")) return false;
  const start = state.at;
  state.at += ahead;
  addCondition(state, { ...base(state, textBetween(state, start)), kind: "value", choices, every: false });
  return true;
}

/** Conditions said as adjectives: values ("French"), flags ("official"), figures with a unit ("4 cylinder"), "Kyle's". */
function takePreModifiers(state: State): void {
  for (;;) {
    const item = peek(state);
    const next = peek(state, 1);
    const choice = item?.type === "value" || item?.type === "quote" ? choiceOf(item) : undefined;
    if (
      choice !== undefined &&
      choice.links.length > 0 &&
      !actsItself(choice, next, peek(state, 2)) &&
      (isName(next) ||
        isOp(next, "possessive") ||
        eventAt(state, 1) !== undefined ||
        (next?.type === "value" && isName(peek(state, 2))))
    ) {
      state.at++;
      if (isOp(next, "possessive")) state.at++;
      addCondition(state, { ...base(state, choice.text), kind: "value", choices: [choice], every: false });
      continue;
    }
    if (choice !== undefined && takePair(state, choice)) continue;
    if (
      item?.type === "number" &&
      !item.ordinal &&
      isName(next) &&
      isName(peek(state, 2)) &&
      topScore(next.span.columns) > topScore(next.span.tables)
    ) {
      const noun = nounOf(next.span, next.text);
      state.at += 2;
      addCondition(state, {
        ...base(state, `${item.text} ${next.text}`),
        kind: "compare",
        noun,
        cmp: "=",
        value: { kind: "number", value: item.value, percent: false },
      });
      continue;
    }
    if (isName(item) && takeVersus(state)) continue;
    if (takeEvent(state) || takeDenied(state)) continue;
    if (
      isName(item) &&
      isName(next) &&
      !isRateWord(next) &&
      item.span.columns[0]?.column.flag !== undefined &&
      topScore(item.span.tables) < 0.7
    ) {
      const negative =
        isOp(state.items[state.at - 1], "not") && state.spentNot !== state.at - 1 && state.negation === undefined;
      state.at++;
      addCondition(state, {
        ...base(state, item.text),
        kind: "flag",
        noun: nounOf(item.span, item.text),
        positive: !negative,
      });
      continue;
    }
    return;
  }
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
