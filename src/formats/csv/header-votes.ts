import { FITS_DATE_DMY, FITS_DATE_MDY, FITS_DATE_YMD, FITS_DOUBLE } from "./classify-cell.ts";
import { isNullText, patternsOf, typeOf } from "./column-pattern.ts";
import { findSeries } from "./header-series.ts";

const IS_DATE = FITS_DATE_YMD | FITS_DATE_DMY | FITS_DATE_MDY;

export interface SampleRecord {
  readonly cells: readonly string[];
  readonly start: number;
  readonly next: number;
  /** Line within the sample, 0-based. */
  readonly line: number;
  readonly isFaulty: boolean;
}

/** What the columns of a sample hold, seen from the rows below. */
export class Body {
  readonly width: number;
  private readonly records: readonly SampleRecord[];

  constructor(records: readonly SampleRecord[], width: number) {
    this.width = width;
    this.records = records;
  }

  /** The cells of a column in the records from `from` on. */
  cellsFrom(from: number, column: number): string[] {
    return this.rowsFrom(from).map(({ cells }) => cells[column]?.trim() ?? "");
  }

  /** Type bits that nearly all non-null cells of each column have in the records from `from` on; 0 for text, -1 where there are none. */
  typesFrom(from: number): number[] {
    return patternsOf(
      this.rowsFrom(from).map(({ cells }) => cells),
      this.width,
    ).map(({ fits }) => fits);
  }

  private rowsFrom(from: number): SampleRecord[] {
    return this.records.slice(from, from + 300).filter((record) => !record.isFaulty);
  }
}

/** Cells that hold something. */
export function filled(record: SampleRecord): number {
  return record.cells.filter((cell) => cell.trim() !== "").length;
}

/** Columns that speak for a record being a header (text, or a date or the next of a series, above values of a type) less those against it. */
export function countVotes(records: readonly SampleRecord[], body: Body, at: number): number {
  const types = body.typesFrom(at + 1);
  const cells = records[at]!.cells.map((cell) => cell.trim());
  const series = findSeries(cells, (column) => body.cellsFrom(at + 1, column));
  let votes = 0;
  for (const [i, cell] of cells.entries()) {
    const common = types[i] ?? -1;
    if (common === -1 || isNullText(cell)) continue;
    const fits = typeOf(cell);
    if (series.has(i)) votes++;
    else if (common === 0) votes -= fits === 0 ? 0 : 0.5;
    else if ((fits & common) !== 0) votes--;
    else if (fits === 0 || ((fits & IS_DATE) !== 0 && (common & FITS_DOUBLE) !== 0)) votes++;
  }
  return votes;
}

/**
 * Decides whether a record is a header, by its difference to the records below it: text above numbers or dates, or, where
 * everything is text, names that are not repeated and mostly not among the values of their column.
 */
export function isHeader(records: readonly SampleRecord[], body: Body, at: number): boolean {
  const record = records[at];
  if (record === undefined || record.isFaulty) return false;
  const cells = record.cells.map((cell) => cell.trim());
  const typed = cells.filter((cell) => typeOf(cell) !== 0).length;
  const rows = records.slice(at + 1, at + 201).filter((other) => !other.isFaulty);
  if (rows.length === 0) return typed === 0 && cells.some((cell) => cell !== "");
  const votes = countVotes(records, body, at);
  if (votes !== 0) return votes > 0;
  const named = cells.filter((cell) => cell !== "");
  if (typed > 0 || named.length === 0) return false;
  if (cells[0] === "" ? named.length < cells.length - 1 : named.length < cells.length * 0.4) return false;
  const isUnique = new Set(named.map((cell) => cell.toLowerCase())).size >= named.length * 0.8;
  const line = cells.join("\u0000");
  const isSame = (other: SampleRecord) => other.cells.map((cell) => cell.trim()).join("\u0000") === line;
  // What follows a title or an empty row may be the header of another table, with names in common.
  const others = rows.filter((other, i) => !isSame(other) && !(i > 0 && filled(rows[i - 1]!) <= 1));
  if (rows.filter(isSame).length > Math.max(1, 0.1 * rows.length)) return false;
  const repeated = cells.filter(
    (cell, i) => cell !== "" && others.some((other) => other.cells[i]?.trim() === cell),
  ).length;
  return isUnique && repeated <= named.length * 0.34;
}
