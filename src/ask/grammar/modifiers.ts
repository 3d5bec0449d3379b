/** Everything after what is asked for: groups, order, superlatives, negation, related rows, and conditions. */
import type { Condition, Noun, Superlative } from "../frame.ts";
import { isParticiple } from "../words.ts";
import { parseCondition } from "./conditions.ts";
import { parseNounPhrase } from "./nouns.ts";
import { parseWishes, startsWish } from "./select.ts";
import {
  addCondition,
  asNoun,
  base,
  isMeasureNoun,
  isName,
  isOp,
  isTableNoun,
  mark,
  noteFocus,
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
import { parseSuperlative, startsExtreme, startsSuperlative } from "./superlatives.ts";

/** Reads modifiers up to the end of the sentence. What fits nowhere is noted as unplaced. */
export function parseModifiers(state: State): void {
  while (state.at < state.items.length) {
    if (isOp(peek(state), "stop")) return;
    const before = mark(state);
    for (const rule of RULES) {
      if (rule(state)) break;
      reset(state, before);
    }
    if (state.at > before.at) continue;
    skipUnplaced(state);
  }
}

function skipUnplaced(state: State): void {
  const item = peek(state);
  state.at++;
  if (item === undefined) return;
  if (item.type === "word" && item.content) state.frame.unplaced.push(item.text);
  if (item.type === "proper" || item.type === "quote" || item.type === "number" || item.type === "value")
    state.frame.unplaced.push(item.text);
  if (isOp(item, "both", "either")) state.pair = item.operation.op;
}

/** "and", "or", "but", commas: they end a negation and join what comes; a further wish may follow. */
function glueRule(state: State): boolean {
  const item = takeOp(state, "and", "or", "but", "comma");
  if (item === undefined) return false;
  if (isOp(item, "or")) state.joiner = "or";
  else if (isOp(item, "and", "but")) state.joiner = "and";
  const opened = state.negation;
  if (!isOp(item, "comma") && !(isOp(item, "or") && opened !== undefined)) closeNegation(state);
  const back = state.at;
  skipFillers(state);
  while (isOp(peek(state), "they", "possessive", "show") || (isOp(peek(state), "have") && isOp(peek(state, 1), "they")))
    state.at++;
  const next = peek(state);
  const wishes =
    isOp(next, "ask", "count", "share", "quantile") ||
    (isOp(next, "aggregate") &&
      isName(peek(state, 1)) &&
      startsWish({ ...state, at: state.at + 1 }) &&
      !isOp(item, "or")) ||
    isOp(state.items[state.at - 1], "show") ||
    (state.at > back && isOp(state.items[state.at - 1], "they") && isName(next) && startsWish(state));
  if (wishes && isOp(item, "and", "comma") && startsWish(state) && parseWishes(state) > 0) return true;
  state.at = back;
  return true;
}

function closeNegation(state: State): void {
  state.negation = undefined;
}

/** "that", "who", "whose", "where", "with", "is": they only lead on to what follows. */
function leadRule(state: State): boolean {
  const item = peek(state);
  if (isOp(item, "relative", "be", "than", "they", "only", "show")) {
    state.at++;
    return true;
  }
  return false;
}

function chartRule(state: State): boolean {
  const start = state.at;
  while (isOp(peek(state), "prep") && /^(as|in|on|with)$/.test(peek(state)?.text.toLowerCase() ?? "")) state.at++;
  const item = takeOp(state, "chart");
  if (item === undefined) {
    state.at = start;
    return false;
  }
  state.frame.wantsChart = true;
  if (item.operation.chart !== undefined) state.frame.chart = item.operation.chart;
  return true;
}

function topicRule(state: State): boolean {
  const item = peek(state);
  const { frame } = state;
  if (isOp(item, "growth")) frame.growth = true;
  else if (isOp(item, "running")) frame.running = true;
  else if (isOp(item, "trend")) frame.trend = true;
  else if (isOp(item, "distribution")) frame.distribution = true;
  else if (isOp(item, "correlation")) frame.correlation = true;
  else if (
    isOp(item, "aggregate") &&
    /^on average$/i.test(item.text) &&
    frame.groups.length > 0 &&
    frame.wishes.some((wish) => wish.fn === "count")
  )
    frame.perGroup = "avg";
  else return false;
  state.at++;
  return true;
}

/** "for each country", "per month", "by species and sex". */
function groupRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "prep", "of", "be");
  while (isOp(peek(state), "by") && isOp(peek(state, 1), "each")) state.at++;
  const unit = takeOp(state, "unit");
  if (unit !== undefined) {
    if (unit.operation.adverb) {
      state.frame.groups.push({ unit: unit.operation.unit });
      moreGroups(state);
      return true;
    }
    return false;
  }
  const part = takeOp(state, "part");
  if (part !== undefined) {
    state.frame.groups.push({ part: part.operation.part });
    return true;
  }
  const previous = state.items[state.at - 1];
  const lead = takeOp(state, "each", "by");
  if (lead === undefined) return false;
  if (
    isOp(lead, "by") &&
    previous?.type === "word" &&
    isParticiple(previous.lower) &&
    !/^(grouped|broken|split|summed|averaged)$/.test(previous.lower)
  )
    return false;
  skipFillers(state);
  skipOps(state, "of", "distinct", "each", "they");
  if (startsSuperlative(state)) return false;
  if (!readGroup(state)) {
    if (isOp(lead, "each")) {
      state.at = start;
      skipOps(state, "prep", "of", "be", "by");
      state.at++;
      const item = peek(state);
      if (item?.type === "number" && item.text.toLowerCase() === "one") state.at++;
      else if (item?.type === "word" && item.person) state.at++;
      return true;
    }
    return false;
  }
  moreGroups(state);
  return true;
}

