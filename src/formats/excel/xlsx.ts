import type { ZipEntry } from "../compression/zip-directory.ts";
import { type ByteSource, FormatError } from "../source.ts";
import type { Sheet } from "./cells.ts";
import type { FormatKind } from "./number-format.ts";
import { StringTable } from "./string-table.ts";
import { openXlsb } from "./xlsb.ts";
import { Package, type Relationship, readSharedStrings, readStyles, readWorkbookPart } from "./xlsx-parts.ts";
import { type SheetContext, scanSheetXml } from "./xlsx-sheet.ts";

/** Opens the sheets of an XLSX workbook (ECMA-376, transitional or strict) or an XLSB one. Chart and macro sheets are left out. */
export async function openXlsx(source: ByteSource, entries: readonly ZipEntry[]): Promise<Sheet[]> {
  const parts = new Package(source, entries);
  const workbook = await findWorkbook(parts);
  if (workbook.endsWith(".bin")) return openXlsb(parts, workbook);
  const { sheets, is1904 } = await readWorkbookPart(parts.openSmall(workbook));
  const relationships = await parts.readRelationships(workbook);
  const context: SheetContext = {
    is1904,
    styles: await loadStyles(parts, relationships),
    strings: await loadStrings(parts, relationships),
  };
  const opened: Sheet[] = [];
  for (const { name, relationshipId } of sheets) {
    const relationship = relationships.find(({ id }) => id === relationshipId);
    if (relationship?.type !== "worksheet") continue;
    const { target } = relationship;
    opened.push({ name, is1904, scan: (sink) => scanSheetXml(parts.open(target), target, context, sink) });
  }
  return opened;
}

/** The name of the main part. @throws FormatError when the package is no workbook. */
export async function findWorkbook(parts: Package): Promise<string> {
  const main = (await parts.readRelationships("")).find(({ type }) => type === "officeDocument")?.target;
  const name = main ?? ["xl/workbook.xml", "xl/workbook.bin"].find((candidate) => parts.has(candidate));
  if (name === undefined && parts.has("content.xml")) {
    throw new FormatError("The file is an OpenDocument file. Save it as .xlsx and upload that.");
  }
  if (name === undefined || !parts.has(name)) {
    throw new FormatError(
      "The file is a zip archive but no Excel workbook. Declare the compression zip to read what is in it.",
    );
  }
  if (!/workbook[^/]*$|^xl\//i.test(name)) {
    throw new FormatError(`The file is an Office document (${name}) but no Excel workbook.`);
  }
  return name;
}

async function loadStyles(parts: Package, relationships: readonly Relationship[]): Promise<FormatKind[]> {
  const part = relationships.find(({ type }) => type === "styles")?.target;
  return part !== undefined && parts.has(part) ? readStyles(parts.openSmall(part)) : [];
}

async function loadStrings(parts: Package, relationships: readonly Relationship[]): Promise<StringTable> {
  const part = relationships.find(({ type }) => type === "sharedStrings")?.target;
  return part !== undefined && parts.has(part) ? readSharedStrings(parts.openStream(part)) : new StringTable();
}
