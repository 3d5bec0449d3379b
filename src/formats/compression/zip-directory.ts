import { crc32 } from "node:zlib";
import { type ByteSource, FormatError } from "../source.ts";
import { readChunks, streamFrom } from "./byte-queue.ts";
import { decodeBzip2 } from "./bzip2.ts";
import { decodeDeflate } from "./native.ts";
import { decodeXz } from "./xz.ts";
import { decodeZstd } from "./zstd.ts";

/** One file of a zip, as its central directory describes it. */
export interface ZipEntry {
  /** The name as stored, with `/` between folders. Not safe as a path. */
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

/** A central directory is held whole while it is parsed; none larger than this is read. */
const MAX_DIRECTORY_BYTES = 8 * 1024 ** 2;
const MAX_COMMENT = 65_535;

function damaged(why: string): FormatError {
  return new FormatError(`The zip archive is damaged: ${why}. Upload the file again.`);
}

/**
 * Reads a zip's central directory (PKWARE APPNOTE 6.3.10, zip64 included) with two or three range reads.
 * Archives of at most `maxEntries` entries and 8 MiB of directory.
 * @throws FormatError when there is no directory (a truncated archive), or it is damaged, split or too large.
 */
export async function readZipDirectory(source: ByteSource, maxEntries = 10_000): Promise<ZipEntry[]> {
  const tailStart = Math.max(0, source.byteLength - 22 - MAX_COMMENT - 20);
  const tail = await source.slice(tailStart, source.byteLength);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  let end = tail.length - 22;
  while (
    end >= 0 &&
    !(view.getUint32(end, true) === 0x06054b50 && end + 22 + view.getUint16(end + 20, true) <= tail.length)
  ) {
    end--;
  }
  if (end < 0)
    throw new FormatError("The zip archive has no directory at its end. The file is truncated, or not a zip.");
  if (view.getUint16(end + 4, true) !== view.getUint16(end + 6, true)) {
    throw new FormatError("The zip archive is split over several files. Upload it as one file.");
  }
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let offset = view.getUint32(end + 16, true);
  let directoryEnd = tailStart + end;
  if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
    const at = Number(view.getBigUint64(end - 12, true));
    const record = await sliceExactly(source, at, 56);
    const recordView = new DataView(record.buffer, record.byteOffset, record.byteLength);
    if (recordView.getUint32(0, true) !== 0x06064b50) throw damaged("its zip64 directory is not where it should be");
    count = Number(recordView.getBigUint64(32, true));
    size = Number(recordView.getBigUint64(40, true));
    offset = Number(recordView.getBigUint64(48, true));
    directoryEnd = at;
  }
  if (count > maxEntries || size > MAX_DIRECTORY_BYTES) {
    throw new FormatError(`The zip archive has ${count} entries; at most ${maxEntries} are read. Split it.`);
  }
  // Bytes may stand before the archive (a self-extractor): then all offsets are short by their number.
  const shift = directoryEnd - (offset + size);
  if (shift < 0) throw damaged("its directory lies outside the file");
  const directory = await sliceExactly(source, offset + shift, size);
  return parseDirectory(directory, count, shift);
}

async function sliceExactly(source: ByteSource, start: number, length: number): Promise<Uint8Array> {
  if (start < 0 || start + length > source.byteLength) throw damaged("an offset lies outside the file");
  return source.slice(start, start + length);
}

function parseDirectory(bytes: Uint8Array, count: number, shift: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw damaged("its directory is incomplete");
    const flags = view.getUint16(at + 8, true);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength);
    let size = view.getUint32(at + 24, true);
    let compressedSize = view.getUint32(at + 20, true);
    let headerOffset = view.getUint32(at + 42, true);
    let extra = at + 46 + nameLength;
    const extraEnd = Math.min(extra + extraLength, bytes.length);
    while (extra + 4 <= extraEnd) {
      const id = view.getUint16(extra, true);
      const length = view.getUint16(extra + 2, true);
      if (id === 1) {
        let field = extra + 4;
        const next = () => {
          if (field + 8 > extraEnd) throw damaged("a zip64 entry is incomplete");
          field += 8;
          return Number(view.getBigUint64(field - 8, true));
        };
        if (size === 0xffffffff) size = next();
        if (compressedSize === 0xffffffff) compressedSize = next();
        if (headerOffset === 0xffffffff) headerOffset = next();
      }
      extra += 4 + length;
    }
    entries.push({
      name: decodeName(nameBytes, (flags & 0x800) !== 0),
      method: view.getUint16(at + 10, true),
      isEncrypted: (flags & 1) !== 0,
      crc: view.getUint32(at + 16, true),
      compressedSize,
      size,
      headerOffset: headerOffset + shift,
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    name = new TextDecoder(isUtf8 ? "utf-8" : "windows-1252").decode(bytes);
  }
  return name.replaceAll("\\", "/");
}

/**
 * Decompresses one entry (stored, deflate, bzip2, Zstandard or xz) and verifies its length and CRC-32.
 * @throws FormatError when it is encrypted, of another method, damaged, or longer than the directory says.
 */
export function openZipEntry(source: ByteSource, entry: ZipEntry): ReadableStream<Uint8Array> {
  return streamFrom(decodeEntry(source, entry));
}

async function* decodeEntry(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const label = `"${entry.name}" in the zip archive`;
  if (entry.isEncrypted) {
    throw new FormatError(`${label} is encrypted. Upload it without a password.`);
  }
  const header = await sliceExactly(source, entry.headerOffset, 30);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(0, true) !== 0x04034b50) throw damaged(`${label} is not where the directory says`);
  const start = entry.headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + entry.compressedSize > source.byteLength) throw damaged(`${label} is cut off`);
  const compressed = streamFrom(readRange(source, start, entry.compressedSize));
  let crc = 0;
  let length = 0;
  for await (const chunk of decodeMethod(compressed, entry.method, label)) {
    length += chunk.length;
    if (length > entry.size) throw damaged(`${label} is longer than its directory says`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (length !== entry.size) throw damaged(`${label} is shorter than its directory says`);
  if (crc !== entry.crc) throw damaged(`the checksum of ${label} is wrong`);
}

function decodeMethod(stream: ReadableStream<Uint8Array>, method: number, label: string): AsyncIterable<Uint8Array> {
  if (method === 0) return readChunks(stream);
  if (method === 8) return decodeDeflate(stream);
  if (method === 12) return decodeBzip2(stream);
  if (method === 93) return decodeZstd(stream);
  if (method === 95) return decodeXz(stream);
  throw new FormatError(
    `${label} is compressed by method ${method}, which is not read. Make the zip with the usual method, deflate.`,
  );
}

async function* readRange(source: ByteSource, start: number, length: number): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  if (length <= 1 << 20) {
    yield await source.slice(start, start + length);
    return;
  }
  let left = length;
  for await (const chunk of readChunks(source.stream(start))) {
    if (chunk.length >= left) {
      yield chunk.subarray(0, left);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}
