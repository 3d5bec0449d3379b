import { countDays } from "../json/iso-time.ts";
import { type CellSink, MAX_COLUMNS, MAX_ROWS } from "./cells.ts";
import type { FormatKind } from "./number-format.ts";
import { type StringTable, unescapeXstring } from "./string-table.ts";
import { XmlEvent, XmlReader } from "./xml-reader.ts";

/** What cells refer to. */
export interface SheetContext {
  readonly styles: readonly FormatKind[];
  readonly strings: StringTable;
  readonly is1904: boolean;
}

/** Sends the cells of a worksheet part (ECMA-376-1, 18.3) to the sink, yielding after each chunk of XML. */
export async function* scanSheetXml(
  stream: ReadableStream<Uint8Array>,
  part: string,
  context: SheetContext,
  sink: CellSink,
): AsyncGenerator<void> {
  const xml = new XmlReader(stream, part);
  const cell = new Cell(xml, context, sink);
  let isInData = false;
  try {
    for (;;) {
      const event = xml.next();
      if (event === XmlEvent.more) {
        yield;
        await xml.fill();
      } else if (event === XmlEvent.start) {
        if (isInData) cell.start(xml.name);
        else if (xml.name === "sheetData") isInData = true;
      } else if (event === XmlEvent.end) {
        if (isInData && xml.name === "sheetData") return;
        if (isInData) cell.end(xml.name);
      } else if (event === XmlEvent.text) {
        if (isInData) cell.addText();
      } else return;
    }
  } finally {
    await xml.cancel();
  }
}

/** The cell that is being read. */
class Cell {
  readonly #xml: XmlReader;
  readonly #context: SheetContext;
  readonly #sink: CellSink;
  #row = -1;
  #column = -1;
  #type = 110;
  #style = 0;
  #takesText = false;
  #phonetic = 0;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(256);
  #length = 0;
  #hasValue = false;

  constructor(xml: XmlReader, context: SheetContext, sink: CellSink) {
    this.#xml = xml;
    this.#context = context;
    this.#sink = sink;
  }

