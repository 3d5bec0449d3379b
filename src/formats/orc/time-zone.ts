/** Seconds between UTC and a zone's wall clock at a moment in unix seconds. */
export type ZoneOffset = (unixSeconds: number) => number;

const DAY = 86_400;
const QUARTER = 900;

/** The offsets of an IANA zone, by the platform's tables; undefined for UTC and for unknown zones. */
export function createZoneOffset(zone: string): ZoneOffset | undefined {
  if (zone === "" || /^(etc\/)?(utc|gmt|uct|zulu|universal|greenwich)$/i.test(zone)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  const ask = (seconds: number) => {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(new Date(seconds * 1000))) parts[type] = value;
    const year = parts["era"]?.startsWith("B") ? 1 - Number(parts["year"]) : Number(parts["year"]);
    const wall = new Date(0);
    wall.setUTCFullYear(year, Number(parts["month"]) - 1, Number(parts["day"]));
    wall.setUTCHours(Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"]));
    return wall.getTime() / 1000 - seconds;
  };
  // A day with one offset at both ends is taken to have it throughout; others are asked by the quarter of an hour.
  const days = new Map<number, number | undefined>();
  const quarters = new Map<number, number>();
  return (unixSeconds) => {
    const day = Math.floor(unixSeconds / DAY);
    if (!days.has(day)) {
      if (days.size > 50_000) days.clear();
      const start = ask(day * DAY);
      days.set(day, start === ask((day + 1) * DAY) ? start : undefined);
    }
    const offset = days.get(day);
    if (offset !== undefined) return offset;
    const quarter = Math.floor(unixSeconds / QUARTER);
    let exact = quarters.get(quarter);
    if (exact === undefined) {
      exact = ask(quarter * QUARTER);
      quarters.set(quarter, exact);
    }
    return exact;
  };
}
