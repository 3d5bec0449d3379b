import { readChunks } from "../compression/byte-queue.ts";
import { FormatError } from "../source.ts";
import { decodeRk } from "./biff-records.ts";
import { type CellSink, MAX_COLUMNS, MAX_ROWS, type Sheet } from "./cells.ts";
import { classifyFormat, type FormatKind } from "./number-format.ts";
import { StringTable } from "./string-table.ts";
import type { Package, Relationship } from "./xlsx-parts.ts";

/** Types of BIFF12 records that are read ([MS-XLSB] 2.3). */
const Brt = {
  rowHeader: 0,
  firstCell: 1,
  lastCell: 11,
  firstShort: 12,
  lastShort: 18,
  sstItem: 19,
  format: 44,
  xf: 47,
  workbookProperties: 153,
  bundledSheet: 156,
  beginSheetData: 145,
  endSheetData: 146,
  beginCellXfs: 617,
  endCellXfs: 618,
} satisfies Record<string, number>;

const MAX_RECORD_BYTES = 1 << 20;
const utf16 = new TextDecoder("utf-16le");
const encoder = new TextEncoder();

/** Opens the sheets of a binary workbook after [MS-XLSB]. */
export async function openXlsb(parts: Package, workbook: string): Promise<Sheet[]> {
  const relationships = await parts.readRelationships(workbook);
  let is1904 = false;
  const bundled: { id: string; name: string }[] = [];
  for await (const { type, data, view } of readRecords(parts.open(workbook), workbook)) {
    if (type === Brt.workbookProperties && data.length >= 4) is1904 = (data[0]! & 1) !== 0;
    if (type === Brt.bundledSheet && data.length >= 16) {
      // The record of Excel 2007's beta is four bytes longer.
      const id = readWideString(data, view, holdsTwoStrings(data, view, 8) ? 8 : 12);
      bundled.push({ id: id.text, name: readWideString(data, view, id.end).text });
    }
  }
  const styles = await readStyles(parts, relationships);
  const strings = await readStrings(parts, relationships);
  const sheets: Sheet[] = [];
  for (const { id, name } of bundled) {
    const relationship = relationships.find((candidate) => candidate.id === id);
    if (relationship?.type !== "worksheet") continue;
    const { target } = relationship;
    sheets.push({ name, is1904, scan: (sink) => scanSheet(parts.open(target), target, styles, strings, sink) });
  }
  return sheets;
}

interface BinaryRecord {
  type: number;
  data: Uint8Array;
  view: DataView;
}

/** A string of 16-bit characters after its length. */
function readWideString(data: Uint8Array, view: DataView, at: number): { text: string; end: number } {
  const length = at + 4 <= data.length ? view.getUint32(at, true) : 0;
  if (length === 0xffffffff) return { text: "", end: at + 4 };
  const end = at + 4 + length * 2;
  if (end > data.length) throw new FormatError("The workbook is damaged: a text passes the end of its record.");
  return { text: utf16.decode(data.subarray(at + 4, end)), end };
}

/** Whether two strings from `at` on fill the record. */
function holdsTwoStrings(data: Uint8Array, view: DataView, at: number): boolean {
  const second = at + 4 + view.getUint32(at, true) * 2;
  return second + 4 <= data.length && second + 4 + view.getUint32(second, true) * 2 === data.length;
}

/** The records of a part; each is valid until the next. */
async function* readRecords(stream: ReadableStream<Uint8Array>, part: string): AsyncGenerator<BinaryRecord> {
  for await (const records of readRecordChunks(stream, part)) yield* records;
}

/** The records of a part, those of each chunk together. */
async function* readRecordChunks(
  stream: ReadableStream<Uint8Array>,
  part: string,
): AsyncGenerator<Iterable<BinaryRecord>> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of readChunks(stream)) {
    let bytes = chunk;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
    }
    let at = 0;
    yield (function* () {
      for (;;) {
        const head = readHead(bytes, at);
        if (head === undefined) return;
        if (head.length > MAX_RECORD_BYTES)
          throw new FormatError(`The workbook's part ${part} is damaged: a record is too long.`);
        const end = head.at + head.length;
        if (end > bytes.length) return;
        const data = bytes.subarray(head.at, end);
        at = end;
        yield { type: head.type, data, view: new DataView(data.buffer, data.byteOffset, data.length) };
      }
    })();
    rest = bytes.subarray(at);
  }
  if (rest.length > 0)
    throw new FormatError(`The workbook's part ${part} is truncated. Save the workbook again in Excel.`);
}

