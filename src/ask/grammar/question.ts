/** A whole question: leading adverbials, what is asked for, modifiers, and further sentences. */
import { listActs } from "../account.ts";
import { type Condition, type Frame, newFrame } from "../frame.ts";
import type { Item } from "../items.ts";
import { parseModifiers } from "./modifiers.ts";
import { parseWishes } from "./select.ts";
import { asNoun, isOp, isTableNoun, peek, type State, skipFillers, takeOp } from "./state.ts";

/** Parses the items of a question into a frame. */
export function parseQuestion(items: readonly Item[]): Frame {
  const frame = newFrame();
  frame.acts = listActs(items);
  frame.contentWords = items.filter((item) => item.type !== "op" && !(item.type === "word" && !item.content)).length;
  const sentences = splitSentences(items);
  sentences.forEach((sentence, index) => {
    const state: State = {
      items: sentence,
      at: 0,
      frame,
      focus: undefined,
      lastNoun: undefined,
      joiner: "and",
      negation: undefined,
      pair: undefined,
    };
    const about = frame.wishes.map((wish) => wish.noun).find((noun) => isTableNoun(noun)) ?? frame.mentions[0];
    if (index > 0 && about !== undefined) state.focus = about;
    if (index > 0 && overrides(state)) reviseWishes(state, frame);
    else if (index === 0 || frame.wishes.length === 0) parseSentence(state);
    else parseModifiers(state);
  });
  const versus = items.findIndex((item) => isOp(item, "and") && /^(?:vs|versus|compared|against)/i.test(item.text));
  if (versus >= 0) frame.compares = true;
  const other = items[versus + 1];
  if (versus >= 0 && other?.type === "period" && items.filter((item) => item.type === "period").length === 1)
    frame.lost.push(`${items[versus]?.text} ${other.text}`);
  if (frame.compares) {
    joinCompared(frame);
    wishCompared(frame);
  }
  settleFew(frame);
  rankByFigure(frame);
  ownByGroup(frame);
  return frame;
}

/** "German guests vs Italian ones": values of one column that are compared are alternatives. */
function joinCompared(frame: Frame): void {
  const kept: Condition[] = [];
  for (const condition of frame.conditions) {
    const own = condition.kind === "value" ? condition.choices : [];
    const same = kept.find(
      (other) =>
        other.kind === "value" &&
        own.length > 0 &&
        own.every(({ links }) =>
          links.some(({ column }) =>
            other.choices.some((choice) => choice.links.some((link) => link.column === column)),
          ),
        ),
    );
    if (same?.kind === "value") same.choices = [...same.choices, ...own];
    else kept.push(condition);
  }
  frame.conditions = kept;
}

/** "weekend vs weekday rides": the rows that are compared are what is asked for. */
function wishCompared({ wishes, mentions, conditions, superlatives }: Frame): void {
  const [noun, ...others] = mentions;
  const isCompared = conditions.some(
    ({ kind, ...rest }) => kind === "period" && "periods" in rest && rest.periods.length > 1,
  );
  if (noun === undefined || others.length + wishes.length + superlatives.length > 0 || !isCompared) return;
  wishes.push({ noun, distinct: false, text: noun.text });
}

function settleFew(frame: Frame): void {
  const [superlative] = frame.superlatives;
  if (frame.few !== undefined && superlative !== undefined && !superlative.counted) superlative.n = frame.few;
}

/** "orders by status, top 3", "average salary by department, lowest first three": groups rank by the figure that is shown. */
function rankByFigure(frame: Frame): void {
  const [superlative] = frame.superlatives;
  if (superlative === undefined || frame.groups.length === 0 || frame.superlatives.length > 1) return;
  if (superlative.noun !== undefined || superlative.adjective !== undefined || superlative.counts) return;
  const figures = frame.wishes.filter((wish) => wish.fn !== undefined);
  const [figure] = figures;
  const [wish] = frame.wishes;
  if (figure !== undefined && figures.length === 1 && figure.fn !== "count" && figure.noun !== undefined) {
    superlative.noun = figure.noun;
    if (figure.fn !== undefined) superlative.fn = figure.fn;
  } else if (frame.wishes.length === 1 && wish !== undefined && (wish.fn === "count" || isTableNoun(wish.noun))) {
    superlative.counts = true;
    if (wish.noun !== undefined) superlative.noun = wish.noun;
  } else return;
  delete superlative.about;
}

