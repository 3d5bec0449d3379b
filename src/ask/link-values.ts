/** Links stretches of a question to values found in the data. */

import { findCountryCodes, findDemonyms, findPlaceForms, findSexForms } from "./places.ts";
import { isStopWord } from "./plain-words.ts";
import { type KnownValue, normaliseValue, type Schema } from "./schema.ts";
import { best, type Span, spanAt } from "./spans.ts";
import type { Token } from "./tokens.ts";
import { isOneEditApart, isParticiple } from "./words.ts";

export function linkValues(tokens: readonly Token[], schema: Schema, spans: Map<number, Span>): void {
  for (let from = 0; from < tokens.length; from++) {
    const token = tokens[from];
    if (token === undefined || token.kind === "mark") continue;
    if (token.kind === "quote") {
      addValues(spans, from, from + 1, findValues(schema, normaliseValue(token.text)), 1);
      continue;
    }
    let text = "";
    for (let to = from + 1; to <= tokens.length && to <= from + 9; to++) {
      const last = tokens[to - 1];
      if (last === undefined || last.kind === "quote" || (last.kind === "mark" && /[?;]/.test(last.text))) break;
      text = last.lower === "'s" ? `${text}'s` : `${text} ${last.text}`;
      if (last.kind === "mark") continue;
      linkValueText(tokens, from, to, normaliseValue(text), schema, spans);
    }
  }
  linkPartialValues(tokens, schema, spans);
}

function linkValueText(
  tokens: readonly Token[],
  from: number,
  to: number,
  key: string,
  schema: Schema,
  spans: Map<number, Span>,
): void {
  const single = to === from + 1;
  const token = tokens[from];
  if (single && (token === undefined || token.kind === "figure" || (isStopWord(token.lower) && !token.capital))) return;
  const penalty = single && token !== undefined && key.length <= 2 && token.text !== token.text.toUpperCase() ? 0.5 : 0;
  if (penalty > 0 && key.length === 1) return;
  addValues(spans, from, to, findValues(schema, key), 1 - penalty);
  if (single && isStopWord(token?.lower ?? "")) return;
  const words = key.split(" ");
  const lastWord = words[words.length - 1] ?? "";
  for (const variant of [stemPlural(lastWord), `${lastWord}s`]) {
    if (variant !== lastWord && variant !== "")
      addValues(spans, from, to, findValues(schema, [...words.slice(0, -1), variant].join(" ")), 0.93);
  }
  if (single && token !== undefined && isParticiple(token.lower))
    for (const base of [token.stem, `${token.stem}e`]) addValues(spans, from, to, findValues(schema, base), 0.85);
  const nominal = single && Object.hasOwn(NOMINALS, key) ? NOMINALS[key] : undefined;
  if (nominal !== undefined) addValues(spans, from, to, findValues(schema, nominal), 0.85);
  if (single && token?.kind === "word" && !/(?:s|ing)$/.test(token.lower))
    // A value of the same stem is nearer than a name that only means the same.
    for (const stem of [token.stem, token.stem.replace(/(?:at)?ion$/, ""), token.stem.replace(/al$/, "")])
      addValues(spans, from, to, schema.valueStems.get(stem) ?? [], stem === token.stem ? 0.93 : 0.85);
  for (const base of fieldsOf(lastWord))
    addValues(spans, from, to, findValues(schema, [...words.slice(0, -1), base].join(" ")), 0.9);
  for (const base of adjectiveBases(lastWord))
    addValues(spans, from, to, findValues(schema, [...words.slice(0, -1), base].join(" ")), 0.9);
  for (const form of findSexForms(key)) {
    const sexes = findValues(schema, form).filter(({ column }) =>
      column.words.some((word) => word.lower === "sex" || word.lower === "gender"),
    );
    addValues(spans, from, to, sexes, 0.9);
  }
  const direct = findValues(schema, key).length > 0;
  for (const code of key.length > 3 && !direct ? findCountryCodes(key) : []) {
    const countries = findValues(schema, code).filter(({ column }) =>
      column.words.some((word) => /^(?:country|nation|nationality|market|locale)$/.test(word.lower)),
    );
    addValues(spans, from, to, countries, 0.9);
  }
  for (const word of direct ? [] : findDemonyms(key)) {
    const peoples = findValues(schema, word).filter(({ column }) =>
      column.words.some((own) => /^(?:nationality|citizenship|ethnicity|origin)$/.test(own.lower)),
    );
    addValues(spans, from, to, peoples, 0.9);
  }
  for (const form of findPlaceForms(key))
    addValues(spans, from, to, findValues(schema, normaliseValue(form)), direct ? 0.55 : 0.9);
}

