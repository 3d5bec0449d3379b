/** What something is compared with: a number, a date, an average, any or all of something, or one row's value. */
import type { Noun, Quantity } from "../frame.ts";
import { parseNounPhrase } from "./nouns.ts";
import { asNoun, choiceOf, isName, isOp, peek, type State, skipFillers, skipOps, topScore } from "./state.ts";
import { parseSuperlative, startsSuperlative } from "./superlatives.ts";

/** Reads what follows a comparison; gives nothing (and stays) when it is no quantity. */
export function parseQuantity(state: State): Quantity | undefined {
  const start = state.at;
  skipOps(state, "they", "of", "than");
  skipFillers(state);
  const item = peek(state);
  const isPronoun =
    item?.type === "number" && item.text.toLowerCase() === "one" && isOp(peek(state, 1), "have", "relative", "prep");
  if (item?.type === "number" && !item.ordinal && !isPronoun) {
    state.at++;
    return { kind: "number", value: item.value, percent: item.percent };
  }
  if (item?.type === "period") {
    state.at++;
    return { kind: "period", period: item.period };
  }
  if (isOp(item, "aggregate") && !isName(peek(state, -1))) {
    state.at++;
    return readAggregate(state, item.operation.fn);
  }
  if (isOp(item, "superlative") || (item?.type === "grade" && item.degree === "most")) {
    const next = asNoun(peek(state, 1));
    if (
      next !== undefined &&
      isOp(item, "superlative") &&
      topScore(next.columns) >= 0.6 &&
      topScore(next.columns) > topScore(next.tables)
    ) {
      state.at++;
      return readAggregate(state, item.operation.dir === "desc" ? "max" : "min");
    }
  }
  if (isOp(item, "any", "each") || /^all$/.test(item?.text.toLowerCase() ?? "")) {
    const which = isOp(item, "any") && !/every|each/.test(item.text.toLowerCase()) ? "any" : "all";
    state.at++;
    return readAnyOf(state, which);
  }
  if (item?.type === "word" && item.lower === "all") {
    state.at++;
    return readAnyOf(state, "all");
  }
  const row = readRow(state);
  if (row !== undefined) return row;
  state.at = start;
  return undefined;
}

/** "the average", "the average weight", "the average population of all cities in Asia". */
function readAggregate(state: State, fn: Extract<Quantity, { kind: "aggregate" }>["fn"]): Quantity {
  const outer = state.frame;
  const scope: Quantity & { kind: "aggregate" } = { kind: "aggregate", fn, scope: [] };
  state.frame = { ...outer, conditions: scope.scope, mentions: [] };
  const negation = state.negation;
  state.negation = undefined;
  skipOps(state, "of");
  const item = peek(state);
  if (
    isName(item) ||
    (item?.type === "value" && isName(peek(state, 1))) ||
    (asNoun(item) !== undefined && !isOp(item, "aggregate", "prep", "have", "be"))
  ) {
    const phrase = parseNounPhrase(state, { ofOwner: true });
    if (phrase !== undefined) scope.noun = phrase.head;
  }
  readScope(state, scope.scope);
  state.frame = outer;
  state.negation = negation;
  return scope;
}

/** "in Europe", "from 2012": values and periods that belong to the quantity, not to the question. */
function readScope(state: State, scope: import("../frame.ts").Condition[]): void {
  for (;;) {
    const item = peek(state);
    const next = peek(state, 1);
    if (
      isOp(item, "prep") &&
      /^(across|among|over|for|in|of)$/.test(item.text.toLowerCase()) &&
      next?.type === "word" &&
      !next.content
    ) {
      state.at += 2;
      continue;
    }
    if (isOp(item, "each") && /^across/.test(item.text.toLowerCase()) && isName(next)) {
      state.at += 2;
      continue;
    }
    if ((isOp(item, "prep") || isOp(item, "of")) && (next?.type === "value" || next?.type === "quote")) {
      const choice = choiceOf(next);
      if (choice === undefined) return;
      state.at += 2;
      scope.push({ joiner: "and", text: choice.text, kind: "value", choices: [choice], every: false });
      continue;
    }
    if (isOp(item, "prep") && next?.type === "period") {
      state.at += 2;
      scope.push({ joiner: "and", text: next.text, kind: "period", cmp: "=", periods: [next.period], every: false });
      continue;
    }
    return;
  }
}

function readAnyOf(state: State, which: "any" | "all"): Quantity | undefined {
  const outer = state.frame;
  const scope: import("../frame.ts").Condition[] = [];
  state.frame = { ...outer, conditions: scope, mentions: [] };
  skipOps(state, "of", "they");
  let noun: Noun | undefined;
  const phrase = parseNounPhrase(state, { ofOwner: true });
  if (phrase !== undefined) noun = phrase.head;
  readScope(state, scope);
  state.frame = outer;
  return noun === undefined ? undefined : { kind: "anyOf", which, noun, scope };
}

/** "(than) the car with the largest horsepower", "the one with the most …". */
function readRow(state: State): Quantity | undefined {
  const start = state.at;
  const outer = state.frame;
  const scope: import("../frame.ts").Condition[] = [];
  state.frame = { ...outer, conditions: scope, mentions: [], superlatives: [] };
  try {
    const number = peek(state);
    if (number?.type === "number" && number.text.toLowerCase() === "one") state.at++;
    else if (!startsSuperlative(state)) {
      const phrase = parseNounPhrase(state, { ofOwner: true });
      if (phrase === undefined) return undefined;
    }
    skipOps(state, "have", "relative", "prep");
    if (!startsSuperlative(state)) {
      state.at = start;
      return undefined;
    }
    const superlative = parseSuperlative(state, true);
    return superlative === undefined ? undefined : { kind: "rowOf", superlative, scope };
  } finally {
    state.frame = outer;
  }
}
