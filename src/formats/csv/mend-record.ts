import { type ColumnPattern, isNullText, typeOf } from "./column-pattern.ts";
import { type CellLayout, RecordCursor } from "./record-cursor.ts";
import { ALIGNED, DELIMITERS } from "./score-layout.ts";

/** How sure a reading must be: values of typed columns that stand where they belong. */
const SURE_VALUES = 1;
/** Spaces and colons also stand in prose, so that more is asked of a row that they are to part. */
const SURE_VALUES_IN_PROSE = 2;
const PROSE = " :";
/** Rows of three cells and more, parted by what does not stand in prose, need no typed values. */
const SURE_CELLS = 3;
const LONGEST_MENDED = 64 * 1024;

/**
 * Reads a record that is damaged, or has more or fewer cells than there are columns, in the ways that damage is known to come about
 * (Vitagliano et al., "Pollock: A Data Loading Benchmark", 2023): a stray quote before a cell, a row with another delimiter, a delimiter too
 * many or one too few. A reading counts only where it is the sole one that agrees with what the columns hold.
 *
 * @param record the record within `bytes`, as it was first read.
 * @param patterns of the columns, from rows that are sound.
 * @param options `isHeader`: names are looked for, which no column's values tell about; the caller judges them.
 * @returns a cursor that stands on the record, or undefined where it cannot be told how the record was meant.
 */
export function mendRecord(
  bytes: Uint8Array,
  record: { start: number; next: number; line: number },
  layout: CellLayout,
  patterns: readonly ColumnPattern[],
  { isHeader } = { isHeader: false },
): RecordCursor | undefined {
  if (record.next - record.start > LONGEST_MENDED || patterns.length < 2) return undefined;
  const read = (other: CellLayout, strict: boolean) => {
    const options = { final: true, firstLine: record.line, strict };
    const cursor = new RecordCursor(bytes, record.next, other, options);
    cursor.moveTo(record.start, record.line);
    return cursor.read() && cursor.fault === undefined ? cursor : undefined;
  };
  const strict = read(layout, true);
  if (strict !== undefined) {
    if (strict.count === patterns.length && agrees(strict, patterns, layout)) return strict;
    if (strict.count === patterns.length + 1) return dropEmptyCell(strict, patterns, layout);
    if (strict.count === patterns.length - 1) return splitMergedCell(strict, bytes, patterns, layout);
  }
  const others = DELIMITERS.flatMap(([delimiter]) => {
    if (delimiter === layout.delimiter || delimiter === ALIGNED) return [];
    const cursor = read({ ...layout, delimiter, collapse: false }, false);
    if (cursor === undefined || cursor.count !== patterns.length || cursor.next !== record.next) return [];
    const isSure =
      isHeader ||
      countSure(cursor, patterns) >= (PROSE.includes(delimiter) ? SURE_VALUES_IN_PROSE : SURE_VALUES) ||
      (patterns.length >= SURE_CELLS && !PROSE.includes(delimiter));
    return isSure && agrees(cursor, patterns, layout) ? [cursor] : [];
  });
  return others.length === 1 ? others[0] : undefined;
}

/** Whether each cell could stand in its column; one with a stray quote before it is text that nobody can tell about. */
function agrees(cursor: RecordCursor, patterns: readonly ColumnPattern[], { quote }: CellLayout): boolean {
  return patterns.every((pattern, i) => {
    const cell = cursor.readCell(i).trim();
    return (quote !== "" && cell.startsWith(quote)) || fitsColumn(cell, pattern);
  });
}

function fitsColumn(cell: string, { fits, hasGaps }: ColumnPattern): boolean {
  if (isNullText(cell)) return hasGaps;
  return fits === 0 || (fits > 0 && (typeOf(cell) & fits) !== 0);
}

function countSure(cursor: RecordCursor, patterns: readonly ColumnPattern[]): number {
  return patterns.filter(({ fits }, i) => fits > 0 && (typeOf(cursor.readCell(i)) & fits) !== 0).length;
}

/** Leaves out the one empty cell without which the others stand where they belong. */
function dropEmptyCell(
  cursor: RecordCursor,
  patterns: readonly ColumnPattern[],
  layout: CellLayout,
): RecordCursor | undefined {
  const cells = Array.from({ length: cursor.count }, (_, i) => cursor.readCell(i).trim());
  let found = -1;
  for (const [i, cell] of cells.entries()) {
    // Of empty cells side by side it does not matter which.
    if (cell !== "" || cells[i - 1] === "") continue;
    if (!patterns.every((pattern, column) => fitsColumn(cells[column < i ? column : column + 1]!, pattern))) continue;
    if (found >= 0) return undefined;
    found = i;
  }
  if (found < 0) return undefined;
  cursor.removeCell(found);
  return agrees(cursor, patterns, layout) ? cursor : undefined;
}

/** Parts the one cell that is the values of two typed columns in one. */
function splitMergedCell(
  cursor: RecordCursor,
  bytes: Uint8Array,
  patterns: readonly ColumnPattern[],
  layout: CellLayout,
): RecordCursor | undefined {
  const cells = Array.from({ length: cursor.count }, (_, i) => cursor.readCell(i).trim());
  let found: { index: number; at: number } | undefined;
  for (let i = 0; i < cells.length; i++) {
    const [left, right] = [patterns[i]!, patterns[i + 1]!];
    if (left.fits <= 0 || right.fits <= 0 || cursor.marks[i] !== 0) continue;
    // `12` may be 1 and 2, or 12 and nothing.
    if (fitsColumn(cells[i]!, left) || fitsColumn(cells[i]!, right)) continue;
    const doOthersFit = patterns.every(
      (pattern, column) =>
        column === i || column === i + 1 || fitsColumn(cells[column < i ? column : column - 1]!, pattern),
    );
    if (!doOthersFit) continue;
    const [start, end] = [cursor.starts[i]!, cursor.ends[i]!];
    for (let at = start + 1; at < end; at++) {
      const part = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
      if (end - start > 128 || (typeOf(part(start, at)) & left.fits) === 0) continue;
      if ((typeOf(part(at, end)) & right.fits) === 0) continue;
      if (found !== undefined) return undefined;
      found = { index: i, at };
    }
  }
  if (found === undefined) return undefined;
  cursor.splitCell(found.index, found.at);
  return agrees(cursor, patterns, layout) ? cursor : undefined;
}
