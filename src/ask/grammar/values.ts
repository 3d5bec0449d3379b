/** Values: "language English", "in France or Spain", "is not Republic", "aged 32 or 33". */
import type { Condition, Noun, Quantity, ValueChoice } from "../frame.ts";
import { isParticiple } from "../words.ts";
import { leadingNoun, mayHoldTime } from "./leading.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  addCondition,
  asNoun,
  base,
  choiceOf,
  isMeasureNoun,
  isName,
  isOp,
  peek,
  type State,
  skipFillers,
  skipOps,
  textBetween,
} from "./state.ts";

/** "[language] English", "country is France", "named 'Kyle'", "in France or Spain", "grade 10", "aged 32 or 33". */
export function valueRule(state: State): boolean {
  const start = state.at;
  const noun = leadingNoun(state);
  const glue = state.at;
  while (
    isOp(peek(state), "be", "of", "they", "either", "both", "have", "distinct") ||
    (isOp(peek(state), "prep") && /^(as|in|from|for|at|to|on|by)$/.test(peek(state)?.text.toLowerCase() ?? "")) ||
    isOp(peek(state), "by") ||
    (/^over$/i.test(peek(state)?.text ?? "") && choiceOf(peek(state, 1)) !== undefined) ||
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
  if (noun !== undefined && item?.type === "period" && item.period.bareYear !== undefined && !mayHoldTime(noun)) {
    const glued = state.items.slice(glue, state.at);
    if (glued.length > 0 && (!isMeasureNoun(noun) || glued.some((op) => isOp(op, "prep") && /^in$/i.test(op.text))))
      return false;
    return equalsNumber(state, start, noun);
  }
  const choice = choiceOf(item) ?? properChoice(state, noun);
  if (choice === undefined) return false;
  if (
    noun !== undefined &&
    isUnrelated(noun, choice) &&
    state.items.slice(glue, state.at).some((glued) => isOp(glued, "prep"))
  )
    return false;
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
  if (
    isOp(peek(state), "not") &&
    !saysWhatHappened(peek(state, 1)) &&
    (isName(peek(state, 1)) || isOp(peek(state, 1), "they"))
  ) {
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

/** "potholes not closed", "orders from Spain not shipped": what is denied is what happened, and not the value. */
function saysWhatHappened(item: ReturnType<typeof peek>): boolean {
  const column = isName(item) ? item.span.columns[0]?.column : undefined;
  return (
    column !== undefined &&
    isParticiple(item?.text ?? "") &&
    (column.flag !== undefined || (column.temporal && (column.info.nulls ?? 0) > 0))
  );
}

/** "churned in France": the value stands in another column than the one named before it. */
function isUnrelated(noun: Noun, choice: ValueChoice): boolean {
  return (
    choice.links.length > 0 &&
    noun.columns[0]?.column.flag !== undefined &&
    !choice.links.some((link) => noun.columns.some((own) => own.column === link.column))
  );
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
