import type { ByteWriter } from "./byte-writer.ts";

/** DuckDB's largest dates and timestamps stand for infinity. */
const INFINITE_DAYS = 2147483647;
const INFINITE_TICKS = 9223372036854775807n;
const MINUS = 45;
const COLON = 58;

/** Days since 1970 as `YYYY-MM-DD`; years outside 0–9999 with sign and six digits, as ISO 8601 extends it. */
export function writeDate(out: ByteWriter, days: number): void {
  if (days === INFINITE_DAYS || days === -INFINITE_DAYS) out.ascii(days > 0 ? "infinity" : "-infinity");
  else writeCivil(out, days);
}

// Days to year, month, day by Howard Hinnant's algorithm: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
function writeCivil(out: ByteWriter, days: number): void {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  // From here on 32-bit integers.
  const dayOfEra = (shifted - era * 146097) | 0;
  const leapDays = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36524) | 0) + ((dayOfEra / 146096) | 0);
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const day = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  if (year >= 0 && year <= 9999) out.padded(year, 4);
  else {
    out.byte(year < 0 ? MINUS : 43);
    out.padded(Math.abs(year), 6);
  }
  out.pair(MINUS, month);
  out.pair(MINUS, day);
}

/** A time of day, given in ticks of which there are `perSecond` in a second, as `HH:MM:SS` with the fraction it has. */
export function writeTime(out: ByteWriter, ticks: number, perSecond: number): void {
  const seconds = Math.floor(ticks / perSecond);
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  out.padded(hours, 2);
  out.pair(COLON, minutes - hours * 60);
  out.pair(COLON, seconds - minutes * 60);
  writeFraction(out, ticks - seconds * perSecond, perSecond);
}

/** A fraction of a second in 3, 6 or 9 digits, as few as hold it. */
function writeFraction(out: ByteWriter, ticks: number, perSecond: number): void {
  if (ticks === 0) return;
  let digits = perSecond === 1000 ? 3 : perSecond === 1_000_000 ? 6 : 9;
  let value = ticks;
  while (digits > 3 && value % 1000 === 0) {
    value /= 1000;
    digits -= 3;
  }
  out.byte(46);
  out.padded(value, digits);
}

/** Ticks since 1970 in UTC as `YYYY-MM-DDTHH:MM:SS.sssZ`, with as many digits of the fraction as it has. */
export function writeTimestamp(out: ByteWriter, ticks: bigint, perSecond: number): void {
  if (ticks === INFINITE_TICKS || ticks === -INFINITE_TICKS) {
    out.ascii(ticks > 0n ? "infinity" : "-infinity");
    return;
  }
  const approximate = Number(ticks);
  if (Number.isSafeInteger(approximate)) {
    writeShortTimestamp(out, approximate, perSecond);
    return;
  }
  const perDay = BigInt(86400 * perSecond);
  const rest = ((ticks % perDay) + perDay) % perDay;
  writeDateTime(out, Number((ticks - rest) / perDay), Number(rest), perSecond);
}

/** The same for ticks that a double holds exactly. */
export function writeShortTimestamp(out: ByteWriter, ticks: number, perSecond: number): void {
  const ticksPerDay = 86400 * perSecond;
  const days = Math.floor(ticks / ticksPerDay);
  writeDateTime(out, days, ticks - days * ticksPerDay, perSecond);
}

function writeDateTime(out: ByteWriter, days: number, ticksOfDay: number, perSecond: number): void {
  writeCivil(out, days);
  out.byte(84);
  writeTime(out, ticksOfDay, perSecond);
  out.byte(90);
}

/** An ISO 8601 duration of months, days and nanoseconds, each with its own sign, such as `P1Y2M3DT4H5M6.789S`. */
export function writeDuration(out: ByteWriter, months: number, days: number, nanoseconds: bigint): void {
  out.byte(80);
  const years = Math.trunc(months / 12);
  if (years) out.ascii(`${years}Y`);
  if (months % 12) out.ascii(`${months % 12}M`);
  if (days) out.ascii(`${days}D`);
  if (nanoseconds === 0n) {
    if (!months && !days) out.ascii("T0S");
    return;
  }
  const sign = nanoseconds < 0n ? "-" : "";
  const whole = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const hours = whole / 3_600_000_000_000n;
  const minutes = (whole / 60_000_000_000n) % 60n;
  const seconds = (whole / 1_000_000_000n) % 60n;
  const fraction = whole % 1_000_000_000n;
  out.byte(84);
  if (hours) out.ascii(`${sign}${hours}H`);
  if (minutes) out.ascii(`${sign}${minutes}M`);
  if (seconds || fraction) {
    const digits = fraction ? `.${fraction.toString().padStart(9, "0").replace(/0+$/, "")}` : "";
    out.ascii(`${sign}${seconds}${digits}S`);
  }
}
