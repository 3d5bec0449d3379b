import type { ByteWriter } from "./byte-writer.ts";

/** DuckDB's largest dates and timestamps stand for infinity. */
const INFINITE_DAYS = 2147483647;
const INFINITE_TICKS = 9223372036854775807n;

/** Days since 1970 as `YYYY-MM-DD`; years outside 0–9999 with sign and six digits, as ISO 8601 extends it. */
export function writeDate(out: ByteWriter, days: number): void {
  if (days === INFINITE_DAYS || days === -INFINITE_DAYS) out.ascii(days > 0 ? "infinity" : "-infinity");
  else writeCivil(out, days);
}

// Days to year, month, day by Howard Hinnant's algorithm: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
function writeCivil(out: ByteWriter, days: number): void {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  if (year >= 0 && year <= 9999) out.padded(year, 4);
  else {
    out.byte(year < 0 ? 45 : 43);
    out.padded(Math.abs(year), 6);
  }
  out.byte(45);
  out.padded(month, 2);
  out.byte(45);
  out.padded(day, 2);
}

/** A time of day, given in ticks of which there are `perSecond` in a second, as `HH:MM:SS` with the fraction it has. */
export function writeTime(out: ByteWriter, ticks: number, perSecond: number): void {
  const seconds = Math.floor(ticks / perSecond);
  out.padded(Math.floor(seconds / 3600), 2);
  out.byte(58);
  out.padded(Math.floor(seconds / 60) % 60, 2);
  out.byte(58);
  out.padded(seconds % 60, 2);
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
  const ticksPerDay = 86400 * perSecond;
  let days: number;
  let rest: number;
  const approximate = Number(ticks);
  if (Number.isSafeInteger(approximate)) {
    days = Math.floor(approximate / ticksPerDay);
    rest = approximate - days * ticksPerDay;
  } else {
    const perDay = BigInt(ticksPerDay);
    const remainder = ((ticks % perDay) + perDay) % perDay;
    days = Number((ticks - remainder) / perDay);
    rest = Number(remainder);
  }
  writeCivil(out, days);
  out.byte(84);
  writeTime(out, rest, perSecond);
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
