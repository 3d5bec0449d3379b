/** Words that a question writes otherwise than the tables and the grammar: misspelt ones, and other words for the people in the tables. */
import { areSynonyms, listLexiconWords } from "./lexicon.ts";
import { namesClients } from "./people.ts";
import { listPhraseWords } from "./phrases.ts";
import { isFiller, isStopWord, isTyingVerb } from "./plain-words.ts";
import type { Schema } from "./schema.ts";
import { type Token, tokenize } from "./tokens.ts";
import { isOneEditApart, stemWord } from "./words.ts";

const LEAST_LETTERS = 6;
/** From so many letters on a word may also have one wrong, not only one missing, doubled or swapped. */
const LONG = 9;

const DICTIONARY = [...new Set([...listPhraseWords(), ...listLexiconWords()])].filter(
  (word) => word.length >= LEAST_LETTERS && /^[a-z]+$/.test(word),
);
const WORDS = new Set(DICTIONARY);
const STEMS = new Set(DICTIONARY.map(stemWord));

/** "diffrent" → "different", where nothing in the tables is called so and only one word is meant. */
export function spellWords(tokens: readonly Token[], schema: Schema): readonly Token[] {
  return tokens.map((token) => {
    if (token.kind !== "word" || token.capital || token.lower.length < LEAST_LETTERS) return token;
    if (!/^[a-z]+$/.test(token.lower) || isKnown(token, schema)) return token;
    const near = DICTIONARY.filter((word) => word[0] === token.lower[0] && isSlip(token.lower, word));
    const [only, ...others] = [...new Map(near.map((word) => [stemWord(word), word])).values()];
    if (only === undefined || others.length > 0) return token;
    return { ...token, text: only, lower: only, stem: stemWord(only) };
  });
}

function isSlip(word: string, meant: string): boolean {
  if (!isOneEditApart(word, meant)) return false;
  if (word.length > meant.length)
    return [...word].some((letter, i) => letter === word[i + 1] && letter !== meant[i + 1]);
  if (word.length < meant.length) return true;
  return word.length >= LONG || [...word].sort().join("") === [...meant].sort().join("");
}

function isKnown({ lower, stem }: Token, schema: Schema): boolean {
  if (WORDS.has(lower) || STEMS.has(stem) || isStopWord(lower) || isTyingVerb(lower) || isFiller(lower)) return true;
  if (schema.values.has(lower) || schema.valueWords.has(lower) || schema.valueStems.has(stem)) return true;
  return [...schema.columns, ...schema.tables].some(({ words }) =>
    words.some((word) => word.stem === stem || isOneEditApart(word.lower, lower) || word.stem.startsWith(stem)),
  );
}

/** "users" where the tables hold customers: the one table of those whom a business serves. */
export function nameClients(tokens: readonly Token[], schema: Schema): readonly Token[] {
  const [table, ...others] = schema.tables.filter((candidate) =>
    candidate.words.some((word) => namesClients(word.stem)),
  );
  if (table === undefined || others.length > 0) return tokens;
  return tokens.flatMap((token) => {
    if (token.kind !== "word" || !namesClients(token.stem) || schema.values.has(token.lower)) return [token];
    const isNamed = [...schema.tables, ...schema.columns].some((item) =>
      [...item.words, ...("rowWords" in item ? item.rowWords : [])].some(
        (word) => word.stem === token.stem || areSynonyms(word.stem, token.stem),
      ),
    );
    return isNamed ? [token] : tokenize(table.name).map((part) => ({ ...part, first: false, capital: false }));
  });
}
