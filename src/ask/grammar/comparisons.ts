/** Comparisons: "age above 20", "older than the average", "at least 2 courses", "between 5 and 10", "30 or more". */
import type { Noun, Quantity } from "../frame.ts";
import type { Item } from "../items.ts";
import { findGradable } from "../lexicon.ts";
import type { Comparison } from "../phrases.ts";
import type { Column } from "../schema.ts";
import { isUnitWord } from "../units.ts";
import { leadingNoun, mayHoldTime } from "./leading.ts";
import { parseNounPhrase } from "./nouns.ts";
import { columnQuantity, entityQuantity, takeUnit, takeWhole, textQuantity } from "./operands.ts";
import { parseQuantity } from "./quantities.ts";
import {
  addCondition,
  asNoun,
  base,
  choiceOf,
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
  topScore,
} from "./state.ts";

/** The comparison that begins here, as an operation or as "older than", "greater … than". */
interface ComparisonStart {
  cmp: Comparison;
  adjective?: string;
  noun?: Noun;
  /** "before", "since" and the like: a date is compared. */
  timely?: boolean;
}

function parseComparator(state: State): ComparisonStart | undefined {
  const start = state.at;
  const negated = takeOp(state, "not") !== undefined;
  skipOps(state, "be", "have");
  skipFillers(state);
  let item = peek(state);
  if (isOp(item, "time") && item.operation.cmp === "<=" && item.text.toLowerCase() === "to") item = undefined;
  if (isOp(item, "compare", "time")) {
    state.at++;
    return { cmp: negated ? invert(item.operation.cmp) : item.operation.cmp, timely: item.operation.op === "time" };
  }
  if (item?.type === "grade" && item.degree === "more") {
    state.at++;
    let noun: Noun | undefined;
    if (!isOp(peek(state), "than")) noun = parseNounPhrase(state, { ofOwner: false })?.head;
    if (takeOp(state, "than") !== undefined || isOp(peek(state), "compare")) {
      const cmp: Comparison = item.dir === "desc" ? ">" : "<";
      return { cmp: negated ? invert(cmp) : cmp, adjective: item.adjective, ...(noun === undefined ? {} : { noun }) };
    }
  }
  if (isOp(item, "more")) {
    state.at++;
    const noun = parseNounPhrase(state, { ofOwner: false })?.head;
    if (takeOp(state, "than") !== undefined)
      return { cmp: item.operation.dir === "desc" ? ">" : "<", ...(noun === undefined ? {} : { noun }) };
  }
  state.at = start;
  return undefined;
}

