/** Numbers in figures and in words. */

const UNITS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES: Record<string, number> = {
  hundred: 100,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
  k: 1e3,
  m: 1e6,
  mn: 1e6,
  bn: 1e9,
  b: 1e9,
  dozen: 12,
  mio: 1e6,
};
const ORDINALS: Record<string, number> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
};

/** The number a single word stands for (`"seven"`, `"forty"`), if it is one. */
export function parseNumberWord(word: string): number | undefined {
  if (word === "single") return 1;
  const unit = UNITS.indexOf(word);
  if (unit >= 0) return unit;
  const ten = TENS.indexOf(word);
  return ten >= 0 ? (ten + 2) * 10 : undefined;
}

/** The place an ordinal stands for (`"third"`, `"3rd"`), if it is one. */
export function parseOrdinal(word: string): number | undefined {
  const digits = /^(\d+)(st|nd|rd|th)$/.exec(word);
  if (digits !== null) return Number(digits[1]);
  return Object.hasOwn(ORDINALS, word) ? ORDINALS[word] : undefined;
}

/** The factor a scale word stands for (`"million"`, `"k"`), if it is one. */
export function parseScale(word: string): number | undefined {
  return Object.hasOwn(SCALES, word) ? SCALES[word] : undefined;
}

/** A number in figures: `1,200`, `3.5`, `$5`, `20%`, `1.2M`, `5k`. `percent` tells whether it carried a percent sign. */
export function parseFigure(text: string): { value: number; percent: boolean } | undefined {
  const match = /^[$€£]?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+)(k|m|mn|bn|b|mio)?(%)?$/i.exec(text);
  if (match === null) return undefined;
  const base = Number((match[1] ?? "").replace(/,/g, ""));
  const scale = match[2] === undefined ? 1 : (parseScale(match[2].toLowerCase()) ?? 1);
  return Number.isFinite(base) ? { value: base * scale, percent: match[3] !== undefined } : undefined;
}
