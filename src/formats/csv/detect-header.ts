import { FormatError } from "../source.ts";
import { nameColumns } from "./column-names.ts";
import { type ColumnPattern, isNullText, patternsOf, typeOf } from "./column-pattern.ts";
import { findCommentedHeader } from "./commented-header.ts";
import { applyNames, requireColumns } from "./declared-columns.ts";
import type { CsvOptions } from "./dialect.ts";
import { countMoreHeaders, joinHeader } from "./header-rows.ts";
import { Body, countVotes, filled, isHeader, type SampleRecord } from "./header-votes.ts";
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
  readonly renamed: readonly string[];
  readonly padShort: boolean;
  readonly trailingDelimiter: boolean;
  readonly isPage: boolean;
  readonly patterns: readonly ColumnPattern[];
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
  let top = options.header === undefined && options.skiprows === undefined ? skipPreamble(records, body, options) : 0;
  if (options.header === undefined && options.names === undefined) {
    const damaged = findDamagedHeader(records, body, top, { sample, layout });
    if (damaged !== undefined) ({ records, top } = damaged);
  }
  const { first, rows } = findHeader(records, body, top, options);
  const header = records.slice(first, first + rows).map((record) => dropMark(record, width));
  if (rows === 0 && options.header === undefined && options.names === undefined && options.comment === undefined) {
    const commented = findCommentedHeader(sample, layout, records.slice(first), width);
    if (commented !== undefined) header.push(commented);
  }
  const data = records.slice(first + rows).filter((record) => !record.isFaulty);
  const labels = rows === 1 && options.names === undefined && haveLabels(header[0]!, data) ? 1 : 0;
  const shape = chooseShape(data, (header[0]?.cells.length ?? width) + labels);
  const declared = options.names?.length ?? 0;
  const count = Math.max(declared, shape.columns);
  const texts = joinHeader(header, Math.max(1, count - labels));
  const wanted = applyNames(labels === 0 ? texts : ["", ...texts], options);
  const columns = nameColumns(wanted);
  requireColumns(columns, options);
  const sound = data.map(({ cells }) => cells).filter((cells) => cells.length === count);
  return {
    layout,
    skipLines: records[first]?.line ?? 0,
    headerRecords: rows,
    dataOffset: header.at(-1)?.next ?? records[first]?.start ?? 0,
    columns,
    renamed: columns.filter((name, i) => wanted[i]?.trim() && name.startsWith(`${wanted[i].trim()}_`)),
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

/** Index of the first record that belongs to the table: titles and remarks above it are shorter, or nearly empty. */
function skipPreamble(records: readonly SampleRecord[], body: Body, { names }: CsvOptions): number {
  const { width } = body;
  if (width < 2) return 0;
  const limit = Math.min(records.length - 1, TOP_RECORDS);
  let first = 0;
  while (first < limit) {
    const record = records[first]!;
    const isShort = record.cells.length < width;
    const next = records[first + 1]!;
    const isAboveHeader = isShort && next.cells.length === width && countVotes(records, body, first + 1) > 0;
    if (isShort && names !== undefined && isShortRow(record, body.typesFrom(first + 1))) break;
    if (record.isFaulty || isAboveHeader || (isShort && !isShortHeader(record, next, width))) first++;
    else break;
  }
  if (first >= limit && records.length > 1 && records[first]!.cells.length < width) return 0;
  // Title cells in otherwise empty rows, above a fuller one.
  const sparse = Math.max(1, Math.min(MOST_TITLE_CELLS, Math.floor(width * 0.25)));
  if (width >= 3) {
    let next = first;
    while (next < limit && filled(records[next]!) <= sparse) next++;
    const isFuller = next > first && filled(records[next]!) > sparse + 1 && records[next]!.cells.length >= width - 1;
    // Above rows of data it is a header that lacks names.
    if (isFuller && (isHeader(records, body, next) || !isHeader(records, body, next - 1))) first = next;
  }
  // A title that happens to hold delimiters, above a header that is beyond doubt.
  if (
    first + 2 < records.length &&
    records[first]!.cells.length !== width &&
    !isShortHeader(records[first]!, records[first + 1]!, width)
  ) {
    if (records[first + 1]!.cells.length === width && countVotes(records, body, first + 1) > 0) first++;
  }
  return first;
}

/** A header with fewer cells than the rows, because the rows end in a delimiter or the first column has no name. */
function isShortHeader(record: SampleRecord, next: SampleRecord, width: number): boolean {
  if (record.isFaulty || record.cells.length < Math.max(2, width - 1)) return false;
  // What goes on as short is a list of keys and values, or the like.
  if (record.cells.length < width && next.cells.length === record.cells.length) return false;
  return record.cells.every((cell) => cell.trim() !== "" && typeOf(cell) === 0);
}

/** A row of values that lacks its last cells. */
function isShortRow({ cells }: SampleRecord, types: readonly number[]): boolean {
  const fits = cells.map((cell, i) => types[i]! <= 0 || isNullText(cell.trim()) || (typeOf(cell) & types[i]!) !== 0);
  return fits.every(Boolean) && cells.some((cell, i) => types[i]! > 0 && !isNullText(cell.trim()));
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

/** Names behind a mark that makes a comment of their line, as NumPy and gnuplot write it, without the mark where it is a cell. */
function dropMark(record: SampleRecord, width: number): SampleRecord {
  const [mark = "", ...names] = record.cells;
  return names.length === width && /^(#|%|\/\/)$/.test(mark.trim()) ? { ...record, cells: names } : record;
}

/**
 * Whether rows begin with a label that the header has no name for, as R and pandas write and read them: nearly all have one cell more,
 * and the first cells are all different.
 */
function haveLabels(header: SampleRecord, data: readonly SampleRecord[]): boolean {
  const columns = header.cells.length;
  const labelled = data.filter(({ cells }) => cells.length === columns + 1);
  if (labelled.length < 2 || labelled.length < data.length * (1 - SYSTEMATIC_SHARE)) return false;
  if (header.cells.some((cell) => cell.trim() === "") || labelled.every(({ cells }) => cells[columns] === ""))
    return false;
  const labels = new Set(labelled.map(({ cells }) => cells[0]!.trim()));
  return labels.size === labelled.length && !labels.has("");
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
