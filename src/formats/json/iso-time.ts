/** The parts of the last moment that `readIsoMoment` found: days since 1970-01-01, and microseconds of that day (UTC). */
export const isoMoment = { days: 0, microseconds: 0, hasTime: false };

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible date algorithms"). */
export function countDays(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

function readDigits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Reads `YYYY-MM-DD`, or that with `T` or a space and `HH:MM[:SS[.fraction]]` and an optional zone (`Z`, `±HH:MM`,
 * `±HHMM`, `±HH`), as ISO 8601 and RFC 3339 have it, into `isoMoment`. False for anything else, for impossible
 * dates, and for fractions that microseconds cannot hold.
 */
export function readIsoMoment(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 10 || length > 35 || bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return false;
  const year = readDigits(bytes, start, 4);
  const month = readDigits(bytes, start + 5, 2);
  const day = readDigits(bytes, start + 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DAYS_IN_MONTH[month - 1]!) return false;
  if (month === 2 && day === 29 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0))) return false;
  isoMoment.days = countDays(year, month, day);
  isoMoment.microseconds = 0;
  isoMoment.hasTime = length > 10;
  return length === 10 || readTime(bytes, start + 10, end);
}

function readTime(bytes: Uint8Array, start: number, end: number): boolean {
  const separator = bytes[start]!;
  if ((separator !== 84 && separator !== 116 && separator !== 32) || end - start < 6) return false;
  const hour = readDigits(bytes, start + 1, 2);
  const minute = readDigits(bytes, start + 4, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || bytes[start + 3] !== 58) return false;
  let at = start + 6;
  let second = 0;
  let fraction = 0;
  if (at < end && bytes[at] === 58) {
    if (at + 3 > end) return false;
    second = readDigits(bytes, at + 1, 2);
    if (second < 0 || second > 59) return false;
    at += 3;
    if (at < end && bytes[at] === 46) {
      let scale = 100_000;
      const first = ++at;
      for (; at < end; at++) {
        const digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) break;
        if (scale < 1) {
          if (digit !== 0) return false;
        } else fraction += digit * scale;
        scale = Math.floor(scale / 10);
      }
      if (at === first) return false;
    }
  }
  let offsetMinutes = 0;
  if (at < end) {
    const zone = bytes[at]!;
    const left = end - at;
    if (zone === 90 || zone === 122) {
      if (left !== 1) return false;
    } else if (zone === 43 || zone === 45) {
      const hasColon = left === 6 && bytes[at + 3] === 58;
      if (left !== 3 && left !== 5 && !hasColon) return false;
      const hours = readDigits(bytes, at + 1, 2);
      const minutes = left === 3 ? 0 : readDigits(bytes, at + (hasColon ? 4 : 3), 2);
      if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
      offsetMinutes = (zone === 43 ? 1 : -1) * (hours * 60 + minutes);
    } else return false;
  }
  const minutes = hour * 60 + minute - offsetMinutes;
  const dayShift = Math.floor(minutes / 1440);
  isoMoment.days += dayShift;
  isoMoment.microseconds = ((minutes - dayShift * 1440) * 60 + second) * 1e6 + fraction;
  return true;
}
