/** Conditions: comparisons, ranges, values, dates, patterns, missing values, and how many related rows there are. */
import type { Condition, Noun, Quantity, ValueChoice } from "../frame.ts";
import type { Comparison } from "../phrases.ts";
import { isUnitWord } from "../units.ts";
import { parseNounPhrase } from "./nouns.ts";
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
  mark,
  nounOf,
  peek,
  reset,
  type State,
  skipFillers,
  skipOps,
  takeOp,
  textBetween,
  topScore,
} from "./state.ts";

/** Reads one condition if one begins here, and adds it to the frame. */
export function parseCondition(state: State): boolean {
  const start = mark(state);
  for (const rule of RULES) {
    if (rule(state)) return true;
    reset(state, start);
  }
  return false;
}

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
function compareRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  const fn = noun === undefined ? undefined : state.items[start];
  const comparator = parseComparator(state);
  if (comparator === undefined) return false;
  let measure = comparator.noun ?? noun;
  if (measure === undefined && isNameBeforeQuantity(state)) measure = parseNounPhrase(state, { ofOwner: false })?.head;
  const value = parseQuantity(state) ?? textQuantity(state, comparator.cmp) ?? entityQuantity(state);
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

/** "between" after a name or before one. */
function betweenRule(state: State): boolean {
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

/** A name that a comparison may follow ("capacity …", "whose average life expectancy is …"). */
function leadingNoun(state: State): Noun | undefined {
  const start = state.at;
  const fn = isOp(peek(state), "aggregate") && isName(peek(state, 1)) ? takeOp(state, "aggregate") : undefined;
  const item = peek(state);
  if (
    !isName(item) &&
    !(
      fn === undefined &&
      isOp(item, "unit", "share", "count", "aggregate") &&
      asNoun(item) !== undefined &&
      (isOp(peek(state, 1), "compare", "be", "between") || peek(state, 1)?.type === "period")
    )
  ) {
    state.at = start;
    return undefined;
  }
  const noun = asNoun(item);
  if (noun === undefined || (isTableNoun(noun) && topScore(noun.columns) < 0.9)) {
    state.at = start;
    return undefined;
  }
  state.at++;
  const next = peek(state);
  if (isName(next)) {
    const longer = nounOf(next.span, next.text);
    longer.owners.push(noun);
    state.at++;
    skipOps(state, "relative");
    return longer;
  }
  if (isOp(peek(state), "relative") && (isOp(peek(state, 1), "be", "compare") || peek(state, 1)?.type === "grade"))
    state.at++;
  return noun;
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

/** "than Titanic": the same measure of a thing known by name. */
function entityQuantity(state: State): Quantity | undefined {
  const choice = choiceOf(peek(state));
  if (choice === undefined || choice.links.length === 0) return undefined;
  state.at++;
  return { kind: "entity", choice };
}

function textQuantity(state: State, cmp: Comparison): Quantity | undefined {
  const choice = choiceOf(peek(state));
  if (choice === undefined || (cmp !== "=" && cmp !== "!=")) return undefined;
  state.at++;
  return { kind: "text", text: choice.text };
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
  takeUnit(state, value);
  const post = takeOp(state, "postCompare");
  if (post !== undefined) cmp = post.operation.cmp;
  if (value.kind === "number" && measure === undefined) {
    skipFillers(state);
    const next = asNoun(peek(state));
    const isThing =
      next !== undefined &&
      (isName(peek(state)) || isOp(peek(state), "unit", "count")) &&
      !isOp(peek(state, 1), "compare");
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

/** "… in total", "… on average": the comparison is about a group as a whole. */
function takeWhole(state: State): "sum" | "avg" | undefined {
  const item = peek(state);
  if (!isOp(item, "aggregate") || isName(peek(state, 1))) return undefined;
  if (!/^(in total|altogether|combined|on average|overall|together|in all)$/.test(item.text.toLowerCase()))
    return undefined;
  state.at++;
  return item.operation.fn === "avg" ? "avg" : "sum";
}

/** "5 kg", "200 minutes": the unit goes with the number. */
function takeUnit(state: State, value: Quantity): void {
  const item = peek(state);
  if (value.kind !== "number" || item === undefined) return;
  const word = item.text.toLowerCase();
  if (!isUnitWord(word) || (item.type === "name" && topScore(item.span.columns) >= 0.9)) return;
  if (item.type !== "word" && item.type !== "name" && item.type !== "proper" && !isOp(item, "unit", "aggregate"))
    return;
  value.unit = word;
  state.at++;
}

function mayHoldTime(noun: Noun | undefined): boolean {
  if (noun === undefined) return false;
  const top = topScore(noun.columns);
  return noun.columns.some(
    (link) => link.score >= top - 0.1 && (link.column.temporal || link.column.year || link.column.dateText),
  );
}

/** "30 or more [courses]", "2014 or after". */
function postRule(state: State): boolean {
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

/** "whose name contains 'Al'", "having 'Hey' in its name", "that start with A". */
function likeRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  while (
    isOp(peek(state), "be", "have", "relative") ||
    (peek(state)?.type === "word" && !(peek(state) as { content: boolean }).content)
  )
    state.at++;
  const like = takeOp(state, "like");
  const item = peek(state);
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
function nullRule(state: State): boolean {
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
  if (topScore(noun.columns) < 0.4) return false;
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "null",
    noun,
    negated: found.operation.negated !== (negation !== undefined),
  });
  return true;
}

/** "[language] English", "country is France", "named 'Kyle'", "in France or Spain", "grade 10", "aged 32 or 33". */
function valueRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  const glue = state.at;
  while (
    isOp(peek(state), "be", "of", "they", "either", "both", "have", "distinct") ||
    (isOp(peek(state), "prep") && /^(as|in|from|for|at|to|on|by)$/.test(peek(state)?.text.toLowerCase() ?? "")) ||
    isOp(peek(state), "by") ||
    (noun !== undefined && isOp(peek(state), "not"))
  ) {
    const op = peek(state);
    if (isOp(op, "both", "either")) state.pair = op.operation.op;
    state.at++;
    if (isOp(op, "not")) {
      const inner = readNegatedValue(state, noun, start);
      if (inner) return true;
      return false;
    }
  }
  if (noun === undefined && state.at > glue && !choiceReady(state)) return false;
  const last = state.items[state.at - 1];
  const led =
    isOp(last, "prep") && /^(from|to)$/i.test(last.text) ? (last.text.toLowerCase() as "from" | "to") : undefined;
  skipFillers(state);
  const item = peek(state);
  if (noun !== undefined && item?.type === "number" && !item.ordinal && !isOp(peek(state, 1), "postCompare"))
    return equalsNumber(state, start, noun);
  if (noun !== undefined && item?.type === "period" && item.period.bareYear !== undefined && !mayHoldTime(noun))
    return equalsNumber(state, start, noun);
  const choice = choiceOf(item) ?? properChoice(state, noun);
  if (choice === undefined) return false;
  if (choiceOf(item) !== undefined) state.at++;
  const choices = [choice, ...moreChoices(state, choice)];
  let target = noun;
  if (
    target === undefined &&
    isName(peek(state)) &&
    choice.links.length > 0 &&
    choice.links.every(
      (link) =>
        asNoun(peek(state))?.columns.some((column) => column.column === link.column && column.score > 0.6) !== true,
    ) === false
  ) {
    target = parseNounPhrase(state, { ofOwner: false })?.head;
  }
  if (isOp(peek(state), "not") && (isName(peek(state, 1)) || isOp(peek(state, 1), "they"))) {
    state.spentNot = state.at;
    state.at++;
    const inner: Condition = {
      ...base(state, textBetween(state, start)),
      kind: "value",
      choices,
      every: false,
      ...(target === undefined ? {} : { noun: target }),
    };
    addCondition(state, { ...base(state, textBetween(state, start)), kind: "not", inner: [inner], strength: "not" });
    return true;
  }
  const every = choices.length > 1 && state.pair !== "either" && isOp(state.items[state.at - 2], "and");
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "value",
    choices,
    every,
    ...(led === undefined ? {} : { lead: led }),
    ...(target === undefined ? {} : { noun: target }),
  });
  if (target !== undefined) state.lastNoun = target;
  state.pair = undefined;
  return true;
}

