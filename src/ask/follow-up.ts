/** Follow-up questions: "and by country?", "only for 2023", "what about Germany?", "now as a pie chart", "how many of those …". */
import type { Condition, Frame, Noun, Superlative, Wish } from "./frame.ts";
import { parseQuestion } from "./grammar/question.ts";
import { isMeasureNoun, isOp, isTableNoun } from "./grammar/state.ts";
import { coverQuestion, type Item } from "./items.ts";
import { readTokens } from "./reword.ts";
import type { Schema } from "./schema.ts";
import { tokenize } from "./tokens.ts";
import { isParticiple } from "./words.ts";

const LEADS =
  /^\s*(?:and|but|also|now|then|ok(?:ay)?|what about|how about|only|just|same|instead|again|sort|order|make (?:it|that)|show (?:it|that|this|them)|as an?|without|excluding|except|for|in|by|per|from|since|with|to)\b/i;
const POINTERS = /\b(?:of (?:them|those|these|it)|those|them|these|that result|the same|instead|it by|this by)\b/i;
const ADDS = /\b(?:also|additionally|further|as well|too|in addition)\b/i;

/** The frame of a question, read together with those it follows up on (oldest first). */
export function readFrames(questions: readonly string[], schema: Schema, now: Date): Frame {
  const [first = "", ...rest] = questions;
  const frame = rest.reduce<Frame>(
    (frame, question) => {
      const items = readItems(question, schema, now);
      return mergeFrames(frame, parseQuestion(items), items, question);
    },
    parseQuestion(readItems(first, schema, now)),
  );
  frame.stems = questions.flatMap((question) => tokenize(question).map((token) => token.stem));
  return frame;
}

function readItems(question: string, schema: Schema, now: Date): Item[] {
  return coverQuestion(readTokens(question, schema), schema, now);
}

/** Whether a question leans on the one before it. */
export function isFollowUp(question: string, schema: Schema, now: Date): boolean {
  if (POINTERS.test(question)) return true;
  const frame = parseQuestion(readItems(question, schema, now));
  const standsAlone =
    frame.wishes.some((wish) => wish.noun !== undefined && !(wish.fn === undefined && isEvent(wish.noun))) ||
    frame.mentions.length > 0;
  if (!standsAlone) return true;
  return LEADS.test(question) && !frame.wishes.some((wish) => wish.fn !== undefined && wish.noun !== undefined);
}

/** "hired": a verb that stands for a date. */
function isEvent({ text, columns }: Noun): boolean {
  return isParticiple(text) && columns[0]?.column.temporal === true;
}

/** The earlier frame changed by what the follow-up says. */
function mergeFrames(before: Frame, after: Frame, items: readonly Item[], question: string): Frame {
  const merged: Frame = {
    ...before,
    acts: after.acts,
    unplaced: after.unplaced,
    asides: [],
    contentWords: after.contentWords,
  };
  const replaced = before.conditions.filter((old) => !after.conditions.some((fresh) => speakOfSame(old, fresh)));
  merged.conditions = [...replaced, ...after.conditions];
  mergeWishes(merged, before, after, items, question);
  if (after.groups.length > 0) merged.groups = ADDS.test(question) ? [...before.groups, ...after.groups] : after.groups;
  const ranks = after.superlatives.filter((superlative) => !changesAggregate(superlative, merged, items));
  if (ranks.length > 0) merged.superlatives = ranks.map((superlative) => inheritMeasure(superlative, before));
  if (after.orders.length > 0) merged.orders = after.orders;
  if (after.limit !== undefined) merged.limit = after.limit;
  if (after.chart !== undefined) merged.chart = after.chart;
  merged.wantsChart = before.wantsChart || after.wantsChart;
  for (const topic of ["trend", "growth", "running", "distribution", "share", "distinct"] as const)
    if (after[topic]) merged[topic] = true;
  return merged;
}

/** "now the maximum" after "average price per category": another figure, not a pick of the best. */
function changesAggregate(superlative: Superlative, merged: Frame, items: readonly Item[]): boolean {
  return (
    superlative.noun === undefined &&
    superlative.adjective === undefined &&
    !superlative.counted &&
    items.some((item) => isOp(item, "aggregate")) &&
    merged.wishes.some((wish) => wish.fn !== undefined && wish.fn !== "count")
  );
}

