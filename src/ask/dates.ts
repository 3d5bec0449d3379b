/** Dates and periods in English: "in 2023", "last quarter", "March 2021", "Q3 2020", "the 1990s", "past 30 days". */
import { parseNumberWord } from "./numbers.ts";
import type { Token } from "./tokens.ts";
import type { TimeUnit } from "./types.ts";

/** A stretch of time, `from` inclusive, `to` exclusive, as ISO dates (or date-times when the unit is an hour). */
export interface Period {
  from: string;
  to: string;
  unit: TimeUnit;
  /** A bare year in figures ("2014") that might as well be a number. */
  bareYear?: number;
  /** Only a calendar month ("in March"), whatever the year. */
  month?: number;
  /** Only days of the week ("on weekends"; 0 is Sunday), whatever the date. */
  weekdays?: number[];
  /** Depends on today ("last month"). */
  relative?: boolean;
}

export interface FoundPeriod {
  period: Period;
  /** Number of tokens taken. */
  length: number;
}

const MONTHS = "january february march april may june july august september october november december".split(" ");
const SHORT_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const UNITS: Record<string, TimeUnit> = {
  day: "day",
  days: "day",
  week: "week",
  weeks: "week",
  month: "month",
  months: "month",
  quarter: "quarter",
  quarters: "quarter",
  year: "year",
  years: "year",
};

function iso(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function utc(year: number, month: number, day = 1): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date;
}

/** What stands before "may" where it is the month: in lower case it is a verb elsewhere. */
const BEFORE_MAY =
  /^(?:in|of|since|from|to|till|until|last|this|next|between|before|after|during|through|by|per|for|vs|versus|with|late|early|mid|\d{1,2}(?:st|nd|rd|th)?)$/;

function monthNumber(tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at];
  if (token === undefined || token.kind !== "word") return undefined;
  const long = MONTHS.indexOf(token.lower);
  if (token.lower === "may" && !token.capital && !token.first) {
    const before = tokens[at - 1]?.lower ?? "";
    const pairs = /^(?:and|or)$/.test(before) && monthNumber(tokens, at - 2) !== undefined;
    return pairs || BEFORE_MAY.test(before) || yearNumber(tokens[at + 1]) !== undefined ? long : undefined;
  }
  if (long >= 0) return long;
  const short = SHORT_MONTHS.indexOf(token.lower);
  if (short >= 0 && token.lower !== "may") return short;
  return token.lower === "sept" ? 8 : undefined;
}

function yearNumber(token: Token | undefined): number | undefined {
  if (token === undefined || !/^\d{4}$/.test(token.text)) return undefined;
  const year = Number(token.text);
  return year >= 1000 && year <= 2200 ? year : undefined;
}

function dayNumber(token: Token | undefined): number | undefined {
  const match = /^(\d{1,2})(st|nd|rd|th)?$/.exec(token?.lower ?? "");
  if (match === null) return undefined;
  const day = Number(match[1]);
  return day >= 1 && day <= 31 ? day : undefined;
}

function yearPeriod(year: number): Period {
  return { from: iso(utc(year, 0)), to: iso(utc(year + 1, 0)), unit: "year" };
}

function monthPeriod(year: number, month: number): Period {
  return { from: iso(utc(year, month)), to: iso(utc(year, month + 1)), unit: "month" };
}

function dayPeriod(year: number, month: number, day: number): Period | undefined {
  const date = utc(year, month, day);
  if (date.getUTCMonth() !== month) return undefined;
  return { from: iso(date), to: iso(utc(year, month, day + 1)), unit: "day" };
}

/** The period a question's tokens name at a position, if they name one. `now` is the asker's today (UTC). */
export function matchPeriod(tokens: readonly Token[], at: number, now: Date): FoundPeriod | undefined {
  return (
    matchFigures(tokens, at, now) ??
    matchMonth(tokens, at, now) ??
    matchQuarter(tokens, at, now) ??
    matchWeekdays(tokens, at) ??
    matchBefore(tokens, at, now) ??
    matchRelative(tokens, at, now) ??
    matchDecade(tokens, at)
  );
}

function matchFigures(tokens: readonly Token[], at: number, now: Date): FoundPeriod | undefined {
  const token = tokens[at];
  if (token === undefined || token.kind !== "figure") return undefined;
  const ymd = /^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?$/.exec(token.text);
  if (ymd !== null) {
    const [year, month] = [Number(ymd[1]), Number(ymd[2]) - 1];
    if (month < 0 || month > 11) return undefined;
    const period = ymd[3] === undefined ? monthPeriod(year, month) : dayPeriod(year, month, Number(ymd[3]));
    return period && { period, length: 1 };
  }
  const local = /^(\d{1,2})([/.])(\d{1,2})[/.](\d{4})$/.exec(token.text);
  if (local !== null) {
    const [a, b, year] = [Number(local[1]), Number(local[3]), Number(local[4])];
    const [day, month] = local[2] === "." || a > 12 ? [a, b] : [b, a];
    const period = dayPeriod(year, month - 1, day);
    return period && { period, length: 1 };
  }
  const day = dayNumber(token);
  const month = monthNumber(tokens, at + (tokens[at + 1]?.lower === "of" ? 2 : 1));
  if (day !== undefined && month !== undefined)
    return matchDay(tokens, at, month, day, tokens[at + 1]?.lower === "of" ? 3 : 2, now);
  const year = yearNumber(token);
  return year === undefined ? undefined : { period: { ...yearPeriod(year), bareYear: year }, length: 1 };
}

