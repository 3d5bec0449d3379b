/** Cuts a question into words, figures, quoted texts and punctuation. */
import type { Column } from "./schema.ts";
import { foldText, stemWord } from "./words.ts";

export interface Token {
  kind: "word" | "figure" | "quote" | "mark";
  text: string;
  /** Folded: lower case, no accents. */
  lower: string;
  stem: string;
  /** The word begins with a capital and is not the first of a sentence. */
  capital: boolean;
  /** The first word of a sentence. */
  first: boolean;
  /** What the words stand for that this token has taken the place of: a column that is computed for this question. */
  column?: Column;
}

const PATTERN = new RegExp(
  [
    `(?<q1>"[^"]*")`,
    String.raw`(?<q2>\u0001[^\u0001\u0002]*\u0002)`,
    String.raw`(?<q3>(?<![\p{L}\p{N}])'(?:[^']|'(?=\p{L}))*?'(?![\p{L}\p{N}]))`,
    String.raw`(?<date>\d{4}[-/]\d{1,2}(?:[-/]\d{1,2})?(?![\d])|\d{1,2}[/.]\d{1,2}[/.]\d{4})`,
    String.raw`(?<figure>[$€£]?(?:(?<![\p{L}\p{N}])-)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[kKmMbB]n?|mio)?%?(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])\.\d+)`,
    String.raw`(?<poss>'s(?![\p{L}]))`,
    String.raw`(?<word>[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:(?:[.&](?=[\p{L}\p{N}])|'(?!s(?![\p{L}])))[\p{L}\p{M}\p{N}]+)*)`,
    String.raw`(?<mark>[^\s])`,
  ].join("|"),
  "gu",
);

/** Splits text into tokens. Quotes of every usual form become one `quote` token each. */
export function tokenize(question: string): Token[] {
  const text = question
    .normalize("NFC")
    .replace(/``|“|„|«/g, "\u0001")
    .replace(/''|”|»/g, "\u0002")
    .replace(/[’‘`´]/g, "'")
    .replace(/\b(have|has|had|do|does|did|is|are|was|were|ca|wo|could|would|should)nt\b/gi, "$1n't")
    .replace(/\b(what|who|where|when|how|that|there|it)'s\b/gi, "$1 is")
    .replace(/\bhead ?counts?\b/gi, "number of people")
    .replace(/([\p{L}\p{N}])_(?=[\p{L}\p{N}])/gu, "$1 ");
  const tokens: Token[] = [];
  let first = true;
  for (const match of text.matchAll(PATTERN)) {
    const groups = match.groups ?? {};
    const quoted = groups["q1"] ?? groups["q2"] ?? groups["q3"];
    const raw = quoted === undefined ? match[0] : quoted.slice(1, -1).trim();
    if (raw === "" || raw === "\u0001" || raw === "\u0002") continue;
    const kind =
      quoted !== undefined
        ? "quote"
        : groups["figure"] !== undefined || groups["date"] !== undefined
          ? "figure"
          : groups["word"] !== undefined
            ? "word"
            : "mark";
    const lower = foldText(raw);
    tokens.push({
      kind,
      text: raw,
      lower,
      stem: stemWord(lower),
      capital: kind === "word" && /^\p{Lu}/u.test(raw) && !first,
      first,
    });
    first = kind === "mark" && /[.?!;:]/.test(raw);
  }
  return tokens;
}
