import { BYTE_CLASS, CONTROL, HIGH, SPACE, STOP, SYMBOL } from "./byte-classes.ts";
import type { NullTokens } from "./null-tokens.ts";
import type { CellLayout } from "./record-cursor.ts";

/** What cells of a column may look like for DuckDB's reader to take them as they are. */
export interface ColumnShape {
  /** Classes of bytes allowed. */
  readonly allowed: number;
  /** Classes that must occur: without a digit there is no number, though DuckDB reads ` - ` as 0. */
  readonly required: number;
  readonly minLength: number;
  readonly maxLength: number;
  /** Refuses a minus sign after this many bytes: DuckDB would drop the zone of a timestamp. -1 for no check. */
  readonly minusUntil: number;
  /** The first and the last byte are digits. */
  readonly hasDigitEnds: boolean;
  /** Nothing but NULLs is expected. */
  readonly isEmpty: boolean;
}

/** Any text. */
export const TEXT_SHAPE: ColumnShape = {
  allowed: -1,
  required: 0,
  minLength: 0,
  maxLength: 0x7fffffff,
  minusUntil: -1,
  hasDigitEnds: false,
  isEmpty: false,
};

/** A run over one piece that found nothing unusual. All arrays belong to the scanner and are overwritten by its next run. */
export interface CleanScan {
  /** Byte after the last complete record. */
  readonly consumed: number;
  readonly records: number;
  /** Physical lines in the records. */
  readonly lines: number;
  /** NULL cells per column. */
  readonly nulls: Int32Array;
  /** Null texts seen, as indexes into `NullTokens.texts`. */
  readonly nullTexts: ReadonlySet<number>;
  readonly longestRecord: number;
  /** The line end of all records. */
  readonly newline: "\n" | "\r\n";
  readonly hasHighBytes: boolean;
  /** Starts of records about every `offsetEvery` bytes: record within the piece, byte, record, byte, … */
  readonly offsets: readonly number[];
}

const LF = 10;
const CR = 13;

/**
 * Runs over a piece of UTF-8 CSV at several hundred MB/s and proves that it is ordinary: every record has as many cells as
 * there are columns, quotes are where RFC 4180 wants them, line ends are of one kind, and every cell's bytes and
 * length are such that DuckDB can be trusted to either take the cell as it stands or refuse it.
 * Whatever is not ordinary makes `scan` return undefined; then the piece is read record by record with `RecordCursor`.
 */
export class PieceScanner {
  private readonly classes: Int32Array;
  private readonly delimiter: number;
  private readonly quote: number;
  private readonly comment: number;
  private readonly canScan: boolean;
  private readonly nullTokens: NullTokens;

  constructor(layout: CellLayout, nullTokens: NullTokens) {
    this.delimiter = layout.delimiter.charCodeAt(0);
    this.quote = layout.quote === "" ? -1 : layout.quote.charCodeAt(0);
    this.comment = layout.comment === "" ? -1 : layout.comment.charCodeAt(0);
    this.canScan =
      layout.delimiter.length === 1 &&
      this.delimiter < 128 &&
      !layout.collapse &&
      !layout.hasInlineComments &&
      (layout.escape === "" || layout.escape === layout.quote);
    this.nullTokens = nullTokens;
    this.classes = BYTE_CLASS.slice();
    this.classes[LF] = STOP;
    this.classes[CR] = STOP;
    this.classes[this.delimiter] = STOP;
    if (this.quote >= 0) this.classes[this.quote] = STOP;
  }