/** What is done, as the kinds of bookings are called ("withdrawn" of a withdrawal). */
const NOMINALS: Record<string, string> = {
  received: "receipt",
  sold: "sale",
  paid: "payment",
  bought: "purchase",
  shipped: "shipment",
  delivered: "delivery",
  withdrawn: "withdrawal",
  invested: "investment",
  adjusted: "adjustment",
};

/** "dermatologist" → "dermatology", "pediatrician" → "pediatrics": the field of who works in it. */
function fieldsOf(word: string): string[] {
  const base = word.replace(/(?:ist|ian)s?$/, "");
  return base === word || base.length < 5 ? [] : [`${base}y`, `${base}s`, `${base}ics`, `${base}ic`];
}

/** "rainy" → "rain", "sunny" → "sun". */
function adjectiveBases(word: string): string[] {
  if (word.length < 4 || !word.endsWith("y")) return [];
  const base = word.slice(0, -1);
  return base[base.length - 1] === base[base.length - 2] ? [base, base.slice(0, -1)] : [base];
}

function stemPlural(word: string): string {
  if (word.length < 4) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

function findValues(schema: Schema, key: string): KnownValue[] {
  return schema.values.get(key) ?? [];
}

function addValues(
  spans: Map<number, Span>,
  from: number,
  to: number,
  values: readonly KnownValue[],
  score: number,
): void {
  if (values.length === 0) return;
  const span = spanAt(spans, from, to);
  for (const { column, value } of values) {
    if (!span.values.some((other) => other.column === column && other.value === value))
      span.values.push({ column, value, score });
  }
}

/** Words that stand in few values of one column only ("Ford" for "Ford Motor Company"), and misspelt values. */
function linkPartialValues(tokens: readonly Token[], schema: Schema, spans: Map<number, Span>): void {
  for (let from = 0; from < tokens.length; from++) {
    const token = tokens[from];
    if (token === undefined || token.kind !== "word" || token.lower.length < 4 || isStopWord(token.lower)) continue;
    if (
      [...spans.values()].some(
        (span) => span.from <= from && span.to > from && (span.values.length > 0 || best(span) >= 0.9),
      )
    )
      continue;
    const all = schema.valueWords.get(token.lower) ?? schema.valueWords.get(stemPlural(token.lower)) ?? [];
    const classes = all.filter(
      (holder) => holder.column.category && !holder.column.unique && (holder.column.info.distinct ?? 99) <= 50,
    );
    const holders = classes.length > 0 ? classes : all;
    const columns = new Set(holders.map((holder) => holder.column));
    const free = ![...spans.values()].some((span) => span.from <= from && span.to > from && best(span) > 0.2);
    if (
      columns.size === 1 &&
      holders.length === 1 &&
      (token.capital || token.first || (free && holders[0]?.column.category === true))
    ) {
      addValues(spans, from, from + 1, holders, 0.6);
      continue;
    }
    if (token.lower.length < 6) continue;
    for (const [key, values] of schema.values) {
      if (key[0] === token.lower[0] && !key.includes(" ") && isMisspelt(key, token.lower))
        addValues(spans, from, from + 1, values, 0.75);
    }
  }
}

/** One edit apart, or (for long words) the same but for doubled letters. */
function isMisspelt(a: string, b: string): boolean {
  if (isOneEditApart(a, b)) return true;
  const undoubled = (word: string): string => word.replace(/(.)\1+/g, "$1");
  return Math.min(a.length, b.length) >= 8 && undoubled(a) === undoubled(b);
}
