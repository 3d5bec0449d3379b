/** Lines and areas: measures along time or steps. */
import type { Field } from "./fields.ts";
import { formatTime, measureAxis, titleName } from "./format.ts";
import { pickVisiblePoints } from "./reduce.ts";
import {
  formatCount,
  isAdditive,
  labelIn,
  naturalOrder,
  numberIn,
  type Plot,
  takeMeasures,
  timeIn,
  titleOf,
} from "./table.ts";
import type { Axis, LineChart, Series, TimeUnit } from "./types.ts";

const MOST_LINES = 8;
/** More points than a picture has room for. */
export const MOST_LINE_POINTS = 600;
/** Up to this many moments are shown as they are; beyond, rows are gathered by a coarser unit. */
const MOST_MOMENTS = 2_000;

interface Cell {
  sum: number;
  count: number;
}

/** One line for each measure, or for each value of `split`. */
export function buildLines(
  plot: Plot,
  x: Field,
  measures: readonly Field[],
  split: Field | undefined,
  kind: "line" | "area",
): LineChart {
  const taken = split ? measures.slice(0, 1) : takeMeasures(plot, measures, MOST_LINES);
  const gathered = gather(plot, x, taken, split);
  const lines = keepLines(plot, gathered, split);
  const { labels, positions, series } = thin(plot, { ...gathered, series: lines });
  const first = taken[0];
  const y: Axis = first === undefined ? { title: "Count", format: { kind: "number" } } : measureAxis(first.name);
  const what = taken.length === 0 ? "Count" : taken.map(({ name }) => titleName(name)).join(" and ");
  return {
    kind,
    title: titleOf(plot, what, split ? [x.name, split.name] : [x.name]),
    notes: plot.notes,
    x: {
      title: titleName(x.name),
      format: x.kind === "time" ? { kind: "time", unit: gathered.unit ?? "day" } : { kind: "text" },
    },
    y: lines.length > 1 && !split ? { ...y, title: "" } : y,
    labels,
    ...(positions ? { positions } : {}),
    series,
    stacked:
      kind === "area" && series.length > 1 && series.every(({ values }) => values.every((value) => (value ?? 0) >= 0)),
  };
}

interface Gathered {
  labels: string[];
  positions?: number[] | undefined;
  unit?: TimeUnit | undefined;
  series: Series[];
}

function gather(plot: Plot, x: Field, measures: readonly Field[], split: Field | undefined): Gathered {
  const unit = x.kind === "time" ? chooseUnit(plot, x) : undefined;
  const keys = new Map<string | number, Map<string, Cell>>();
  const names = new Map<string, string>();
  let rows = 0;
  for (const row of plot.rows) {
    const moment = x.kind === "time" ? timeIn(row, x) : undefined;
    if (x.kind === "time" && moment === undefined) continue;
    rows += 1;
    const key = moment === undefined ? labelIn(row, x) : unit === undefined ? moment : startOf(moment, unit);
    const cells = keys.get(key) ?? new Map<string, Cell>();
    keys.set(key, cells);
    const add = (name: string, value: number | undefined) => {
      if (!names.has(name)) names.set(name, name);
      const cell = cells.get(name) ?? { sum: 0, count: 0 };
      cells.set(name, cell);
      if (value === undefined) return;
      cell.sum += value;
      cell.count += 1;
    };
    if (measures.length === 0) add(split ? labelIn(row, split) : "Count", 1);
    else
      for (const measure of measures)
        add(split ? labelIn(row, split) : titleName(measure.name), numberIn(row, measure));
  }
  const ordered = orderKeys([...keys.keys()], x);
  const sums = (name: string) =>
    measures.length === 0 ||
    isAdditive(split ? measures[0]!.name : (measures.find((m) => titleName(m.name) === name)?.name ?? ""));
  const series = [...names.keys()].map((name) => ({
    name,
    values: ordered.map((key) => {
      const cell = keys.get(key)?.get(name);
      if (!cell || cell.count === 0) return measures.length === 0 ? 0 : null;
      return sums(name) ? cell.sum : cell.sum / cell.count;
    }),
  }));
  if (measures.length > 0 && rows > ordered.length * (split ? names.size : 1))
    plot.notes.push(
      `Rows of one ${unit ?? titleName(x.name)} were ${measures.every(({ name }) => isAdditive(name)) ? "added up" : "averaged"}.`,
    );
  if (rows < plot.rows.length)
    plot.notes.push(`${formatCount(plot.rows.length - rows)} rows have no ${titleName(x.name)}.`);
  if (unit === undefined) return { labels: ordered.map(String), series };
  const positions = ordered.map(Number);
  return { labels: positions.map((time) => formatTime(time, unit)), positions, unit, series };
}

