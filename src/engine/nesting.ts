import type { Token } from "./lexer.ts";

/**
 * DuckDB plans a query before it can be stopped, and for some of what is nested the time grows without bounds: it doubles with each arrow or
 * lambda in another, and grows with the third power of the depth of the rest (20 lambdas: seconds, 40: weeks).
 */
const MOST_ARROWS = 16;
const MOST_PARENTHESES = 100;

/** Where an expression ends, so that what follows is not nested in it. */
const SEPARATORS = new Set(
  "select from where group order by having limit offset qualify window union intersect except using on with as values".split(
    " ",
  ),
);
const CASE_SEPARATORS = new Set(["when", "then", "else"]);

/** What is open: parentheses, brackets, braces, or CASE. */
interface Frame {
  readonly isCase: boolean;
  /** Arrows around all that is in it. */
  readonly outside: number;
  /** Arrows around what comes next. */
  around: number;
  /** Most arrows in one another to the left of what comes next, in the same expression. */
  left: number;
  /** Most arrows in one another anywhere in it, those around it included. */
  deepest: number;
  /** Between `lambda` and its colon, where commas stand between parameters. */
  inParameters: boolean;
}

const openFrame = (outside: number, isCase: boolean): Frame => ({
  isCase,
  outside,
  around: outside,
  left: 0,
  deepest: outside,
  inParameters: false,
});

/** Says what is nested too deeply for a query to be planned in bounded time, as a sentence; undefined when nothing is. */
export function faultOfNesting(tokens: readonly Token[]): string | undefined {
  const frames = [openFrame(0, false)];
  for (const { kind, text, value } of tokens) {
    const frame = frames.at(-1)!;
    const word = kind === "word" ? value : "";
    const symbol = kind === "symbol" ? text : "";
    if ("([{".includes(symbol) && symbol !== "") {
      frames.push(openFrame(frame.around, false));
      if (frames.length > MOST_PARENTHESES)
        return `The SQL has more than ${MOST_PARENTHESES} parentheses in one another. Take it apart with WITH.`;
    } else if (word === "case") frames.push(openFrame(frame.around, true));
    else if ((")]}".includes(symbol) && symbol !== "") || (word === "end" && frame.isCase)) closeFrame(frames);
    else if (symbol === "->" || word === "lambda" || (word === "for" && frames.length > 1)) {
      frame.around++;
      frame.left++;
      frame.deepest = Math.max(frame.deepest, frame.around, frame.outside + frame.left);
      frame.inParameters = word === "lambda";
      if (frame.deepest > MOST_ARROWS)
        return `The SQL has more than ${MOST_ARROWS} arrows (->) or lambdas in one another. For JSON, one path does for several arrows: x->'$.a.b[0].c'.`;
    } else if (symbol === ":") frame.inParameters = false;
    else if ((symbol === "," && !frame.inParameters) || (frame.isCase ? CASE_SEPARATORS : SEPARATORS).has(word)) {
      frame.around = frame.outside;
      frame.left = 0;
    }
  }
  return undefined;
}

function closeFrame(frames: Frame[]): void {
  if (frames.length === 1) return;
  const closed = frames.pop()!;
  const frame = frames.at(-1)!;
  frame.deepest = Math.max(frame.deepest, closed.deepest);
  frame.left = Math.max(frame.left, closed.deepest - closed.outside);
}
