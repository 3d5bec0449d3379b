import type { ChartKind } from "./types.ts";

/** The words that name a chart, the more telling first. */
const WORDS: [RegExp, ChartKind][] = [
  [/\bheat ?maps?\b|\bmatrix\b/, "heatmap"],
  [/\bbox(es)?[ -]?(and[ -]whiskers?)?[ -]?(plots?|charts?|graphs?)\b|\bboxplots?\b/, "box"],
  [/\bhistograms?\b/, "histogram"],
  [/\bscatter\w*|\bbubble (chart|plot)s?\b/, "scatter"],
  [/\b(pie|donut|doughnut)s?([ -]?(chart|graph|plot)s?)?\b/, "pie"],
  [/\b(stacked )?area[ -](chart|graph|plot)s?\b/, "area"],
  [/\bline[ -]?(chart|graph|plot)s?\b|\btime ?line\b/, "line"],
  [/\b(bar|column)[ -]?(chart|graph|plot)s?\b|\bas (a )?bars?\b/, "bar"],
];

/** The chart that a question names; undefined when it names none. */
export function findChartWord(question: string): ChartKind | undefined {
  const text = question.toLowerCase();
  return WORDS.find(([pattern]) => pattern.test(text))?.[1];
}

/** The question is about how values are spread. */
export const asksDistribution = (question: string): boolean =>
  /\b(distribut\w+|spread|frequenc\w+|histogram)\b/i.test(question);

/** The question is about parts of a whole. */
export const asksShare = (question: string): boolean =>
  /\b(share|proportion|percentage|breakdown|split|composition|make[s]? up)\b/i.test(question);
