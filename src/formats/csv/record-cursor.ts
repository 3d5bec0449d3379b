import type { CsvDialect } from "./dialect.ts";

/** What was wrong with a record's quotes. */
export type RecordFault = "unclosed_quote" | "text_after_quote";

const LF = 10;
const CR = 13;
const SPACE_BYTE = 32;
const TAB_BYTE = 9;

/** The parts of a dialect that decide where cells begin and end. */
export type CellLayout = Pick<
  CsvDialect,
  "delimiter" | "collapse" | "quote" | "escape" | "comment" | "hasInlineComments" | "escapesAny" | "skippedLines"
>;

/**
 * Walks over the records of UTF-8 bytes, one at a time, forgivingly: quotes inside a quoted cell that are not doubled
 * count as text when a proper end of the cell follows in the same line; a quote that is never closed costs only its
 * own line. Positions are byte indexes; after `next()` returned true the fields describe that record.
 */
export class RecordCursor {
  /** First byte of the record, and the byte after its line end. */
  start = 0;
  next = 0;
  /** Physical line of the record's first byte, as counted from `firstLine`. */
  line = 0;
  count = 0;
  /** Cells as ranges of bytes, inside the quotes. */
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  /** 1: quoted. 2: contains escapes that `readCell` must undo. */
  marks: Uint8Array = new Uint8Array(64);
  fault: RecordFault | undefined;
  /** True for an empty line, and for the spaces that the last lines are. */
  blank = false;
  /** True where no cell holds anything. */
  isEmpty = false;
  /** True where the layout is not what RFC 4180 allows, so that another reader may see other cells. */
  odd = false;
  /** A comment, or a line that is to be passed over. */
  isComment = false;

  private readonly bytes: Uint8Array;
  private readonly end: number;
  private readonly final: boolean;
  private nextLine: number;
  private readonly delimiter: Uint8Array;
  private readonly first: number;
  private readonly quote: number;
  private readonly escape: number;
  private readonly comment: Uint8Array;
  private readonly collapse: boolean;
  private readonly isStrict: boolean;
  /** First byte of a comment that may stand anywhere; -1 where it may not. */
  private readonly inlineComment: number;
  private readonly escapesAny: boolean;
  private readonly skipped: ReadonlySet<number> | undefined;

  /**
   * `final`: no bytes follow `end`, so the last record is complete without a line end. `strict`: a quote that opens a cell and is not
   * closed as RFC 4180 wants it is text.
   */
  constructor(
    bytes: Uint8Array,
    end: number,
    layout: CellLayout,
    options: { final: boolean; firstLine: number; strict?: boolean },
  ) {
    this.bytes = bytes;
    this.end = end;
    this.final = options.final;
    this.nextLine = options.firstLine;
    const encoder = new TextEncoder();
    this.delimiter = encoder.encode(layout.delimiter);
    this.first = this.delimiter[0] ?? -1;
    this.quote = layout.quote === "" ? -1 : layout.quote.charCodeAt(0);
    this.escape = layout.escape === "" || layout.quote === layout.escape ? -1 : layout.escape.charCodeAt(0);
    this.comment = encoder.encode(layout.comment);
    this.collapse = layout.collapse;
    this.isStrict = options.strict ?? false;
    this.inlineComment = layout.hasInlineComments ? (this.comment[0] ?? -1) : -1;
    this.escapesAny = layout.escapesAny ?? false;
    this.skipped = layout.skippedLines && new Set(layout.skippedLines);
  }

  /** Line of the byte at `next`. */
  get lineAfter(): number {
    return this.nextLine;
  }

  /** Moves to the next record. False where none is complete; `next` is then its first byte. */
  read(): boolean {
    const start = this.next;
    if (start >= this.end) return false;
    this.start = start;
    this.line = this.nextLine;
    this.count = 0;
    this.fault = undefined;
    this.blank = false;
    this.isEmpty = false;
    this.odd = false;
    this.isComment = false;
    if ((this.comment.length > 0 && this.startsWith(start, this.comment)) || this.skipped?.has(this.line)) {
      this.isComment = true;
      return this.takeLine(start);
    }
    const ok = this.readCells(start);
    if (ok) return true;
    if (this.fault !== undefined) {
      this.count = 0;
      this.nextLine = this.line;
      return this.takeLine(start);
    }
    this.next = start;
    this.nextLine = this.line;
    return false;
  }

  /** Takes the record that `read` found incomplete as one faulty line, where its bytes cannot be waited for. */
  takeUnclosed(): boolean {
    this.fault = "unclosed_quote";
    this.count = 0;
    return this.takeLine(this.start);
  }

  /** Goes on at a byte other than the record's end, which must be the start of a line. */
  moveTo(byte: number, line: number): void {
    this.next = byte;
    this.nextLine = line;
  }

