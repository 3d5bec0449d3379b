import { HIGH } from "../../../formats/csv/byte-classes.ts";
import {
  classifyCell,
  classOf,
  IS_BLANK,
  type NumberSigns,
  numberText,
  PLAIN_NUMBERS,
} from "../../../formats/csv/classify-cell.ts";
import type { CsvDialect } from "../../../formats/csv/dialect.ts";
import { mendRecord } from "../../../formats/csv/mend-record.ts";
import type { NullTokens } from "../../../formats/csv/null-tokens.ts";
import { readDateTime, writeDateTime } from "../../../formats/csv/read-date-time.ts";
import { isSpacing, RecordCursor } from "../../../formats/csv/record-cursor.ts";
import { FormatError } from "../../../formats/source.ts";
import { isUtf8 } from "../../../formats/text-encoding.ts";
import { bitOfType, type ColumnStats, type ColumnType, countCell } from "./column-stats.ts";
import { readDeclaredCell } from "./declared-cell.ts";
import { type IrregularRows, noIrregularRows, noteLine } from "./irregular-rows.ts";
import { type CsvReject, excerptText } from "./rejects.ts";
import { RowWriter } from "./row-writer.ts";
import { describeRange, foundTypeOf, hasRange, isInRange } from "./type-range.ts";

/** What is asked of a careful reading of one piece. */
export interface RecordRequest {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly isFinal: boolean;
  /** Physical line of the first byte. */
  readonly line: number;
  /** Data records before this piece. */
  readonly row: number;
  readonly dialect: CsvDialect;
  readonly nullTokens: NullTokens;
  readonly signs: NumberSigns;
  /** Counted into, where given. */
  readonly stats: ColumnStats[] | undefined;
  /** Types to write rows as; undefined to count only. */
  readonly types: readonly ColumnType[] | undefined;
  /** Columns that are kept; cells of others are not looked at. */
  readonly isUsed: readonly boolean[];
  /** Used columns that are written into one buffer; the next so many go into the next. */
  readonly columnsPerPart: number;
  readonly offsetEvery: number;
  /** Stop after this many records. */
  readonly most: number;
  /** Keep at most this many rejects; the rest is counted. */
  readonly mostRejects: number;
}

export interface RecordReading {
  readonly consumed: number;
  readonly lines: number;
  /** Data records: rows and rejects. */
  readonly records: number;
  readonly rejects: CsvReject[];
  readonly rejectCount: number;
  /** The rows as CSV in `WRITTEN_LAYOUT`, one buffer a part, where types were given. Valid until the next reading. */
  readonly parts: readonly Uint8Array[];
  readonly rowCount: number;
  readonly irregular: IrregularRows;
  readonly longestRecord: number;
  readonly offsets: readonly number[];
  /** The piece's first record was longer than the piece. */
  readonly wasStuck: boolean;
}

/** Bytes that may be read again because of quotes that are never closed, before the file is given up. */
const MOST_RESCANNED = 1024 * 1024 * 1024;

const TYPE_WORDS: Partial<Record<ColumnType["type"], string>> = {
  BOOLEAN: "true or false",
  BIGINT: "a whole number",
  "DECIMAL(38,0)": "a whole number",
  DOUBLE: "a number",
  DATE: "a date",
  TIME: "a time",
  TIMESTAMP: "a date and time",
  VARCHAR: "text",
};

/**
 * Reads a piece record by record: counts what its cells could be, sets faulty records aside, and writes the others as plain CSV that
 * DuckDB reads without any doubt. Text keeps its characters; numbers, dates and times of a column of that type are written in ISO form.
 */