function invert(cmp: Comparison): Comparison {
  return ({ ">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "!=", "!=": "=" } as const)[cmp];
}

/** "[age] above 20", "above age 20", "older than the average", "more than 3 models", "at least 2 courses", "30 or more". */
export function compareRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  // "peak above 70": a column called so, and no figure over rows.
  const fn = noun === undefined || state.at === start + 1 ? undefined : state.items[start];
  const comparator = parseComparator(state);
  if (comparator === undefined || isFlagNoun(noun)) return false;
  let measure = comparator.noun ?? noun;
  if (measure === undefined && isNameBeforeQuantity(state)) measure = parseNounPhrase(state, { ofOwner: false })?.head;
  // "booked over the phone": how, and not more than something.
  const said = choiceOf(peek(state));
  if (/^over$/i.test(state.items[state.at - 1]?.text ?? "") && isSpan(peek(state))) return false;
  if (
    /^over$/i.test(state.items[state.at - 1]?.text ?? "") &&
    said?.links.every(({ column }) => !isNamed(column)) === true
  )
    return false;
  const value =
    parseQuantity(state) ?? textQuantity(state, comparator.cmp) ?? entityQuantity(state) ?? columnQuantity(state);
  if (value === undefined) return false;
  return finishComparison(
    state,
    start,
    comparator,
    measure,
    value,
    isOp(fn, "aggregate") ? fn.operation.fn : undefined,
  );
}

/** "over the last 12 months": a stretch of time, and nothing that is exceeded. */
function isSpan(item: Item | undefined): boolean {
  return item?.type === "period" && item.period.bareYear === undefined;
}

/** "above 200 a night": what a price is of, and not how many there are. */
function isRate(item: Item | undefined): boolean {
  return item?.gap === true && item.type === "name" && !/s$/i.test(item.text);
}

/** Whether values of a column name rows, whose measures can be compared. */
function isNamed(column: Column): boolean {
  return column === column.table.label || column.unique;
}

/** "who churned are older than 60": what says yes or no is not compared. */
function isFlagNoun(noun: Noun | undefined): boolean {
  return noun?.columns[0]?.column.flag !== undefined && !isTableNoun(noun);
}

/** "between" after a name or before one. */
export function betweenRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  skipOps(state, "be", "have");
  const isBetween = takeOp(state, "between") !== undefined;
  const isFrom =
    !isBetween &&
    isOp(peek(state), "prep") &&
    /^from$/.test(peek(state)?.text.toLowerCase() ?? "") &&
    (peek(state, 1)?.type === "period" || peek(state, 1)?.type === "number");
  if (!isBetween && !isFrom) return false;
  if (isFrom) state.at++;
  const numbers = state.items.slice(state.at, state.at + 4).filter((item) => item.type === "number");
  let measure = noun;
  if (measure === undefined && isNameBeforeQuantity(state)) measure = parseNounPhrase(state, { ofOwner: false })?.head;
  const low = parseQuantity(state);
  const glue = peek(state);
  const glued =
    isOp(glue, "and") ||
    (isOp(glue, "prep") && glue.text.toLowerCase() === "to") ||
    (isOp(glue, "time") && glue.operation.cmp === "<=");
  if (low === undefined || !glued) return false;
  state.at++;
  const high = parseQuantity(state);
  if (high === undefined) return false;
  const [first, second] = numbers;
  if (
    low.kind === "number" &&
    high.kind === "number" &&
    first?.type === "number" &&
    second?.type === "number" &&
    first.scale === 1 &&
    second.scale > 1 &&
    low.value < high.value / 100
  )
    low.value *= second.scale;
  if (measure === undefined && isName(peek(state)) && isMeasureNoun(asNoun(peek(state))))
    measure = parseNounPhrase(state, { ofOwner: false })?.head;
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "between",
    low,
    high,
    ...(measure === undefined ? {} : { noun: measure }),
  });
  if (measure !== undefined) state.lastNoun = measure;
  return true;
}

function isNameBeforeQuantity(state: State): boolean {
  const item = peek(state);
  if (!isName(item) && asNoun(item) === undefined) return false;
  if (isOp(item, "aggregate", "superlative", "any", "each")) return false;
  let ahead = 1;
  while (isOp(peek(state, ahead), "of", "be", "prep")) ahead++;
  const after = peek(state, ahead);
  return after?.type === "number" || after?.type === "period" || isOp(after, "aggregate");
}

