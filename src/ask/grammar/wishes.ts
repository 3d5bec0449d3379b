/** Single wishes: counts, shares, aggregates, superlatives, rates. */
import type { Noun, Wish } from "../frame.ts";
import type { AggregateName } from "../phrases.ts";
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
  nounOf,
  peek,
  type State,
  skipFillers,
  skipOps,
  takeOp,
  textBetween,
} from "./state.ts";

/** "how many people were killed": the amount is named by the verb. */
function amountAhead(state: State): Noun | undefined {
  let ahead = 0;
  while (isOp(peek(state, ahead), "be", "have")) ahead++;
  const item = peek(state, ahead);
  const noun = isName(item) ? asNoun(item) : undefined;
  if (noun === undefined || isTableNoun(noun) || !isMeasureNoun(noun)) return undefined;
  state.at += ahead + 1;
  return noun;
}

/** "churn rate", "no-show rate": the share of rows whose yes/no column says yes, or that have the value. */
export function takeRate(state: State): boolean {
  const item = peek(state);
  if (item === undefined || !isRateWord(peek(state, 1))) return false;
  const part = base(state, item.text);
  const choice = item.type === "value" ? choiceOf(item) : undefined;
  if (isName(item) && item.span.columns[0]?.column.flag !== undefined)
    addCondition(state, { ...part, kind: "flag", noun: nounOf(item.span, item.text), positive: true });
  else if (choice !== undefined && choice.links.length > 0)
    addCondition(state, { ...part, kind: "value", choices: [choice], every: false });
  else if (
    isName(item) &&
    item.span.columns[0]?.column.temporal === true &&
    (item.span.columns[0].column.info.nulls ?? 0) > 0
  )
    // "cancellation rate" of a `cancel_date`: of how many there is one.
    addCondition(state, { ...part, kind: "null", noun: nounOf(item.span, item.text), negated: true });
  else return false;
  const condition = state.frame.conditions[state.frame.conditions.length - 1];
  if (condition !== undefined) {
    condition.predicate = true;
    condition.inWish = false;
  }
  state.at += 2;
  state.frame.share = true;
  return true;
}

/** An operation's word is the name of a column here ("the average of all stadiums"). */
export function isColumnHere(state: State): boolean {
  const item = peek(state);
  if (item?.type !== "op" || item.span === undefined) return false;
  const next = peek(state, 1);
  if (item.operation.op === "aggregate")
    return (
      isOp(next, "of", "prep") && isTableNoun(asNoun(peek(state, 2))) && (item.span.columns[0]?.score ?? 0) >= 0.95
    );
  if (item.operation.op === "count")
    return (
      (item.span.columns[0]?.score ?? 0) >= 0.98 &&
      !isName(next) &&
      !isOp(next, "of", "distinct") &&
      !(isOp(next, "stop") || next === undefined)
    );
  return (item.span.columns[0]?.score ?? 0) >= 0.95 && !isName(next);
}

export function push(state: State, wish: Wish): void {
  state.frame.wishes.push(wish);
}

export function parseCount(state: State, start: number, distinctBefore: boolean): number {
  state.at++;
  skipOps(state, "of");
  skipFillers(state);
  let distinct = distinctBefore;
  if (takeOp(state, "distinct") !== undefined) distinct = true;
  skipKindOf(state);
  const unit = peek(state);
  if (isOp(unit, "unit") && !unit.operation.adverb && /s$/i.test(unit.text) && countsTimes(state)) {
    state.at++;
    push(state, { fn: "count", distinct: true, unit: unit.operation.unit, text: textBetween(state, start) });
    return 1;
  }
  const phrase = parseNounPhrase(state, { ofOwner: true });
  if (phrase === undefined) {
    const item = peek(state);
    const wish: Wish = { fn: "count", distinct, text: textBetween(state, start) };
    if (item?.type === "word" && (item.person || item.content)) {
      if (item.person) wish.people = true;
      else wish.unknown = item.text;
      state.at++;
      const amount = item.person ? amountAhead(state) : undefined;
      if (amount !== undefined) {
        push(state, { ...wish, noun: amount, asked: true });
        return 1;
      }
    }
    push(state, wish);
    return 1;
  }
  if (!isTableNoun(phrase.head) && phrase.head.columns[0]?.column.flag !== undefined && !distinct && !phrase.distinct) {
    push(state, { fn: "count", distinct: false, text: textBetween(state, start) });
    addCondition(state, { ...base(state, phrase.head.text), kind: "flag", noun: phrase.head, positive: true });
    return 1;
  }
  push(state, {
    fn: "count",
    noun: phrase.head,
    distinct: distinct || phrase.distinct,
    asked: true,
    text: textBetween(state, start),
  });
  let added = 1;
  while (
    isOp(peek(state), "and", "comma") &&
    (isName(peek(state, 1)) || (isOp(peek(state, 1), "distinct") && isName(peek(state, 2)))) &&
    /number|how many|count/i.test(textBetween(state, start)) &&
    startsSharedCount(state)
  ) {
    state.at++;
    const next = parseNounPhrase(state, { ofOwner: true });
    if (next === undefined) break;
    push(state, { fn: "count", noun: next.head, distinct: distinct || next.distinct, text: next.head.text });
    added++;
  }
  return added;
}

/** "on how many days was it colder than 5": the days are counted, and not how long something lasted. */
function countsTimes(state: State): boolean {
  if (asNoun(peek(state)) !== undefined && !isOp(state.items[0], "prep")) return false;
  const rest = state.items.slice(state.at + 1);
  return !rest.some(
    (item) =>
      isOp(item, "between", "each", "by") ||
      /^(?:take[sn]?|took|last|lasts|lasted|pass(?:ed)?|wait(?:ed)?|until|since|ago|before|after|old|early|late)$/i.test(
        item.text,
      ),
  );
}

