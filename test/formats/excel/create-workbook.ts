import { writeZip } from "../../../src/formats/excel/write-zip.ts";

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

export interface WorkbookParts {
  /** Sheet XML between the sheetData tags, by sheet name. */
  sheets: Record<string, string>;
  strings?: string;
  /** numFmts and cellXfs. */
  styles?: string;
  workbookProperties?: string;
  isStrict?: boolean;
  /** Parts that replace those made here. */
  replace?: Record<string, string | Uint8Array>;
}

/** A workbook of hand-written XML. */
export async function createWorkbook(parts: WorkbookParts): Promise<Uint8Array> {
  const main = parts.isStrict ? STRICT : MAIN;
  const names = Object.keys(parts.sheets);
  const office = parts.isStrict ? "http://purl.oclc.org/ooxml/officeDocument/relationships" : OFFICE;
  const files: Record<string, string | Uint8Array> = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": `<Relationships><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<?xml version="1.0"?><x:workbook xmlns:x="${main}" xmlns:r="${office}">${parts.workbookProperties ?? ""}<x:sheets>${names.map((name, i) => `<x:sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</x:sheets></x:workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${office}/worksheet" Target="/xl/worksheets/sheet${i + 1}.xml"/>`).join("")}<Relationship Id="s" Type="${office}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="t" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    "xl/sharedStrings.xml": `<sst xmlns="${main}">${parts.strings ?? ""}</sst>`,
    "xl/styles.xml": `<styleSheet xmlns="${main}">${parts.styles ?? ""}</styleSheet>`,
  };
  for (const [i, name] of names.entries()) {
    files[`xl/worksheets/sheet${i + 1}.xml`] =
      `<worksheet xmlns="${main}"><!-- a > b --><dimension ref="A1"/><sheetData>${parts.sheets[name]}</sheetData><mergeCells/></worksheet>`;
  }
  Object.assign(files, parts.replace);
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  const zip = writeZip(
    Object.entries(files).map(([name, text]) => ({
      name,
      chunks: (async function* () {
        yield typeof text === "string" ? encoder.encode(text) : text;
      })(),
    })),
  );
  for await (const chunk of zip) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
