/** How well a word of a question matches a word of a name. */
import { areSynonyms, expandAbbreviation, hasSynonymAtEnd } from "./lexicon.ts";
import { isStopWord } from "./plain-words.ts";
import type { NameWord, Schema } from "./schema.ts";
import type { Token } from "./tokens.ts";
import { isOneEditApart, sharedPrefixLength } from "./words.ts";

/** How well question words match name words, remembered per pair. */
export class WordMatcher {
  readonly #scores = new Map<string, number>();
  readonly #known: Set<string>;

  readonly #tables: Set<string>;

  readonly #own: Set<string>;

  constructor(schema: Schema) {
    this.#tables = new Set(
      schema.tables.flatMap((table) => {
        const required = table.words.filter((word) => !word.optional);
        return required.length === 1 ? required.map((word) => word.stem) : [];
      }),
    );
    const named = schema.tables.flatMap((table) => [...new Set(table.words.map((word) => word.stem))]);
    const columns = new Set(
      schema.columns.flatMap(({ identifier, words }) => (identifier ? [] : words.map((word) => word.stem))),
    );
    this.#own = new Set(
      named.filter((stem) => named.filter((other) => other === stem).length === 1 && !columns.has(stem)),
    );
    this.#known = new Set([...schema.columns, ...schema.tables].flatMap((item) => item.words.map((word) => word.stem)));
  }

  /** Whether a word stands in the name of one table alone, and in that of no column. */
  tellsTable(word: NameWord): boolean {
    return this.#own.has(word.stem);
  }

  /** Whether a word is (part of) the name of a table. */
  namesTable(token: Token): boolean {
    return this.#tables.has(token.stem);
  }

  match(token: Token, word: NameWord): number {
    const key = `${token.lower}|${word.lower}`;
    let score = this.#scores.get(key);
    if (score === undefined) {
      score = this.#compare(token, word);
      this.#scores.set(key, score);
    }
    return score;
  }

  #compare(token: Token, word: NameWord): number {
    if (token.lower === word.lower) return 1;
    if (token.kind === "mark" || token.kind === "figure") return 0;
    if (token.stem === word.stem) return 0.98;
    if (expandAbbreviation(word.lower).includes(token.stem) || expandAbbreviation(token.lower).includes(word.stem))
      return 0.9;
    if (isStopWord(token.lower) && !areSynonyms(token.stem, word.stem)) return 0;
    const agentA = stripAgent(token.stem);
    const agentB = stripAgent(word.stem);
    if (agentA.length >= 3 && agentA === agentB) return 0.86;
    if (areSynonyms(token.stem, word.stem)) return 0.85;
    if (token.stem.length >= 5 && word.stem.length >= token.stem.length + 3 && word.stem.endsWith(token.stem))
      return 0.8;
    if (token.stem.length >= 4 && word.stem.length === token.stem.length + 1 && word.stem.endsWith(token.stem))
      return 0.8;
    if (word.stem.length >= 8 && token.stem.length >= 4 && hasSynonymAtEnd(token.stem, word.stem)) return 0.8;
    if (isStopWord(token.lower)) return 0;
    const shorter = Math.min(token.stem.length, word.stem.length);
    const shared = sharedPrefixLength(token.stem, word.stem);
    if (
      shorter >= 4 &&
      shared >= 4 &&
      shared >= shorter - (shorter >= 7 ? 1 : 0) &&
      isSuffix((token.stem.length > word.stem.length ? token.stem : word.stem).slice(shared))
    )
      return 0.8;
    if (
      word.lower.length >= 3 &&
      shared === word.lower.length &&
      token.lower.length >= 7 &&
      !this.#known.has(token.stem)
    )
      return 0.6;
    if (this.#known.has(token.stem) || token.lower.length < 6 || token.capital) return 0;
    if (
      token.lower.slice(0, 2) === word.lower.slice(0, 2) &&
      (isOneEditApart(token.lower, word.lower) || isOneEditApart(token.stem, word.stem))
    )
      return 0.82;
    return 0;
  }
}

/** Whether a word's ending only changes its class ("expect" – "expectancy", "nation" – "national"). */
function isSuffix(ending: string): boolean {
  return /^(?:er|or|ers|ing|ion|tion|ation|ition|cation|ment|ed|d|el[iy]|al|ial|ual|enc|ence|enci|ency|anc|ance|anci|ancy|ent|ant|iv|ive|iti|ity|ness|i|y|li|ly|s|abl|able|ship|ag|age|ist|ism|ize|iz|en|th|t|e|ie|ic|ical|ary|ari|ou|ous|n|an|ian|r|st)?$/.test(
    ending,
  );
}

function stripAgent(stem: string): string {
  return stem.length > 4 ? stem.replace(/(er|or|ion)$/, "") : stem;
}
