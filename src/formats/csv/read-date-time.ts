import {
  FITS_DATE_DMY,
  FITS_DATE_MDY,
  FITS_DATE_YMD,
  FITS_TIME,
  FITS_TIMESTAMP_DMY,
  FITS_TIMESTAMP_MDY,
  FITS_TIMESTAMP_YMD,
  IS_AMBIGUOUS,
} from "./classify-cell.ts";
import type { DateOrder } from "./dialect.ts";

/**
 * The parts of the last date, time or timestamp that `readDateTime` read. One object for all calls: a cell is read,
 * used and forgotten millions of times.
 */
export const DATE_TIME = {
  fits: 0,
  /** Year, month, day; for numeric dates in the order written until the order is known. */
  a: 0,
  b: 0,
  c: 0,
  /** True where the year came first or the month had a name: `a, b, c` are year, month, day. */
  isFixed: false,
  hasTime: false,
  hour: 0,
  minute: 0,
  second: 0,
  microsecond: 0,
  /** Minutes east of UTC; 0 where there was no zone. */
  zoneMinutes: 0,
};

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_NAMES = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/**
 * Reads bytes `[from, to)` as a date (`2020-01-31`, `31.1.2020`, `1/31/2020`, `31/01/20`, `31 Jan 2020`, `Jan 31, 2020`), a time (`10:00`,
 * `10:00:00.5`, `10:00 PM`) or both with `T` or a space between and an optional zone (`Z`, `UTC`, `GMT`, `+02`, `+02:00`, `-0500`).
 * The result is in `DATE_TIME`. Years have four digits; two (69–99 are 19xx, as in POSIX) will do
 * with `/`, or where day and month have two as well.
 */
export function readDateTime(bytes: Uint8Array, from: number, to: number): boolean {
  const out = DATE_TIME;
  out.fits = 0;
  out.hasTime = false;
  out.hour = out.minute = out.second = out.microsecond = out.zoneMinutes = 0;
  if (to - from < 3 || to - from > 40) return false;
  if (isTimeStart(bytes, from, to)) {
    const after = readTime(bytes, from, to);
    if (after !== to) return false;
    out.fits = FITS_TIME;
    return true;
  }
  let i = readDate(bytes, from, to);
  if (i < 0) return false;
  if (i === to) {
    out.fits = dateFits() | timestampFits();
    return (out.fits & ~IS_AMBIGUOUS) !== 0;
  }
  const byte = bytes[i]!;
  if (byte !== 32 && (byte | 32) !== 116) return false;
  i = skipSpaces(bytes, i + 1, to);
  i = readTime(bytes, i, to);
  if (i < 0) return false;
  out.hasTime = true;
  if (!readZone(bytes, i, to)) return false;
  out.fits = timestampFits();
  return (out.fits & ~IS_AMBIGUOUS) !== 0;
}

