import { FormatError } from "../source.ts";

const SIGNATURES: readonly (readonly [bytes: string, name: string])[] = [
  ["\x89PNG\r\n", "a PNG image"],
  ["GIF87a", "a GIF image"],
  ["GIF89a", "a GIF image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["PK\x03\x04", "a ZIP archive or an Excel workbook"],
  ["PK\x05\x06", "an empty ZIP archive"],
  ["%PDF-", "a PDF document"],
  ["\x1f\x8b", "gzip-compressed"],
  ["BZh", "bzip2-compressed"],
  ["\xfd7zXZ\x00", "xz-compressed"],
  ["\x28\xb5\x2f\xfd", "zstd-compressed"],
  ["PAR1", "a Parquet file"],
  ["ARROW1", "an Arrow file"],
  ["ORC", "an ORC file"],
  ["SQLite format 3\x00", "an SQLite database"],
  ["\x7fELF", "a program"],
  ["MZ\x90", "a program"],
  ["\xd0\xcf\x11\xe0", "an old Excel or Word document"],
  ["{\\rtf", "an RTF document"],
];

const HTML = /^\s*<(!doctype\s+html|html)[\s>]/i;
const XML = /^\s*<\?xml\s/;
const MARKUP_BYTES = 256;

/** Throws a FormatError for bytes that are a known binary format, a page, or no text at all. */
export function refuseBinary(sample: Uint8Array, encoding: string): void {
  if (sample.length === 0) throw new FormatError("The file is empty: it has no bytes.");
  for (const [signature, name] of SIGNATURES) {
    let i = 0;
    while (i < signature.length && sample[i] === signature.charCodeAt(i)) i++;
    if (i === signature.length && !isText(signature, sample))
      throw new FormatError(`The file is ${name}, not CSV. Declare its real type, or upload the text.`);
  }
  const start = new TextDecoder().decode(sample.subarray(0, MARKUP_BYTES));
  if (HTML.test(start))
    throw new FormatError(
      "The file is an HTML page, not CSV: a page such as one to sign in was saved in place of the data. Download the data itself.",
    );
  if (XML.test(start))
    throw new FormatError("The file is an XML document, not CSV. Save its data as CSV or JSON and upload that.");
  if (encoding.startsWith("utf-16")) return;
  let control = 0;
  const length = Math.min(sample.length, 65_536);
  for (let i = 0; i < length; i++) {
    const byte = sample[i]!;
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 26 && byte !== 27)) control++;
  }
  if (control > 4 + 0.1 * length)
    throw new FormatError("The file holds binary data, not CSV text. Declare its real type, or its encoding.");
}

/** Signatures made of letters may begin a text as well: then no control characters follow. */
function isText(signature: string, sample: Uint8Array): boolean {
  if (!/^[A-Za-z0-9]+$/.test(signature)) return false;
  for (let i = 0; i < Math.min(sample.length, 512); i++) if (sample[i]! < 9) return false;
  return true;
}
