import { FormatError } from "../source.ts";
import { nameColumns } from "./column-names.ts";
import { type ColumnPattern, isNullText, patternsOf, typeOf } from "./column-pattern.ts";
import { applyNames, requireColumns } from "./declared-columns.ts";
import type { CsvOptions } from "./dialect.ts";
import { mendRecord } from "./mend-record.ts";
import { type CellLayout, RecordCursor } from "./record-cursor.ts";

/** Where a file's table begins, and what its columns are called. */
export interface HeaderGuess {
  readonly layout: CellLayout;
  readonly skipLines: number;
  readonly headerRecords: number;
  /** First byte of the first data record. */
  readonly dataOffset: number;
  readonly columns: readonly string[];
  readonly padShort: boolean;
  readonly trailingDelimiter: boolean;
  readonly isPage: boolean;
  readonly patterns: readonly ColumnPattern[];
}

interface SampleRecord {
  readonly cells: readonly string[];
  readonly start: number;
  readonly next: number;
  /** Line within the sample, 0-based. */
  readonly line: number;
  readonly isFaulty: boolean;
}

const MOST_RECORDS = 1000;
/** Records at the top that may be titles, remarks or headers. */
const TOP_RECORDS = 40;
/** Cells that a title may have in an otherwise empty row: with more it is a header of spans. */
const MOST_TITLE_CELLS = 3;
/** Where more rows than this are shorter or longer than the rest, that is how the file is, and no fault. */
const SYSTEMATIC_SHARE = 0.1;
/** Rows that must have been seen before others can be told to differ from them. */
const LEAST_PATTERN_ROWS = 3;

/** Finds preamble, header, column names and how uneven rows are meant, in a sample whose layout is known. */
export function detectHeader(
  sample: Uint8Array,
  layout: CellLayout,
  options: CsvOptions,
  isWhole: boolean,
): HeaderGuess {
  let records = readSample(sample, layout, isWhole);
  if (isWhole && records.every(({ cells }) => cells.length === 1 && cells[0]?.trim() === ""))
    throw new FormatError(explainNothing(options));
  const width = chooseWidth(records.filter((record) => !record.isFaulty).map((record) => record.cells.length));
  const body = new Body(records, width);
  let top = options.header === undefined && options.skiprows === undefined ? skipPreamble(records, body) : 0;
  if (options.header === undefined && options.names === undefined) {
    const damaged = findDamagedHeader(records, body, top, { sample, layout });
    if (damaged !== undefined) ({ records, top } = damaged);
  }
  const { first, rows } = findHeader(records, body, top, options);
  const header = records.slice(first, first + rows);
  const data = records.slice(first + rows).filter((record) => !record.isFaulty);
  const shape = chooseShape(data, header[0]?.cells.length ?? width);
  const declared = options.names?.length ?? 0;
  const count = Math.max(declared, shape.columns);
  const columns = nameColumns(applyNames(joinHeader(header, Math.max(1, count)), options));
  requireColumns(columns, options);
  const sound = data.map(({ cells }) => cells).filter((cells) => cells.length === count);
  return {
    layout,
    skipLines: records[first]?.line ?? 0,
    headerRecords: rows,
    dataOffset: header.at(-1)?.next ?? records[first]?.start ?? 0,
    columns,
    padShort: shape.padShort || declared > shape.columns,
    trailingDelimiter: shape.trailingDelimiter,
    isPage: top > 0 || rows > 1,
    patterns: sound.length < LEAST_PATTERN_ROWS ? [] : patternsOf(sound, count),
  };
}

function readSample(sample: Uint8Array, layout: CellLayout, isWhole: boolean): SampleRecord[] {
  const cursor = new RecordCursor(sample, sample.length, layout, { final: isWhole, firstLine: 1 });
  const records: SampleRecord[] = [];
  while (records.length < MOST_RECORDS && cursor.read()) {
    if (cursor.isComment || cursor.blank) continue;
    const cells = Array.from({ length: cursor.count }, (_, i) => cursor.readCell(i));
    const { start, next, line } = cursor;
    records.push({ cells, start, next, line: line - 1, isFaulty: cursor.fault !== undefined });
  }
  return records;
}

function explainNothing({ skiprows }: CsvOptions): string {
  return skiprows === undefined
    ? "The file holds no rows: all of its lines are blank or comments."
    : "Nothing is left of the file without the lines that skiprows names. Skip fewer.";
}

/** The number of cells that most records have; of two equally frequent ones the larger. */
function chooseWidth(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  let width = 1;
  let most = 0;
  for (const [count, n] of times) {
    if (n > most || (n === most && count > width)) {
      width = count;
      most = n;
    }
  }
  return width;
}