/** "number of different series names and contents": the count spans both, when both are plain columns in the plural. */
function startsSharedCount(state: State): boolean {
  const next = peek(state, isOp(peek(state, 1), "distinct") ? 2 : 1);
  const noun = asNoun(next);
  const last = state.frame.wishes[state.frame.wishes.length - 1];
  return (
    noun !== undefined &&
    last?.distinct === true &&
    /s$/.test(noun.text) &&
    !isTableNoun(noun) &&
    last.noun !== undefined &&
    !isTableNoun(last.noun)
  );
}

/** "types of", "kinds of" before a noun mean its different values. */
function skipKindOf(state: State): void {
  const item = peek(state);
  if (item?.type === "word" && /^(types?|kinds?|forms?|sorts?)$/.test(item.lower) && isOp(peek(state, 1), "of"))
    state.at += 2;
}

export function parseShare(state: State, start: number): number {
  state.at++;
  state.frame.share = true;
  skipOps(state, "of", "they");
  skipFillers(state);
  takeOp(state, "aggregate");
  const phrase = parseNounPhrase(state, { ofOwner: true });
  if (phrase === undefined) {
    push(state, { fn: "count", distinct: false, asShare: true, text: textBetween(state, start) });
    return 1;
  }
  if (!isTableNoun(phrase.head) && phrase.head.columns[0]?.column.flag !== undefined) {
    // "what percentage would recommend us": those who would.
    addCondition(state, { ...base(state, phrase.head.text), kind: "flag", noun: phrase.head, positive: true });
    push(state, { fn: "count", distinct: false, asShare: true, text: textBetween(state, start) });
    return 1;
  }
  const wish: Wish = { distinct: false, noun: phrase.head, asShare: true, text: textBetween(state, start) };
  if (isTableNoun(phrase.head) || !isMeasureNoun(phrase.head)) wish.fn = "count";
  else wish.fn = "sum";
  push(state, wish);
  return 1;
}

export function parseAggregates(state: State, start: number): number {
  const fns: { fn: AggregateName | "count"; share?: number }[] = [];
  for (;;) {
    const item = takeOp(state, "aggregate", "quantile");
    if (item === undefined) break;
    if (item.operation.op === "quantile") fns.push({ fn: "median", share: item.operation.share });
    else fns.push({ fn: item.operation.fn });
    let ahead = 0;
    while (isOp(peek(state, ahead), "comma", "and", "or")) ahead++;
    if (ahead > 0 && isOp(peek(state, ahead), "aggregate", "quantile")) state.at += ahead;
  }
  skipOps(state, "of");
  skipFillers(state);
  skipOps(state, "of");
  if (fns.length === 1 && fns[0]?.fn === "avg") takeStep(state);
  const count = isOp(peek(state), "count") && !isColumnHere(state) ? takeOp(state, "count") : undefined;
  const grade = peek(state);
  if (grade?.type === "grade" && grade.degree === "plain") state.at++;
  const distinct = takeOp(state, "distinct") !== undefined;
  takeOp(state, "howmuch");
  const phrase = parseNounPhrase(state, { ofOwner: true });
  if (count !== undefined && fns.length === 1 && fns[0]?.fn === "sum") {
    push(state, {
      fn: "count",
      distinct,
      ...(phrase === undefined ? {} : { noun: phrase.head }),
      asked: true,
      text: textBetween(state, start),
    });
    return 1;
  }
  if (phrase === undefined && count === undefined) {
    const noun = asNoun(state.items[state.at - 1]);
    if (noun === undefined) return 0;
    push(state, { distinct: false, noun, text: noun.text });
    return 1;
  }
  for (const { fn, share } of fns) {
    push(state, {
      fn,
      distinct,
      text: `${state.items[start]?.text ?? fn} ${phrase?.head.text ?? ""}`,
      ...(share === undefined ? {} : { share }),
      ...(phrase === undefined ? {} : { noun: phrase.head }),
      ...(count === undefined || (count.span?.columns[0]?.score ?? 0) >= 0.95 ? {} : { asked: true }),
    });
  }
  return fns.length + (count === undefined && fns.length === 1 ? moreMeasures(state, fns[0]?.fn ?? "avg") : 0);
}

/** "average monthly revenue": of each month's. */
function takeStep(state: State): void {
  const unit = peek(state);
  if (!isOp(unit, "unit") || !/^(?:\w+ly|annual)$/i.test(unit.text) || peek(state, 1) === undefined) return;
  state.at++;
  state.frame.groups.unshift({ unit: unit.operation.unit, inner: true });
}

/** "average home score and away score": the aggregate spans further columns of numbers. */
function moreMeasures(state: State, fn: Wish["fn"] & string): number {
  let added = 0;
  for (;;) {
    const start = state.at;
    while (isOp(peek(state), "and", "comma")) state.at++;
    const noun = asNoun(peek(state));
    if (
      state.at === start ||
      !isName(peek(state)) ||
      !isMeasureNoun(noun) ||
      isTableNoun(noun) ||
      !isNumberNoun(noun)
    ) {
      state.at = start;
      return added;
    }
    const phrase = parseNounPhrase(state, { ofOwner: true });
    const next = peek(state);
    if (phrase === undefined || isOp(next, "compare", "between", "null") || next?.type === "number") {
      state.at = start;
      return added;
    }
    push(state, { fn, distinct: false, noun: phrase.head, text: phrase.head.text });
    added++;
  }
}

function isNumberNoun(noun: Noun | undefined): boolean {
  const column = noun?.columns[0]?.column;
  return column !== undefined && (column.numeric || column.numberText) && !column.identifier && !column.year;
}