function readHead(bytes: Uint8Array, start: number): { type: number; length: number; at: number } | undefined {
  let at = start;
  if (at >= bytes.length) return undefined;
  let type = bytes[at++]!;
  if ((type & 0x80) !== 0) {
    if (at >= bytes.length) return undefined;
    type = (type & 0x7f) | ((bytes[at++]! & 0x7f) << 7);
  }
  let length = 0;
  for (let i = 0; i < 4; i++) {
    if (at >= bytes.length) return undefined;
    const byte = bytes[at++]!;
    length |= (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) === 0) break;
  }
  return { type, length, at };
}

async function readStyles(parts: Package, relationships: readonly Relationship[]): Promise<FormatKind[]> {
  const part = relationships.find(({ type }) => type === "styles")?.target;
  if (part === undefined || !parts.has(part)) return [];
  const codes = new Map<number, string>();
  const ids: number[] = [];
  let isInCellXfs = false;
  for await (const { type, data, view } of readRecords(parts.open(part), part)) {
    if (type === Brt.format && data.length >= 6) codes.set(view.getUint16(0, true), readWideString(data, view, 2).text);
    else if (type === Brt.beginCellXfs) isInCellXfs = true;
    else if (type === Brt.endCellXfs) isInCellXfs = false;
    else if (type === Brt.xf && isInCellXfs && data.length >= 4) ids.push(view.getUint16(2, true));
  }
  return ids.map((id) => classifyFormat(id, codes.get(id)));
}

async function readStrings(parts: Package, relationships: readonly Relationship[]): Promise<StringTable> {
  const strings = new StringTable();
  const part = relationships.find(({ type }) => type === "sharedStrings")?.target;
  if (part === undefined || !parts.has(part)) return strings;
  for await (const { type, data, view } of readRecords(parts.open(part), part)) {
    if (type !== Brt.sstItem) continue;
    const bytes = encoder.encode(readWideString(data, view, 1).text);
    strings.append(bytes, 0, bytes.length);
    strings.close();
  }
  return strings;
}

async function* scanSheet(
  stream: ReadableStream<Uint8Array>,
  part: string,
  styles: readonly FormatKind[],
  strings: StringTable,
  sink: CellSink,
): AsyncGenerator<void> {
  let isInData = false;
  let column = -1;
  for await (const records of readRecordChunks(stream, part)) {
    for (const { type, data, view } of records) {
      if (type === Brt.beginSheetData) isInData = true;
      else if (type === Brt.endSheetData) return;
      else if (!isInData) continue;
      else if (type === Brt.rowHeader && data.length >= 4) {
        const row = view.getUint32(0, true);
        if (row >= MAX_ROWS)
          throw new FormatError(`The workbook's part ${part} is damaged: a row lies outside the sheet.`);
        column = -1;
        sink.startRow(row);
      } else if (type >= Brt.firstCell && type <= Brt.lastShort) {
        const isShort = type >= Brt.firstShort;
        const header = isShort ? 4 : 8;
        if (data.length < header) continue;
        column = isShort ? column + 1 : view.getUint32(0, true);
        if (column >= MAX_COLUMNS)
          throw new FormatError(`The workbook's part ${part} is damaged: a cell lies outside the sheet.`);
        const style = view.getUint32(header - 4, true) & 0xffffff;
        sendCell(isShort ? type - 11 : type, column, styles[style] ?? "number", data, view, header, strings, sink);
      }
    }
    yield;
  }
}

/** Sends one cell; `type` is that of its long form. */
function sendCell(
  type: number,
  column: number,
  kind: FormatKind,
  data: Uint8Array,
  view: DataView,
  at: number,
  strings: StringTable,
  sink: CellSink,
): void {
  const left = data.length - at;
  if (type === 2 && left >= 4) sink.number(column, decodeRk(view.getInt32(at, true)), kind);
  else if ((type === 5 || type === 9) && left >= 8) sink.number(column, view.getFloat64(at, true), kind);
  else if ((type === 4 || type === 10) && left >= 1) sink.bool(column, data[at] !== 0);
  else if (type === 3 || type === 11) sink.error(column);
  else if ((type === 6 || type === 8) && left >= 4) {
    const bytes = encoder.encode(readWideString(data, view, at).text);
    if (bytes.length > 0) sink.text(column, bytes, 0, bytes.length);
  } else if (type === 7 && left >= 4) {
    const index = view.getUint32(at, true);
    if (index >= strings.count)
      throw new FormatError("The workbook is damaged: a cell refers to a text that is not there.");
    const end = strings.end(index);
    if (end > strings.start(index)) sink.text(column, strings.bytes, strings.start(index), end);
  }
}
