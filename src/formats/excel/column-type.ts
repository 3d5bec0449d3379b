import { TimeMicrosecond, TimestampMicrosecond } from "apache-arrow";
import { BoolBuilder, BytesBuilder, DateBuilder, Float64Builder, Int64Builder } from "../json/column-builders.ts";
import { type FormatKind, serialToDays } from "./number-format.ts";

/** Kinds of values seen in a column, as bits. */
export const Seen = {
  whole: 1,
  fraction: 2,
  date: 4,
  dateTime: 8,
  /** A time of day: below one day. */
  time: 16,
  /** A duration of a day or more, or a negative one. */
  duration: 32,
  bool: 64,
  text: 128,
  /** Text that stands for a missing value, such as N/A. */
  missing: 256,
} as const;

const NUMBERS = Seen.whole | Seen.fraction;
const DATES = Seen.date | Seen.dateTime;
const MICROSECONDS_A_DAY = 86_400_000_000;

/** Texts that are nulls where the rest of their column is not text (those of pandas' readers that people type). */
const MISSING = new Set(["N/A", "n/a", "NA", "#N/A", "NaN", "nan", "null", "NULL", "None", "-"]);

/** The bit of a number. */
export function seeNumber(value: number, kind: FormatKind): number {
  if (kind === "number") return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? Seen.whole : Seen.fraction;
  const isTimeOfDay = value >= 0 && value < 1;
  if (kind === "duration" || (kind === "time" && value < 0)) return isTimeOfDay ? Seen.time : Seen.duration;
  if (kind === "time") return isTimeOfDay ? Seen.time : Seen.dateTime;
  return Number.isInteger(value) ? Seen.date : Seen.dateTime;
}

/** The bit of a text. */
export function seeText(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 4) return Seen.text;
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return MISSING.has(text) ? Seen.missing : Seen.text;
}

/** Writes the values of one column. Nulls are filled in by the caller. */
export interface CellWriter {
  readonly builder: BoolBuilder | BytesBuilder | DateBuilder | Float64Builder | Int64Builder | TimeBuilder;
  number(value: number, kind: FormatKind): void;
  bool(value: boolean): void;
  text(bytes: Uint8Array, start: number, end: number): void;
}

class TimeBuilder extends Int64Builder {
  override readonly type = new TimeMicrosecond() as unknown as TimestampMicrosecond;
}

/** A writer of the type that holds everything seen: whole numbers, fractions, dates, timestamps, times, booleans, or text. */
export function createCellWriter(seen: number, is1904: boolean): CellWriter {
  const kinds = seen & ~Seen.missing;
  const within = (bits: number) => kinds !== 0 && (kinds & ~bits) === 0;
  if (kinds === Seen.whole) return new WholeWriter();
  if (within(NUMBERS)) return new FractionWriter();
  if (kinds === Seen.date) return new DateWriter(is1904);
  if (within(DATES)) return new TimestampWriter(is1904);
  if (kinds === Seen.time) return new TimeWriter();
  if (kinds === Seen.bool) return new BoolWriter();
  return new TextWriter(is1904);
}

/** What all writers but that of text do with a text: it stands for a missing value. */
abstract class PlainWriter {
  text(): void {}
  bool(_value: boolean): void {}
  number(_value: number): void {}
}

class WholeWriter extends PlainWriter implements CellWriter {
  readonly builder = new Int64Builder();
  override number(value: number): void {
    this.builder.appendNumber(value);
  }
}

class FractionWriter extends PlainWriter implements CellWriter {
  readonly builder = new Float64Builder();
  override number(value: number): void {
    this.builder.append(value);
  }
}

class DateWriter extends PlainWriter implements CellWriter {
  readonly builder = new DateBuilder();
  readonly #is1904: boolean;
  constructor(is1904: boolean) {
    super();
    this.#is1904 = is1904;
  }
  override number(value: number): void {
    this.builder.append(serialToDays(value, this.#is1904));
  }
}

class TimestampWriter extends PlainWriter implements CellWriter {
  readonly builder = new Int64Builder(new TimestampMicrosecond());
  readonly #is1904: boolean;
  constructor(is1904: boolean) {
    super();
    this.#is1904 = is1904;
  }
  override number(value: number): void {
    this.builder.appendNumber(serialToMicroseconds(value, this.#is1904));
  }
}

class TimeWriter extends PlainWriter implements CellWriter {
  readonly builder = new TimeBuilder();
  override number(value: number): void {
    this.builder.appendNumber(Math.min(roundTime(value), MICROSECONDS_A_DAY - 1));
  }
}

class BoolWriter extends PlainWriter implements CellWriter {
  readonly builder = new BoolBuilder();
  override bool(value: boolean): void {
    this.builder.append(value);
  }
}

class TextWriter implements CellWriter {
  readonly builder = new BytesBuilder();
  readonly #is1904: boolean;
  constructor(is1904: boolean) {
    this.#is1904 = is1904;
  }
  number(value: number, kind: FormatKind): void {
    this.builder.appendString(formatNumber(value, kind, this.#is1904));
  }
  bool(value: boolean): void {
    this.builder.appendString(value ? "TRUE" : "FALSE");
  }
  text(bytes: Uint8Array, start: number, end: number): void {
    this.builder.appendBytes(bytes, start, end);
  }
}

/**
 * Microseconds of a fraction of a day. Excel's doubles are good to about a microsecond today, and formulas add a little noise:
 * what lies that near to a whole millisecond is meant to be one.
 */
function roundTime(fraction: number): number {
  const microseconds = Math.round(fraction * MICROSECONDS_A_DAY);
  const whole = Math.round(microseconds / 1000) * 1000;
  return Math.abs(microseconds - whole) <= 2 ? whole : microseconds;
}

function serialToMicroseconds(serial: number, is1904: boolean): number {
  const day = Math.floor(serial);
  return serialToDays(day, is1904) * MICROSECONDS_A_DAY + roundTime(serial - day);
}

/** A number as text, in columns that also hold other things: dates in ISO 8601, durations as hours:minutes:seconds. */
export function formatNumber(value: number, kind: FormatKind, is1904: boolean): string {
  const seen = seeNumber(value, kind);
  if (seen === Seen.whole || seen === Seen.fraction) return String(value);
  if (seen === Seen.time || seen === Seen.duration) {
    const seconds = Math.round(Math.abs(value) * 86400);
    const pad = (part: number) => String(part).padStart(2, "0");
    return `${value < 0 ? "-" : ""}${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  }
  const date = new Date(serialToMicroseconds(value, is1904) / 1000);
  if (Number.isNaN(date.getTime())) return String(value);
  const text = date.toISOString();
  return seen === Seen.date
    ? text.slice(0, 10)
    : text
        .slice(0, 23)
        .replace("T", " ")
        .replace(/\.000$/, "");
}
