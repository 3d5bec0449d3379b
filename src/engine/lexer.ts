/** What a piece of SQL is. Comments and white space are no tokens. */
export type TokenKind = "word" | "quoted" | "string" | "number" | "parameter" | "symbol";

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** What it means: a word in lower case, a name or string without its quotes; otherwise as written. */
  readonly value: string;
  /** Where it starts and ends in the SQL, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** SQL that cannot be cut into tokens: a string, name or comment without its end. */
export class LexerError extends Error {
  override readonly name = "LexerError";
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** White space, and what DuckDB takes for it (`StripUnicodeSpaces`): texts pasted from elsewhere are full of it. */
const SPACES = "\\t-\\r \\u00a0\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff";
const SPACE = new RegExp(`[${SPACES}]+`, "y");
const LINE_COMMENT = /--[^\r\n]*/y;
/** Every other character beyond ASCII can stand in a name. */
const WORD = new RegExp(
  `(?![${SPACES}])[A-Za-z_\\u0080-\\u{10ffff}](?:(?![${SPACES}])[\\w$\\u0080-\\u{10ffff}])*`,
  "uy",
);
const NUMBER = /0[xX][0-9a-fA-F_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y;
const PARAMETER = /\$\w+|\?\d*|#\d+/y;
const DOLLAR_QUOTE = new RegExp(`\\$(?:(?!\\d)(?:(?![${SPACES}])[\\w\\u0080-\\u{10ffff}])+)?\\$`, "uy");
const SYMBOL = /->>|->|::|:=|=>|<=>|<=|>=|<>|!=|!~~\*?|~~\*?|\|\||\*\*|\/\/|<<|>>|&&|==|@>|<@|\^@|[^\s]/uy;
/** Prefixes that make the string after them another kind: escapes, bits, hexadecimal, Unicode. */
const STRING_PREFIX = /(?:[eEbBxXnN]|[uU]&)(?=')/y;

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

/**
 * Cuts SQL into tokens by DuckDB's (PostgreSQL's) rules: doubled quotes, escape strings, dollar quotes, nested comments.
 *
 * @throws LexerError where a string, name or comment never ends.
 */
export function readTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const skipped = matchAt(SPACE, sql, at) ?? matchAt(LINE_COMMENT, sql, at);
    if (skipped) {
      at += skipped.length;
      continue;
    }
    if (sql.startsWith("/*", at)) {
      at = skipComment(sql, at);
      continue;
    }
    const token = readToken(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function skipComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at++) {
    if (sql.startsWith("/*", at)) {
      depth++;
      at++;
    } else if (sql.startsWith("*/", at)) {
      at++;
      if (--depth === 0) return at + 1;
    }
  }
  throw new LexerError("a comment that starts with /* has no end", start);
}

function readToken(sql: string, start: number): Token {
  const make = (kind: TokenKind, end: number, value = sql.slice(start, end)): Token => ({
    kind,
    text: sql.slice(start, end),
    value,
    start,
    end,
  });
  const prefix = matchAt(STRING_PREFIX, sql, start) ?? "";
  const first = sql[start + prefix.length];
  if (first === "'") {
    const escapes = prefix.toLowerCase() === "e";
    const open = start + prefix.length;
    const end = findQuoteEnd(sql, open, "'", escapes);
    return make("string", end, sql.slice(open + 1, end - 1).replaceAll("''", "'"));
  }
  if (first === '"') {
    const end = findQuoteEnd(sql, start, '"', false);
    return make("quoted", end, sql.slice(start + 1, end - 1).replaceAll('""', '"'));
  }
  const dollar = matchAt(DOLLAR_QUOTE, sql, start);
  if (dollar) {
    const close = sql.indexOf(dollar, start + dollar.length);
    if (close < 0) throw new LexerError(`a string that starts with ${dollar} has no end`, start);
    return make("string", close + dollar.length, sql.slice(start + dollar.length, close));
  }
  const word = matchAt(WORD, sql, start);
  if (word) return make("word", start + word.length, word.toLowerCase());
  const number = matchAt(NUMBER, sql, start);
  if (number) return make("number", start + number.length);
  const parameter = matchAt(PARAMETER, sql, start);
  if (parameter) return make("parameter", start + parameter.length);
  return make("symbol", start + (matchAt(SYMBOL, sql, start) ?? sql[start]!).length);
}

/** The position after the closing quote; a doubled quote stands for one, and so does `\'` where escapes count. */
function findQuoteEnd(sql: string, open: number, quote: string, escapes: boolean): number {
  for (let at = open + 1; at < sql.length; at++) {
    if (escapes && sql[at] === "\\") at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  throw new LexerError(`a ${quote === "'" ? "string" : "quoted name"} has no closing ${quote}`, open);
}