/** What the columns of a sample hold, seen from the rows below. */
class Body {
  readonly width: number;
  private readonly records: readonly SampleRecord[];

  constructor(records: readonly SampleRecord[], width: number) {
    this.width = width;
    this.records = records;
  }

  /** Type bits that nearly all non-null cells of each column have in the records from `from` on; 0 for text, -1 where there are none. */
  typesFrom(from: number): number[] {
    const rows = this.records.slice(from, from + 300).filter((record) => !record.isFaulty);
    return patternsOf(
      rows.map(({ cells }) => cells),
      this.width,
    ).map(({ fits }) => fits);
  }
}

function filled(record: SampleRecord): number {
  return record.cells.filter((cell) => cell.trim() !== "").length;
}

/** Index of the first record that belongs to the table: titles and remarks above it are shorter, or nearly empty. */
function skipPreamble(records: readonly SampleRecord[], body: Body): number {
  const { width } = body;
  if (width < 2) return 0;
  const limit = Math.min(records.length - 1, TOP_RECORDS);
  let first = 0;
  while (first < limit) {
    const record = records[first]!;
    const isShort = record.cells.length < width;
    const next = records[first + 1]!;
    const isAboveHeader = isShort && next.cells.length === width && countVotes(records, body, first + 1) > 0;
    if (record.isFaulty || isAboveHeader || (isShort && !isShortHeader(record, width))) first++;
    else break;
  }
  if (first >= limit && records.length > 1 && records[first]!.cells.length < width) return 0;
  // Title cells in otherwise empty rows, above a fuller one.
  const sparse = Math.max(1, Math.min(MOST_TITLE_CELLS, Math.floor(width * 0.25)));
  if (width >= 3) {
    let next = first;
    while (next < limit && filled(records[next]!) <= sparse) next++;
    if (next > first && filled(records[next]!) > sparse + 1 && records[next]!.cells.length >= width - 1) first = next;
  }
  // A title that happens to hold delimiters, above a header that is beyond doubt.
  if (first + 2 < records.length && records[first]!.cells.length !== width && !isShortHeader(records[first]!, width)) {
    if (records[first + 1]!.cells.length === width && countVotes(records, body, first + 1) > 0) first++;
  }
  return first;
}

/** A header with fewer cells than the rows, because the rows end in a delimiter or the first column has no name. */
function isShortHeader(record: SampleRecord, width: number): boolean {
  if (record.isFaulty || record.cells.length < Math.max(2, width - 1)) return false;
  return record.cells.every((cell) => cell.trim() !== "" && typeOf(cell) === 0);
}

function findHeader(
  records: readonly SampleRecord[],
  body: Body,
  top: number,
  options: CsvOptions,
): { first: number; rows: number } {
  if (options.header === null) return { first: top, rows: 0 };
  if (options.header !== undefined) {
    if (records.length > 0 && options.header >= records.length)
      throw new FormatError(`The header was declared as record ${options.header}, but the file has ${records.length}.`);
    return { first: options.header, rows: 1 };
  }
  if (options.names !== undefined) {
    // As in pandas, declared names mean that there is no header, unless the first row is one beyond doubt.
    const cells = records[top]?.cells.map((cell) => cell.trim()) ?? [];
    const isNamed = cells.join("\u0000") === options.names.join("\u0000");
    return { first: top, rows: isNamed || (records.length > 1 && countVotes(records, body, top) > 0) ? 1 : 0 };
  }
  if (!isHeader(records, body, top)) return { first: top, rows: 0 };
  return { first: top, rows: 1 + countMoreHeaders(records, body, top) };
}

/** Columns that speak for a record being a header (text above values of a type) less those that speak against it. */
function countVotes(records: readonly SampleRecord[], body: Body, at: number): number {
  const types = body.typesFrom(at + 1);
  let votes = 0;
  for (const [i, text] of records[at]!.cells.entries()) {
    const cell = text.trim();
    const common = types[i] ?? -1;
    if (common === -1 || isNullText(cell)) continue;
    const fits = typeOf(cell);
    if (common !== 0) votes += fits === 0 ? 1 : (fits & common) !== 0 ? -1 : 0;
    else if (fits !== 0) votes -= 0.5;
  }
  return votes;
}

/**
 * Decides whether a record is a header, by its difference to the records below it: text above numbers or dates, or, where
 * everything is text, names that are not repeated and mostly not among the values of their column.
 */