  removeCell(index: number): void {
    this.starts.copyWithin(index, index + 1, this.count);
    this.ends.copyWithin(index, index + 1, this.count);
    this.marks.copyWithin(index, index + 1, this.count);
    this.count--;
  }

  /** Makes two cells of a plain one. */
  splitCell(index: number, at: number): void {
    this.addCell(0, 0, 0);
    this.starts.copyWithin(index + 1, index, this.count - 1);
    this.ends.copyWithin(index + 1, index, this.count - 1);
    this.marks.copyWithin(index + 1, index, this.count - 1);
    this.ends[index] = at;
    this.starts[index + 1] = at;
  }

  /** The text of a cell, with doubled quotes and escapes undone. */
  readCell(index: number): string {
    return TEXT.decode(this.readCellBytes(index));
  }

  /** The bytes of a cell, with doubled quotes and escapes undone. */
  readCellBytes(index: number): Uint8Array {
    const raw = this.bytes.subarray(this.starts[index]!, this.ends[index]!);
    if (!(this.marks[index]! & 2)) return raw;
    const out = new Uint8Array(raw.length);
    let length = 0;
    const quoted = (this.marks[index]! & 1) !== 0;
    for (let i = 0; i < raw.length; i++) {
      const byte = raw[i]!;
      if (byte === this.escape && i + 1 < raw.length) {
        const after = raw[i + 1]!;
        // A backslash before another letter is text: Windows paths, \N for NULL.
        const needsEscape =
          after === this.quote || after === this.escape || after === this.first || after === LF || after === CR;
        if (needsEscape || this.escapesAny) i++;
        out[length++] = raw[i]!;
      } else {
        if (quoted && this.doublesQuotes && byte === this.quote && raw[i + 1] === this.quote) i++;
        out[length++] = byte;
      }
    }
    return out.subarray(0, length);
  }

  private takeLine(start: number): boolean {
    const { bytes, end } = this;
    let i = start;
    while (i < end && bytes[i] !== LF && bytes[i] !== CR) i++;
    if (i >= end) {
      if (!this.final) {
        this.next = start;
        return false;
      }
      this.next = end;
      this.nextLine = this.line + 1;
      return true;
    }
    return this.endLine(i);
  }

  /** Steps over the line end at `i`. False where CR is the last byte and LF may follow. */
  private endLine(i: number): boolean {
    let after = i + 1;
    if (this.bytes[i] === CR) {
      if (after >= this.end && !this.final) return false;
      if (after < this.end && this.bytes[after] === LF) after++;
    }
    this.next = after;
    this.nextLine++;
    return true;
  }

  private startsWith(at: number, token: Uint8Array): boolean {
    if (at + token.length > this.end) return false;
    for (let i = 0; i < token.length; i++) if (this.bytes[at + i] !== token[i]) return false;
    return true;
  }

  private get doublesQuotes(): boolean {
    return this.escape === -1 || this.escapesAny;
  }

  private beginsComment(at: number): boolean {
    return this.bytes[at] === this.inlineComment && this.startsWith(at, this.comment);
  }

  private isDelimiter(at: number): boolean {
    if (at >= this.end) return false;
    const byte = this.bytes[at];
    if (this.collapse) return byte === this.first || byte === TAB_BYTE;
    return byte === this.first && (this.delimiter.length === 1 || this.startsWith(at, this.delimiter));
  }

  private addCell(start: number, end: number, mark: number): void {
    if (this.count === this.starts.length) {
      this.starts = growInts(this.starts);
      this.ends = growInts(this.ends);
      const marks = new Uint8Array(this.marks.length * 2);
      marks.set(this.marks);
      this.marks = marks;
    }
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.marks[this.count] = mark;
    this.count++;
  }

