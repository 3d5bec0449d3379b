import { BYTE_CLASS, CONTROL, HIGH, LETTER, SYMBOL } from "./byte-classes.ts";
import type { DateOrder } from "./dialect.ts";
import { DATE_TIME, isDay, readDateTime } from "./read-date-time.ts";

/** Types a cell's text can be read as, as bits. Narrower types include the wider ones that hold the same value. */
export const FITS_BOOLEAN = 1;
export const FITS_INTEGER = 2;
/** An integer of up to 38 digits. */
export const FITS_DECIMAL = 4;
export const FITS_DOUBLE = 8;
export const FITS_DATE_YMD = 16;
export const FITS_DATE_DMY = 32;
export const FITS_DATE_MDY = 64;
export const FITS_TIME = 128;
export const FITS_TIMESTAMP_YMD = 256;
export const FITS_TIMESTAMP_DMY = 512;
export const FITS_TIMESTAMP_MDY = 1024;
/** Not types: an integer that a double cannot hold, and a date whose day and month could be swapped. */
export const IS_BIG = 2048;
export const IS_AMBIGUOUS = 4096;
/** Only spaces: NULL for every type but text. */
export const IS_BLANK = 8192;
/** Eight digits that are a day, such as 20200131: a number unless its column is said to hold dates. */
export const FITS_DATE_COMPACT = 16384;
/** How many bits there are. */
export const FIT_BITS = 15;

/** The characters of numbers in a file. */
export interface NumberSigns {
  /** Character code of the decimal sign. */
  readonly decimal: number;
  /** Character code between groups of three digits, or -1. */
  readonly thousands: number;
}

export const PLAIN_NUMBERS: NumberSigns = { decimal: 46, thousands: -1 };

/** A cell this long is text. */
const LONGEST_TYPED = 64;
const NUMBER_BITS = FITS_INTEGER | FITS_DECIMAL | FITS_DOUBLE;
const ZERO = 48;
const NINE = 57;
const MINUS_BYTE = 45;
const MAX_INT64 = "9223372036854775807";
const MIN_INT64 = "9223372036854775808";

/**
 * Tells as which types bytes `[start, end)` can be read without losing what they say: `007` and `+1` are no numbers
 * (identifiers), `1e999` is none (beyond a double), 30 February is no date. Stricter than DuckDB's own casts, which round `1.5` into an
 * integer, take `0x1F` and `1_000`, and drop the zone of `10:00+02`.
 */
export function classifyCell(bytes: Uint8Array, start: number, end: number, signs: NumberSigns): number {
  let from = start;
  let to = end;
  while (from < to && bytes[from] === 32) from++;
  while (to > from && bytes[to - 1] === 32) to--;
  if (from === to) return IS_BLANK;
  if (to - from > LONGEST_TYPED) return 0;
  const first = bytes[from]!;
  const last = bytes[to - 1]!;
  if ((first >= ZERO && first <= NINE) || first === MINUS_BYTE || first === signs.decimal) {
    if ((last >= ZERO && last <= NINE) || last === signs.decimal) {
      const fits = classifyNumber(bytes, from, to, signs);
      if (fits !== 0) return fits;
    }
  } else {
    const letter = first | 32;
    if (letter === 116 || letter === 102) {
      if (isBoolean(bytes, from, to)) return FITS_BOOLEAN;
    }
    // Of the dates that begin with a letter (Jan 31, 2020 10:00 PM) none ends with another one than these.
    const isOpen = (last >= ZERO && last <= NINE) || "mztc".includes(String.fromCharCode(last | 32));
    if (letter === 105 && isInfinity(bytes, from, to)) return FITS_DOUBLE;
    if (!isOpen) return 0;
  }
  if (first === MINUS_BYTE) return isInfinity(bytes, from + 1, to) ? FITS_DOUBLE : 0;
  return readDateTime(bytes, from, to) ? DATE_TIME.fits : 0;
}

function isBoolean(bytes: Uint8Array, from: number, to: number): boolean {
  return matches(bytes, from, to, "true") || matches(bytes, from, to, "false");
}

function isInfinity(bytes: Uint8Array, from: number, to: number): boolean {
  return matches(bytes, from, to, "inf") || matches(bytes, from, to, "infinity");
}

