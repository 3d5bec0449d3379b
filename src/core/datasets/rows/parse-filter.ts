import { invalidField } from "../../errors.ts";
import { type FilterToken, filterFault, readFilterTokens } from "./filter-tokens.ts";

/** One side of a comparison. */
export type Operand =
  | { kind: "column"; name: string; at: number }
  | { kind: "text"; value: string }
  /** As it was written, so that no digit is lost. */
  | { kind: "number"; value: string }
  | { kind: "boolean"; value: boolean };

export const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="] as const;
export type ComparisonOperator = (typeof COMPARISONS)[number];

/** What `where` means. */
export type Filter =
  | { kind: "and" | "or"; parts: Filter[] }
  | { kind: "not"; part: Filter }
  | { kind: "compare"; operator: ComparisonOperator; left: Operand; right: Operand }
  | { kind: "in"; left: Operand; values: Operand[]; negated: boolean }
  | { kind: "between"; left: Operand; low: Operand; high: Operand; negated: boolean }
  | { kind: "like"; left: Operand; pattern: string; ignoresCase: boolean; negated: boolean }
  | { kind: "null"; left: Operand; negated: boolean };

const MOST_CHARACTERS = 10_000;
const MOST_DEPTH = 50;
const MOST_VALUES = 1_000;
const SPELLINGS: Record<string, ComparisonOperator> = { "!=": "<>", "==": "=" };

/**
 * Reads the filter of a rows request.
 *
 * ```text
 * filter     = conjunction { "or" conjunction }
 * conjunction = negation { "and" negation }
 * negation   = "not" negation | "(" filter ")" | predicate
 * predicate  = operand ( ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") operand
 *            | ["not"] "in" "(" operand { "," operand } ")"
 *            | ["not"] "between" operand "and" operand
 *            | ["not"] ("like" | "ilike") text
 *            | "is" ["not"] "null" )
 * operand    = column | 'text' | number | "true" | "false"
 * column     = a word, or any name in "…" or `…`
 * ```
 * Words are read in any case. `%` stands for any characters and `_` for one in `like`, `\` makes them ordinary.
 *
 * @throws AppError `validation_failed` that says where and what.
 */
export function parseFilter(text: string): Filter {
  if (text.length > MOST_CHARACTERS)
    throw invalidField("where", `A filter may have at most ${MOST_CHARACTERS} characters.`);
  return new FilterParser(readFilterTokens(text)).parse();
}

class FilterParser {
  readonly #tokens: FilterToken[];
  #position = 0;
  #depth = 0;

  constructor(tokens: FilterToken[]) {
    this.#tokens = tokens;
  }

  parse(): Filter {
    const filter = this.#disjunction();
    if (this.#next.kind !== "end") throw this.#unexpected("“and”, “or” or the end");
    return filter;
  }

  get #next(): FilterToken {
    return this.#tokens[this.#position] ?? { kind: "end", text: "", at: 0 };
  }

  #take(): FilterToken {
    const token = this.#next;
    this.#position++;
    return token;
  }

  #isWord(word: string): boolean {
    return this.#next.kind === "word" && this.#next.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#position++;
    return true;
  }

  #takeSymbol(symbol: string): boolean {
    if (this.#next.kind !== "symbol" || this.#next.text !== symbol) return false;
    this.#position++;
    return true;
  }

  #unexpected(expected: string) {
    const { at, kind, text } = this.#next;
    return filterFault(
      at,
      kind === "end" ? `the filter ends where ${expected} is due` : `${expected} is due, not “${text}”`,
    );
  }

  #disjunction(): Filter {
    return this.#chain("or", () => this.#chain("and", () => this.#negation()));
  }

  #chain(kind: "and" | "or", part: () => Filter): Filter {
    const parts = [part()];
    while (this.#takeWord(kind)) parts.push(part());
    return parts.length === 1 && parts[0] ? parts[0] : { kind, parts };
  }

  #negation(): Filter {
    if (++this.#depth > MOST_DEPTH) throw filterFault(this.#next.at, `the filter is nested deeper than ${MOST_DEPTH}`);
    try {
      if (this.#takeWord("not")) return { kind: "not", part: this.#negation() };
      if (this.#takeSymbol("(")) {
        const filter = this.#disjunction();
        if (!this.#takeSymbol(")")) throw this.#unexpected("“)”");
        return filter;
      }
      return this.#predicate();
    } finally {
      this.#depth--;
    }
  }

  #predicate(): Filter {
    const left = this.#operand();
    if (this.#takeWord("is")) {
      const negated = this.#takeWord("not");
      if (!this.#takeWord("null")) throw this.#unexpected("“null”");
      return { kind: "null", left, negated };
    }
    const negated = this.#takeWord("not");
    if (this.#takeWord("in")) return { kind: "in", left, values: this.#list(), negated };
    if (this.#takeWord("between")) {
      const low = this.#operand();
      if (!this.#takeWord("and")) throw this.#unexpected("“and” and the upper end");
      return { kind: "between", left, low, high: this.#operand(), negated };
    }
    const ignoresCase = this.#isWord("ilike");
    if (this.#takeWord("like") || this.#takeWord("ilike")) {
      if (this.#next.kind !== "text") throw this.#unexpected("a text in '…'");
      return { kind: "like", left, pattern: this.#take().text, ignoresCase, negated };
    }
    const { kind, text } = this.#next;
    const operator = COMPARISONS.find((known) => known === (SPELLINGS[text] ?? text));
    if (negated || kind !== "symbol" || !operator)
      throw this.#unexpected(
        negated ? "“in”, “between” or “like”" : "=, <>, <, <=, >, >=, in, like, between or is null",
      );
    this.#take();
    return { kind: "compare", operator, left, right: this.#operand() };
  }

  #list(): Operand[] {
    if (!this.#takeSymbol("(")) throw this.#unexpected("a list in brackets");
    const values = [this.#operand()];
    while (this.#takeSymbol(",")) values.push(this.#operand());
    if (values.length > MOST_VALUES) throw invalidField("where", `A list may have at most ${MOST_VALUES} values.`);
    if (!this.#takeSymbol(")")) throw this.#unexpected("“,” or “)”");
    return values;
  }

  #operand(): Operand {
    const isNegative = this.#takeSymbol("-");
    const token = this.#next;
    if (token.kind === "number") {
      this.#take();
      return { kind: "number", value: isNegative ? `-${token.text}` : token.text };
    }
    if (isNegative) throw this.#unexpected("a number");
    if (token.kind === "text") {
      this.#take();
      return { kind: "text", value: token.text };
    }
    if (token.kind === "name") {
      this.#take();
      return { kind: "column", name: token.text, at: token.at };
    }
    if (token.kind !== "word") throw this.#unexpected("a column or a value");
    const word = token.text.toLowerCase();
    if (word === "null") throw filterFault(token.at, "nothing is equal to null; write “is null” or “is not null”");
    if (RESERVED.has(word)) throw this.#unexpected("a column or a value");
    this.#take();
    if (word === "true" || word === "false") return { kind: "boolean", value: word === "true" };
    return { kind: "column", name: token.text, at: token.at };
  }
}

/** Words of the grammar; a column of such a name is written in double quotes. */
const RESERVED = new Set(["and", "or", "not", "in", "between", "like", "ilike", "is"]);