/** A day of a month behind `skip` tokens, of the year that follows or else the latest one that has come. */
function matchDay(
  tokens: readonly Token[],
  at: number,
  month: number,
  day: number,
  skip: number,
  now: Date,
): FoundPeriod | undefined {
  const comma = tokens[at + skip]?.text === "," ? 1 : 0;
  const year = yearNumber(tokens[at + skip + comma]);
  const latest = now.getUTCFullYear() - (utc(now.getUTCFullYear(), month, day) > now ? 1 : 0);
  const period = dayPeriod(year ?? latest, month, day);
  return period && { period, length: year === undefined ? skip : skip + comma + 1 };
}

function matchMonth(tokens: readonly Token[], at: number, now: Date): FoundPeriod | undefined {
  const month = monthNumber(tokens, at);
  if (month === undefined) return undefined;
  const day = dayNumber(tokens[at + 1]);
  if (day !== undefined && yearNumber(tokens[at + 1]) === undefined) {
    const found = matchDay(tokens, at, month, day, 2, now);
    if (found !== undefined) return found;
  }
  const skip = tokens[at + 1]?.lower === "of" || tokens[at + 1]?.text === "," ? 2 : 1;
  const year = yearNumber(tokens[at + skip]);
  if (year !== undefined) return { period: monthPeriod(year, month), length: skip + 1 };
  const latest = now.getUTCMonth() >= month ? now.getUTCFullYear() : now.getUTCFullYear() - 1;
  return { period: { ...monthPeriod(latest, month), month: month + 1 }, length: 1 };
}

function matchQuarter(tokens: readonly Token[], at: number, now: Date): FoundPeriod | undefined {
  const token = tokens[at];
  const short = /^q([1-4])$/.exec(token?.lower ?? "");
  const ordinal = ["first", "second", "third", "fourth"].indexOf(token?.lower ?? "");
  const quarter =
    short !== null ? Number(short[1]) : ordinal >= 0 && tokens[at + 1]?.lower === "quarter" ? ordinal + 1 : undefined;
  if (quarter === undefined) return undefined;
  let length = short !== null ? 1 : 2;
  const skip = tokens[at + length]?.lower === "of" ? 1 : 0;
  const year = yearNumber(tokens[at + length + skip]);
  if (year !== undefined) length += skip + 1;
  const started = utc(now.getUTCFullYear(), (quarter - 1) * 3) <= now;
  const start = utc(year ?? now.getUTCFullYear() - (started ? 0 : 1), (quarter - 1) * 3);
  return {
    period: {
      from: iso(start),
      to: iso(utc(start.getUTCFullYear(), quarter * 3)),
      unit: "quarter",
      ...(year === undefined ? { relative: true } : {}),
    },
    length,
  };
}

function matchRelative(tokens: readonly Token[], at: number, now: Date): FoundPeriod | undefined {
  const word = tokens[at]?.lower;
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  if (word === "today") return relative(utc(year, month, day), utc(year, month, day + 1), "day", 1);
  if (word === "yesterday") return relative(utc(year, month, day - 1), utc(year, month, day), "day", 1);
  if (
    word !== "last" &&
    word !== "past" &&
    word !== "previous" &&
    word !== "this" &&
    word !== "current" &&
    word !== "next"
  )
    return undefined;
  const count =
    tokens[at + 1]?.kind === "figure" ? Number(tokens[at + 1]?.text) : parseNumberWord(tokens[at + 1]?.lower ?? "");
  const unit = UNITS[tokens[at + (count === undefined ? 1 : 2)]?.lower ?? ""];
  if (unit === undefined) return undefined;
  if (count !== undefined) {
    if (word === "this" || word === "next" || !Number.isInteger(count)) return undefined;
    return relative(shift(utc(year, month, day + 1), unit, -count), utc(year, month, day + 1), unit, 3);
  }
  if (word === "past") return relative(shift(utc(year, month, day + 1), unit, -1), utc(year, month, day + 1), unit, 2);
  const start = startOf(now, unit);
  const step = word === "this" || word === "current" ? 0 : word === "next" ? 1 : -1;
  return relative(shift(start, unit, step), shift(start, unit, step + 1), unit, 2);
}

const DAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

