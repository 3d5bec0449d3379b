import { type ByteSource, FormatError } from "../source.ts";
import { Biff, BiffReader, decodeRk } from "./biff-records.ts";
import { createCodePageDecoder, decodeText, readSharedTexts } from "./biff-strings.ts";
import { type CellSink, MAX_COLUMNS, type Sheet } from "./cells.ts";
import { CompoundFile } from "./compound-file.ts";
import { classifyFormat, type FormatKind } from "./number-format.ts";
import { StringTable } from "./string-table.ts";

const encoder = new TextEncoder();

/** What the sheets of a workbook share. */
interface Globals {
  is1904: boolean;
  /** Set for BIFF5, whose texts are in a code page. */
  codec: TextDecoder | undefined;
  styles: FormatKind[];
  strings: StringTable;
  sheets: { name: string; offset: number }[];
}

/**
 * Opens the sheets of an .xls workbook, BIFF8 (Excel 97–2003) or BIFF5 (Excel 5 and 95), after [MS-XLS].
 * @throws FormatError when it is encrypted, damaged, or another kind of compound file.
 */
export async function openXls(source: ByteSource): Promise<Sheet[]> {
  const file = await CompoundFile.open(source);
  if (file.has("EncryptedPackage")) {
    throw new FormatError("The workbook is encrypted. Save it without a password and upload it again.");
  }
  const stream = ["Workbook", "Book"].find((name) => file.has(name));
  if (stream === undefined) {
    throw new FormatError("The file is an Office document (a compound file) but no Excel workbook.");
  }
  const globals = await readGlobals(new BiffReader(file.read(stream)));
  return globals.sheets.map(({ name, offset }) => ({
    name,
    is1904: globals.is1904,
    scan: (sink) => scanSheet(new BiffReader(file.read(stream, offset)), globals, sink),
  }));
}

async function readGlobals(reader: BiffReader): Promise<Globals> {
  const globals: Globals = { is1904: false, codec: undefined, styles: [], strings: new StringTable(), sheets: [] };
  const formats = new Map<number, string>();
  const styles: number[] = [];
  try {
    if (!(await reader.next()) || reader.record.type !== Biff.bof || reader.record.data.length < 4) {
      throw new FormatError(
        "The workbook is damaged, or of a version before Excel 5. Save it as .xlsx and upload that.",
      );
    }
    const isBiff8 = reader.record.view.getUint16(0, true) >= 0x0600;
    if (!isBiff8) globals.codec = createCodePageDecoder(1252);
    while ((await reader.next()) && reader.record.type !== Biff.eof) {
      const { type, data, view } = reader.record;
      if (type === Biff.filePass) {
        throw new FormatError("The workbook is encrypted. Save it without a password and upload it again.");
      }
      if (type === Biff.date1904) globals.is1904 = data[0] === 1;
      else if (type === Biff.codePage && !isBiff8 && data.length >= 2) {
        globals.codec = createCodePageDecoder(view.getUint16(0, true));
      } else if (type === Biff.sst && data.length >= 8) globals.strings = await readSharedTexts(reader);
      else if (type === Biff.xf && data.length >= 4) styles.push(view.getUint16(2, true));
      else if ((type === Biff.format || type === Biff.format2) && data.length >= 4) {
        const length = isBiff8 ? view.getUint16(2, true) : data[2]!;
        formats.set(view.getUint16(0, true), decodeText(data, isBiff8 ? 4 : 3, length, globals.codec));
      } else if (type === Biff.boundSheet && data.length >= 8 && (data[5]! & 15) === 0) {
        const name = decodeText(data, 7, data[6]!, globals.codec);
        globals.sheets.push({ name, offset: view.getUint32(0, true) });
      }
    }
  } finally {
    await reader.close();
  }
  globals.styles = styles.map((id) => classifyFormat(id, formats.get(id)));
  return globals;
}

