import { DataType, type RecordBatch, type Schema, type TimeUnit, type Vector } from "apache-arrow";
import { streamFrom } from "../compression/byte-queue.ts";
import { FormatError } from "../source.ts";
import { MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS } from "./cells.ts";
import { letterColumn } from "./sheet-table.ts";
import { writeZip, type ZipPart } from "./write-zip.ts";

/** How a workbook is written. */
export interface XlsxOptions {
  /** Name of the sheet: at most 31 characters, without \ / ? * [ ] : */
  sheetName?: string | undefined;
  /** False leaves the row of column names out. */
  includeHeaders?: boolean | undefined;
}

const encoder = new TextEncoder();
const ROOT = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
/** Positions in cellXfs of the styles written below. */
const STYLE = { header: 1, date: 2, dateTime: 3, time: 4 } as const;
const XML_CHUNK = 131_072;

/**
 * Writes record batches as one sheet of an XLSX workbook (ECMA-376), as a stream: deflated, with data descriptors, so that
 * nothing is held but the batch at hand. Text is written inline. Dates, timestamps (UTC) and times become Excel's serial
 * numbers with a date format; whole numbers beyond 2^53 and decimals of more than 15 digits, which Excel would round,
 * become text, and so do dates before 1900, lists, structs (as JSON) and binary (as hexadecimal). NaN and infinities are text.
 * The stream errors with FormatError past Excel's limits: 1,048,576 rows with the header, 16,384 columns, 32,767
 * characters a cell.
 */
export function writeXlsx(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  options: XlsxOptions = {},
): ReadableStream<Uint8Array> {
  if (schema.fields.length > MAX_COLUMNS) {
    throw new FormatError(
      `The table has ${schema.fields.length} columns; an Excel sheet holds ${MAX_COLUMNS}. Export it as CSV or Parquet.`,
    );
  }
  const name = cleanSheetName(options.sheetName ?? "Sheet1");
  const parts: ZipPart[] = [
    { name: "[Content_Types].xml", chunks: once(CONTENT_TYPES) },
    { name: "_rels/.rels", chunks: once(relationships([["officeDocument", "xl/workbook.xml"]])) },
    { name: "xl/workbook.xml", chunks: once(workbook(name)) },
    {
      name: "xl/_rels/workbook.xml.rels",
      chunks: once(
        relationships([
          ["worksheet", "worksheets/sheet1.xml"],
          ["styles", "styles.xml"],
        ]),
      ),
    },
    { name: "xl/styles.xml", chunks: once(STYLES) },
    { name: "xl/worksheets/sheet1.xml", chunks: writeSheet(schema, batches, options.includeHeaders ?? true) },
  ];
  return streamFrom(writeZip(parts));
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield encoder.encode(ROOT + text);
}

function cleanSheetName(name: string): string {
  const cleaned = name
    .replace(/[\\/?*[\]:]/g, "_")
    .replace(/^'|'$/g, "_")
    .slice(0, 31);
  return cleaned.trim() === "" ? "Sheet1" : cleaned;
}

const CONTENT_TYPES = `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`;