function choiceReady(state: State): boolean {
  const item = peek(state);
  return item?.type === "value" || item?.type === "quote" || item?.type === "proper";
}

function readNegatedValue(state: State, noun: Noun | undefined, start: number): boolean {
  skipOps(state, "of", "be", "prep", "either");
  const choice = choiceOf(peek(state)) ?? properChoice(state, noun);
  if (choice === undefined) {
    const item = peek(state);
    if (item?.type !== "number" || noun === undefined) return false;
    state.at++;
    addCondition(state, {
      ...base(state, textBetween(state, start)),
      kind: "compare",
      noun,
      cmp: "!=",
      value: { kind: "number", value: item.value, percent: false },
    });
    return true;
  }
  if (choiceOf(peek(state)) !== undefined) state.at++;
  const choices = [choice, ...moreChoices(state, choice)];
  const inner: Condition = {
    ...base(state, textBetween(state, start)),
    kind: "value",
    choices,
    every: false,
    ...(noun === undefined ? {} : { noun }),
  };
  addCondition(state, { ...base(state, textBetween(state, start)), kind: "not", inner: [inner], strength: "not" });
  return true;
}

/** A capitalised word that is no known value stands for one when a column or an entity is there to take it. */
function properChoice(state: State, noun: Noun | undefined): ValueChoice | undefined {
  const item = peek(state);
  if (item?.type !== "proper" || (noun === undefined && state.focus === undefined)) return undefined;
  const start = state.at;
  let text = "";
  for (
    let next = peek(state);
    next?.type === "proper" || (text !== "" && next?.type === "number");
    next = peek(state)
  ) {
    text = `${text} ${next?.text ?? ""}`.trim();
    state.at++;
  }
  if (state.at === start) return undefined;
  return { text, links: [] };
}