function matches(bytes: Uint8Array, from: number, to: number, word: string): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((bytes[from + i]! | 32) !== word.charCodeAt(i)) return false;
  return true;
}

function classifyNumber(bytes: Uint8Array, from: number, to: number, signs: NumberSigns): number {
  const { decimal, thousands } = signs;
  let i = from;
  if (bytes[i] === MINUS_BYTE) i++;
  const digitsFrom = i;
  let digits = 0;
  let group = -1;
  while (i < to) {
    const byte = bytes[i]!;
    if (byte >= ZERO && byte <= NINE) {
      digits++;
      if (group >= 0) group++;
    } else if (byte === thousands && digits > 0) {
      if (group >= 0 ? group !== 3 : digits > 3) return 0;
      group = 0;
    } else break;
    i++;
  }
  if (group >= 0 && group !== 3) return 0;
  if (digits > 1 && bytes[digitsFrom] === ZERO) return 0;
  if (i === to) {
    if (digits === 0) return 0;
    if (digits === 8 && group < 0 && isCompactDate(bytes, digitsFrom, from)) return NUMBER_BITS | FITS_DATE_COMPACT;
    if (digits <= 15) return NUMBER_BITS;
    if (digits <= 18) return NUMBER_BITS | IS_BIG;
    if (digits > 38) return 0;
    const text = numberText(bytes, from, to, signs);
    const magnitude = text.startsWith("-") ? text.slice(1) : text;
    const limit = text.startsWith("-") ? MIN_INT64 : MAX_INT64;
    const fits64 = magnitude.length < 19 || (magnitude.length === 19 && magnitude <= limit);
    return (fits64 ? NUMBER_BITS : FITS_DECIMAL | FITS_DOUBLE) | IS_BIG;
  }
  let fraction = 0;
  if (bytes[i] === decimal) {
    i++;
    while (i < to && bytes[i]! >= ZERO && bytes[i]! <= NINE) {
      i++;
      fraction++;
    }
  }
  if (digits + fraction === 0) return 0;
  if (i === to) return FITS_DOUBLE;
  if ((bytes[i]! | 32) !== 101) return 0;
  i++;
  if (bytes[i] === MINUS_BYTE || bytes[i] === 43) i++;
  const exponentFrom = i;
  while (i < to && bytes[i]! >= ZERO && bytes[i]! <= NINE) i++;
  if (i === exponentFrom || i < to) return 0;
  return Number.isFinite(Number(numberText(bytes, from, to, signs))) ? FITS_DOUBLE : 0;
}

function isCompactDate(bytes: Uint8Array, at: number, from: number): boolean {
  if (at !== from) return false;
  const pair = (i: number) => (bytes[at + i]! - ZERO) * 10 + bytes[at + i + 1]! - ZERO;
  return isDay(pair(0) * 100 + pair(2), pair(4), pair(6));
}

/** A number's text with a decimal point and without separators, as DuckDB reads it. */
export function numberText(bytes: Uint8Array, from: number, to: number, signs: NumberSigns): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte === 32 || byte === signs.thousands) continue;
    text += byte === signs.decimal ? "." : String.fromCharCode(byte);
  }
  return text;
}

/** Or of the classes of bytes `[start, end)`. */
export function classOf(bytes: Uint8Array, start: number, end: number): number {
  let mask = 0;
  for (let i = start; i < end; i++) mask |= BYTE_CLASS[bytes[i]!]!;
  return mask;
}

/** True where a cell reads like words or a plain label rather than like several cells in one. */
export function isPlainText(mask: number): boolean {
  return (mask & (SYMBOL | CONTROL)) === 0 && (mask & (LETTER | HIGH)) !== 0;
}

/** The bit of a date or timestamp type in a given order. */
export function dateBit(type: "DATE" | "TIMESTAMP", order: DateOrder): number {
  if (order === "compact") return type === "DATE" ? FITS_DATE_COMPACT : 0;
  if (type === "DATE") return order === "ymd" ? FITS_DATE_YMD : order === "dmy" ? FITS_DATE_DMY : FITS_DATE_MDY;
  return order === "ymd" ? FITS_TIMESTAMP_YMD : order === "dmy" ? FITS_TIMESTAMP_DMY : FITS_TIMESTAMP_MDY;
}