  start(name: string): void {
    const xml = this.#xml;
    if (name === "c") {
      this.#column = xml.findAttribute("r") ? this.#readColumn() : this.#column + 1;
      if (this.#column < 0 || this.#column >= MAX_COLUMNS) xml.fail("a cell lies outside the sheet");
      this.#style = xml.findAttribute("s") ? readInteger(xml) : 0;
      this.#type = xml.findAttribute("t") ? this.#readType() : 110;
      this.#length = 0;
      this.#hasValue = false;
    } else if (name === "v" || name === "t") {
      this.#takesText = this.#phonetic === 0;
      this.#hasValue = true;
    } else if (name === "rPh") this.#phonetic++;
    else if (name === "row") {
      const row = xml.findAttribute("r") ? readInteger(xml) - 1 : this.#row + 1;
      if (!(row >= 0 && row < MAX_ROWS)) xml.fail("a row lies outside the sheet");
      this.#row = row;
      this.#column = -1;
      this.#sink.startRow(row);
    }
  }

  end(name: string): void {
    if (name === "v" || name === "t") this.#takesText = false;
    else if (name === "rPh") this.#phonetic--;
    else if (name === "c" && this.#hasValue) this.#emit();
  }

  addText(): void {
    if (!this.#takesText) return;
    const { text, textStart, textEnd } = this.#xml;
    const length = textEnd - textStart;
    if (this.#length + length > this.#buffer.length) {
      if (this.#length + length > 1 << 22) this.#xml.fail("a cell holds more than 4 MiB");
      const grown = new Uint8Array((this.#length + length) * 2);
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    if (length > 32) this.#buffer.set(text.subarray(textStart, textEnd), this.#length);
    else for (let i = 0; i < length; i++) this.#buffer[this.#length + i] = text[textStart + i]!;
    this.#length += length;
  }

  /** The column of a reference such as "AB12". */
  #readColumn(): number {
    const { text, textStart, textEnd } = this.#xml;
    let column = 0;
    for (let i = textStart; i < textEnd; i++) {
      const letter = (text[i]! & 0xdf) - 64;
      if (letter < 1 || letter > 26) break;
      column = column * 26 + letter;
      if (column > MAX_COLUMNS) break;
    }
    return column - 1;
  }

  /** The type's first letter; 120 ("x") for str, whose text is plain, and 105 ("i") for inlineStr. */
  #readType(): number {
    const { text, textStart, textEnd } = this.#xml;
    const first = text[textStart] ?? 110;
    return first === 115 && textEnd - textStart > 1 ? 120 : first;
  }

  #emit(): void {
    const sink = this.#sink;
    const bytes = this.#buffer;
    const length = this.#length;
    switch (this.#type) {
      case 115: {
        const index = Number(latin(bytes, length));
        const { strings } = this.#context;
        if (length === 0) return;
        if (!Number.isInteger(index) || index < 0 || index >= strings.count) {
          this.#xml.fail("a cell refers to a text that is not there");
        }
        const start = strings.start(index);
        const end = strings.end(index);
        if (end > start) sink.text(this.#column, strings.bytes, start, end);
        return;
      }
      case 120:
      case 105: {
        const end = unescapeXstring(bytes, 0, length);
        if (end > 0) sink.text(this.#column, bytes, 0, end);
        return;
      }
      case 98: {
        if (length > 0) sink.bool(this.#column, bytes[0] === 49 || bytes[0] === 116);
        return;
      }
      case 101: {
        sink.error(this.#column);
        return;
      }
      case 100: {
        this.#emitIsoDate(latin(bytes, length));
        return;
      }
      default:
        this.#emitNumber();
    }
  }

  #emitNumber(): void {
    const length = this.#length;
    if (length === 0) return;
    const value = parseNumber(this.#buffer, length);
    if (Number.isNaN(value)) {
      this.#sink.text(this.#column, this.#buffer, 0, length);
      return;
    }
    this.#sink.number(this.#column, value, this.#context.styles[this.#style] ?? "number");
  }

  /** A date of a strict file: ISO 8601. Turned into a serial, so that every date takes the same way. */
  #emitIsoDate(text: string): void {
    const match = /^(?:(\d{4})-(\d\d)-(\d\d))?T?(?:(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)?Z?$/.exec(text.trim());
    if (match === null) {
      this.#sink.text(this.#column, this.#buffer, 0, this.#length);
      return;
    }
    const [, year, month, day, hour = "0", minute = "0", second = "0"] = match;
    const time = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) / 86400;
    if (year === undefined) {
      this.#sink.number(this.#column, time, "time");
      return;
    }
    const days = countDays(Number(year), Number(month), Number(day));
    const { is1904 } = this.#context;
    const serial = days + (is1904 ? 24107 : 25569);
    this.#sink.number(this.#column, serial - (!is1904 && serial < 61 ? 1 : 0) + time, "date");
  }
}

function readInteger(xml: XmlReader): number {
  let value = 0;
  for (let i = xml.textStart; i < xml.textEnd; i++) {
    const digit = xml.text[i]! - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function latin(bytes: Uint8Array, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** Plain decimals of up to 15 digits at once; anything else by the platform. NaN for what is no number. */
function parseNumber(bytes: Uint8Array, length: number): number {
  let i = bytes[0] === 45 ? 1 : 0;
  const isNegative = i === 1;
  let mantissa = 0;
  let digits = 0;
  let scale = -1;
  for (; i < length; i++) {
    const byte = bytes[i]!;
    if (byte >= 48 && byte <= 57) {
      mantissa = mantissa * 10 + byte - 48;
      digits++;
      if (scale >= 0) scale++;
    } else if (byte === 46 && scale < 0) scale = 0;
    else break;
  }
  if (i === length && digits > 0 && digits <= 15) {
    const value = scale > 0 ? mantissa / POWERS[scale]! : mantissa;
    return isNegative ? -value : value;
  }
  const text = latin(bytes, length).trim();
  return text === "" ? Number.NaN : Number(text);
}

const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);