export function readRecords(request: RecordRequest): RecordReading {
  const { bytes, dialect, nullTokens, signs, stats, types, isUsed } = request;
  const columns = dialect.columns.length;
  const cursor = new RecordCursor(bytes, request.end, dialect, { final: request.isFinal, firstLine: request.line });
  const partCount =
    types === undefined ? 0 : Math.max(1, Math.ceil(isUsed.filter(Boolean).length / request.columnsPerPart));
  const writers = Array.from({ length: partCount }, () => new RowWriter(Math.ceil(request.end / partCount)));
  const bits = types?.map(bitOfType);
  const foundTypes = types?.map(({ type }) => foundTypeOf(type)) ?? [];
  const ranged = types?.map(({ type }) => hasRange(type));
  const checksUtf8 = !isUtf8(bytes, 0, request.end);
  const rejects: CsvReject[] = [];
  const offsets: number[] = [];
  const fits = new Int32Array(columns);
  /** Cells of the present record that are of their type by declaration alone. */
  const declared: (string | undefined)[] = [];
  let rejectCount = 0;
  let records = 0;
  let rowCount = 0;
  let longestRecord = 0;
  let nextOffset = 0;
  const irregular = noIrregularRows();
  let rescanned = 0;
  let wasStuck = false;

  const reject = (column: string | null, text: Uint8Array, reason: string) => {
    rejectCount++;
    if (rejects.length < request.mostRejects)
      rejects.push({ line: cursor.line, row: request.row + records, column, text: excerptText(text), reason });
  };

  while (records < request.most) {
    if (!cursor.read()) {
      // A record that is longer than a whole piece is not waited for.
      if (request.isFinal || cursor.next > 0 || !cursor.takeUnclosed()) break;
      wasStuck = true;
    }
    if (cursor.isComment || isSpacing(cursor, dialect)) continue;
    if (cursor.fault === "unclosed_quote") rescanned += request.end - cursor.start;
    if (rescanned > MOST_RESCANNED)
      throw new FormatError(
        `Quotes open in many lines and are never closed, line ${cursor.line} among them. If ${dialect.quote} is no quote character in this file, declare another one or none.`,
      );
    records++;
    const record = bytes.subarray(cursor.start, cursor.next);
    if (cursor.start >= nextOffset) {
      offsets.push(records - 1, cursor.start);
      nextOffset = cursor.start + request.offsetEvery;
    }
    const { line } = cursor;
    let cells = cursor;
    let count = countCells(cursor, dialect);
    if (cursor.fault !== undefined || count > columns || (count < columns && !dialect.padShort)) {
      const mended = mendRecord(bytes, cursor, dialect, dialect.patterns);
      if (mended !== undefined) {
        cells = mended;
        count = columns;
        cursor.moveTo(mended.next, mended.lineAfter);
      }
    }
    if (cells.fault !== undefined) {
      reject(
        null,
        record,
        cells.fault === "unclosed_quote"
          ? "A quote opens in this line and is not closed."
          : "Text follows a closing quote; a quote inside a quoted cell must be doubled.",
      );
      continue;
    }
    if (count > columns || (count < columns && !dialect.padShort)) {
      reject(null, record, `The row has ${count} ${count === 1 ? "cell" : "cells"} instead of ${columns}.`);
      continue;
    }
    if (checksUtf8 && !isUtf8(bytes, cursor.start, cursor.next)) {
      reject(null, record, `The row has bytes that are not ${dialect.encoding.toUpperCase()} text.`);
      continue;
    }

    let misfit = -1;
    declared.length = 0;
    for (let column = 0; column < columns; column++) {
      if (!isUsed[column]) continue;
      const cell = column < count ? cellAt(cells, column, bytes) : EMPTY_CELL;
      const isNull = cell.start === cell.end || nullTokens.find(cell.bytes, cell.start, cell.end) >= 0;
      const fit = isNull ? NULL_FIT : classifyCell(cell.bytes, cell.start, cell.end, signs);
      fits[column] = fit;
      if (stats !== undefined) {
        if (isNull) stats[column]!.nulls++;
        else countCell(stats[column]!, fit);
      }
      if (
        bits !== undefined &&
        misfit < 0 &&
        !isNull &&
        bits[column] !== 0 &&
        (fit & (bits[column]! | IS_BLANK)) === 0
      ) {
        const { type, isDeclared } = types![column]!;
        if (isDeclared) declared[column] = readDeclaredCell(cell.bytes, cell.start, cell.end, { type, signs });
        if (declared[column] === undefined) misfit = column;
      } else if (ranged?.[column] && misfit < 0 && !isNull && fit !== IS_BLANK) {
        const text = numberText(cell.bytes, cell.start, cell.end, signs);
        if (!isInRange(types![column]!.type, text)) misfit = column;
      }
    }
    if (types === undefined) continue;
    if (misfit >= 0) {
      const { type } = types[misfit]!;
      reject(
        dialect.columns[misfit]!,
        cells.readCellBytes(misfit),
        `The cell is not ${TYPE_WORDS[type] ?? describeRange(type)} (${type}).`,
      );
      continue;
    }
    let used = 0;
    for (let column = 0; column < columns; column++) {
      if (!isUsed[column]) continue;
      const writer = writers[Math.floor(used++ / request.columnsPerPart)]!;
      writer.startCell();
      const fit = fits[column]!;
      const type = foundTypes[column]!;
      if (fit === NULL_FIT || (fit === IS_BLANK && type !== "VARCHAR")) continue;
      const cell = cellAt(cells, column, bytes);
      const text = declared[column];
      if (text !== undefined) {
        writer.writePlain(text);
        continue;
      }
      switch (type) {
        case "VARCHAR":
          writer.writeText(cell.bytes, cell.start, cell.end);
          break;
        case "BIGINT":
        case "DECIMAL(38,0)":
        case "DOUBLE":
          if (signs === PLAIN_NUMBERS) writer.writeText(cell.bytes, cell.start, cell.end);
          else writer.writePlain(numberText(cell.bytes, cell.start, cell.end, signs));
          break;
        case "BOOLEAN":
          writer.writePlain(isTrue(cell.bytes, cell.start) ? "true" : "false");
          break;
        default: {
          let { start, end } = cell;
          while (cell.bytes[start] === 32) start++;
          while (cell.bytes[end - 1] === 32) end--;
          if (type === "DATE" && end - start === 10 && cell.bytes[start + 4] === 45) {
            writer.writeText(cell.bytes, start, end);
            break;
          }
          if (types[column]!.order === "compact") {
            writer.writePlain(COMPACT.decode(cell.bytes.subarray(start, end)).replace(/^(....)(..)/, "$1-$2-"));
            break;
          }
          readDateTime(cell.bytes, start, end);
          writer.writePlain(writeDateTime(type, types[column]!.order));
        }
      }
    }
    if (cells !== cursor) noteLine(irregular.mended, line);
    else if (count < columns) noteLine(irregular.padded, line);
    for (const writer of writers) longestRecord = Math.max(longestRecord, writer.endRow());
    rowCount++;
  }
  return {
    consumed: cursor.next,
    lines: cursor.lineAfter - request.line,
    records,
    rejects,
    rejectCount,
    parts: writers.map((writer) => writer.bytes),
    rowCount,
    irregular,
    longestRecord,
    offsets,
    wasStuck,
  };
}