/** "on weekends", "on mondays", "on working days". */
function matchWeekdays(tokens: readonly Token[], at: number): FoundPeriod | undefined {
  const [word, next] = [tokens[at]?.lower ?? "", tokens[at + 1]?.lower ?? ""];
  const led = /^(?:on|during|at|over)$/.test(tokens[at - 1]?.lower ?? "");
  const day = word.endsWith("s") ? DAYS.indexOf(word.slice(0, -1)) : -1;
  const recurring = (weekdays: number[], length: number): FoundPeriod => ({
    period: { from: "", to: "", unit: "day", weekdays },
    length,
  });
  if (day >= 0) return recurring([day], 1);
  // "weekend vs weekday rides": both are told apart.
  const isSide = [tokens[at - 1]?.lower, next].some((other) => /^(?:vs|versus|and|or)$/.test(other ?? ""));
  const isPair =
    isSide &&
    [at - 2, at + 2].some(
      (other) => /^week(?:end|day)s?$/.test(tokens[other]?.lower ?? "") && tokens[other] !== undefined,
    );
  if (word === "weekends" || (word === "weekend" && (led || isPair))) return recurring([0, 6], 1);
  if ((word === "weekdays" && led) || (/^weekdays?$/.test(word) && isPair)) return recurring([1, 2, 3, 4, 5], 1);
  if (/^(?:working|business|week)$/.test(word) && next === "days" && led) return recurring([1, 2, 3, 4, 5], 2);
  return undefined;
}

/** "the month before", "the previous month" behind "last month", "the same month last year": a step back from the period said before. */
function matchBefore(tokens: readonly Token[], at: number, now: Date): FoundPeriod | undefined {
  const lowers = [0, 1, 2, 3, 4].map((ahead) => tokens[at + ahead]?.lower ?? "");
  const same =
    lowers[0] === "same" && /^(?:period|time|day|week|month|quarter)$/.test(lowers[1] ?? "")
      ? lowers.slice(2).indexOf("year")
      : -1;
  const [first = "", second = ""] = lowers;
  const unit = same >= 0 ? "year" : /^(?:previous|prior|preceding)$/.test(first) ? UNITS[second] : UNITS[first];
  const follows = same >= 0 || unit === UNITS[second] || /^(?:before|earlier|prior|previously|ago)$/.test(second);
  if (unit === undefined || !follows) return undefined;
  const base = lastPeriodBefore(tokens, at, now);
  if (base === undefined) return undefined;
  const [from, to] = [base.from, base.to].map((day) => shift(new Date(`${day}T00:00:00Z`), unit, -1));
  if (from === undefined || to === undefined) return undefined;
  const isCalendar = base.unit !== "day" && Number(base.to.slice(8)) === 1;
  const end = isCalendar ? shift(from, base.unit, 1) : to;
  const tail = same >= 0 && /^(?:before|earlier)$/.test(lowers[3 + same] ?? "") ? 1 : 0;
  const length = same >= 0 ? same + 3 + tail : 2;
  return { period: { from: iso(from), to: iso(end), unit: base.unit, relative: true }, length };
}

function lastPeriodBefore(tokens: readonly Token[], at: number, now: Date): Period | undefined {
  let found: FoundPeriod | undefined;
  for (let i = 0; i < at; i++) {
    const here = matchPeriod(tokens.slice(0, at), i, now);
    if (here === undefined) continue;
    found = here;
    i += here.length - 1;
  }
  return found?.period;
}

function relative(from: Date, to: Date, unit: TimeUnit, length: number): FoundPeriod {
  return { period: { from: iso(from), to: iso(to), unit, relative: true }, length };
}

function startOf(now: Date, unit: TimeUnit): Date {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  if (unit === "year") return utc(year, 0);
  if (unit === "quarter") return utc(year, Math.floor(month / 3) * 3);
  if (unit === "month") return utc(year, month);
  return unit === "week" ? utc(year, month, day - ((now.getUTCDay() + 6) % 7)) : utc(year, month, day);
}

function shift(date: Date, unit: TimeUnit, by: number): Date {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (unit === "year") return utc(year + by, month, day);
  if (unit === "quarter") return utc(year, month + by * 3, day);
  if (unit === "month") return utc(year, month + by, day);
  return utc(year, month, day + by * (unit === "week" ? 7 : 1));
}

function matchDecade(tokens: readonly Token[], at: number): FoundPeriod | undefined {
  const text = tokens[at]?.lower ?? "";
  const match = /^(\d{3}0)s$/.exec(text) ?? (/^([2-9]0)s$/.exec(text) as RegExpExecArray | null);
  if (match === null) {
    if (/^\d{3}0$/.test(text) && tokens[at + 1]?.lower === "s") return decade(Number(text), 2);
    return undefined;
  }
  const start = Number(match[1]);
  return decade(start < 100 ? 1900 + start : start, 1);
}

function decade(start: number, length: number): FoundPeriod {
  return { period: { from: iso(utc(start, 0)), to: iso(utc(start + 10, 0)), unit: "year" }, length };
}