async function* scanSheet(reader: BiffReader, globals: Globals, sink: CellSink): AsyncGenerator<void> {
  const cells = new SheetCells(globals, sink);
  try {
    if (!(await reader.next()) || reader.record.type !== Biff.bof) {
      throw new FormatError("The workbook is damaged: a sheet does not start where it should. Save it again in Excel.");
    }
    // Charts in a sheet are sheets within it, from BOF to EOF.
    for (let depth = 0; ; ) {
      if (reader.needsChunk) {
        yield;
        if (!(await reader.next())) return;
      } else reader.nextSync();
      const { type } = reader.record;
      if (type === Biff.bof) depth++;
      else if (type === Biff.eof && depth-- === 0) return;
      else if (depth === 0) cells.take(reader.record.type, reader.record.data, reader.record.view);
    }
  } finally {
    await reader.close();
  }
}

/** Sends the cell records of one sheet to a sink. */
class SheetCells {
  readonly #globals: Globals;
  readonly #sink: CellSink;
  #row = -1;
  /** Column of a formula whose text follows in a STRING record. */
  #pendingColumn = -1;

  constructor(globals: Globals, sink: CellSink) {
    this.#globals = globals;
    this.#sink = sink;
  }

  take(type: number, data: Uint8Array, view: DataView): void {
    if (type === Biff.string) {
      if (this.#pendingColumn >= 0 && data.length >= 3) {
        this.#text(this.#pendingColumn, decodeText(data, 2, view.getUint16(0, true), this.#globals.codec));
      }
      this.#pendingColumn = -1;
      return;
    }
    if (!CELL_TYPES.has(type) || data.length < 6) return;
    const row = view.getUint16(0, true);
    const column = view.getUint16(2, true);
    if (column >= MAX_COLUMNS) return;
    if (row !== this.#row) {
      this.#row = row;
      this.#sink.startRow(row);
    }
    if (type === Biff.mulRk) {
      for (let at = 4, i = column; at + 8 <= data.length; at += 6, i++) {
        this.#number(i, decodeRk(view.getInt32(at + 2, true)), view.getUint16(at, true));
      }
      return;
    }
    const style = view.getUint16(4, true);
    if (type === Biff.rk && data.length >= 10) this.#number(column, decodeRk(view.getInt32(6, true)), style);
    else if (type === Biff.number && data.length >= 14) this.#number(column, view.getFloat64(6, true), style);
    else if (type === Biff.boolErr && data.length >= 8) this.#boolOrError(column, data[6]!, data[7] === 1);
    else if (type === Biff.formula && data.length >= 14) this.#formula(column, data, view, style);
    else if (type === Biff.labelSst && data.length >= 10) {
      const index = view.getUint32(6, true);
      const { strings } = this.#globals;
      if (index >= strings.count)
        throw new FormatError("The workbook is damaged: a cell refers to a text that is not there.");
      const start = strings.start(index);
      const end = strings.end(index);
      if (end > start) this.#sink.text(column, strings.bytes, start, end);
    } else if ((type === Biff.label || type === Biff.rString) && data.length >= 8) {
      this.#text(column, decodeText(data, 8, view.getUint16(6, true), this.#globals.codec));
    }
  }

  #number(column: number, value: number, style: number): void {
    this.#sink.number(column, value, this.#globals.styles[style] ?? "number");
  }

  #text(column: number, text: string): void {
    if (text === "") return;
    const bytes = encoder.encode(text);
    this.#sink.text(column, bytes, 0, bytes.length);
  }

  #boolOrError(column: number, value: number, isError: boolean): void {
    if (isError) this.#sink.error(column);
    else this.#sink.bool(column, value !== 0);
  }

  /** The value that Excel computed last ([MS-XLS] 2.5.133 FormulaValue). */
  #formula(column: number, data: Uint8Array, view: DataView, style: number): void {
    this.#pendingColumn = -1;
    if (view.getUint16(12, true) !== 0xffff) {
      this.#number(column, view.getFloat64(6, true), style);
      return;
    }
    const kind = data[6];
    if (kind === 0) this.#pendingColumn = column;
    else if (kind === 1) this.#sink.bool(column, data[8] !== 0);
    else if (kind === 2) this.#sink.error(column);
  }
}

const CELL_TYPES = new Set<number>([
  Biff.formula,
  Biff.mulRk,
  Biff.rString,
  Biff.labelSst,
  Biff.number,
  Biff.label,
  Biff.boolErr,
  Biff.rk,
]);
