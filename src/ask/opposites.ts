/** Words that deny what a column holds: "unpaid" of `paid_at`, "open" of `closed_at`. */
import { areSynonyms } from "./lexicon.ts";
import type { Schema, Table } from "./schema.ts";
import { type Token, tokenize } from "./tokens.ts";
import { stemWord } from "./words.ts";

const OPPOSITES: Record<string, string[]> = {
  open: ["closed", "resolved"],
  unresolved: ["closed"],
  unfinished: ["completed", "ended", "closed"],
  ongoing: ["ended", "completed", "finished", "closed"],
  outstanding: ["paid"],
  active: ["cancelled", "terminated", "churned", "ended", "closed", "left", "expired"],
  inactive: ["active"],
  retained: ["churned", "cancelled", "left"],
  loyal: ["churned", "cancelled", "left"],
};

/** Spells such words as "not closed", where the tables tell of closing and of nothing called "open" itself. */
export function spellOpposites(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const words = tokens.filter((token) => token.kind === "word" && denies(token.lower));
  if (words.length === 0) return tokens;
  const own = new Set(schema.columns.flatMap((column) => column.words.map((word) => word.lower)));
  const said = new Set(tokens.map((token) => token.stem));
  const isNamed = (table: Table): boolean => table.words.some((word) => said.has(word.stem));
  const isEvent = (word: string): boolean =>
    schema.columns.some(
      (column) =>
        ((column.temporal && (column.info.nulls ?? 0) > 0) || column.flag !== undefined) &&
        column.words.some(
          (other) =>
            other.stem === stemWord(word) ||
            other.stem === stemWord(word.replace(/ed$/, "ion")) ||
            (column.temporal && areSynonyms(other.stem, stemWord(word))),
        ),
    );
  return tokens.flatMap((token) => {
    if (!words.includes(token) || own.has(token.lower)) return [token];
    const holders = (schema.values.get(token.lower) ?? []).map((known) => known.column.table);
    if (holders.some((table) => isNamed(table) || holders.length === schema.tables.length)) return [token];
    if (holders.length > 0 && !schema.tables.some(isNamed)) return [token];
    const event = [...(OPPOSITES[token.lower] ?? []), token.lower.replace(/^un/, "")].find(isEvent);
    return event === undefined ? [token] : tokenize(`not ${event}`).map((part) => ({ ...part, first: false }));
  });
}

function denies(word: string): boolean {
  return Object.hasOwn(OPPOSITES, word) || (/^un\w{3,}/.test(word) && /(?:ed|id|ent|en|ld)$/.test(word));
}