function relationships(targets: [type: string, target: string][]): string {
  const items = targets.map(
    ([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${PACKAGE}/relationships">${items.join("")}</Relationships>`;
}

function workbook(sheetName: string): string {
  return `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${escapeXml(sheetName)}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
}

const STYLES = `<styleSheet xmlns="${MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/><numFmt numFmtId="166" formatCode="hh:mm:ss.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

async function* writeSheet(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  includeHeaders: boolean,
): AsyncGenerator<Uint8Array> {
  const letters = schema.fields.map((_, i) => letterColumn(i));
  let row = 0;
  let xml = `${ROOT}<worksheet xmlns="${MAIN}">`;
  if (includeHeaders) {
    xml +=
      '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';
  }
  xml += "<sheetData>";
  if (includeHeaders) {
    row = 1;
    xml += `<row r="1">${schema.fields.map(({ name }, i) => textCell(`${letters[i]}1`, name, STYLE.header)).join("")}</row>`;
  }
  for await (const batch of batches) {
    const columns = schema.fields.map((field, i) => createCellWriter(field.type, batch.getChildAt(i)!));
    for (let i = 0; i < batch.numRows; i++) {
      if (++row > MAX_ROWS) {
        throw new FormatError(
          `The table has more rows than an Excel sheet holds (${MAX_ROWS}${includeHeaders ? " with the header" : ""}). Export it as CSV or Parquet.`,
        );
      }
      xml += `<row r="${row}">`;
      for (let column = 0; column < columns.length; column++) {
        const reference = letters[column]! + row;
        try {
          xml += columns[column]!(reference, i);
        } catch (error) {
          if (error instanceof CellTooLong) throw explainLength(error, schema.fields[column]!.name, row);
          throw error;
        }
      }
      xml += "</row>";
      if (xml.length > XML_CHUNK) {
        yield encoder.encode(xml);
        xml = "";
      }
    }
  }
  yield encoder.encode(`${xml}</sheetData></worksheet>`);
}

class CellTooLong extends Error {
  readonly length: number;
  constructor(length: number) {
    super();
    this.length = length;
  }
}

function explainLength(error: CellTooLong, column: string, row: number): FormatError {
  return new FormatError(
    `Column "${column}" has a text of ${error.length} characters in sheet row ${row}; an Excel cell holds ${MAX_CELL_CHARACTERS}. Export it as CSV or Parquet.`,
  );
}

/** Characters that XML cannot hold, and `_xHHHH_` itself, are written in Excel's `_xHHHH_` form. */
function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  const escaped = /[\u0000-\u0008\u000b\u000c\r\u000e-\u001f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/.test(text)
    ? text.replace(
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
        /[\u0000-\u0008\u000b\u000c\r\u000e-\u001f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/g,
        (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`,
      )
    : text;
  return escapeXml(escaped);
}

function escapeXml(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function textCell(reference: string, text: string, style = 0): string {
  if (text.length > MAX_CELL_CHARACTERS) throw new CellTooLong(text.length);
  const styled = style === 0 ? "" : ` s="${style}"`;
  const space = /^\s|\s$|\n/.test(text) ? ' xml:space="preserve"' : "";
  return `<c r="${reference}"${styled} t="inlineStr"><is><t${space}>${escapeText(text)}</t></is></c>`;
}

function numberCell(reference: string, value: number | bigint | string, style = 0): string {
  return style === 0
    ? `<c r="${reference}"><v>${value}</v></c>`
    : `<c r="${reference}" s="${style}"><v>${value}</v></c>`;
}

type CellWriter = (reference: string, row: number) => string;

/** The serial of 1 March 1900; before it Excel's calendar has a day that never was. */
const FIRST_SERIAL = 61;
const EPOCH_SERIAL = 25569;

function createCellWriter(type: DataType, vector: Vector): CellWriter {
  const format = createFormatter(type);
  return (reference, row) => {
    const value: unknown = vector.get(row);
    return value === null || value === undefined ? "" : format(reference, value);
  };
}

function createFormatter(type: DataType): (reference: string, value: unknown) => string {
  if (DataType.isBool(type)) return (at, value) => `<c r="${at}" t="b"><v>${value === true ? 1 : 0}</v></c>`;
  if (DataType.isInt(type)) return formatWhole;
  if (DataType.isFloat(type)) return formatFloat;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return (at, value) => textCell(at, value as string);
  if (DataType.isDate(type)) return (at, value) => formatDate(at, Number(value) / 86_400_000);
  if (DataType.isTimestamp(type)) {
    // Arrow's JavaScript hands timestamps out in milliseconds.
    return (at, value) => formatMoment(at, Number(value));
  }
  if (DataType.isTime(type)) {
    const perDay = [86_400, 86_400e3, 86_400e6, 86_400e9][type.unit as TimeUnit]!;
    return (at, value) => numberCell(at, Number(value) / perDay, STYLE.time);
  }
  if (DataType.isDecimal(type)) return (at, value) => formatDecimal(at, value as Uint32Array, type.scale);
  if (DataType.isDictionary(type)) return createFormatter(type.dictionary as DataType);
  return (at, value) => textCell(at, describeValue(value));
}

function formatWhole(reference: string, value: unknown): string {
  if (typeof value === "number") return numberCell(reference, value);
  const whole = value as bigint;
  const isExact = whole <= BigInt(Number.MAX_SAFE_INTEGER) && whole >= BigInt(Number.MIN_SAFE_INTEGER);
  // Excel keeps 15 digits.
  const digits = whole < 0n ? -whole : whole;
  return isExact && digits < 10n ** 15n ? numberCell(reference, whole) : textCell(reference, String(whole));
}

function formatFloat(reference: string, value: unknown): string {
  const number = value as number;
  if (!Number.isFinite(number)) return textCell(reference, Number.isNaN(number) ? "NaN" : number > 0 ? "inf" : "-inf");
  return numberCell(reference, number);
}

function formatDate(reference: string, days: number): string {
  const serial = days + EPOCH_SERIAL;
  if (serial < FIRST_SERIAL || serial > 2_958_465) {
    return textCell(reference, new Date(days * 86_400_000).toISOString().slice(0, 10));
  }
  return numberCell(reference, serial, STYLE.date);
}

function formatMoment(reference: string, milliseconds: number): string {
  // Day and time apart, so that the sum is rounded only once.
  const day = Math.floor(milliseconds / 86_400_000);
  const serial = day + EPOCH_SERIAL + (milliseconds - day * 86_400_000) / 86_400_000;
  if (serial < FIRST_SERIAL || serial > 2_958_465) {
    return textCell(reference, new Date(milliseconds).toISOString().replace("T", " ").replace("Z", ""));
  }
  return numberCell(reference, serial, STYLE.dateTime);
}

function formatDecimal(reference: string, words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]!);
  value = BigInt.asIntN(words.length * 32, value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const text = `${value < 0n ? "-" : ""}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
  return digits.replace(/^0+/, "").length <= 15 ? numberCell(reference, text) : textCell(reference, text);
}

/** Lists and structs as JSON, bytes in hexadecimal. */
function describeValue(value: unknown): string {
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return Number.isSafeInteger(Number(item)) ? Number(item) : String(item);
    return item;
  });
}