  private readCells(start: number): boolean {
    const { bytes, end, quote, collapse } = this;
    let i = start;
    if (collapse) while (i < end && (bytes[i] === SPACE_BYTE || bytes[i] === TAB_BYTE)) i++;
    for (;;) {
      const cellStart = i;
      let j = i;
      if (!collapse && quote !== -1) while (j < end && bytes[j] === SPACE_BYTE && this.first !== SPACE_BYTE) j++;
      if (j < end && bytes[j] === quote) {
        if (j > i) this.odd = true;
        const line = this.nextLine;
        i = this.readQuoted(j + 1);
        if (i < 0) {
          if (this.fault === undefined || (this.fault === "unclosed_quote" && !this.isStrict)) return false;
          // The quote at the start was none: `"16/04/2018,11:45,…` has lost its partner, or never had one.
          const { fault } = this;
          this.fault = undefined;
          this.nextLine = line;
          i = this.readPlain(cellStart);
          if (fault === "unclosed_quote" && !this.isDelimiter(i)) {
            // The last cell of its line may have lost the lines that followed.
            this.fault = fault;
            return false;
          }
        }
      } else if (collapse) {
        while (i < end && bytes[i] !== LF && bytes[i] !== CR && !this.isDelimiter(i) && !this.beginsComment(i)) i++;
        this.addCell(cellStart, i, 0);
      } else i = this.readPlain(cellStart);
      if (i < end && this.beginsComment(i)) while (i < end && bytes[i] !== LF && bytes[i] !== CR) i++;
      if (i >= end) {
        if (!this.final) return false;
        this.next = end;
        this.nextLine++;
        break;
      }
      const byte = bytes[i]!;
      if (byte === LF || byte === CR) {
        if (!this.endLine(i)) return false;
        break;
      }
      i += this.delimiter.length;
      if (collapse) {
        while (i < end && (bytes[i] === SPACE_BYTE || bytes[i] === TAB_BYTE)) i++;
        if (i >= end || bytes[i] === LF || bytes[i] === CR) {
          if (i >= end) {
            if (!this.final) return false;
            this.next = end;
            this.nextLine++;
            break;
          }
          if (!this.endLine(i)) return false;
          break;
        }
      }
    }
    this.isEmpty = this.hasNoText();
    this.blank = this.count === 1 && (this.isEmpty || (this.final && this.isRestSpace()));
    return true;
  }

  private hasNoText(): boolean {
    for (let i = 0; i < this.count; i++) if (this.starts[i] !== this.ends[i] || this.marks[i] !== 0) return false;
    return true;
  }

  private isRestSpace(): boolean {
    for (let i = this.start; i < this.end; i++) {
      const byte = this.bytes[i]!;
      if (byte !== SPACE_BYTE && byte !== TAB_BYTE && byte !== LF && byte !== CR) return false;
    }
    return true;
  }

  /** Reads a cell without quotes; returns the byte after it. */
  private readPlain(from: number): number {
    const { bytes, end, first, inlineComment } = this;
    let mark = 0;
    let i = from;
    while (i < end) {
      const byte = bytes[i]!;
      if (byte === LF || byte === CR || (byte === first && this.isDelimiter(i))) break;
      if (byte === inlineComment && this.beginsComment(i)) break;
      if (byte === this.escape) {
        mark = 2;
        i++;
        if (i < end && (bytes[i] === LF || (bytes[i] === CR && bytes[i + 1] !== LF))) this.nextLine++;
      }
      i++;
    }
    if (i > end) i = end;
    this.addCell(from, i, mark);
    return i;
  }

  /** Reads a quoted cell from the byte after its opening quote; returns the byte after the cell, or -1. */
  private readQuoted(from: number): number {
    const { bytes, end, quote } = this;
    let i = from;
    let mark = 1;
    let stray = false;
    while (i < end) {
      const byte = bytes[i]!;
      if (byte === this.escape && i + 1 < end) {
        mark |= 2;
        if (bytes[i + 1] === LF) this.nextLine++;
        i += 2;
        continue;
      }
      if (byte === quote) {
        if (i + 1 >= end && !this.final) return -1;
        if (i + 1 < end && bytes[i + 1] === quote && this.doublesQuotes) {
          mark |= 2;
          i += 2;
          continue;
        }
        let after = i + 1;
        if (this.endsCell(after)) {
          this.addCell(from, i, mark);
          return after;
        }
        while (after < end && bytes[after] === SPACE_BYTE) after++;
        if (this.endsCell(after)) {
          this.odd = true;
          this.addCell(from, i, mark);
          return after;
        }
        if (after >= end && !this.final) return -1;
        if (this.isStrict) {
          this.fault = "text_after_quote";
          return -1;
        }
        stray = true;
        this.odd = true;
      } else if (byte === LF || byte === CR) {
        if (stray) {
          this.fault = "text_after_quote";
          return -1;
        }
        if (byte === LF || bytes[i + 1] !== LF) this.nextLine++;
      }
      i++;
    }
    if (this.final) this.fault = "unclosed_quote";
    return -1;
  }

  private endsCell(at: number): boolean {
    if (at >= this.end) return this.final;
    const byte = this.bytes[at]!;
    return byte === LF || byte === CR || this.isDelimiter(at) || this.beginsComment(at);
  }
}

/** Whether a record is no more than space between others. */
export function isSpacing(cursor: RecordCursor, { columns, isPage }: Pick<CsvDialect, "columns" | "isPage">): boolean {
  return columns.length > 1 && (isPage ? cursor.isEmpty : cursor.blank);
}

const TEXT = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

function growInts(from: Int32Array): Int32Array {
  const grown = new Int32Array(from.length * 2);
  grown.set(from);
  return grown;
}
