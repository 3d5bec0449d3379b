import { detectCodePage } from "./code-page.ts";
import { mendWindowsControls } from "./windows-controls.ts";

/** How the bytes of a text become UTF-8. */
export interface TextForm {
  /** A label that `TextDecoder` knows. */
  readonly encoding: string;
  /** Punctuation of Windows-1252 stands as control characters in it (`mendWindowsControls`). */
  readonly hasWindowsControls?: boolean;
}

/** Whether the bytes are as they are to be read. */
export function isPlainUtf8({ encoding, hasWindowsControls }: TextForm): boolean {
  return encoding === "utf-8" && !hasWindowsControls;
}

/** A text, or its beginning, as UTF-8. */
export function toUtf8(bytes: Uint8Array, form: TextForm): Uint8Array {
  if (isPlainUtf8(form)) return bytes;
  if (!form.hasWindowsControls) return new TextEncoder().encode(new TextDecoder(form.encoding).decode(bytes));
  const out = new Uint8Array(Math.ceil(bytes.length * 1.5));
  return out.subarray(0, mendWindowsControls(bytes, bytes.length, out));
}

/** What the bytes of a text are encoded as. */
export interface TextEncodingGuess {
  /** A label that `TextDecoder` knows. */
  readonly encoding: string;
  /** Bytes of the byte order mark, to be skipped. */
  readonly bomBytes: number;
  /** Only ASCII was seen: whatever follows decides between UTF-8 and a single-byte encoding. */
  readonly isAscii: boolean;
  readonly confidence: number;
}

/**
 * Guesses the encoding of a text from its first bytes: byte order marks, the NUL pattern of UTF-16, UTF-8 by its rules, and a code page
 * for anything else (`detectCodePage`). A character cut off at the end of the sample counts as valid.
 */
export function detectTextEncoding(sample: Uint8Array): TextEncodingGuess {
  const [a, b, c] = sample;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: "utf-8", bomBytes: 3, isAscii: false, confidence: 1 };
  if (a === 0xff && b === 0xfe) return { encoding: "utf-16le", bomBytes: 2, isAscii: false, confidence: 1 };
  if (a === 0xfe && b === 0xff) return { encoding: "utf-16be", bomBytes: 2, isAscii: false, confidence: 1 };
  const wide = detectUtf16(sample);
  if (wide !== undefined) return { encoding: wide, bomBytes: 0, isAscii: false, confidence: 0.9 };
  const { multibyte, invalid } = countUtf8(sample, 0, sample.length);
  if (invalid === 0)
    return { encoding: "utf-8", bomBytes: 0, isAscii: multibyte === 0, confidence: multibyte === 0 ? 0.9 : 1 };
  if (multibyte > 10 * invalid)
    return { encoding: "utf-8", bomBytes: 0, isAscii: false, confidence: multibyte / (multibyte + invalid) };
  return { encoding: detectCodePage(sample), bomBytes: 0, isAscii: false, confidence: 0.7 };
}

/** Bytes of the byte order mark that a text of this encoding starts with. */
export function byteOrderMark(sample: Uint8Array, encoding: string): number {
  const [a, b, c] = sample;
  if (encoding === "utf-8") return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
  if (encoding === "utf-16le") return a === 0xff && b === 0xfe ? 2 : 0;
  if (encoding === "utf-16be") return a === 0xfe && b === 0xff ? 2 : 0;
  return 0;
}

/**
 * The name that `TextDecoder` has for an encoding, given the names Python and pandas use (`latin1`, `cp1252`, `utf_8_sig`, `UTF8`), or
 * undefined where it cannot be decoded. Latin-1 is read as Windows-1252, as the encoding standard says.
 */
export function nameTextEncoding(label: string): string | undefined {
  const plain = label.trim().toLowerCase().replaceAll("_", "-");
  const known: Record<string, string> = {
    utf8: "utf-8",
    "utf-8-sig": "utf-8",
    "utf8-sig": "utf-8",
    u8: "utf-8",
    utf16: "utf-16le",
    "utf-16": "utf-16le",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "latin-1": "windows-1252",
    l1: "windows-1252",
    mbcs: "windows-1252",
    ansi: "windows-1252",
    "mac-roman": "macintosh",
    cp932: "shift_jis",
    "shift-jis": "shift_jis",
    sjis: "shift_jis",
    cp936: "gbk",
    cp949: "euc-kr",
    cp950: "big5",
  };
  const codePage = /^cp(125[0-8]|866|874)$/.exec(plain)?.[1];
  const name = known[plain] ?? (codePage === undefined ? plain : codePage === "866" ? "ibm866" : `windows-${codePage}`);
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return undefined;
  }
}

/**
 * Byte after the given number of LF and CR characters in encoded text. Both have one byte (in UTF-16 one unit) that no encoding in use has
 * inside other characters, so that this finds in the source what was counted in its UTF-8 form.
 */
export function findLineEnd(raw: Uint8Array, end: number, encoding: string, lineEnds: number): number {
  let left = lineEnds;
  if (left === 0) return 0;
  const isWide = encoding.startsWith("utf-16");
  const step = isWide ? 2 : 1;
  const low = encoding === "utf-16be" ? 1 : 0;
  for (let i = 0; i + step <= end; i += step) {
    const byte = raw[i + low];
    if ((byte === 10 || byte === 13) && (!isWide || raw[i + 1 - low] === 0) && --left === 0) return i + step;
  }
  return end;
}

/** True where bytes `[start, end)` are UTF-8. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < SLICE_BYTES) return countUtf8(bytes, start, end, true).invalid === 0;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    for (let i = start; i < end; i += SLICE_BYTES)
      decoder.decode(bytes.subarray(i, Math.min(i + SLICE_BYTES, end)), { stream: i + SLICE_BYTES < end });
    return true;
  } catch {
    return false;
  }
}

/** From this size on the platform's decoder is faster than counting; cut so that its strings stay small. */
const SLICE_BYTES = 64 * 1024;

/** Counts characters beyond ASCII and bytes that belong to none. `isWhole`: an incomplete character at the end is invalid. */
function countUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
  isWhole = false,
): { multibyte: number; invalid: number } {
  let multibyte = 0;
  let invalid = 0;
  let i = start;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte < 128) {
      i++;
      continue;
    }
    const length =
      byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
    if (length > 0 && i + length > end && !isWhole && onlyContinues(bytes, i + 1, end)) break;
    if (length === 0 || i + length > end || !onlyContinues(bytes, i + 1, i + length) || !isScalar(bytes, i)) {
      invalid++;
      i++;
      continue;
    }
    multibyte++;
    i += length;
  }
  return { multibyte, invalid };
}

function onlyContinues(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((bytes[i]! & 0xc0) !== 0x80) return false;
  return true;
}

/** False for overlong forms, surrogates and numbers beyond U+10FFFF. */
function isScalar(bytes: Uint8Array, at: number): boolean {
  const lead = bytes[at]!;
  const second = bytes[at + 1]!;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second < 0x90;
  return true;
}

/** Mostly ASCII text in UTF-16 has a NUL in every other byte, and nearly none elsewhere. */
function detectUtf16(sample: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const length = Math.min(sample.length, 4096) & ~1;
  if (length < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < length; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
  }
  const pairs = length / 2;
  if (odd > 0.4 * pairs && even < 0.05 * pairs) return "utf-16le";
  if (even > 0.4 * pairs && odd < 0.05 * pairs) return "utf-16be";
  return undefined;
}