/** "top 5" after a grouped question ranks by the figure that is shown, after another ranking by its measure. */
function inheritMeasure(superlative: Superlative, before: Frame): Superlative {
  if (superlative.noun !== undefined || superlative.adjective !== undefined || superlative.counts) return superlative;
  const [earlier] = before.superlatives;
  if (earlier !== undefined) {
    const { skip: _, ...measure } = earlier;
    const { dir, n, counted, skip } = superlative;
    return { ...measure, dir, n, counted, ...(skip === undefined ? {} : { skip }) };
  }
  const wish = before.wishes.find((candidate) => candidate.fn !== undefined);
  if (wish === undefined) return superlative;
  if (wish.fn === "count" || wish.noun === undefined)
    return { ...superlative, counts: true, ...(wish.noun === undefined ? {} : { noun: wish.noun }) };
  return { ...superlative, noun: wish.noun, ...(wish.fn === undefined ? {} : { fn: wish.fn }) };
}

function mergeWishes(merged: Frame, before: Frame, after: Frame, items: readonly Item[], question: string): void {
  const aggregate = items.find((item) => isOp(item, "aggregate"));
  const named = after.wishes.filter(
    (wish) =>
      wish.noun !== undefined &&
      !(wish.fn === undefined && isTableNoun(wish.noun) && after.conditions.length > 0) &&
      !restricts(wish, merged, after),
  );
  if (named.length === 0 && after.ask === "which" && before.wishes.every((wish) => wish.fn === "count")) {
    const { noun } = thingOf(before);
    if (noun !== undefined) merged.wishes = [{ noun, distinct: false, text: noun.text }];
    return;
  }
  if (named.length === 0) {
    const counts = after.wishes.some((wish) => wish.fn === "count");
    if (counts) merged.wishes = [{ fn: "count", distinct: false, text: "count", ...thingOf(before) }];
    else if (isOp(aggregate, "aggregate"))
      merged.wishes = before.wishes.map((wish) =>
        wish.fn !== undefined && wish.fn !== "count" ? { ...wish, fn: aggregate.operation.fn } : wish,
      );
    return;
  }
  const [wish] = named;
  const noun = wish?.noun;
  if (wish === undefined || noun === undefined) return;
  const figure = before.wishes.find((candidate) => candidate.fn !== undefined && candidate.fn !== "count");
  if (wish.fn === undefined && figure !== undefined && isMeasureNoun(noun) && !isTableNoun(noun)) {
    merged.wishes = before.wishes.map((candidate) => (candidate === figure ? { ...candidate, noun } : candidate));
  } else if (wish.fn === undefined && before.groups.length > 0 && !POINTERS.test(question)) {
    merged.groups = [{ noun }];
  } else merged.wishes = after.wishes;
}

/** "only the returned ones", "hired since 2020": what looks like a wish says which rows are meant. */
function restricts(wish: Wish, merged: Frame, after: Frame): boolean {
  const { noun } = wish;
  const column = noun?.columns[0]?.column;
  if (noun === undefined || column === undefined || wish.fn !== undefined || isTableNoun(noun)) return false;
  if (column.flag !== undefined) {
    const fresh: Condition = { joiner: "and", text: noun.text, kind: "flag", noun, positive: true, predicate: true };
    merged.conditions = [...merged.conditions.filter((old) => !speakOfSame(old, fresh)), fresh];
    return true;
  }
  const period = after.conditions.find((condition) => condition.kind === "period");
  if (period?.kind !== "period" || !column.temporal || !isParticiple(noun.text)) return false;
  period.noun = noun;
  return true;
}

/** The thing the earlier question was about, to be counted. */
function thingOf(before: Frame): { noun?: Noun } {
  const noun =
    before.wishes.map((wish) => wish.noun).find((candidate) => isTableNoun(candidate)) ??
    before.mentions[0] ??
    before.superlatives.map((superlative) => superlative.about).find((candidate) => isTableNoun(candidate));
  return noun === undefined ? {} : { noun };
}

/** Whether two conditions restrict the same column, so that the later one replaces the earlier. */
function speakOfSame(old: Condition, fresh: Condition): boolean {
  if (old.kind === "period" || fresh.kind === "period") return old.kind === "period" && fresh.kind === "period";
  const [a, b] = [columnsOf(old), columnsOf(fresh)];
  const sameKind = old.kind === fresh.kind || old.kind === "not" || fresh.kind === "not";
  return sameKind && a.some((id) => b.includes(id));
}

function columnsOf(condition: Condition): number[] {
  if (condition.kind === "not")
    return [
      ...condition.inner.flatMap(columnsOf),
      ...(condition.noun?.columns.slice(0, 1).map((link) => link.column.id) ?? []),
    ];
  if (condition.kind === "value")
    return condition.choices.flatMap((choice) => choice.links.map((link) => link.column.id));
  if ("noun" in condition && condition.noun !== undefined)
    return condition.noun.columns.slice(0, 1).map((link) => link.column.id);
  return [];
}
