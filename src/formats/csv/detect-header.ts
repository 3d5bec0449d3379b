import { FormatError } from "../source.ts";
import { classifyCell, FITS_BOOLEAN, IS_BLANK, PLAIN_NUMBERS } from "./classify-cell.ts";
import { nameColumns } from "./column-names.ts";
import { type CsvOptions, DEFAULT_NULLS } from "./dialect.ts";
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
/** Where more rows than this are shorter or longer than the rest, that is how the file is, and no fault. */
const SYSTEMATIC_SHARE = 0.1;
const NULLS = new Set(["", ...DEFAULT_NULLS]);

/** Finds preamble, header, column names and how uneven rows are meant, in a sample whose layout is known. */
export function detectHeader(
  sample: Uint8Array,
  layout: CellLayout,
  options: CsvOptions,
  isWhole: boolean,
): HeaderGuess {
  const records = readSample(sample, layout, isWhole);
  const width = chooseWidth(records.filter((record) => !record.isFaulty).map((record) => record.cells.length));
  const first = options.header === undefined && options.skiprows === undefined ? skipPreamble(records, width) : 0;
  let headerAt: number | undefined;
  if (options.header === null) headerAt = undefined;
  else if (options.header !== undefined) headerAt = options.header;
  else if (options.names !== undefined) headerAt = isHeaderNamed(records[first], options.names) ? first : undefined;
  else headerAt = isHeader(records, first, width) ? first : undefined;
  if (headerAt !== undefined && headerAt >= records.length && records.length > 0 && options.header !== undefined)
    throw new FormatError(`The header was declared as record ${headerAt}, but the file has ${records.length} records.`);
  const header = headerAt === undefined ? undefined : records[headerAt];
  const dataAt = headerAt === undefined ? first : headerAt + 1;
  const data = records.slice(dataAt).filter((record) => !record.isFaulty);

  let columns = header?.cells.length ?? width;
  let trailingDelimiter = false;
  let padShort = false;
  const counts = data.map((record) => record.cells.length);
  const longer = counts.filter((count) => count > columns).length;
  const shorter = counts.filter((count) => count < columns).length;
  if (longer > SYSTEMATIC_SHARE * counts.length) {
    const extra = data.filter((record) => record.cells.length > columns);
    if (extra.every((record) => record.cells.length === columns + 1 && record.cells[columns] === "")) {
      trailingDelimiter = true;
    } else {
      columns = counts.reduce((most, count) => Math.max(most, count), columns);
      padShort = true;
    }
  }
  if (shorter > SYSTEMATIC_SHARE * counts.length) padShort = true;
  if (options.names !== undefined) {
    columns = Math.max(options.names.length, header === undefined ? width : 0) || options.names.length;
  }
  const texts = Array.from({ length: Math.max(1, columns) }, (_, i) => options.names?.[i] ?? header?.cells[i] ?? "");
  const dataRecord = records[dataAt];
  return {
    layout,
    skipLines: records[headerAt ?? first]?.line ?? 0,
    headerRecords: header === undefined ? 0 : 1,
    dataOffset: header?.next ?? dataRecord?.start ?? 0,
    columns: nameColumns(texts),
    padShort,
    trailingDelimiter,
  };
}

function readSample(sample: Uint8Array, layout: CellLayout, isWhole: boolean): SampleRecord[] {
  const cursor = new RecordCursor(sample, sample.length, layout, { final: isWhole, firstLine: 0 });
  const records: SampleRecord[] = [];
  while (records.length < MOST_RECORDS && cursor.read()) {
    if (cursor.isComment || cursor.blank) continue;
    const cells = Array.from({ length: cursor.count }, (_, i) => cursor.readCell(i));
    records.push({
      cells,
      start: cursor.start,
      next: cursor.next,
      line: cursor.line,
      isFaulty: cursor.fault !== undefined,
    });
  }
  return records;
}

/** The number of cells that most records have; of two about equally frequent ones the larger. */
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

function filled(record: SampleRecord): number {
  return record.cells.filter((cell) => cell.trim() !== "").length;
}

/** Index of the first record that belongs to the table: titles and remarks above it are shorter, or nearly empty. */
function skipPreamble(records: readonly SampleRecord[], width: number): number {
  if (width < 2) return 0;
  let first = 0;
  while (first < records.length && records[first]!.cells.length < width && !isShortHeader(records, first, width))
    first++;
  if (first >= records.length) return 0;
  // Title cells in an otherwise empty row, above a fuller one.
  while (first + 1 < records.length) {
    const here = filled(records[first]!);
    const next = filled(records[first + 1]!);
    if (here === 0 || (here <= Math.max(1, width * 0.25) && width >= 3 && next > here)) first++;
    else break;
  }
  return first;
}

/** A header with fewer cells than the rows, because the rows end in a delimiter or the first column has no name. */
function isShortHeader(records: readonly SampleRecord[], at: number, width: number): boolean {
  const record = records[at]!;
  if (record.isFaulty || record.cells.length < Math.max(2, width - 1)) return false;
  return record.cells.every((cell) => cell.trim() !== "" && typeOf(cell) === 0);
}

function isHeaderNamed(record: SampleRecord | undefined, names: readonly string[]): boolean {
  if (record === undefined) return false;
  const cells = record.cells.map((cell) => cell.trim());
  return cells.length === names.length && cells.every((cell) => typeOf(cell) === 0 && cell !== "");
}

const ENCODER = new TextEncoder();

/** Bits of the types a cell fits; 0 for text. NULL texts fit nothing. */
function typeOf(cell: string): number {
  const text = cell.trim();
  if (NULLS.has(text)) return 0;
  const bytes = ENCODER.encode(text);
  return classifyCell(bytes, 0, bytes.length, PLAIN_NUMBERS) & ~IS_BLANK;
}

/**
 * Decides whether a record is a header, by its difference to the records below it: text above numbers or dates, or, where
 * everything is text, names that are not empty, not repeated, and not among the values of their column.
 */
function isHeader(records: readonly SampleRecord[], at: number, width: number): boolean {
  const record = records[at];
  if (record === undefined || record.isFaulty) return false;
  const body = records.slice(at + 1, at + 201).filter((other) => !other.isFaulty && other.cells.length >= width - 1);
  const cells = record.cells.map((cell) => cell.trim());
  const typed = cells.filter((cell) => typeOf(cell) !== 0).length;
  if (body.length === 0) return typed === 0 && cells.some((cell) => cell !== "");
  let votes = 0;
  for (const [i, cell] of cells.entries()) {
    const below = body.map((other) => other.cells[i]?.trim() ?? "").filter((text) => !NULLS.has(text));
    if (below.length === 0) continue;
    const fits = typeOf(cell);
    const common = below.reduce((bits, text) => bits & typeOf(text), -1);
    if (common !== 0) {
      if (NULLS.has(cell)) continue;
      votes +=
        fits === 0 ? 1 : (fits & common) !== 0 ? -1 : (fits & FITS_BOOLEAN) === (common & FITS_BOOLEAN) ? -0.5 : 0;
    } else if (fits !== 0) votes -= 0.5;
  }
  if (votes !== 0) return votes > 0;
  if (typed > 0) return false;
  const named = cells.filter((cell) => cell !== "");
  if (named.length < cells.length * 0.5 || named.length === 0) return false;
  const isUnique = new Set(named.map((cell) => cell.toLowerCase())).size === named.length;
  const isRepeated = cells.some((cell, i) => cell !== "" && body.some((other) => other.cells[i]?.trim() === cell));
  return isUnique && !isRepeated;
}