function readGroup(state: State): boolean {
  const unit = peek(state);
  if (isOp(unit, "unit", "part") && !isName(peek(state, 1))) {
    state.at++;
    if (unit.operation.op === "part") state.frame.groups.push({ part: unit.operation.part });
    else {
      const noun = asNoun(unit);
      state.frame.groups.push({ unit: unit.operation.unit, ...(noun === undefined ? {} : { noun }) });
    }
    return true;
  }
  while (isOp(peek(state), "count", "howmuch", "of", "distinct")) state.at++;
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase === undefined) return false;
  const after = peek(state);
  if (after?.type === "value" || after?.type === "quote") return false;
  state.frame.groups.push({ noun: phrase.head });
  if (isOp(after, "of") && isName(peek(state, 1)) && isTableNoun(asNoun(peek(state, 1)))) {
    state.at++;
    const owner = parseNounPhrase(state, { ofOwner: false });
    if (owner !== undefined) phrase.head.owners.push(owner.head);
  }
  noteFocus(state, phrase.head);
  return true;
}

function moreGroups(state: State): void {
  for (;;) {
    const start = state.at;
    let glued = false;
    while (isOp(peek(state), "and", "comma") || (glued && isOp(peek(state), "by", "each", "distinct"))) {
      glued = true;
      state.at++;
    }
    skipFillers(state);
    const isClear =
      isName(peek(state)) &&
      !isOp(peek(state, 1), "be", "compare", "between", "have", "not", "like", "null") &&
      peek(state, 1)?.type !== "number" &&
      peek(state, 1)?.type !== "value";
    if (!glued || !(isClear || isOp(peek(state), "unit", "part")) || !readGroup(state)) {
      state.at = start;
      return;
    }
  }
}

/** "ordered by age descending", "in descending order of age", "from the oldest to the youngest", "alphabetically". */
function orderRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "be", "prep", "show", "they");
  let dir = takeOp(state, "direction")?.operation.dir;
  const order = takeOp(state, "order");
  if (order !== undefined && dir === undefined && isVerbOnly(state, order.text)) return false;
  if (dir === undefined && order === undefined) {
    state.at = start;
    return takeRange(state);
  }
  if (
    dir === undefined &&
    order !== undefined &&
    /^(order|rank)$/.test(order.text.toLowerCase()) &&
    !isOp(peek(state), "by", "of", "they", "direction")
  ) {
    if (asNoun(order) !== undefined && state.frame.wishes.length > 0) return false;
  }
  dir = readDirection(state) ?? dir;
  let added = false;
  for (;;) {
    skipOps(state, "by", "of", "prep", "they", "each", "possessive");
    skipFillers(state);
    dir = readDirection(state) ?? dir;
    skipOps(state, "of", "by");
    const fn = isOp(peek(state), "aggregate") ? takeOp(state, "aggregate") : undefined;
    const count = isOp(peek(state), "count") ? takeOp(state, "count") : undefined;
    const grade = peek(state);
    const phrase = parseNounPhrase(state, { ofOwner: true }) ?? unitNoun(state);
    if (phrase === undefined && count === undefined) {
      if (grade?.type === "grade" && !added && takeRange(state)) return true;
      break;
    }
    const after = readDirection(state);
    const own = after ?? dir ?? "asc";
    state.frame.orders.push({
      dir: own,
      ...(phrase === undefined ? {} : { noun: phrase.head }),
      ...(fn === undefined ? {} : { fn: fn.operation.fn }),
      ...(count === undefined ? {} : { fn: "count" as const }),
    });
    added = true;
    takeRange(state);
    if (
      !(isOp(peek(state), "and", "comma") && isName(peek(state, 1)) && !isOp(peek(state, 2), "be", "compare", "have"))
    )
      break;
    state.at++;
  }
  if (!added) {
    if (order === undefined && dir === undefined) return false;
    state.frame.orders.push({ dir: dir ?? "asc" });
  }
  return true;
}

