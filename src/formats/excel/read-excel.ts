import { detectCompression } from "../compression/compression.ts";
import { readZipDirectory } from "../compression/zip-directory.ts";
import { type ByteSource, FormatError, type FormatReader, type FormatTable } from "../source.ts";
import type { Sheet } from "./cells.ts";
import { isCompoundFile } from "./compound-file.ts";
import { readSheetTable, type SheetOptions } from "./sheet-table.ts";
import { openXls } from "./xls.ts";
import { openXlsx } from "./xlsx.ts";

/** Options under pandas' meanings. */
export interface ExcelOptions extends SheetOptions {
  /** Sheets to read, by name or by position from 0; undefined: all. */
  sheetNames?: readonly (string | number)[] | undefined;
}

/**
 * Reads a workbook: every sheet with cells a table. Each sheet is read once for its header and types and again for its
 * rows; only the shared strings (at most 16 MiB of text) are held whole. Numbers shown as dates become Date32, Timestamp
 * or Time64; whole numbers Int64; formulas give their cached values, errors nulls; merged cells have their value in the
 * first cell. Rows without any value are left out. A column of several kinds is text.
 * @throws FormatError for files that are no workbook, are encrypted or damaged, and for sheets that are not there.
 */
export const readExcel: FormatReader<ExcelOptions> = async (source, options) => {
  const sheets = chooseSheets(await openSheets(source), options.sheetNames);
  const tables: FormatTable[] = [];
  for (const sheet of sheets) {
    const table = await readSheetTable(sheet, options);
    if (table !== undefined) tables.push(table);
  }
  if (tables.length === 0) throw new FormatError(explainNothing(options));
  return tables;
};

/** Opens the sheets of any kind of workbook, in their order. */
export async function openSheets(source: ByteSource): Promise<Sheet[]> {
  const head = await source.slice(0, Math.min(8, source.byteLength));
  if (detectCompression(head) === "zip") return openXlsx(source, await readZipDirectory(source));
  if (isCompoundFile(head)) return openXls(source);
  throw new FormatError(explainHead(head));
}

function explainHead(head: Uint8Array): string {
  if (head.length === 0) return "The file is empty; it holds no workbook.";
  // BIFF2 to BIFF4 start with their BOF record, without a container.
  if (head[0] === 9 && [0, 2, 4, 8].includes(head[1] ?? -1)) {
    return "The workbook is of a version before Excel 5. Save it as .xlsx and upload that.";
  }
  const text = new TextDecoder().decode(head).trimStart().toLowerCase();
  if (text.startsWith("<")) {
    return "The file is XML or HTML under the name of a workbook. Save it as .xlsx and upload that.";
  }
  return "The file is no Excel workbook (.xlsx, .xlsb or .xls). Declare its real type.";
}

function explainNothing({ sheetNames, skipRows = 0, header, sheetColumns }: ExcelOptions): string {
  const sheets =
    sheetNames === undefined
      ? "The workbook"
      : `The workbook's ${sheetNames.map((name) => `sheet ${JSON.stringify(name)}`).join(", ")}`;
  const isNarrowed = skipRows > 0 || typeof header === "number" || sheetColumns !== undefined;
  return isNarrowed
    ? `${sheets} holds no cells where skiprows, header and usecols leave some. Change these options.`
    : `${sheets} holds no cells. Fill a sheet and upload it again.`;
}

function chooseSheets(sheets: Sheet[], wanted: ExcelOptions["sheetNames"]): Sheet[] {
  if (wanted === undefined) return sheets;
  return wanted.map((name) => {
    const sheet = typeof name === "number" ? sheets[name] : sheets.find((candidate) => candidate.name === name);
    if (sheet !== undefined) return sheet;
    throw new FormatError(
      `The workbook has no sheet ${typeof name === "number" ? `number ${name} (counted from 0)` : `"${name}"`}. Its sheets are ${sheets.map((candidate) => `"${candidate.name}"`).join(", ")}.`,
    );
  });
}
