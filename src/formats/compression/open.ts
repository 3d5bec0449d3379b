import { type ByteSource, FormatError } from "../source.ts";
import { readChunks, streamFrom } from "./byte-queue.ts";
import { decodeBzip2 } from "./bzip2.ts";
import {
  type Compression,
  DEFAULT_LIMITS,
  type DecompressionLimits,
  detectCompression,
  nameCompression,
  OutputMeter,
} from "./compression.ts";
import { decodeGzip } from "./native.ts";
import { decodeXz } from "./xz.ts";
import { openZipEntry, readZipDirectory, type ZipEntry } from "./zip-directory.ts";
import { decodeZstd } from "./zstd.ts";

/** One file inside a compressed upload. */
export interface DecompressedMember {
  /** A zip member's name made safe: relative, without `.` and `..`, unique. Undefined outside a zip. */
  readonly name: string | undefined;
  /** The bytes, decompressed as they are read. Each call starts again. Errors with `FormatError`. */
  stream(): ReadableStream<Uint8Array>;
  /** Size after decompression, where the archive says it. */
  readonly size: number | undefined;
}

export interface DecompressedSource {
  /** What was found; undefined when the bytes are not compressed (or are a workbook, which is a zip by itself). */
  readonly compression: Compression | undefined;
  readonly members: DecompressedMember[];
}

/**
 * Finds the compression of an upload and opens its files as streams; nothing is held but the decoder's window.
 *
 * `declared` undefined or `""`: told from the first bytes. A workbook (xlsx, xlsb, ods) is left whole, although it is a zip.
 * @throws FormatError when the bytes are not what was declared, or when a zip is empty, encrypted or holds another archive.
 * The streams throw FormatError on damage, at the end of a truncated file and past `limits`.
 */
export async function openDecompressed(
  source: ByteSource,
  declared: Compression | "" | undefined,
  limits: DecompressionLimits = DEFAULT_LIMITS,
): Promise<DecompressedSource> {
  const found = detectCompression(await source.slice(0, Math.min(16, source.byteLength)));
  if (declared && found !== declared) throw new FormatError(explainMismatch(declared, found, source.byteLength));
  if (found === undefined) return { compression: undefined, members: [plainMember(source)] };
  if (found === "zip") {
    const entries = await readZipDirectory(source);
    if (!declared && isWorkbook(entries)) return { compression: undefined, members: [plainMember(source)] };
    return { compression: found, members: listMembers(source, entries, limits) };
  }
  const decode: (stream: ReadableStream<Uint8Array>, windowLimit?: number) => AsyncGenerator<Uint8Array> = {
    gzip: decodeGzip,
    bz2: decodeBzip2,
    xz: decodeXz,
    zstd: decodeZstd,
  }[found];
  const stream = () =>
    streamFrom(
      refuseNested(
        meter(decode(source.stream(), limits.maxWindowBytes), new OutputMeter(limits, source.byteLength)),
        `The ${nameCompression(found)} file`,
      ),
    );
  return { compression: found, members: [{ name: undefined, size: undefined, stream }] };
}

function plainMember(source: ByteSource): DecompressedMember {
  return { name: undefined, size: source.byteLength, stream: () => source.stream() };
}

function explainMismatch(declared: Compression, found: Compression | undefined, byteLength: number): string {
  const name = nameCompression(declared);
  if (byteLength === 0) return `The file is empty; ${name} data was declared. Upload it again.`;
  if (found === undefined) {
    return `The file is declared as ${name} but is not compressed that way. Declare no compression, or upload the compressed file.`;
  }
  return `The file is declared as ${name} but is ${nameCompression(found)}. Declare "${found}" or leave the compression out.`;
}

function isWorkbook(entries: readonly ZipEntry[]): boolean {
  return entries.some(({ name }) => name === "[Content_Types].xml" || name === "mimetype");
}

function listMembers(
  source: ByteSource,
  entries: readonly ZipEntry[],
  limits: DecompressionLimits,
): DecompressedMember[] {
  const files = entries.filter(({ name }) => !isClutter(name));
  if (files.length === 0) throw new FormatError("The zip archive holds no files.");
  const most = limits.maxMembers ?? 1000;
  if (files.length > most) {
    throw new FormatError(`The zip archive holds ${files.length} files; at most ${most} are read. Split it.`);
  }
  const taken = new Set<string>();
  const members: DecompressedMember[] = [];
  let inputBytes = 0;
  for (const entry of files) {
    if (entry.isEncrypted) {
      throw new FormatError(`"${entry.name}" in the zip archive is encrypted. Upload it without a password.`);
    }
    if (/\.(zip|7z|rar|tar|tgz|gz|bz2|xz|zst)$/i.test(entry.name))
      throw new FormatError(explainNested(`"${entry.name}"`));
    inputBytes += entry.compressedSize;
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  new OutputMeter(limits, Math.max(1, inputBytes)).add(total);
  for (const entry of files) {
    const name = makeUnique(makeSafeName(entry.name), taken);
    const label = `"${entry.name}"`;
    members.push({
      name,
      size: entry.size,
      stream: () => streamFrom(refuseNested(readChunks(openZipEntry(source, entry)), label, isWorkbookName(name))),
    });
  }
  return members;
}

function isClutter(name: string): boolean {
  return name.endsWith("/") || /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|\._)/.test(name);
}

function isWorkbookName(name: string): boolean {
  return /\.(xlsx|xlsm|xlsb|xltx|xltm|ods)$/i.test(name);
}

/** A relative path without drive, `.`, `..`, control characters or empty parts. */
function makeSafeName(name: string): string {
  const parts = name
    .replaceAll("\\", "/")
    .replace(/^[A-Za-z]:/, "")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
    .replace(/[\u0000-\u001f\u007f]/g, "_")
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.length === 0 ? "file" : parts.join("/");
}

function makeUnique(name: string, taken: Set<string>): string {
  let unique = name;
  for (let i = 2; taken.has(unique.toLowerCase()); i++) unique = name.replace(/(\.[^./]*)?$/, (end) => `_${i}${end}`);
  taken.add(unique.toLowerCase());
  return unique;
}

async function* meter(chunks: AsyncIterable<Uint8Array>, output: OutputMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    output.add(chunk.length);
    yield chunk;
  }
}

/** Passes chunks on unless the first bytes are an archive again. */
async function* refuseNested(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  mayBeZip = false,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    const joined: Uint8Array = new Uint8Array(head.length + chunk.length);
    joined.set(head);
    joined.set(chunk, head.length);
    if (joined.length < 16) {
      head = joined;
      continue;
    }
    head = undefined;
    checkNested(joined, label, mayBeZip);
    yield joined;
  }
  if (head !== undefined && head.length > 0) {
    checkNested(head, label, mayBeZip);
    yield head;
  }
}

function checkNested(head: Uint8Array, label: string, mayBeZip: boolean): void {
  const nested = detectCompression(head);
  if (nested !== undefined && !(nested === "zip" && mayBeZip)) throw new FormatError(explainNested(label));
}

function explainNested(label: string): string {
  return `${label} holds a compressed file or archive again. Only one level of compression is read: unpack the outer one and upload what is inside.`;
}
