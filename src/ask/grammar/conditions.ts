/** Conditions: comparisons, ranges, values, dates, patterns, missing values, and how many related rows there are. */
import { betweenRule, compareRule, postRule } from "./comparisons.ts";
import { leadingNoun, mayHoldTime } from "./leading.ts";
import { parseNounPhrase } from "./nouns.ts";
import { likeRule, nullRule } from "./patterns.ts";
import {
  addCondition,
  asNoun,
  base,
  isMeasureNoun,
  isName,
  isOp,
  isTableNoun,
  mark,
  peek,
  reset,
  type State,
  skipOps,
  textBetween,
} from "./state.ts";
import { valueRule } from "./values.ts";

/** Reads one condition if one begins here, and adds it to the frame. */
export function parseCondition(state: State): boolean {
  const start = mark(state);
  for (const rule of RULES) {
    if (rule(state)) return true;
    reset(state, start);
  }
  return false;
}

/** "per month" groups; "month" alone may stand before a date. */
function isAdverb(item: ReturnType<typeof peek>): boolean {
  return isOp(item, "unit") && item.operation.adverb;
}

/** "in 2014", "in year 2014 or 2015", "in both 2014 and 2015", "last month". */
function periodRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  if (noun !== undefined && !mayHoldTime(noun)) return false;
  while (
    (isOp(peek(state), "be", "of", "prep", "both", "either", "they", "unit", "between") && !isAdverb(peek(state))) ||
    (/^over$/i.test(peek(state)?.text ?? "") && peek(state, 1)?.type === "period")
  ) {
    const op = peek(state);
    if (isOp(op, "both", "either")) state.pair = op.operation.op;
    state.at++;
  }
  const periods = [];
  let conj: "and" | "or" = "or";
  for (;;) {
    const item = peek(state);
    if (item?.type !== "period") break;
    periods.push(item.period);
    state.at++;
    const glue = peek(state);
    const after = peek(state, 1);
    if (isOp(glue, "and", "or", "comma") && after?.type === "period") {
      if (isOp(glue, "and")) conj = "and";
      state.at++;
    } else if (isOp(glue, "comma") && isOp(after, "and", "or") && peek(state, 2)?.type === "period") state.at += 2;
    else break;
  }
  if (periods.length === 0) return false;
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "period",
    cmp: "=",
    periods,
    every: conj === "and" && periods.length > 1,
    ...(noun === undefined || !mayHoldTime(noun) ? {} : { noun }),
  });
  state.pair = undefined;
  return true;
}

/** "4 cylinders", "with 8 cylinders": a figure before the column it belongs to. */
function figureRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "have", "prep", "be", "of", "only");
  const item = peek(state);
  if (item?.type !== "number" || item.ordinal) return false;
  const next = peek(state, 1);
  const noun = asNoun(next);
  if (noun === undefined || !(isName(next) || isOp(next, "unit", "count"))) return false;
  state.at++;
  if (isName(next) && isName(peek(state, 1)) && isMeasureNoun(noun) && !isTableNoun(noun)) {
    state.at++;
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "compare",
      noun,
      cmp: "=",
      value: { kind: "number", value: item.value, percent: item.percent },
    });
    return true;
  }
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase === undefined) return false;
  if (isTableNoun(phrase.head) || !isMeasureNoun(phrase.head)) {
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "count",
      noun: phrase.head,
      cmp: "=",
      n: item.value,
    });
    return true;
  }
  const before = state.frame.conditions[state.frame.conditions.length - 1];
  const goesOn = isOp(state.items[start - 1], "and") && before?.kind === "compare" && before.cmp === ">=";
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "compare",
    noun: phrase.head,
    cmp: goesOn ? ">=" : "=",
    value: { kind: "number", value: item.value, percent: item.percent },
  });
  state.lastNoun = phrase.head;
  return true;
}

const RULES = [betweenRule, postRule, compareRule, likeRule, nullRule, periodRule, valueRule, figureRule];
