/** Links stretches of a question to tables, columns and values found in the data, each with a score. */
import { linkColumn, linkTable } from "./link-names.ts";
import { linkValues } from "./link-values.ts";
import { findPeople } from "./people.ts";
import type { Schema } from "./schema.ts";
import { best, type Span, spanAt } from "./spans.ts";
import type { Token } from "./tokens.ts";
import { WordMatcher } from "./word-matcher.ts";

/** All spans of a question that name something. */
export function linkSchema(tokens: readonly Token[], schema: Schema): Span[] {
  const spans = new Map<number, Span>();
  const matcher = new WordMatcher(schema);
  for (let from = 0; from < tokens.length; from++) {
    const column = tokens[from]?.column;
    if (column !== undefined) {
      spanAt(spans, from, from + 1).columns.push({ column, score: 1 });
      continue;
    }
    if (tokens[from]?.kind === "mark" && tokens[from]?.text !== "%" && tokens[from]?.text !== "$") continue;
    for (const table of schema.tables) linkTable(tokens, from, table, matcher, spans);
    for (const column of schema.columns) linkColumn(tokens, from, column, matcher, spans);
  }
  for (const span of spans.values()) addShorterReadings(span, spans, tokens);
  linkPeople(tokens, schema, spans);
  linkValues(tokens, schema, spans);
  for (const span of spans.values()) boostByContext(span, tokens, matcher);
  for (const span of spans.values()) prune(span);
  return [...spans.values()].filter((span) => span.columns.length + span.tables.length + span.values.length > 0);
}

/** "people" are the rows of the one table that holds persons, where nothing is called so. */
function linkPeople(tokens: readonly Token[], schema: Schema, spans: Map<number, Span>): void {
  tokens.forEach((token, at) => {
    if (!/^(?:people|persons?|individuals?|folks)$/.test(token.lower)) return;
    if ([...spans.values()].some((span) => span.from <= at && span.to > at && best(span) >= 0.5)) return;
    const table = findPeople(schema);
    if (table !== undefined) spanAt(spans, at, at + 1).tables.push({ table, score: 0.8 });
  });
}

/** A name only partly said gains when its other words stand elsewhere in the question ("earned … in the US" for "US Gross"). */
function boostByContext(span: Span, tokens: readonly Token[], matcher: WordMatcher): void {
  for (const link of span.columns) {
    if (link.score >= 0.8) continue;
    const inside = tokens.slice(span.from, span.to);
    const missing = link.column.words.filter(
      (word) => !word.optional && !inside.some((token) => matcher.match(token, word) > 0.5),
    );
    const said = missing.filter((word) =>
      tokens.some((token, at) => (at < span.from || at >= span.to) && matcher.match(token, word) >= 0.88),
    );
    link.score += 0.08 * said.length;
  }
}

/** "car models" names a column of the table of cars, but may as well name what "models" alone does. */
function addShorterReadings(span: Span, spans: ReadonlyMap<number, Span>, tokens: readonly Token[]): void {
  if (span.to - span.from < 2 || span.columns.length === 0 || span.tables.length > 0) return;
  const owned = span.columns.every((link) =>
    link.column.table.words.some((word) => word.stem === tokens[span.from]?.stem),
  );
  const shorter = owned ? spans.get((span.from + 1) * 1000 + span.to) : undefined;
  if (shorter === undefined) return;
  for (const link of shorter.columns)
    if (!span.columns.some((own) => own.column === link.column))
      span.columns.push({ ...link, score: link.score - 0.06 });
  for (const link of shorter.tables) span.tables.push({ ...link, score: link.score - 0.03 });
}

/** Keeps links near the best of their span. */
function prune(span: Span): void {
  const named = Math.max(0, ...span.columns.map((link) => link.score), ...span.tables.map((link) => link.score));
  const keep = (link: { score: number }): boolean => link.score >= named - 0.5;
  const byScore = (a: { score: number }, b: { score: number }): number => b.score - a.score;
  span.columns = span.columns.filter(keep).sort(byScore).slice(0, 12);
  span.tables = span.tables.filter(keep).sort(byScore).slice(0, 5);
  span.values = span.values.sort(byScore).slice(0, 8);
}
