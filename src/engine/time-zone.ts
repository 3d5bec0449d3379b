/** What the runtime's time zones say, as DuckDB's icu extension would. Seconds are since the epoch. */

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** A query has few zones and many moments, and what is asked for one is asked for its neighbours. */
const ZONES_KEPT = 64;
const HOURS_KEPT = 20_000;

const zones = new Map<string, TimeZone>();

/**
 * How far a zone is ahead of UTC.
 *
 * @param zone a name of the IANA database, such as `Europe/Berlin`.
 * @param seconds in UTC, or, when `isLocal`, what clocks in the zone show. Of an hour that clocks show twice it is the second; one
 *   that they skip counts as if they had not been changed yet.
 * @returns seconds, negative west of Greenwich.
 * @throws Error when there is no such zone.
 */
export function findOffset(zone: string, seconds: number, isLocal: boolean): number {
  let found = zones.get(zone);
  if (!found) {
    found = new TimeZone(zone);
    if (zones.size >= ZONES_KEPT) zones.clear();
    zones.set(zone, found);
  }
  return isLocal ? found.localOffset(seconds) : found.offset(seconds);
}

class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  /** Offset at the beginning of an hour. */
  readonly #hours = new Map<number, number>();

  constructor(name: string) {
    try {
      this.#format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    } catch {
      throw new Error(`There is no time zone “${name.slice(0, 100)}”. Name one as Europe/Berlin or UTC.`);
    }
  }

  offset(seconds: number): number {
    const hour = Math.floor(seconds / HOUR_SECONDS);
    const before = this.#atHour(hour);
    return before === this.#atHour(hour + 1) ? before : this.#compute(seconds);
  }

  localOffset(local: number): number {
    const before = this.offset(local - DAY_SECONDS);
    const after = this.offset(local + DAY_SECONDS);
    return this.offset(local - after) === after ? after : before;
  }

  #atHour(hour: number): number {
    let offset = this.#hours.get(hour);
    if (offset === undefined) {
      offset = this.#compute(hour * HOUR_SECONDS);
      if (this.#hours.size >= HOURS_KEPT) this.#hours.clear();
      this.#hours.set(hour, offset);
    }
    return offset;
  }

  #compute(seconds: number): number {
    const milliseconds = Math.min(Math.max(seconds * 1_000, -8.64e15), 8.64e15);
    const [, sign, hours, minutes, rest] =
      /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(this.#format.format(milliseconds)) ?? [];
    if (sign === undefined) return 0;
    return (sign === "-" ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(rest ?? 0));
  }
}
