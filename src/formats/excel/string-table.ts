import { FormatError } from "../source.ts";

/** Shared strings are held whole while their workbook is read; more text than this is refused. */
export const MAX_STRING_BYTES = 16 * 1024 ** 2;
const MAX_STRINGS = 1_500_000;

/** A workbook's shared strings as UTF-8 in one buffer. */
export class StringTable {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #offsets = new Uint32Array(256);
  count = 0;
  #filled = 0;

  /** Adds bytes to the string that is being read. */
  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.#filled + end - start;
    if (needed > MAX_STRING_BYTES) throw tooMuch();
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.min(MAX_STRING_BYTES, Math.max(needed, this.bytes.length * 2)));
      grown.set(this.bytes.subarray(0, this.#filled));
      this.bytes = grown;
    }
    this.bytes.set(source.subarray(start, end), this.#filled);
    this.#filled = needed;
  }

  /** Ends the string that is being read. */
  close(): void {
    if (this.count >= MAX_STRINGS) throw tooMuch();
    if (this.count + 2 > this.#offsets.length) {
      const grown = new Uint32Array(this.#offsets.length * 2);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[++this.count] = this.#filled;
  }

  start(index: number): number {
    return this.#offsets[index]!;
  }

  end(index: number): number {
    return this.#offsets[index + 1]!;
  }

  /** Replaces the string being read from `from` on. */
  get openStart(): number {
    return this.#offsets[this.count]!;
  }

  get filled(): number {
    return this.#filled;
  }

  set filled(value: number) {
    this.#filled = value;
  }
}

function tooMuch(): FormatError {
  return new FormatError(
    `The workbook's cells hold more than ${MAX_STRING_BYTES / 1024 ** 2} MiB or ${MAX_STRINGS / 1e6} million different texts. Export the sheet as CSV and upload that.`,
  );
}

/**
 * Resolves Excel's `_xHHHH_` escapes (ECMA-376-1, 22.9.2.19 ST_Xstring) in place; answers the new end.
 * Surrogates written this way are left as they stand.
 */
export function unescapeXstring(bytes: Uint8Array, start: number, end: number): number {
  let read = start;
  while (read < end && bytes[read] !== 95) read++;
  if (read === end) return end;
  let write = read;
  while (read < end) {
    const code = bytes[read] === 95 && read + 7 <= end ? readEscape(bytes, read) : -1;
    if (code === -1) {
      bytes[write++] = bytes[read++]!;
      continue;
    }
    read += 7;
    if (code < 0x80) bytes[write++] = code;
    else if (code < 0x800) {
      bytes[write++] = 0xc0 | (code >> 6);
      bytes[write++] = 0x80 | (code & 63);
    } else {
      bytes[write++] = 0xe0 | (code >> 12);
      bytes[write++] = 0x80 | ((code >> 6) & 63);
      bytes[write++] = 0x80 | (code & 63);
    }
  }
  return write;
}

function readEscape(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] !== 120 || bytes[at + 6] !== 95) return -1;
  let code = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const byte = bytes[i]!;
    const lower = byte | 0x20;
    if (byte >= 48 && byte <= 57) code = code * 16 + byte - 48;
    else if (lower >= 97 && lower <= 102) code = code * 16 + lower - 87;
    else return -1;
  }
  return code >= 0xd800 && code <= 0xdfff ? -1 : code;
}