/** Further values after commas, "and" and "or" that fit the same column. */
function moreChoices(state: State, first: ValueChoice): ValueChoice[] {
  const more: ValueChoice[] = [];
  for (;;) {
    let ahead = 0;
    while (
      isOp(peek(state, ahead), "comma", "and", "or") ||
      (ahead > 0 && isOp(peek(state, ahead), "prep", "either", "both", "of"))
    )
      ahead++;
    const choice = ahead === 0 ? undefined : choiceOf(peek(state, ahead));
    const after = peek(state, ahead + 1);
    if (choice === undefined || isOp(after, "possessive")) return more;
    const shares =
      choice.links.length === 0
        ? first.links.length === 0
        : first.links.length === 0 ||
          choice.links.some((link) => first.links.some((other) => other.column === link.column));
    if (!shares) return more;
    state.at += ahead + 1;
    more.push(choice);
  }
}

function equalsNumber(state: State, start: number, noun: Noun): boolean {
  const values: Quantity[] = [];
  for (;;) {
    const item = peek(state);
    if (item?.type === "number") values.push({ kind: "number", value: item.value, percent: item.percent });
    else if (item?.type === "period" && item.period.bareYear !== undefined)
      values.push({ kind: "number", value: item.period.bareYear, percent: false });
    else break;
    state.at++;
    let ahead = 0;
    while (isOp(peek(state, ahead), "comma", "or", "and")) ahead++;
    const next = peek(state, ahead);
    if (ahead === 0 || (next?.type !== "number" && next?.type !== "period") || isName(peek(state, ahead + 1))) break;
    state.at += ahead;
  }
  const [value, ...others] = values;
  if (value === undefined) return false;
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "compare",
    noun,
    cmp: "=",
    value,
    ...(others.length === 0 ? {} : { others }),
  });
  state.lastNoun = noun;
  return true;
}

/** "in 2014", "in year 2014 or 2015", "in both 2014 and 2015", "last month". */
function periodRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  while (isOp(peek(state), "be", "of", "prep", "both", "either", "they", "unit", "between")) {
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
  addCondition(state, {
    ...base(state, textBetween(state, start)),
    kind: "compare",
    noun: phrase.head,
    cmp: "=",
    value: { kind: "number", value: item.value, percent: item.percent },
  });
  state.lastNoun = phrase.head;
  return true;
}

const RULES = [betweenRule, postRule, compareRule, likeRule, nullRule, periodRule, valueRule, figureRule];