/** "arranged to teach", "ordered a meal": no order of rows is meant unless "by", "in" or a direction follows. */
function isVerbOnly(state: State, text: string): boolean {
  if (/ /.test(text.trim())) return false;
  return !isOp(peek(state), "by", "prep", "direction", "of") || peek(state)?.text.toLowerCase() === "to";
}

function unitNoun(state: State): { head: import("../frame.ts").Noun } | undefined {
  const item = peek(state);
  if (!isOp(item, "unit", "share", "aggregate")) return undefined;
  const noun = asNoun(item);
  if (noun === undefined) return undefined;
  state.at++;
  return { head: noun };
}

function readDirection(state: State): "asc" | "desc" | undefined {
  const start = state.at;
  skipOps(state, "prep", "comma");
  const found = takeOp(state, "direction");
  if (found === undefined) {
    state.at = start;
    return undefined;
  }
  takeOp(state, "order");
  return found.operation.dir;
}

/** "from the oldest to the youngest": the first word gives the direction of the last order. */
function takeRange(state: State): boolean {
  const lead = peek(state);
  const then = peek(state, 1);
  if ((lead?.type === "grade" || isOp(lead, "superlative")) && /^first$/i.test(then?.text ?? "")) {
    state.at += 2;
    const dir = lead.type === "grade" ? lead.dir : lead.operation.dir;
    const last = state.frame.orders[state.frame.orders.length - 1];
    if (last !== undefined) last.dir = dir;
    else state.frame.orders.push({ dir, byMeasure: true });
    return true;
  }
  const [from, first, to, last] = [peek(state), peek(state, 1), peek(state, 2), peek(state, 3)];
  if (!isOp(from, "prep") || !isOp(to, "prep") || from.text.toLowerCase() !== "from" || to.text.toLowerCase() !== "to")
    return false;
  const dirOf = (item: typeof first): "asc" | "desc" | undefined =>
    item?.type === "grade" ? item.dir : isOp(item, "superlative") ? item.operation.dir : undefined;
  const dir = dirOf(first);
  if (dir === undefined || dirOf(last) === undefined) return false;
  state.at += 4;
  const order = state.frame.orders[state.frame.orders.length - 1];
  if (order !== undefined) order.dir = dir;
  else if (first?.type === "grade")
    state.frame.superlatives.push({
      dir,
      n: Number.POSITIVE_INFINITY,
      adjective: first.adjective,
      counts: false,
      counted: false,
      text: textBetween(state, state.at - 4),
    });
  return true;
}

/** "with the highest capacity", "has the most concerts", "by the youngest singer", "the most recent". */
function superlativeRule(state: State): boolean {
  const start = state.at;
  const about = state.focus;
  skipOps(state, "have", "prep", "of", "be", "by", "relative");
  skipFillers(state);
  if (startsComparative(state)) return readComparative(state, about);
  if (!startsSuperlative(state) && !startsExtreme(state)) return false;
  if (startsExtreme(state) && isOp(state.items[state.at - 1], "comma", "and")) return false;
  const superlative = parseSuperlative(state, true);
  if (superlative === undefined) return false;
  if (
    superlative.noun === undefined &&
    superlative.adjective === undefined &&
    superlative.about === undefined &&
    !superlative.counts
  ) {
    const next = peek(state);
    if (next?.type === "word" && next.content) return false;
  }
  readWhole(state, superlative);
  if (superlative.about === undefined && about !== undefined) superlative.about = about;
  superlative.text = textBetween(state, start);
  if (state.negation !== undefined) addCondition(state, { ...base(state, superlative.text), kind: "top", superlative });
  else state.frame.superlatives.push(superlative);
  return true;
}