function isHeader(records: readonly SampleRecord[], body: Body, at: number): boolean {
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

const ANY_TEXT: ColumnPattern = { fits: 0, hasGaps: true };

/** A header above the rows that has another delimiter, a stray quote or a cell too many, with the records as they read once it is mended. */
function findDamagedHeader(
  records: readonly SampleRecord[],
  body: Body,
  top: number,
  { sample, layout }: { sample: Uint8Array; layout: CellLayout },
): { records: SampleRecord[]; top: number } | undefined {
  const { width } = body;
  if ((records[top]?.cells.length ?? 0) <= width && isHeader(records, body, top)) return undefined;
  for (const at of [top, top - 1]) {
    const record = records[at];
    if (record === undefined || (record.cells.length === width && !record.isFaulty)) continue;
    const names = new Array<ColumnPattern>(width).fill(ANY_TEXT);
    const cursor = mendRecord(sample, record, layout, names, { isHeader: true });
    if (cursor === undefined || cursor.next !== record.next) continue;
    const cells = Array.from({ length: cursor.count }, (_, i) => cursor.readCell(i));
    const mended = records.with(at, { ...record, cells, isFaulty: false });
    const isOneMore = record.cells.length === width + 1;
    if (isOneMore ? isHeader(mended, body, at) : countVotes(mended, body, at) > 0) return { records: mended, top: at };
  }
  return undefined;
}

/** Records below the first of a header that may still belong to it. */
const MOST_MORE_HEADERS = 4;

/** Further records that belong to the header: a repetition of it, units, or names below titles that span several columns. */
function countMoreHeaders(records: readonly SampleRecord[], body: Body, header: number): number {
  const top = records[header]!.cells.map((cell) => cell.trim());
  if (top.length < 2) return 0;
  let more = 0;
  let above = top;
  for (let next = 1; next <= MOST_MORE_HEADERS && header + next + 2 < records.length; next++) {
    const at = header + next;
    const cells = records[at]!.cells.map((cell) => cell.trim());
    if (cells.length !== top.length) break;
    if (cells.every((cell) => cell === "")) continue;
    const types = body.typesFrom(at + 1);
    const typed = types.flatMap((type, i) => (type > 0 ? [i] : []));
    const isRepetition = cells.join("\u0000") === top.join("\u0000");
    const isTextOnly = typed.length > 0 && cells.every((cell) => typeOf(cell) === 0);
    const areUnits = typed.length >= 2 && typed.every((i) => cells[i] !== "" && !isNullText(cells[i] ?? ""));
    const fillsGaps =
      above.some((cell) => cell === "") &&
      above.every((cell, i) => cell !== "" || cells[i] !== "") &&
      typed.every((i) => above[i] !== "" || cells[i] !== "");
    const isMore = (isRepetition && typed.length > 0) || (isTextOnly && (areUnits || fillsGaps || parts(above, cells)));
    if (!isMore) break;
    more = next;
    above = cells;
  }
  return more;
}

/** Whether names stand side by side below a title that spans their columns. */
function parts(titles: readonly string[], names: readonly string[]): boolean {
  let inSpan = 0;
  for (const [i, title] of titles.entries()) {
    if (title !== "") inSpan = 0;
    else if (titles.slice(0, i).every((cell) => cell === "")) continue;
    if (names[i] !== "") inSpan++;
    if (inSpan >= 2) return true;
  }
  return false;
}

/** One text a column; a title that spans several columns stands in the first of them. */
function joinHeader(header: readonly SampleRecord[], columns: number): string[] {
  const rows = header.map(({ cells }) => cells.map((cell) => cell.trim()));
  return Array.from({ length: columns }, (_, column) => {
    const texts: string[] = [];
    for (const [row, cells] of rows.entries()) {
      let part = cells[column] ?? "";
      const isSpanned = rows.slice(row + 1).some((below) => (below[column] ?? "") !== "");
      // A span ends where one of a row above begins.
      const isEdge = (at: number) => rows.slice(0, row).some((above) => (above[at] ?? "") !== "");
      for (let left = column; part === "" && isSpanned && left > 0 && !isEdge(left); left--)
        part = cells[left - 1] ?? "";
      if (part !== "" && !texts.includes(part)) texts.push(part);
    }
    return texts.join(" ");
  });
}

/** Decides what shorter and longer rows mean, once the number of columns is known from the header. */
function chooseShape(data: readonly SampleRecord[], headerColumns: number) {
  const counts = data.map((record) => record.cells.length);
  const limit = SYSTEMATIC_SHARE * counts.length;
  let columns = headerColumns;
  let padShort = counts.filter((count) => count < columns).length > limit;
  let trailingDelimiter = false;
  const longer = data.filter((record) => record.cells.length > columns);
  if (longer.length > limit) {
    trailingDelimiter = longer.every((record) => record.cells.length === columns + 1 && record.cells[columns] === "");
    if (!trailingDelimiter) {
      columns = counts.reduce((most, count) => Math.max(most, count), columns);
      padShort = true;
    }
  }
  return { columns, padShort, trailingDelimiter };
}
