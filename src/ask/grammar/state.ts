/** The parser's place in a question and the small steps every rule is made of. */
import type { Condition, Frame, Noun, ValueChoice } from "../frame.ts";
import type { Item } from "../items.ts";
import type { Operation } from "../phrases.ts";
import type { Span } from "../spans.ts";

export type OpName = Operation["op"];
export type OpItem<Name extends OpName> = Item & { type: "op"; operation: Extract<Operation, { op: Name }> };

export interface State {
  items: readonly Item[];
  at: number;
  frame: Frame;
  /** The table last spoken of. */
  focus: Noun | undefined;
  /** The column last compared, for "… and below 30". */
  lastNoun: Noun | undefined;
  joiner: "and" | "or";
  /** An open negation that takes the conditions to come. */
  negation: Extract<Condition, { kind: "not" }> | undefined;
  /** "both" or "either" was just said. */
  pair: "both" | "either" | undefined;
  /** The negation already given to the value before it ("English is not …"). */
  spentNot?: number;
  /** Where what is asked for ended; undefined while it is being read. */
  wishEnd?: number;
}

export function peek(state: State, ahead = 0): Item | undefined {
  return state.items[state.at + ahead];
}

/** Whether the item at a distance is one of the operations. */
export function isOp<Name extends OpName>(item: Item | undefined, ...names: Name[]): item is OpItem<Name> {
  return item?.type === "op" && (names as string[]).includes(item.operation.op);
}

/** Takes the next item if it is one of the operations. */
export function takeOp<Name extends OpName>(state: State, ...names: Name[]): OpItem<Name> | undefined {
  const item = peek(state);
  if (!isOp(item, ...names)) return undefined;
  state.at++;
  return item;
}

/** A place to come back to, with everything that was noted up to it. */
export interface Mark {
  at: number;
  focus: Noun | undefined;
  lastNoun: Noun | undefined;
  joiner: "and" | "or";
  pair: "both" | "either" | undefined;
  negation: State["negation"];
  inner: number;
  counts: number[];
}

const LISTS = [
  "conditions",
  "mentions",
  "asides",
  "superlatives",
  "unplaced",
  "lost",
  "groups",
  "orders",
  "wishes",
] as const;

export function mark(state: State): Mark {
  const { at, focus, lastNoun, joiner, pair, negation } = state;
  return {
    at,
    focus,
    lastNoun,
    joiner,
    pair,
    negation,
    inner: negation?.inner.length ?? 0,
    counts: LISTS.map((list) => state.frame[list].length),
  };
}

/** Takes back everything read since the mark. */
export function reset(state: State, to: Mark): void {
  const { at, focus, lastNoun, joiner, pair, negation } = to;
  Object.assign(state, { at, focus, lastNoun, joiner, pair, negation });
  if (negation !== undefined) negation.inner.length = Math.min(negation.inner.length, to.inner);
  LISTS.forEach((list, i) => {
    const limit = to.counts[i] ?? 0;
    if (state.frame[list].length > limit) state.frame[list].length = limit;
  });
}

/** Skips operations that only glue. */
export function skipOps(state: State, ...names: OpName[]): void {
  while (isOp(peek(state), ...names)) state.at++;
}

/** Skips words without content. */
export function skipFillers(state: State): void {
  for (let item = peek(state); item?.type === "word" && !item.content; item = peek(state)) state.at++;
}

export function nounOf(span: Span, text: string): Noun {
  return { text, from: span.from, columns: span.columns, tables: span.tables, owners: [] };
}

/** The noun an item may be read as: a name, or an operation or number that is also one. */
export function asNoun(item: Item | undefined): Noun | undefined {
  if (item === undefined) return undefined;
  if (item.type === "name") return nounOf(item.span, item.text);
  if (
    (item.type === "op" || item.type === "grade") &&
    item.span !== undefined &&
    item.span.columns.length + item.span.tables.length > 0
  )
    return nounOf(item.span, item.text);
  if (item.type === "value" && item.span.columns.length + item.span.tables.length > 0)
    return nounOf(item.span, item.text);
  return undefined;
}

/** "rate" after what happens or not ("churn rate", "denied share"), and no column of its own. */
export function isRateWord(item: Item | undefined): boolean {
  if (item === undefined || !/^(?:rates?|ratio|share|percentage|percent|%|pct|proportion)$/i.test(item.text))
    return false;
  const own =
    item.type === "name" &&
    item.span.columns.some(
      ({ column, score }) => score >= 0.9 && column.words.some((word) => /^(?:rates?|ratio)$/.test(word.lower)),
    );
  return item.type === "word" || isOp(item, "ratio", "share") || (item.type === "name" && !own);
}

export function isName(item: Item | undefined): item is Item & { type: "name" } {
  return item?.type === "name";
}

export function choiceOf(item: Item | undefined): ValueChoice | undefined {
  if (item === undefined) return undefined;
  if (item.type === "value") return { text: item.text, links: item.span.values };
  if (item.type === "quote") return { text: item.text, links: item.span?.values ?? [] };
  return undefined;
}

export function topScore(links: readonly { score: number }[]): number {
  return links[0]?.score ?? 0;
}

/** Whether a noun is read as a table rather than as a column. */
export function isTableNoun(noun: Noun | undefined): boolean {
  return noun !== undefined && topScore(noun.tables) >= 0.7 && topScore(noun.tables) >= topScore(noun.columns) - 0.06;
}

/** Whether some column the noun may mean holds numbers. */
export function isMeasureNoun(noun: Noun | undefined): boolean {
  if (noun === undefined) return false;
  const top = topScore(noun.columns);
  return noun.columns.some(
    (link) =>
      link.score >= top - 0.1 &&
      (link.column.numeric || link.column.numberText || link.column.temporal) &&
      !link.column.identifier,
  );
}

export function addCondition(state: State, condition: Condition): void {
  condition.joiner = state.joiner;
  if (state.wishEnd === undefined) condition.inWish = true;
  if (
    state.wishEnd !== undefined &&
    state.items.slice(state.wishEnd, state.at).some((item) => isOp(item, "be", "have", "relative"))
  )
    condition.predicate = true;
  state.joiner = "and";
  if (state.negation !== undefined && condition !== state.negation) state.negation.inner.push(condition);
  else state.frame.conditions.push(condition);
}

/** The shared fields of a condition that came at this place. */
export function base(state: State, text: string): { joiner: "and"; text: string; about?: Noun } {
  return state.focus === undefined ? { joiner: "and", text } : { joiner: "and", text, about: state.focus };
}

export function textBetween(state: State, from: number): string {
  return state.items
    .slice(from, state.at)
    .map((item) => item.text)
    .join(" ");
}

/** Remembers a noun as the thing spoken of when it is a table. */
export function noteFocus(state: State, noun: Noun): void {
  if (isTableNoun(noun)) state.focus = noun;
}

/** "in total", "on average" behind a figure: it is of each group as a whole. */
export function isWholeWord(item: Item | undefined): item is OpItem<"aggregate"> {
  return (
    isOp(item, "aggregate") && /^(?:in total|altogether|combined|on average|overall|together|in all)$/i.test(item.text)
  );
}
