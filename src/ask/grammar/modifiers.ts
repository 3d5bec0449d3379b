/** Everything after what is asked for: groups, order, superlatives, negation, related rows, and conditions. */
import { isUnitWord } from "../units.ts";
import { isParticiple } from "../words.ts";
import { takeVersus } from "./adjectives.ts";
import { parseCondition } from "./conditions.ts";
import { groupRule } from "./groups.ts";
import { parseNounPhrase } from "./nouns.ts";
import { orderRule } from "./orders.ts";
import { measureFirstRule, superlativeRule } from "./rankings.ts";
import { flagRule, negationRule, relatedRule } from "./related.ts";
import { parseWishes, startsWish } from "./select.ts";
import {
  isMeasureNoun,
  isName,
  isOp,
  isTableNoun,
  isWholeWord,
  mark,
  peek,
  reset,
  type State,
  skipFillers,
  takeOp,
} from "./state.ts";

/** Reads modifiers up to the end of the sentence. What fits nowhere is noted as unplaced. */
export function parseModifiers(state: State): void {
  while (state.at < state.items.length) {
    if (isOp(peek(state), "stop")) return;
    endNegation(state);
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
  if (
    item.type === "proper" ||
    item.type === "quote" ||
    item.type === "number" ||
    item.type === "value" ||
    item.type === "period"
  )
    state.frame.unplaced.push(item.text);
  const acts =
    isOp(
      item,
      "compare",
      "superlative",
      "howmuch",
      "between",
      "postCompare",
      "share",
      "like",
      "null",
      "except",
      "no",
      "not",
      "common",
      "more",
    ) ||
    (item.type === "grade" && item.degree !== "plain");
  if (acts && !(isOp(item, "null") && item.operation.negated)) state.frame.lost.push(item.text);
  if (item.type === "word" && item.content && isOp(state.items[state.at - 2], "each", "by", "prep"))
    state.frame.lost.push(item.text);
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

/** "customers who haven't churned are older than 40": the main verb ends what was denied of them. */
function endNegation(state: State): void {
  const { negation } = state;
  if (negation === undefined) return;
  if (negation.inner.length === 0 && !isParticiple(negation.noun?.text ?? "")) return;
  const before = state.items[state.at - 1];
  const verb = peek(state);
  const isVerb = isOp(verb, "be") || (isOp(verb, "have") && /^(?:have|has|had)$/i.test(verb.text));
  if (isVerb && !isOp(before, "relative", "not", "and", "or", "comma")) closeNegation(state);
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

/** "tips as a percentage of revenue": one total held against another. */
function takeBase(state: State): boolean {
  const { frame } = state;
  const [wish, ...others] = frame.wishes;
  if (others.length > 0 || wish?.noun === undefined || !isMeasureNoun(wish.noun) || isTableNoun(wish.noun))
    return false;
  state.at++;
  takeOp(state, "aggregate");
  const base = parseNounPhrase(state, { ofOwner: false })?.head;
  if (base === undefined || !isMeasureNoun(base) || isTableNoun(base)) return false;
  delete wish.fn;
  frame.wishes.push({ distinct: false, noun: base, text: base.text });
  frame.ratio = true;
  frame.inPercent = true;
  return true;
}

/** "how did revenue change": over time. */
const CHANGES =
  /^(?:change[ds]?|changing|gr[eo]w[ns]?|grown|r[io]se[ns]?|risen|f[ae]ll|fallen|increased?|decreased?|improved?)$/;

function topicRule(state: State): boolean {
  const item = peek(state);
  const { frame } = state;
  if (isOp(item, "growth")) frame.growth = true;
  else if (isOp(item, "running")) frame.running = true;
  else if (isOp(item, "trend")) frame.trend = true;
  else if (isOp(item, "distribution")) frame.distribution = true;
  else if (isOp(item, "correlation")) frame.correlation = true;
  else if (isOp(item, "share") && /^as a \w+ of$/i.test(item.text) && takeBase(state)) return true;
  else if (frame.ask === "how" && item?.type === "word" && CHANGES.test(item.lower)) frame.trend = true;
  else if (
    isOp(item, "aggregate") &&
    /^on average$/i.test(item.text) &&
    frame.groups.length > 0 &&
    frame.wishes.some((wish) => wish.fn === "count" || (wish.fn === undefined && isTableNoun(wish.noun)))
  ) {
    // "calls per day on average": how many there are.
    for (const wish of frame.wishes) if (wish.fn === undefined && isTableNoun(wish.noun)) wish.fn = "count";
    frame.perGroup = "avg";
  } else if (isWholeWord(item) && takesWhole(state)) {
    const [wish] = frame.wishes;
    if (wish !== undefined) wish.fn = item.operation.fn;
  } else if (isWholeWord(item) && rankedAsWhole(state)) {
    const last = frame.superlatives[frame.superlatives.length - 1];
    if (last !== undefined) last.fn = item.operation.fn;
  } else return false;
  state.at++;
  return true;
}

/** "the difference between list price and sale price on average": a figure that was named without one. */
function takesWhole({ frame }: State): boolean {
  const [wish, ...others] = frame.wishes;
  if (wish?.noun === undefined || wish.fn !== undefined || others.length > 0 || frame.superlatives.length > 0)
    return false;
  const column = wish.noun.columns[0]?.column;
  return column?.numeric === true && !column.identifier && !isTableNoun(wish.noun);
}

/** "which team scored the most goals in total": the measure is taken over all rows of each. */
function rankedAsWhole(state: State): boolean {
  const last = state.frame.superlatives[state.frame.superlatives.length - 1];
  return last?.noun !== undefined && !last.counts && last.fn === undefined;
}

/** "total talk time in hours": the unit of the figure. */
function unitRule(state: State): boolean {
  const [lead, unit] = [peek(state), peek(state, 1)];
  if (!isOp(lead, "prep") || !/^in$/i.test(lead.text) || unit === undefined || isName(peek(state, 2))) return false;
  const word = unit.text.toLowerCase();
  if (!/s$|^(?:kg|km|h)$/.test(word) || !isUnitWord(word) || !state.frame.wishes.some(({ fn }) => fn !== undefined))
    return false;
  state.frame.inUnit = word;
  state.at += 2;
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

/** "hotels in Zagreb with their stars": a further column. */
function showTheirRule(state: State): boolean {
  if (!/^with$/i.test(peek(state)?.text ?? "") || !/^(?:their|its|his|her)$/i.test(peek(state, 1)?.text ?? ""))
    return false;
  if (state.frame.wishes.length === 0 || state.frame.wishes.some((wish) => wish.fn !== undefined)) return false;
  state.at += 2;
  return startsWish(state) && parseWishes(state) > 0;
}

const RULES = [
  glueRule,
  showTheirRule,
  chartRule,
  topicRule,
  orderRule,
  unitRule,
  takeVersus,
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