/** "Which location is windier?": a comparative without "than" asks for the extreme one. */
function startsComparative(state: State): boolean {
  const item = peek(state);
  if (state.frame.ask !== "which" && state.frame.ask !== "what" && state.frame.ask !== "who") return false;
  const isMore = (item?.type === "grade" && item.degree === "more") || isOp(item, "more");
  return isMore && !state.items.slice(state.at).some((later) => isOp(later, "than", "compare"));
}

function readComparative(state: State, about: Noun | undefined): boolean {
  const start = state.at;
  const item = peek(state);
  state.at++;
  const superlative: Superlative = {
    dir: item?.type === "grade" ? item.dir : isOp(item, "more") ? item.operation.dir : "desc",
    n: 1,
    counts: false,
    counted: false,
    text: "",
  };
  if (item?.type === "grade") superlative.adjective = item.adjective;
  const phrase = parseNounPhrase(state, { ofOwner: false });
  if (phrase !== undefined) {
    superlative.noun = phrase.head;
    superlative.counts = isTableNoun(phrase.head) || !isMeasureNoun(phrase.head);
  }
  readWhole(state, superlative);
  if (about !== undefined) superlative.about = about;
  superlative.text = textBetween(state, start);
  state.frame.superlatives.push(superlative);
  return superlative.adjective !== undefined || superlative.noun !== undefined;
}

/** "… on average", "… in total": the superlative is about groups. */
function readWhole(state: State, superlative: Superlative): void {
  const item = peek(state);
  if (
    !isOp(item, "aggregate") ||
    isName(peek(state, 1)) ||
    !/^(in total|altogether|combined|on average|overall|together|in all)$/.test(item.text.toLowerCase())
  )
    return;
  state.at++;
  superlative.fn = item.operation.fn;
}

/** "was the average rate lowest", "did it rain the most": the measure stands before the superlative. */
function measureFirstRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "be", "they", "have");
  const fn = takeOp(state, "aggregate");
  const item = peek(state);
  const noun = asNoun(item);
  if (noun === undefined || (!isName(item) && item?.type !== "value") || !isMeasureNoun(noun) || isTableNoun(noun))
    return false;
  state.at++;
  skipOps(state, "be");
  const superlative = peek(state);
  const dir = isOp(superlative, "superlative")
    ? superlative.operation.dir
    : superlative?.type === "grade" && superlative.degree === "most"
      ? superlative.dir
      : undefined;
  const after = peek(state, 1);
  if (dir === undefined || isName(after) || isOp(after, "count", "aggregate")) return false;
  state.at++;
  state.frame.superlatives.push({
    dir,
    n: 1,
    noun,
    counts: false,
    counted: false,
    text: textBetween(state, start),
    ...(fn === undefined ? {} : { fn: fn.operation.fn }),
    ...(state.focus === undefined ? {} : { about: state.focus }),
  });
  return true;
}

/** "who do not have …", "without any …", "except …": opens a negation over what follows. */
function negationRule(state: State): boolean {
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
  if (phrase !== undefined) {
    negation.noun = phrase.head;
    noteFocus(state, phrase.head);
  }
  return true;
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
function relatedRule(state: State): boolean {
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
function flagRule(state: State): boolean {
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

function conditionRule(state: State): boolean {
  return parseCondition(state);
}

/** Conditions behind a lead-in: "with a capacity above …", "in France", "whose age is …". */
function ledConditionRule(state: State): boolean {
  const start = state.at;
  while (isOp(peek(state), "have", "prep", "of", "relative", "be", "any", "they", "by")) state.at++;
  skipFillers(state);
  if (state.at === start) return false;
  return parseCondition(state);
}

const RULES = [
  glueRule,
  chartRule,
  topicRule,
  orderRule,
  groupRule,
  measureFirstRule,
  conditionRule,
  ledConditionRule,
  superlativeRule,
  negationRule,
  flagRule,
  relatedRule,
  leadRule,
];
