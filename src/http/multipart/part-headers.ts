import { parseContentHeader } from "./content-header.ts";
import { encodedPart, malformedHeaders } from "./form-error.ts";

/** What the headers of one part say. */
export interface PartHeaders {
  name: string;
  /** Undefined: the part is a plain field. */
  filename: string | undefined;
  contentType: string | undefined;
}

/** Encodings that leave the bytes as they are. */
const IDENTITY = new Set(["7bit", "8bit", "binary"]);

/**
 * Reads the header block of a part (RFC 7578).
 * @param block the bytes between the delimiter's line and the empty line.
 * @param ordinal which part it is, from 1, for messages.
 * @throws AppError `invalid_request` for lines that are no headers or a missing name; `validation_failed` for an encoded part.
 */
export function parsePartHeaders(block: Uint8Array, ordinal: number): PartHeaders {
  const headers = new Map<string, string>();
  for (const line of decodeText(block).split("\r\n")) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon <= 0)
      throw malformedHeaders(
        ordinal,
        `“${excerpt(line)}” is not a header; lines must end in CR LF and an empty one must follow the headers`,
      );
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = parseContentHeader(headers.get("content-disposition") ?? "");
  if (disposition?.value !== "form-data")
    throw malformedHeaders(ordinal, 'it needs a header like Content-Disposition: form-data; name="…"');
  const name = disposition.parameters.get("name");
  if (name === undefined) throw malformedHeaders(ordinal, "its Content-Disposition gives no name");
  const filename = disposition.parameters.get("filename");
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase();
  if (encoding !== undefined && !IDENTITY.has(encoding)) throw encodedPart(unescapeName(name), encoding);
  return {
    name: unescapeName(name),
    filename: filename === undefined ? undefined : unescapeName(filename),
    contentType: headers.get("content-type"),
  };
}

/** The three characters that browsers and Fetch escape in names (WHATWG HTML, "multipart/form-data encoding algorithm"). */
function unescapeName(name: string): string {
  return name.replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** UTF-8, or else Latin-1, which is what clients from before UTF-8 send. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function excerpt(line: string): string {
  const printable = line.replace(/\p{C}/gu, "�");
  return printable.length > 60 ? `${printable.slice(0, 60)}…` : printable;
}