/** "names and ids for each continent": columns without an owner belong to what is grouped by. */
function ownByGroup(frame: Frame): void {
  const group = frame.groups.find((candidate) => isTableNoun(candidate.noun))?.noun;
  if (group === undefined) return;
  for (const { noun } of frame.wishes) {
    if (noun !== undefined && !isTableNoun(noun) && noun.owners.length === 0 && (noun.columns[0]?.score ?? 0) <= 1)
      noun.owners.push(group);
  }
}

function splitSentences(items: readonly Item[]): Item[][] {
  const sentences: Item[][] = [[]];
  for (const item of items) {
    if (isOp(item, "stop")) sentences.push([]);
    else sentences[sentences.length - 1]?.push(item);
  }
  return sentences.filter((sentence) => sentence.length > 0);
}

function parseSentence(state: State): void {
  takeLead(state);
  const start = state.at;
  const comma = state.items.findIndex((item, i) => i >= start && isOp(item, "comma"));
  const first = peek(state);
  const adverbial =
    isOp(first, "prep", "each", "unit", "of", "time", "between", "part", "no") || first?.type === "period";
  if (adverbial && comma > 0 && comma < state.items.length - 1 && restAsks(state.items.slice(comma + 1))) {
    const head: State = { ...state, items: state.items.slice(0, comma) };
    parseModifiers(head);
    state.focus = head.focus;
    state.at = comma + 1;
    takeLead(state);
  }
  if (parseWishes(state) === 0) {
    skipFillers(state);
  }
  state.wishEnd = state.at;
  parseModifiers(state);
}

function restAsks(rest: readonly Item[]): boolean {
  const [first, second] = rest;
  return (
    isOp(
      first,
      "show",
      "ask",
      "count",
      "aggregate",
      "share",
      "distinct",
      "howmuch",
      "superlative",
      "they",
      "order",
      "top",
    ) ||
    first?.type === "name" ||
    first?.type === "grade" ||
    (first?.type === "word" && isOp(second, "show", "ask", "count"))
  );
}

/** "show me", "what is", "which", "who": what kind of answer is asked for. */
function takeLead(state: State): void {
  for (;;) {
    skipFillers(state);
    const ask = takeOp(state, "ask");
    if (ask !== undefined) {
      if (state.frame.ask === undefined) state.frame.ask = ask.operation.word;
      continue;
    }
    const relative = peek(state);
    if (
      isOp(relative, "relative") &&
      /^(who|where|when)$/.test(relative.text.toLowerCase()) &&
      state.frame.ask === undefined
    ) {
      state.frame.ask = relative.text.toLowerCase();
      state.at++;
      continue;
    }
    if (peek(state)?.text.toLowerCase() === "compare") state.frame.compares = true;
    if (takeOp(state, "show", "be", "only", "have", "both") !== undefined) continue;
    return;
  }
}

/** "List the continent name and the number of countries." after a question says which columns are wanted. */
function overrides(state: State): boolean {
  let at = 0;
  while (isOp(state.items[at], "only", "they")) at++;
  return isOp(state.items[at], "show") && state.items.slice(at + 1).some((item) => asNoun(item) !== undefined);
}

function reviseWishes(state: State, frame: Frame): void {
  const before = frame.wishes;
  frame.wishes = [];
  takeLead(state);
  const count = parseWishes(state);
  const adds =
    state.items.some((item) => isOp(item, "and") && /^(?:as well|also)/i.test(item.text)) ||
    state.items.some((item) => item.type === "word" && /^(?:too|also|well)$/.test(item.lower));
  if (count === 0) frame.wishes = before;
  else if (adds) frame.wishes = [...frame.wishes, ...before];
  else {
    for (const wish of before) {
      if (wish.noun !== undefined && isTableNoun(wish.noun)) frame.mentions.push(wish.noun);
      for (const owner of wish.noun?.owners ?? []) if (isTableNoun(owner)) frame.mentions.push(owner);
    }
    for (const wish of frame.wishes) {
      if (wish.fn === undefined || wish.noun !== undefined) continue;
      const counted = before.find((old) => old.fn === "count" && old.noun !== undefined);
      if (wish.fn === "count" && counted?.noun !== undefined) wish.noun = counted.noun;
    }
  }
  parseModifiers(state);
}
