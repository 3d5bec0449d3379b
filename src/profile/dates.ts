/** Range and gaps of date columns. */
import type { ScannedColumn } from "./scan.ts";
import { quoteDouble } from "./sql.ts";
import type { DateGap, DateStats, NumericStats } from "./types.ts";
import type { Work } from "./work.ts";

const DAY = 86_400;
/** About 180 years of days; a column with more is not searched for gaps. */
const MOST_DAYS = 65_536;
const KEPT_GAPS = 5;
/** A step this many times the median step is a gap. */
const GAP_FACTOR = 1.5;

/** ISO 8601, a date alone for date columns. Null outside the years that JavaScript knows. */
export function formatEpoch(seconds: number | null, kind: "date" | "datetime"): string | null {
  if (seconds === null || !(Math.abs(seconds) < 8.64e12)) return null;
  const text = new Date(Math.round(seconds * 1000)).toISOString();
  return kind === "date" ? text.slice(0, text.indexOf("T")) : text;
}

export interface GapFinding {
  typicalStep: number | null;
  businessDaysOnly: boolean;
  gapCount: number;
  largest: DateGap[];
}

/**
 * Finds steps between days with rows that are more than 1.5 times the median step. Where no day is a Saturday or Sunday,
 * steps are counted in working days. Fewer than four days have no typical step, and so no gaps.
 * @param days days since 1970-01-01, ascending, distinct
 */
export function findDateGaps(days: readonly number[]): GapFinding {
  if (days.length < 4) return { typicalStep: null, businessDaysOnly: false, gapCount: 0, largest: [] };
  const isWeekend = (day: number) => (((day + 3) % 7) + 7) % 7 >= 5;
  const businessDaysOnly = days.length >= 10 && !days.some(isWeekend);
  const position = businessDaysOnly
    ? (day: number) => Math.floor((day + 3) / 7) * 5 + ((((day + 3) % 7) + 7) % 7)
    : Number;
  const steps = days.slice(1).map((day, i) => position(day) - position(days[i]!));
  const typicalStep = [...steps].sort((a, b) => a - b)[steps.length >> 1]!;
  const gaps = steps.flatMap((step, i) => (step > GAP_FACTOR * typicalStep ? [{ step, i }] : []));
  const largest = gaps
    .sort((a, b) => b.step - a.step || a.i - b.i)
    .slice(0, KEPT_GAPS)
    .map(({ i }) => ({
      after: formatEpoch(days[i]! * DAY, "date") ?? "",
      before: formatEpoch(days[i + 1]! * DAY, "date") ?? "",
      days: days[i + 1]! - days[i]!,
    }));
  return { typicalStep, businessDaysOnly, gapCount: gaps.length, largest };
}

/** Profiles a date or datetime column whose figures in seconds are known. */
export async function profileDates(
  work: Work,
  column: ScannedColumn,
  stats: NumericStats,
  now: Date,
): Promise<DateStats> {
  const kind = column.kind === "date" ? "date" : "datetime";
  const { min, max } = column.finite;
  const day = `floor(epoch(${column.raw}) / ${DAY})`;
  const rows =
    column.finite.count === 0
      ? []
      : await work.query<{ d: number }>(
          `SELECT DISTINCT ${day} AS d FROM ${work.from} WHERE epoch(${column.raw}) IS NOT NULL LIMIT ${MOST_DAYS + 1}`,
        );
  const days = rows.length > MOST_DAYS ? undefined : rows.map(({ d }) => d).sort((a, b) => a - b);
  const gaps = days === undefined ? undefined : findDateGaps(days);
  const [late] =
    max > now.getTime() / 1000
      ? await work.query<{ n: number }>(
          `SELECT count(*)::DOUBLE AS n FROM ${work.from} WHERE epoch(${column.raw}) > ${quoteDouble(now.getTime() / 1000)}`,
        )
      : [];
  return {
    min: formatEpoch(stats.min, kind),
    max: formatEpoch(stats.max, kind),
    mean: formatEpoch(stats.mean, "datetime"),
    range_days: column.finite.count === 0 ? null : (max - min) / DAY,
    distinct_days: days?.length ?? null,
    typical_step_days: gaps?.typicalStep ?? null,
    business_days_only: gaps?.businessDaysOnly ?? false,
    gap_count: gaps?.gapCount ?? null,
    largest_gaps: gaps?.largest ?? [],
    future: late?.n ?? 0,
  };
}