function finishComparison(
  state: State,
  start: number,
  comparator: ComparisonStart,
  noun: Noun | undefined,
  value: Quantity,
  fn: import("../phrases.ts").AggregateName | undefined,
): boolean {
  let { cmp } = comparator;
  let measure = noun;
  let adjective = comparator.adjective;
  if (value.kind === "period" && value.period.bareYear !== undefined && isAmountHere(state, adjective))
    value = { kind: "number", value: value.period.bareYear, percent: false };
  takeUnit(state, value);
  if (
    value.kind === "number" &&
    measure === undefined &&
    adjective === undefined &&
    countsTimes(state, start, cmp, value.value)
  )
    return true;
  const post = takeOp(state, "postCompare");
  if (post !== undefined) cmp = post.operation.cmp;
  if (value.kind === "number" && value.value > 1 && measure === undefined && isRate(peek(state))) state.at++;
  if (value.kind === "number" && measure === undefined) {
    skipFillers(state);
    const described = peek(state)?.type === "value" && isName(peek(state, 1)) ? 1 : 0;
    const next = asNoun(peek(state, described));
    const isThing =
      next !== undefined &&
      (isName(peek(state, described)) || isOp(peek(state), "unit", "count")) &&
      (isTableNoun(next) || !isOp(peek(state, 1), "compare"));
    if (isThing) {
      const phrase = parseNounPhrase(state, { ofOwner: false });
      if (phrase !== undefined) {
        if (isTableNoun(phrase.head) || !isMeasureNoun(phrase.head)) {
          addCondition(state, {
            ...base(state, textBetween(state, start)),
            kind: "count",
            noun: phrase.head,
            cmp,
            n: value.value,
          });
          return true;
        }
        if (adjective === undefined || topScore(phrase.head.columns) >= 0.85) measure = phrase.head;
      }
    } else if (
      peek(state)?.type === "word" &&
      adjective === undefined &&
      (peek(state) as { content: boolean }).content &&
      state.lastNoun === undefined
    ) {
      // A unit word such as "minutes" that is no column: the focus decides.
    }
  }
  const timely = comparator.timely && value.kind === "period";
  if (measure === undefined && adjective === undefined && !(timely && !mayHoldTime(state.lastNoun)))
    measure = state.lastNoun;
  if (
    value.kind === "period" &&
    measure !== undefined &&
    isMeasureNoun(measure) &&
    value.period.bareYear !== undefined &&
    !mayHoldTime(measure)
  ) {
    value = { kind: "number", value: value.period.bareYear, percent: false };
  }
  if (value.kind === "period" && (measure === undefined || mayHoldTime(measure))) {
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "period",
      cmp,
      periods: [value.period],
      every: false,
      ...(measure === undefined || !mayHoldTime(measure) ? {} : { noun: measure }),
    });
    return true;
  }
  if (fn !== undefined && measure !== undefined) {
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "aggregate",
      fn,
      noun: measure,
      cmp,
      value,
    });
    return true;
  }
  if (value.kind === "column" && noun === undefined) measure = undefined;
  const whole = takeWhole(state);
  if (whole !== undefined && measure !== undefined) {
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "aggregate",
      fn: whole,
      noun: measure,
      cmp,
      value,
    });
    return true;
  }
  if (measure !== undefined) adjective = undefined;
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "compare",
    cmp,
    value,
    ...(measure === undefined ? {} : { noun: measure }),
    ...(adjective === undefined ? {} : { adjective }),
  });
  if (measure !== undefined) state.lastNoun = measure;
  return true;
}

/** "larger than 2000 m2": four digits that are no year. */
function isAmountHere(state: State, adjective: string | undefined): boolean {
  const unit = peek(state)?.text.toLowerCase() ?? "";
  if (unit.length > 1 && isUnitWord(unit)) return true;
  const measures = adjective === undefined ? undefined : findGradable(adjective)?.measures;
  return measures?.every((measure) => !/^-?(?:date|year|time)$/.test(measure)) === true;
}

/** "have ordered more than 15 times": how many rows there are of what was last spoken of. */
function countsTimes(state: State, start: number, cmp: Comparison, n: number): boolean {
  const things = state.frame.mentions.filter((noun) => isTableNoun(noun));
  if (!/^times?$/i.test(peek(state)?.text ?? "")) return false;
  // Without a table that was spoken of, the one where things happen to what is asked for.
  const noun = things[things.length - 1] ?? { text: "times", from: start, columns: [], tables: [], owners: [] };
  state.at++;
  const about = state.frame.wishes.map((wish) => wish.noun).find((wished) => isTableNoun(wished));
  addCondition(state, {
    joiner: "and",
    text: textBetween(state, start),
    kind: "count",
    noun,
    cmp,
    n,
    ...(about === undefined ? {} : { about }),
  });
  return true;
}

/** "30 or more [courses]", "2014 or after". */
export function postRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  skipOps(state, "be", "have", "prep", "of");
  const value = parseQuantity(state);
  if (value === undefined || (value.kind !== "number" && value.kind !== "period")) return false;
  const between =
    isName(peek(state)) && isOp(peek(state, 1), "postCompare")
      ? parseNounPhrase(state, { ofOwner: false })?.head
      : undefined;
  const isTime = isOp(peek(state), "or") && isOp(peek(state, 1), "time");
  if (isTime) state.at++;
  const post = isTime ? takeOp(state, "time") : takeOp(state, "postCompare");
  if (post === undefined) return false;
  const cmp: Comparison = post.operation.cmp === ">" ? ">=" : post.operation.cmp === "<" ? "<=" : post.operation.cmp;
  if (between !== undefined && isTableNoun(between) && value.kind === "number") {
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "count",
      noun: between,
      cmp,
      n: value.value,
    });
    return true;
  }
  return finishComparison(state, start, { cmp }, noun ?? between, value, undefined);
}
