import { SYMBOL } from "./byte-classes.ts";
import { classifyCell, classOf, IS_BLANK, type NumberSigns } from "./classify-cell.ts";
import { type CellLayout, RecordCursor } from "./record-cursor.ts";

/** A sample read in one candidate layout. */
export interface LayoutScore {
  readonly layout: CellLayout;
  readonly score: number;
  /** Cells of each record of the sample; faulty records have none. */
  readonly counts: readonly number[];
  readonly quotedCells: number;
  /** Records with quotes where none belong. */
  readonly oddRecords: number;
  /** Share of the cells that are quoted, or numbers, dates, times or booleans. */
  readonly valueCells: number;
  /** Most cells stand apart by more than one byte. */
  readonly isSpaced: boolean;
}

const MOST_RECORDS = 400;
const TYPED_RECORDS = 200;
const EITHER_COMMA: NumberSigns = { decimal: 44, thousands: 46 };
const POINT: NumberSigns = { decimal: 46, thousands: 44 };

/** Columns aligned with runs of spaces, by pandas' name. */
export const ALIGNED = "\\s+";

/** Delimiters tried, with how readily they are believed: colons and spaces stand in times and in text too. */
export const DELIMITERS: readonly (readonly [delimiter: string, belief: number])[] = [
  [",", 1],
  ["\t", 1],
  [";", 1],
  ["|", 1],
  [":", 0.55],
  [" ", 0.5],
  [ALIGNED, 0.5],
  ["||", 1],
  ["::", 1],
  ["~", 0.6],
  ["^", 0.6],
  ["#", 0.4],
  ["&", 0.4],
  ["\u0001", 0.9],
];

/**
 * Scores a layout by how uniform the rows are that it makes, times how much the cells look like values of known types
 * (after van den Burg et al., "Wrangling messy CSV files by detecting row and type patterns", 2019): few different
 * row lengths, long rows, numbers and dates and words rather than fragments that still contain delimiters.
 */
export function scoreLayout(sample: Uint8Array, layout: CellLayout, belief: number, isWhole: boolean): LayoutScore {
  const cursor = new RecordCursor(sample, sample.length, layout, { final: isWhole, firstLine: 1 });
  const counts: number[] = [];
  let cells = 0;
  let known = 0;
  let quotedCells = 0;
  let odd = 0;
  let valueCells = 0;
  let spaced = 0;
  while (counts.length < MOST_RECORDS && cursor.read()) {
    if (cursor.isComment || cursor.blank) continue;
    counts.push(cursor.fault === undefined ? cursor.count : 0);
    if (cursor.odd) odd++;
    if (counts.length > TYPED_RECORDS) continue;
    for (let i = 0; i < cursor.count; i++) {
      cells++;
      if (i > 0 && cursor.starts[i]! - cursor.ends[i - 1]! > 1) spaced++;
      if (cursor.marks[i]! & 1) quotedCells++;
      const share = knownShare(sample, cursor.starts[i]!, cursor.ends[i]!, (cursor.marks[i]! & 1) !== 0);
      known += share;
      if (share === 1) valueCells++;
    }
  }
  const lengths = new Map<number, number>();
  let faults = 0;
  for (const count of counts) {
    if (count === 0) faults++;
    else lengths.set(count, (lengths.get(count) ?? 0) + 1);
  }
  let pattern = 0;
  for (const [length, times] of lengths) pattern += (times * Math.max(0.001, length - 1)) / length;
  pattern *=
    (1 - faults / Math.max(1, counts.length)) ** 2 / (Math.max(1, lengths.size) * Math.max(1, counts.length - faults));
  const typed = cells === 0 ? 0 : known / cells;
  const oddness = counts.length === 0 ? 0 : odd / counts.length;
  return {
    layout,
    score: pattern * typed * belief * (1 - 0.5 * oddness),
    counts,
    quotedCells,
    oddRecords: odd,
    valueCells: cells === 0 ? 0 : valueCells / cells,
    isSpaced: spaced > (cells - counts.length) / 2,
  };
}

/** How well a cell reads as one value: 1 for numbers, dates, plain words and whatever is quoted; less for what may be several cells. */
function knownShare(bytes: Uint8Array, start: number, end: number, isQuoted: boolean): number {
  if (start === end) return 0.9;
  const fits = classifyCell(bytes, start, end, POINT) || classifyCell(bytes, start, end, EITHER_COMMA);
  if ((fits & ~IS_BLANK) !== 0) return 1;
  if (isQuoted) return 1;
  if (bytes[start] === 39 && bytes[end - 1] === 39 && end - start > 1) return 0.5;
  if (fits === IS_BLANK) return 0.5;
  let penalty = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 59 || byte === 124 || byte === 9 || byte === 1) penalty = Math.max(penalty, 0.7);
    else if (byte === 34) penalty = Math.max(penalty, 0.5);
    else if (byte === 44) penalty = Math.max(penalty, bytes[i + 1] === 32 ? 0.2 : 0.6);
  }
  if (penalty > 0) return 1 - penalty;
  return classOf(bytes, start, end) & SYMBOL ? 0.8 : 0.95;
}
