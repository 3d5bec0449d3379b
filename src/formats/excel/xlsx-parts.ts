import { formatBytes } from "../compression/compression.ts";
import { openZipEntry, type ZipEntry } from "../compression/zip-directory.ts";
import { type ByteSource, FormatError } from "../source.ts";
import { classifyFormat, type FormatKind } from "./number-format.ts";
import { StringTable, unescapeXstring } from "./string-table.ts";
import { XmlEvent, XmlReader } from "./xml-reader.ts";

/** Parts other than sheets and strings are small; a larger one is refused. */
const MAX_PART_BYTES = 16 * 1024 ** 2;

/** A part may decompress to 256 MiB, or to 200 times its size, and to no more than 8 GiB. */
const FREE_PART_BYTES = 256 * 1024 ** 2;
const MAX_RATIO = 200;
const MAX_SHEET_BYTES = 8 * 1024 ** 3;

/** A relationship of a package part (ECMA-376-2, 9.3). */
export interface Relationship {
  readonly id: string;
  /** The last segment of its type, the same in strict and transitional files. */
  readonly type: string;
  /** Full name of the target part. */
  readonly target: string;
}

/** The parts of a workbook by name. */
export class Package {
  readonly #source: ByteSource;
  readonly #entries = new Map<string, ZipEntry>();

  constructor(source: ByteSource, entries: readonly ZipEntry[]) {
    this.#source = source;
    for (const entry of entries) this.#entries.set(normalizeName(entry.name), entry);
  }

  has(name: string): boolean {
    return this.#entries.has(normalizeName(name));
  }

  /** The bytes of a part, decompressed. @throws FormatError when it is missing. */
  open(name: string): ReadableStream<Uint8Array> {
    const entry = this.#entries.get(normalizeName(name));
    if (entry === undefined) throw new FormatError(`The workbook lacks its part ${name}. Save it again in Excel.`);
    if (entry.size > Math.max(FREE_PART_BYTES, entry.compressedSize * MAX_RATIO) || entry.size > MAX_SHEET_BYTES) {
      throw new FormatError(
        `The workbook's part ${name} decompresses to ${formatBytes(entry.size)}, which is more than is allowed. Export the sheet as CSV and upload that.`,
      );
    }
    return openZipEntry(this.#source, entry);
  }

  /** A part as XML, however large. */
  openStream(name: string): XmlReader {
    return new XmlReader(this.open(name), name);
  }

  /** A part that is to be read in one go; parts that would be too large for it are refused. */
  openSmall(name: string): XmlReader {
    const size = this.#entries.get(normalizeName(name))?.size ?? 0;
    if (size > MAX_PART_BYTES) {
      throw new FormatError(`The workbook's part ${name} is larger than ${MAX_PART_BYTES / 1024 ** 2} MiB.`);
    }
    return new XmlReader(this.open(name), name);
  }

  async readRelationships(part: string): Promise<Relationship[]> {
    const folder = part.slice(0, part.lastIndexOf("/") + 1);
    const name = `${folder}_rels/${part.slice(folder.length)}.rels`;
    if (!this.has(name)) return [];
    const relationships: Relationship[] = [];
    await readElements(this.openSmall(name), (xml) => {
      if (xml.name !== "Relationship" || xml.attribute("TargetMode") === "External") return;
      const target = xml.attribute("Target") ?? "";
      relationships.push({
        id: xml.attribute("Id") ?? "",
        type: (xml.attribute("Type") ?? "").replace(/^.*\//, ""),
        target: resolveTarget(folder, target),
      });
    });
    return relationships;
  }
}

function normalizeName(name: string): string {
  return name.replace(/^\//, "").toLowerCase();
}

function resolveTarget(folder: string, target: string): string {
  if (target.startsWith("/")) return target.slice(1);
  const parts = folder.split("/").filter(Boolean);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Calls back for every element started. */
export async function readElements(xml: XmlReader, visit: (xml: XmlReader) => void): Promise<void> {
  try {
    for (;;) {
      const event = await xml.read();
      if (event === XmlEvent.done) return;
      if (event === XmlEvent.start) visit(xml);
    }
  } finally {
    await xml.cancel();
  }
}

export interface WorkbookPart {
  readonly is1904: boolean;
  readonly sheets: { name: string; relationshipId: string }[];
}

/** Reads xl/workbook.xml (ECMA-376-1, 18.2). */
export async function readWorkbookPart(xml: XmlReader): Promise<WorkbookPart> {
  let is1904 = false;
  const sheets: { name: string; relationshipId: string }[] = [];
  await readElements(xml, (element) => {
    if (element.name === "workbookPr") is1904 = /^(1|true|on)$/i.test(element.attribute("date1904") ?? "");
    if (element.name === "sheet") {
      sheets.push({ name: element.attribute("name") ?? "", relationshipId: readRelationshipId(element) });
    }
  });
  return { is1904, sheets };
}

function readRelationshipId(xml: XmlReader): string {
  return xml.attribute("id") ?? "";
}

/** The kind of number each cell style shows (ECMA-376-1, 18.8): index = a cell's `s`. */
export async function readStyles(xml: XmlReader): Promise<FormatKind[]> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let isInCellXfs = false;
  try {
    for (;;) {
      const event = await xml.read();
      if (event === XmlEvent.done) break;
      if (event === XmlEvent.end && xml.name === "cellXfs") isInCellXfs = false;
      if (event !== XmlEvent.start) continue;
      if (xml.name === "cellXfs") isInCellXfs = true;
      else if (xml.name === "numFmt") codes.set(Number(xml.attribute("numFmtId")), xml.attribute("formatCode") ?? "");
      else if (xml.name === "xf" && isInCellXfs) formats.push(Number(xml.attribute("numFmtId") ?? 0));
    }
  } finally {
    await xml.cancel();
  }
  return formats.map((id) => classifyFormat(id, codes.get(id)));
}

/** Reads the shared strings (ECMA-376-1, 18.4): rich text joined, phonetic runs left out. @throws FormatError past 16 MiB. */
export async function readSharedStrings(xml: XmlReader): Promise<StringTable> {
  const table = new StringTable();
  let phonetic = 0;
  let isInText = false;
  try {
    for (;;) {
      const event = xml.next();
      if (event === XmlEvent.text) {
        if (isInText && phonetic === 0) table.append(xml.text, xml.textStart, xml.textEnd);
      } else if (event === XmlEvent.start) {
        if (xml.name === "t") isInText = true;
        else if (xml.name === "rPh") phonetic++;
      } else if (event === XmlEvent.end) {
        if (xml.name === "t") isInText = false;
        else if (xml.name === "rPh") phonetic--;
        else if (xml.name === "si") {
          table.filled = unescapeXstring(table.bytes, table.openStart, table.filled);
          table.close();
        }
      } else if (event === XmlEvent.more) await xml.fill();
      else return table;
    }
  } finally {
    await xml.cancel();
  }
}