  /**
   * Scans bytes `[0, end)`. `bytes` must have one more byte than `end`, which is overwritten. `final`: no bytes follow. `most`: stop
   * after this many records. `isPage`: records of empty cells are not ordinary.
   */
  scan(
    bytes: Uint8Array,
    end: number,
    shapes: readonly ColumnShape[],
    options: { final: boolean; offsetEvery: number; most: number; isPage: boolean },
  ): CleanScan | undefined {
    if (!this.canScan) return undefined;
    const { classes, delimiter, quote, comment, nullTokens } = this;
    const { final, offsetEvery, most, isPage } = options;
    const firstOfNull = nullTokens.firstBytes;
    const longestNull = nullTokens.longest;
    const { mayBeValues } = nullTokens;
    const columns = shapes.length;
    const isText = Uint8Array.from(shapes, (shape) => (shape.allowed === -1 && !shape.isEmpty ? 1 : 0));
    const refused = Int32Array.from(shapes, (shape) => ~shape.allowed);
    const minLength = Int32Array.from(shapes, (shape) => shape.minLength);
    const maxLength = Int32Array.from(shapes, (shape) => shape.maxLength);
    const minusUntil = Int32Array.from(shapes, (shape) => shape.minusUntil);
    const required = Int32Array.from(shapes, (shape) => shape.required);
    const hasDigitEnds = Uint8Array.from(shapes, (shape) => (shape.hasDigitEnds ? 1 : 0));
    const isEmpty = Uint8Array.from(shapes, (shape) => (shape.isEmpty ? 1 : 0));
    const nulls = new Int32Array(columns);
    // NULLs of the record at hand: it may turn out to be cut off by the end of the piece.
    const openNulls = new Int32Array(columns);
    let openCount = 0;
    const nullTexts = new Set<number>();
    const offsets: number[] = [];
    let nextOffset = 0;
    let records = 0;
    let lines = 0;
    let seen = 0;
    let longest = 0;
    let lineEnds = 0;
    let consumed = 0;
    let i = 0;
    bytes[end] = LF;

    record: while (i < end && records < most) {
      const recordStart = i;
      const first = bytes[i]!;
      if (first === LF || first === CR || first === comment) return undefined;
      let column = 0;
      openCount = 0;
      for (;;) {
        let start = i;
        let stop = 0;
        let mask = 0;
        let byte = bytes[i]!;
        if (byte === quote) {
          start = ++i;
          for (;;) {
            if (i >= end) {
              if (final) return undefined;
              break record;
            }
            byte = bytes[i]!;
            if (byte === quote) {
              if (i + 1 >= end && !final) break record;
              if (bytes[i + 1] !== quote || i + 1 === end) break;
              mask |= SYMBOL;
              i += 2;
              continue;
            }
            if (byte === LF) lines++;
            else if (byte === CR && bytes[i + 1] !== LF) return undefined;
            mask |= BYTE_CLASS[byte]!;
            i++;
          }
          stop = i++;
          byte = bytes[i]!;
        } else {
          let kind = classes[byte]!;
          for (;;) {
            while (kind < STOP) {
              mask |= kind;
              byte = bytes[++i]!;
              kind = classes[byte]!;
            }
            if (byte !== quote) break;
            if ((mask & ~SPACE) === 0) return undefined;
            mask |= SYMBOL;
            byte = bytes[++i]!;
            kind = classes[byte]!;
          }
          stop = i;
        }
        if (i >= end && !final) break record;
        if (column >= columns) return undefined;
        const length = stop - start;
        if (length === 0) openNulls[openCount++] = column;
        else if (isText[column] !== 0 || (mayBeValues && nullTokens.find(bytes, start, stop) >= 0)) {
          if (length <= longestNull && firstOfNull[bytes[start]!] !== 0) {
            const token = nullTokens.find(bytes, start, stop);
            if (token >= 0) {
              openNulls[openCount++] = column;
              nullTexts.add(token);
            }
          }
        } else if (
          (mask & refused[column]!) !== 0 ||
          (mask & required[column]!) !== required[column] ||
          length < minLength[column]! ||
          length > maxLength[column]! ||
          isEmpty[column] !== 0 ||
          (hasDigitEnds[column] !== 0 && (!isDigit(bytes[start]!) || !isDigit(bytes[stop - 1]!))) ||
          (minusUntil[column]! >= 0 && hasMinus(bytes, start + minusUntil[column]!, stop))
        ) {
          const token = nullTokens.find(bytes, start, stop);
          if (token < 0) return undefined;
          openNulls[openCount++] = column;
          nullTexts.add(token);
        } else if (bytes[start]! <= 48 && isPadded(bytes, start, stop)) {
          // Leading zeros: an identifier, not a number. Dates and times have room for them.
          return undefined;
        }
        seen |= mask;
        column++;
        if (byte === delimiter && i < end) {
          i++;
          continue;
        }
        if (byte === LF) {
          lineEnds |= i < end ? 1 : 0;
          i++;
        } else if (byte === CR) {
          if (i + 1 >= end && !final) break record;
          if (bytes[i + 1] !== LF || i + 1 >= end) return undefined;
          lineEnds |= 2;
          i += 2;
        } else return undefined;
        break;
      }
      if (column !== columns || (isPage && openCount === columns)) return undefined;
      if (i > end) i = end;
      lines++;
      for (let k = 0; k < openCount; k++) nulls[openNulls[k]!]!++;
      if (recordStart >= nextOffset) {
        offsets.push(records, recordStart);
        nextOffset = recordStart + offsetEvery;
      }
      records++;
      if (i - recordStart > longest) longest = i - recordStart;
      consumed = i;
    }
    if (lineEnds === 3) return undefined;
    // Lines inside an unfinished quoted cell were counted already.
    if (consumed < i) lines -= countLines(bytes, consumed, Math.min(i, end));
    return {
      consumed,
      records,
      lines,
      nulls,
      nullTexts,
      longestRecord: longest,
      newline: lineEnds === 2 ? "\r\n" : "\n",
      hasHighBytes: (seen & HIGH) !== 0,
      offsets,
    };
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function hasMinus(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === 45) return true;
  return false;
}

/** True for digits with a zero in front: `007`, `-01`, `00.5`, but not `0`, `0.5` or a date and time. */
function isPadded(bytes: Uint8Array, start: number, stop: number): boolean {
  let i = start;
  while (bytes[i] === 32) i++;
  if (bytes[i] === 45) i++;
  if (bytes[i] !== 48) return false;
  const next = bytes[i + 1]!;
  if (i + 1 >= stop || next < 48 || next > 57) return false;
  for (i++; i < stop; i++) {
    const byte = bytes[i];
    if (byte === 45 || byte === 47 || byte === 58) return false;
  }
  return true;
}

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (bytes[i] === LF) count++;
  return count;
}

/** Classes that text of an ordinary file may have; control characters need a closer look. */
export const PRINTABLE = ~CONTROL;
