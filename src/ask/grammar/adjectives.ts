/** What stands before a noun: values ("French"), what has happened ("shipped orders"), both sides of a yes/no column ("churned vs non-churned"). */
import type { Condition, Noun, ValueChoice } from "../frame.ts";
import { isParticiple } from "../words.ts";
import {
  addCondition,
  asNoun,
  base,
  choiceOf,
  isName,
  isOp,
  isRateWord,
  isTableNoun,
  nounOf,
  peek,
  type State,
  textBetween,
  topScore,
} from "./state.ts";

const VERSUS = /^(?:vs|versus|against|compared)/i;

/** The column of both sides of "churned vs non-churned", and how many items say it. */
export function sidesAt(state: State): { noun: Noun; length: number } | undefined {
  const [item, glue] = [peek(state), peek(state, 1)];
  const column = isName(item) ? item.span.columns[0]?.column : undefined;
  if (!isName(item) || column?.flag === undefined || !isOp(glue, "and") || !VERSUS.test(glue.text)) return undefined;
  let ahead = 2;
  while (isOp(peek(state, ahead), "not", "no")) ahead++;
  const other = peek(state, ahead);
  if (!isName(other) || other.span.columns[0]?.column !== column) return undefined;
  return { noun: nounOf(item.span, item.text), length: ahead + 1 };
}

/** "churned vs non-churned": both sides of a yes/no column are to be told apart. */
export function takeVersus(state: State): boolean {
  const sides = sidesAt(state);
  if (sides === undefined) return false;
  state.frame.groups.push({ noun: sides.noun });
  state.at += sides.length;
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
export function takePreModifiers(state: State): void {
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
