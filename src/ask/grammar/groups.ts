/** "for each country", "per month", "by species and sex". */
import type { Item } from "../items.ts";
import type { Column } from "../schema.ts";
import { isParticiple } from "../words.ts";
import { parseNounPhrase } from "./nouns.ts";
import {
  asNoun,
  isMeasureNoun,
  isName,
  isOp,
  isTableNoun,
  noteFocus,
  peek,
  type State,
  skipFillers,
  skipOps,
  takeOp,
} from "./state.ts";
import { startsSuperlative } from "./superlatives.ts";

/** "for each country", "per month", "by species and sex". */
export function groupRule(state: State): boolean {
  const start = state.at;
  skipOps(state, "prep", "of", "be");
  while (isOp(peek(state), "by") && isOp(peek(state, 1), "each")) state.at++;
  const unit = takeOp(state, "unit");
  if (unit !== undefined) {
    if (unit.operation.adverb) {
      const amount = state.items[start - 1]?.type === "number" && /^a\b/i.test(unit.text);
      if (amount) return true;
      state.frame.groups.push({ unit: unit.operation.unit });
      moreGroups(state);
      return true;
    }
    return false;
  }
  const part = takeOp(state, "part");
  if (part !== undefined) {
    state.frame.groups.push({ part: part.operation.part });
    moreGroups(state);
    return true;
  }
  const previous = state.items[state.at - 1];
  const lead = takeOp(state, "each", "by");
  if (lead === undefined) return false;
  if (
    isOp(lead, "by") &&
    (previous?.type === "word" || previous?.type === "name") &&
    isParticiple(previous.text) &&
    !isEvent(previous) &&
    !/^(grouped|broken|split|summed|averaged)$/.test(previous.text.toLowerCase())
  )
    return false;
  skipFillers(state);
  skipOps(state, "of", "distinct", "each", "they");
  if (startsSuperlative(state)) return false;
  // "rides by casual riders": whose they are, and not a group.
  if (isOp(lead, "by") && peek(state)?.type === "value" && isName(peek(state, 1))) return false;
  if (lead.text.toLowerCase() === "per" && takeDenominator(state)) return true;
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

/** "members who haven't cancelled by club": a date or a yes/no column, which nobody is the author of. */
function isEvent(item: Item): boolean {
  const column = asNoun(item)?.columns[0]?.column;
  return column !== undefined && (column.temporal || column.flag !== undefined);
}

/** "price per square meter", "cost per conversion": one measure divided by another. */
function takeDenominator(state: State): boolean {
  const { frame } = state;
  const [figure, ...others] = frame.wishes;
  const noun = isName(peek(state)) ? asNoun(peek(state)) : undefined;
  const column = noun?.columns[0]?.column;
  if (others.length > 0 || figure?.noun === undefined || noun === undefined || column === undefined) return false;
  if (isTableNoun(noun) || isTableNoun(figure.noun) || !isMeasureNoun(figure.noun)) return false;
  if (!column.numeric || column.year || column.identifier || isScale(column)) return false;
  if ((figure.fn !== undefined && figure.fn !== "avg" && figure.fn !== "sum") || frame.groups.length > 0) return false;
  state.at++;
  frame.ratio = true;
  frame.wishes.push({ distinct: false, noun, text: noun.text });
  return true;
}

/** A few figures that many rows share ("stars"): what rows are told apart by, and not divided by. */
function isScale({ info, table }: Column): boolean {
  const distinct = info.distinct ?? 0;
  return distinct < 10 && distinct < table.info.rows * 0.8;
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
