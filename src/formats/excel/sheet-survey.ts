import type { CellSink } from "./cells.ts";
import { formatNumber, Seen, seeNumber, seeText } from "./column-type.ts";
import type { FormatKind } from "./number-format.ts";

/** Where the header is: found by the data, none, or a row number counted from 0 after `skipRows`. */
export type HeaderChoice = "auto" | "none" | number;

/** Rows with content among which the header is looked for. */
const HEADER_ROWS = 20;
const MAX_HEADER_TEXT = 1000;

interface EarlyCell {
  column: number;
  seen: number;
  text: string;
  isLabel: boolean;
}

interface EarlyRow {
  row: number;
  cells: EarlyCell[];
}

/** Takes a sheet's cells and learns where the header is, which columns there are and what they hold. */
export class SheetSurvey implements CellSink {
  /** Rows with content below the header. */
  rowCount = 0;
  /** Row of the header, or -1. Rows up to it are no data. */
  headerRow = -1;
  /** Names from the header by column. */
  readonly names = new Map<number, string>();
  /** Bits of `Seen` by column. */
  readonly #seen: number[] = [];
  readonly #choice: HeaderChoice;
  readonly #skipRows: number;
  readonly #maxRows: number;
  readonly #is1904: boolean;
  readonly #isWanted: (column: number) => boolean;
  #early: EarlyRow[] | undefined = [];
  #row = -1;
  #hasContent = false;

  /** `columns`: positions of those to look at; undefined: all. */
  constructor(
    choice: HeaderChoice,
    rows: { skip: number; most: number },
    columns: ReadonlySet<number> | undefined,
    is1904: boolean,
  ) {
    this.#choice = choice;
    // The header may stand below more rows than are looked at to find one.
    this.#skipRows = rows.skip + (typeof choice === "number" ? choice : 0);
    this.#maxRows = rows.most;
    this.#is1904 = is1904;
    this.#isWanted = columns === undefined ? () => true : (column) => columns.has(column);
  }

  startRow(row: number): void {
    this.#closeRow();
    this.#row = row;
    this.#hasContent = false;
  }

  number(column: number, value: number, kind: FormatKind): void {
    const seen = seeNumber(value, kind);
    if (this.#early === undefined) this.#note(column, seen);
    else {
      const isYear = seen === Seen.whole && value >= 1900 && value <= 2100;
      this.#noteEarly(column, seen, formatNumber(value, kind, this.#is1904), isYear || seen === Seen.date);
    }
  }

  bool(column: number, value: boolean): void {
    if (this.#early === undefined) this.#note(column, Seen.bool);
    else this.#noteEarly(column, Seen.bool, value ? "TRUE" : "FALSE", false);
  }

  text(column: number, bytes: Uint8Array, start: number, end: number): void {
    const seen = seeText(bytes, start, end);
    if (this.#early === undefined) {
      this.#note(column, seen);
      return;
    }
    const text = decoder.decode(bytes.subarray(start, Math.min(end, start + MAX_HEADER_TEXT * 4)));
    this.#noteEarly(column, seen, text.slice(0, MAX_HEADER_TEXT), true);
  }

  error(column: number): void {
    if (this.#early === undefined) this.#note(column, 0);
    else this.#noteEarly(column, 0, "", false);
  }

  #note(column: number, seen: number): void {
    if (this.#row < this.#skipRows || this.rowCount >= this.#maxRows || !this.#isWanted(column)) return;
    this.#hasContent = true;
    this.#seen[column] = (this.#seen[column] ?? 0) | seen;
  }

  #noteEarly(column: number, seen: number, text: string, isLabel: boolean): void {
    if (this.#row < this.#skipRows || !this.#isWanted(column)) return;
    const rows = this.#early!;
    const last = rows.at(-1);
    const cell = { column, seen, text, isLabel };
    if (last?.row === this.#row) last.cells.push(cell);
    else {
      if (rows.length === HEADER_ROWS) {
        this.#settleHeader();
        this.#note(column, seen);
        return;
      }
      rows.push({ row: this.#row, cells: [cell] });
    }
  }

  #closeRow(): void {
    if (this.#early === undefined && this.#hasContent) this.rowCount++;
  }

  /** To be called after the last cell. */
  finish(): void {
    this.#closeRow();
    if (this.#early !== undefined) this.#settleHeader();
  }

  /** Columns that have a name or a value, in order. */
  listColumns(): { column: number; seen: number; name: string | undefined }[] {
    const columns = new Set(
      [...this.names.keys(), ...this.#seen.keys()].filter((i) => this.names.has(i) || i in this.#seen),
    );
    return [...columns]
      .sort((a, b) => a - b)
      .map((column) => ({ column, seen: this.#seen[column] ?? 0, name: this.names.get(column) }));
  }

  #settleHeader(): void {
    const rows = this.#early!;
    this.#early = undefined;
    const header = this.#findHeader(rows);
    if (header !== undefined) {
      this.headerRow = header.row;
      for (const { column, text } of header.cells) if (text.trim() !== "") this.names.set(column, text.trim());
    } else this.headerRow = this.#skipRows - 1;
    const current = this.#row;
    for (const { row, cells } of rows) {
      if (row <= this.headerRow || this.rowCount >= this.#maxRows) continue;
      for (const { column, seen } of cells) this.#seen[column] = (this.#seen[column] ?? 0) | seen;
      this.rowCount++;
    }
    this.#row = current;
  }

  #findHeader(rows: EarlyRow[]): EarlyRow | undefined {
    const choice = this.#choice;
    if (choice === "none") return undefined;
    if (typeof choice === "number") return rows[0];
    const width = rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
    for (const row of rows) {
      // Rows narrower than half the table are titles above it.
      if (row.cells.length * 2 < width) continue;
      const labels = row.cells.map(({ text }) => text.trim());
      const others = row.cells.filter(({ seen }) => (seen & (Seen.text | Seen.missing)) === 0).length;
      // One year or date beside texts is a value beside its name; several are the heads of a series.
      const isLabels = row.cells.every(({ isLabel }) => isLabel) && others !== 1 && others < labels.length;
      const isSingleValue = rows.length === 1 && labels.length === 1;
      return isLabels && !isSingleValue && new Set(labels).size * 2 > labels.length ? row : undefined;
    }
    return undefined;
  }
}

const decoder = new TextDecoder();