/** Cells of a record, without the empty one behind a delimiter that ends every row. */
function countCells({ count, starts, ends }: RecordCursor, { columns, trailingDelimiter }: CsvDialect): number {
  const last = columns.length;
  return trailingDelimiter && count === last + 1 && starts[last] === ends[last] ? last : count;
}

/** True where a piece holds anything beyond ASCII. */
export function hasHighBytes(bytes: Uint8Array, end: number): boolean {
  return (classOf(bytes, 0, end) & HIGH) !== 0;
}

const COMPACT = new TextDecoder();
const NULL_FIT = -1;
const CELL: { bytes: Uint8Array; start: number; end: number } = { bytes: new Uint8Array(0), start: 0, end: 0 };
const EMPTY_CELL = { bytes: new Uint8Array(0), start: 0, end: 0 };

/** A cell's bytes; where escapes must be undone, in a buffer of its own. The object is reused. */
function cellAt(cursor: RecordCursor, column: number, bytes: Uint8Array): typeof CELL {
  if (cursor.marks[column]! & 2) {
    CELL.bytes = cursor.readCellBytes(column);
    CELL.start = 0;
    CELL.end = CELL.bytes.length;
  } else {
    CELL.bytes = bytes;
    CELL.start = cursor.starts[column]!;
    CELL.end = cursor.ends[column]!;
  }
  return CELL;
}

function isTrue(bytes: Uint8Array, start: number): boolean {
  let i = start;
  while (bytes[i] === 32) i++;
  return (bytes[i]! | 32) === 116;
}
