/** Numbers and adjectives that order things as items of a question. */
import type { Option, Place } from "./items.ts";
import { findGradable } from "./lexicon.ts";
import { parseFigure, parseNumberWord, parseOrdinal, parseScale } from "./numbers.ts";
import type { Token } from "./tokens.ts";

/** "1.2 million", "the third", "20 %", "fifty-one". */
export function addNumbers(
  tokens: readonly Token[],
  at: number,
  place: (to: number) => Place,
  options: Option[],
): void {
  const token = tokens[at];
  if (token === undefined || token.kind === "quote" || token.kind === "mark") return;
  const figure = token.kind === "figure" || /^\d+(k|m|bn|b)$/.test(token.lower) ? parseFigure(token.text) : undefined;
  const word = figure === undefined ? parseNumberWord(token.lower) : undefined;
  let factor = 1;
  let value = figure?.value ?? word;
  let to = at + 1;
  if (value === undefined) {
    const ordinal = parseOrdinal(token.lower);
    if (ordinal !== undefined && ordinal > 1)
      options.push({
        to,
        weight: 1.1,
        item: { ...place(to), type: "number", value: ordinal, percent: false, ordinal: true, scale: 1 },
      });
    const scale = parseScale(token.lower);
    if (
      scale === undefined ||
      token.lower.length < 3 ||
      (tokens[at - 1]?.lower !== "a" && tokens[at - 1]?.lower !== "than" && tokens[at - 1]?.lower !== "least")
    )
      return;
    value = scale;
  } else {
    if (word !== undefined && word >= 20 && tokens[to]?.kind === "word") {
      const unit = parseNumberWord(tokens[to]?.lower ?? "");
      if (unit !== undefined && unit < 10) [value, to] = [value + unit, to + 1];
    }
    for (
      let scale = parseScale(tokens[to]?.lower ?? "");
      scale !== undefined;
      scale = parseScale(tokens[to]?.lower ?? "")
    ) {
      if ((tokens[to]?.lower.length ?? 0) < 3 && tokens[to]?.kind === "word" && /^[bm]$/.test(tokens[to]?.lower ?? ""))
        break;
      [value, to, factor] = [value * scale, to + 1, factor * scale];
    }
  }
  const percent = figure?.percent === true || tokens[to]?.text === "%" || tokens[to]?.lower === "percent";
  if (percent && figure?.percent !== true) to++;
  options.push({
    to,
    weight: 1.15 * (to - at),
    item: { ...place(to), type: "number", value, percent, ordinal: false, scale: factor },
  });
}

/** "older", "the most expensive", "recent": adjectives that stand for a measure. */
export function addGrades(tokens: readonly Token[], at: number, place: (to: number) => Place, options: Option[]): void {
  const token = tokens[at];
  if (token?.kind !== "word") return;
  const next = tokens[at + 1];
  const lead = token.lower;
  if (
    next?.kind === "word" &&
    (lead === "most" ||
      lead === "least" ||
      lead === "more" ||
      lead === "less" ||
      lead === "highest" ||
      lead === "lowest")
  ) {
    const skip =
      next.lower === "highly" ||
      (next.lower === "recently" &&
        tokens[at + 2]?.kind === "word" &&
        findGradable(tokens[at + 2]?.lower ?? "") !== undefined)
        ? 1
        : 0;
    const word = tokens[at + 1 + skip]?.lower ?? "";
    const found = findGradable(word);
    if (found !== undefined && !/^(popular|first|last)$/.test(word) && !/(er|est)$/.test(word)) {
      const up = lead === "most" || lead === "more" || lead === "highest";
      const dir = (found.sign === 1) === up ? "desc" : "asc";
      options.push({
        to: at + 2 + skip,
        weight: 1.2 * (2 + skip),
        item: {
          ...place(at + 2 + skip),
          type: "grade",
          adjective: word,
          degree: lead === "more" || lead === "less" ? "more" : "most",
          dir,
        },
      });
    }
  }
  const found = findGradable(lead);
  if (found === undefined) return;
  const degree = /est$|^latest$|^last$|^first$|^best$|^worst$|most$/.test(lead)
    ? "most"
    : /er$|^worse$|^better$/.test(lead)
      ? "more"
      : "plain";
  if (
    lead === "first" ||
    lead === "last" ||
    (degree === "plain" &&
      !/^(recent|rainy|hot|cold|expensive|cheap|old|new|young|long|short|big|large|small|tall|heavy|light|late|early|deep|populous)$/.test(
        lead,
      ))
  ) {
    if (lead !== "first" && lead !== "last") return;
  }
  options.push({
    to: at + 1,
    weight: degree === "plain" ? 0.2 : lead === "first" || lead === "last" ? 1.05 : 1.2,
    item: { ...place(at + 1), type: "grade", adjective: lead, degree, dir: found.sign === 1 ? "desc" : "asc" },
  });
}