function orderKeys(keys: (string | number)[], x: Field): (string | number)[] {
  if (x.kind === "time") return keys.sort((a, b) => Number(a) - Number(b));
  const natural = naturalOrder(keys.map(String), x);
  return natural ? natural.map((i) => keys[i]!) : keys;
}

const UNITS: readonly TimeUnit[] = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];
const UNIT_MS: Record<TimeUnit, number> = {
  second: 1e3,
  minute: 6e4,
  hour: 3.6e6,
  day: 8.64e7,
  week: 6.048e8,
  month: 2.63e9,
  quarter: 7.89e9,
  year: 3.156e10,
};

/** The field's own unit, or a coarser one when there are more moments than a line can show. */
function chooseUnit(plot: Plot, x: Field): TimeUnit {
  const own = x.unit ?? "day";
  if (x.distinct <= MOST_MOMENTS) return own;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of plot.rows) {
    const time = timeIn(row, x);
    if (time === undefined) continue;
    low = Math.min(low, time);
    high = Math.max(high, time);
  }
  return UNITS.slice(UNITS.indexOf(own)).find((unit) => (high - low) / UNIT_MS[unit] <= MOST_LINE_POINTS) ?? "year";
}

/** The start of the unit that a moment falls in; weeks start on Mondays. */
export function startOf(time: number, unit: TimeUnit): number {
  const date = new Date(time);
  switch (unit) {
    case "second":
    case "minute":
    case "hour":
    case "day":
      return Math.floor(time / UNIT_MS[unit]) * UNIT_MS[unit];
    case "week": {
      const day = Math.floor(time / UNIT_MS.day);
      return (day - ((((day + 3) % 7) + 7) % 7)) * UNIT_MS.day;
    }
    case "month":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    case "quarter":
      return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / 3) * 3, 1);
    case "year":
      return new Date(0).setUTCFullYear(date.getUTCFullYear(), 0, 1);
  }
}

function keepLines(plot: Plot, { series }: Gathered, split: Field | undefined): Series[] {
  const size = ({ values }: Series) => values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  const sorted = split ? [...series].sort((a, b) => size(b) - size(a)) : series;
  if (sorted.length > MOST_LINES)
    plot.notes.push(
      `The ${MOST_LINES} largest of ${formatCount(sorted.length)} values of ${titleName(split?.name ?? "")} are shown.`,
    );
  return sorted.slice(0, MOST_LINES);
}

/** Keeps the points that matter to the eye where there are more than a picture has room for. */
function thin(plot: Plot, { labels, positions, series }: Gathered): Omit<Gathered, "unit"> {
  if (labels.length <= MOST_LINE_POINTS) return { labels, positions, series };
  const xs = positions ?? labels.map((_, i) => i);
  const share = Math.floor(MOST_LINE_POINTS / series.length);
  const kept = [...new Set(series.flatMap(({ values }) => pickVisiblePoints(xs, values, share)))].sort((a, b) => a - b);
  plot.notes.push(
    `${formatCount(kept.length)} of ${formatCount(labels.length)} points are shown, chosen to keep the line's shape.`,
  );
  return {
    labels: kept.map((i) => labels[i]!),
    positions: positions && kept.map((i) => positions[i]!),
    series: series.map(({ name, values }) => ({ name, values: kept.map((i) => values[i] ?? null) })),
  };
}