/** The last date, time or timestamp read, as DuckDB reads it. The order must be one that it fits. */
export function writeDateTime(type: "DATE" | "TIME" | "TIMESTAMP", order: DateOrder): string {
  const out = DATE_TIME;
  const time = `${pad(out.hour, 2)}:${pad(out.minute, 2)}:${pad(out.second, 2)}${out.microsecond === 0 ? "" : `.${pad(out.microsecond, 6)}`}`;
  if (type === "TIME") return time;
  let year = out.a;
  let month = out.b;
  let day = out.c;
  if (!out.isFixed) {
    year = out.c;
    month = order === "dmy" ? out.b : out.a;
    day = order === "dmy" ? out.a : out.b;
  }
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  if (type === "DATE") return date;
  if (out.zoneMinutes === 0) return `${date} ${time}`;
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(out.hour, out.minute - out.zoneMinutes, out.second);
  const shifted = `${pad(utc.getUTCHours(), 2)}:${pad(utc.getUTCMinutes(), 2)}:${pad(utc.getUTCSeconds(), 2)}`;
  const fraction = out.microsecond === 0 ? "" : `.${pad(out.microsecond, 6)}`;
  return `${pad(utc.getUTCFullYear(), 4)}-${pad(utc.getUTCMonth() + 1, 2)}-${pad(utc.getUTCDate(), 2)} ${shifted}${fraction}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function skipSpaces(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && bytes[i] === 32) i++;
  return i;
}

function isTimeStart(bytes: Uint8Array, from: number, to: number): boolean {
  if (!isDigit(bytes[from])) return false;
  if (from + 1 < to && bytes[from + 1] === 58) return true;
  return isDigit(bytes[from + 1]) && from + 2 < to && bytes[from + 2] === 58;
}

let numberAt = 0;
let numberLength = 0;

/** Reads up to `most` digits into `numberAt`, their count into `numberLength`; returns the byte after them. */
function readNumber(bytes: Uint8Array, from: number, to: number, most: number): number {
  let i = from;
  numberAt = 0;
  while (i < to && i - from < most && isDigit(bytes[i])) numberAt = numberAt * 10 + bytes[i++]! - 48;
  numberLength = i - from;
  return i;
}

/** Index of the month (1–12) whose English name or first three letters stand at `from`; its length is in `numberLength`. */
function readMonth(bytes: Uint8Array, from: number, to: number): number {
  let word = "";
  for (let i = from; i < to && word.length < 10; i++) {
    const byte = bytes[i]! | 32;
    if (byte < 97 || byte > 122) break;
    word += String.fromCharCode(byte);
  }
  numberLength = word.length;
  const index = word.length === 3 ? MONTHS.indexOf(word) : word === "sept" ? 8 : MONTH_NAMES.indexOf(word);
  return index + 1;
}

function isSeparator(byte: number | undefined): boolean {
  return byte === 45 || byte === 47 || byte === 46;
}

/** Reads a date; returns the byte after it, or -1. */
function readDate(bytes: Uint8Array, from: number, to: number): number {
  const out = DATE_TIME;
  if (!isDigit(bytes[from])) return readMonthFirst(bytes, from, to);
  let i = readNumber(bytes, from, to, 4);
  const first = numberAt;
  const firstLength = numberLength;
  const separator = bytes[i];
  if (i + 1 >= to) return -1;
  if (!isDigit(bytes[i + 1])) {
    // 31-Jan-2020, 31 January 2020
    if (separator !== 32 && !isSeparator(separator)) return -1;
    const month = readMonth(bytes, i + 1, to);
    if (month === 0) return -1;
    i += 1 + numberLength;
    if (bytes[i] !== separator && !(bytes[i] === 44 && separator === 32)) return -1;
    i = skipSpaces(bytes, i + 1, to);
    i = readNumber(bytes, i, to, 4);
    if (firstLength === 4) return numberLength > 2 ? -1 : setFixed(first, month, numberAt, i);
    if (numberLength === 2 && separator === 45) return setFixed(wideYear(numberAt), month, first, i);
    return numberLength === 4 ? setFixed(numberAt, month, first, i) : -1;
  }
  if (!isSeparator(separator)) return -1;
  i = readNumber(bytes, i + 1, to, 2);
  const second = numberAt;
  const secondLength = numberLength;
  if (numberLength === 0 || bytes[i] !== separator) return -1;
  i = readNumber(bytes, i + 1, to, 4);
  if (isDigit(bytes[i]) && i < to) return -1;
  if (firstLength === 4) return numberLength === 0 || numberLength > 2 ? -1 : setFixed(first, second, numberAt, i);
  if (firstLength > 2) return -1;
  const isShortYear = numberLength === 2 && (separator === 47 || (firstLength === 2 && secondLength === 2));
  if (isShortYear) numberAt = wideYear(numberAt);
  else if (numberLength !== 4) return -1;
  out.isFixed = false;
  out.a = first;
  out.b = second;
  out.c = numberAt;
  return i;
}

/** Jan 31, 2020 */
function readMonthFirst(bytes: Uint8Array, from: number, to: number): number {
  const month = readMonth(bytes, from, to);
  if (month === 0) return -1;
  let i = from + numberLength;
  if (bytes[i] === 46) i++;
  if (bytes[i] !== 32 && bytes[i] !== 45) return -1;
  i = readNumber(bytes, i + 1, to, 2);
  const day = numberAt;
  if (numberLength === 0) return -1;
  if (bytes[i] === 44) i++;
  if (bytes[i] !== 32 && bytes[i] !== 45) return -1;
  i = readNumber(bytes, skipSpaces(bytes, i + 1, to), to, 4);
  return numberLength === 4 ? setFixed(numberAt, month, day, i) : -1;
}

function wideYear(year: number): number {
  return year + (year >= 69 ? 1900 : 2000);
}

function setFixed(year: number, month: number, day: number, after: number): number {
  const out = DATE_TIME;
  out.isFixed = true;
  out.a = year;
  out.b = month;
  out.c = day;
  return after;
}

/** Whether a year from 1 on has such a day. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return year > 0;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (isLeap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day <= days && year > 0;
}

function dateFits(): number {
  const out = DATE_TIME;
  // A year or a named month leaves no doubt, so that such cells fit a column of any order.
  if (out.isFixed) return isDay(out.a, out.b, out.c) ? FITS_DATE_YMD | FITS_DATE_DMY | FITS_DATE_MDY : 0;
  const dmy = isDay(out.c, out.b, out.a);
  const mdy = isDay(out.c, out.a, out.b);
  return (dmy ? FITS_DATE_DMY : 0) | (mdy ? FITS_DATE_MDY : 0) | (dmy && mdy && out.a !== out.b ? IS_AMBIGUOUS : 0);
}

function timestampFits(): number {
  const dates = dateFits();
  return (
    (dates & FITS_DATE_YMD ? FITS_TIMESTAMP_YMD : 0) |
    (dates & FITS_DATE_DMY ? FITS_TIMESTAMP_DMY : 0) |
    (dates & FITS_DATE_MDY ? FITS_TIMESTAMP_MDY : 0) |
    (dates & IS_AMBIGUOUS)
  );
}

/** Reads `h:mm[:ss[.ffffff]][ AM|PM]`; returns the byte after it, or -1. */
function readTime(bytes: Uint8Array, from: number, to: number): number {
  const out = DATE_TIME;
  let i = readNumber(bytes, from, to, 2);
  if (numberLength === 0 || bytes[i] !== 58) return -1;
  out.hour = numberAt;
  i = readNumber(bytes, i + 1, to, 2);
  if (numberLength !== 2 || i > to) return -1;
  out.minute = numberAt;
  out.second = 0;
  out.microsecond = 0;
  if (i < to && bytes[i] === 58) {
    i = readNumber(bytes, i + 1, to, 2);
    if (numberLength !== 2) return -1;
    out.second = numberAt;
    if (i < to && bytes[i] === 46) {
      const fractionFrom = i + 1;
      i = readNumber(bytes, fractionFrom, to, 6);
      if (i === fractionFrom) return -1;
      out.microsecond = numberAt * 10 ** (6 - numberLength);
      while (i < to && isDigit(bytes[i])) i++;
    }
  }
  let half = i;
  if (half < to && bytes[half] === 32) half++;
  if (half + 2 <= to && (bytes[half + 1]! | 32) === 109) {
    const letter = bytes[half]! | 32;
    if ((letter === 97 || letter === 112) && out.hour >= 1 && out.hour <= 12) {
      out.hour = (out.hour % 12) + (letter === 112 ? 12 : 0);
      i = half + 2;
    }
  }
  const isMidnight = out.hour === 24 && out.minute === 0 && out.second === 0 && out.microsecond === 0;
  if ((out.hour > 23 && !isMidnight) || out.minute > 59 || out.second > 59) return -1;
  return i;
}

/** Reads an optional zone that must reach to `to`. */
function readZone(bytes: Uint8Array, from: number, to: number): boolean {
  let i = skipSpaces(bytes, from, to);
  if (i === to) return i === from;
  const byte = bytes[i]!;
  if ((byte | 32) === 122) return i + 1 === to;
  if (to - i === 3) {
    const word = String.fromCharCode(bytes[i]!, bytes[i + 1]!, bytes[i + 2]!).toUpperCase();
    if (word === "UTC" || word === "GMT") return true;
  }
  if (byte !== 43 && byte !== 45) return false;
  i = readNumber(bytes, i + 1, to, 2);
  if (numberLength !== 2 || numberAt > 15) return false;
  let minutes = numberAt * 60;
  if (i < to) {
    if (bytes[i] === 58) i++;
    i = readNumber(bytes, i, to, 2);
    if (numberLength !== 2 || numberAt > 59) return false;
    minutes += numberAt;
  }
  DATE_TIME.zoneMinutes = byte === 45 ? -minutes : minutes;
  return i === to;
}
