/** "Where", "when" and "who" ask for a column without naming it. */
import type { Frame, Noun } from "../frame.ts";
import { areSynonyms } from "../lexicon.ts";
import type { Column, Schema } from "../schema.ts";
import type { ColumnLink } from "../spans.ts";
import { stemWord } from "../words.ts";

const PLACES = "location place hometown city address venue country state region origin neighborhood"
  .split(" ")
  .map(stemWord);

/** Replaces the wish of a "where", "when" or "who" question by the column that answers it. */
export function answerAsk(frame: Frame, schema: Schema): void {
  const { ask } = frame;
  if (ask !== "where" && ask !== "when" && ask !== "who") return;
  if (frame.wishes.some((wish) => wish.fn !== undefined)) return;
  const things = [...frame.wishes.flatMap((wish) => (wish.noun === undefined ? [] : [wish.noun])), ...frame.mentions];
  if (ask === "who") {
    const [aside] = frame.asides;
    if (frame.wishes.length === 0 && aside !== undefined)
      frame.wishes = [{ noun: aside, distinct: true, text: aside.text }];
    return;
  }
  const named = [...frame.asides, ...things];
  const holds = ask === "where" ? placeScore : timeScore;
  const columns: ColumnLink[] = [];
  for (const column of schema.columns) {
    const score = holds(column);
    if (score > 0)
      columns.push({
        column,
        score:
          score +
          (named.some((noun) => noun.columns.some((link) => link.column === column && link.score > 0.4)) ? 0.25 : 0),
      });
  }
  if (columns.length === 0) return;
  columns.sort((a, b) => b.score - a.score);
  const noun: Noun = {
    text: ask,
    from: 0,
    columns: columns.slice(0, 12),
    tables: [],
    owners: things.filter((thing) => thing.tables.length > 0),
  };
  for (const wish of frame.wishes)
    if (wish.noun !== undefined && (wish.noun.tables[0]?.score ?? 0) >= 0.7) frame.mentions.push(wish.noun);
  frame.wishes = [{ noun, distinct: false, text: ask }];
}

function placeScore(column: Column): number {
  if (column.type !== "string" || column.identifier) return 0;
  const rank = Math.min(...column.words.map((word) => PLACES.indexOf(word.stem)).filter((at) => at >= 0));
  if (Number.isFinite(rank)) return 0.85 - rank * 0.02;
  return column.words.some((word) => areSynonyms(word.stem, "plac")) ? 0.6 : 0;
}

function timeScore(column: Column): number {
  if (column.temporal) return 0.8;
  return column.dateText ? 0.75 : column.year ? 0.65 : 0;
}
