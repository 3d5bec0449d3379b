import { S3Error } from "../../storage/s3/s3-error.ts";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Text of an element. Control characters become references, as S3 writes them. */
export function escapeXml(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c)
    .replace(/\p{Cc}/gu, (c) => `&#x${c.charCodeAt(0).toString(16)};`);
}

/** `<name>text</name>`; nothing for undefined. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? "" : `<${name}>${escapeXml(String(text))}</${name}>`;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** An answer of S3's; `content` is XML already. */
export function xmlResponse(root: string, content: string, headers: Record<string, string> = {}): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${content}</${root}>`, {
    headers: { "content-type": "application/xml", ...headers },
  });
}

/** S3's error document. */
export function errorResponse(error: S3Error, resource: string, requestId: string): Response {
  const content = [
    element("Code", error.code),
    element("Message", error.message),
    element("Resource", resource),
    element("RequestId", requestId),
  ].join("");
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${content}</Error>`, {
    status: error.status,
    headers: { "content-type": "application/xml" },
  });
}

/** One part as the client lists it to complete an upload. */
export interface ListedPart {
  partNumber: number;
  etag: string;
}

/**
 * Reads `<CompleteMultipartUpload>`: the parts in order, each with number and ETag (quotes dropped); other elements are ignored.
 * @throws S3Error `MalformedXML`, or `InvalidPartOrder` unless the numbers rise.
 */
export function parseCompletion(xml: string): ListedPart[] {
  if (!/<CompleteMultipartUpload[\s>]/.test(xml) || xml.includes("<!")) {
    throw new S3Error(
      "MalformedXML",
      "The body must be a <CompleteMultipartUpload> document with a <Part> for each part.",
    );
  }
  const parts = [...xml.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, content = ""]) => {
    const partNumber = Number(/<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(content)?.[1] ?? 0);
    const etag = unescapeXml(/<ETag>\s*([^<]*?)\s*<\/ETag>/.exec(content)?.[1] ?? "").replaceAll('"', "");
    if (partNumber < 1 || partNumber > 10_000 || etag === "")
      throw new S3Error("MalformedXML", "Each <Part> holds a <PartNumber> (1 to 10000) and an <ETag>.");
    return { partNumber, etag };
  });
  if (parts.length === 0) throw new S3Error("MalformedXML", "The list of parts is empty.");
  if (parts.some((part, i) => i > 0 && part.partNumber <= (parts[i - 1]?.partNumber ?? 0))) {
    throw new S3Error("InvalidPartOrder", "The parts must be listed by rising part number.");
  }
  return parts;
}

/** Reads `<Delete>`: the keys, and whether only errors are to be reported. */
export function parseDeletion(xml: string): { keys: string[]; quiet: boolean } {
  if (!/<Delete[\s>]/.test(xml) || xml.includes("<!"))
    throw new S3Error("MalformedXML", "The body must be a <Delete> document.");
  const keys = [...xml.matchAll(/<Object>[\s\S]*?<Key>([^<]*)<\/Key>[\s\S]*?<\/Object>/g)].map(([, key = ""]) =>
    unescapeXml(key),
  );
  if (keys.length === 0 || keys.length > 1000)
    throw new S3Error("MalformedXML", "A <Delete> document names 1 to 1000 objects.");
  return { keys, quiet: /<Quiet>\s*true\s*<\/Quiet>/.test(xml) };
}

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined)
        return Object.entries(ENTITIES).find(([, entity]) => entity === `&${name};`)?.[0] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
