/** Axes of the pictures. */
import { formatTick, formatTime, formatValue, shortenLabel } from "../format.ts";
import type { Axis } from "../types.ts";
import type { Frame } from "./frame.ts";
import { measureText } from "./measure-text.ts";
import { FONT_FAMILY } from "./theme.ts";

const STEEP = 38;

export function gridOption({ room }: Frame): object {
  return { ...room, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
}

function labelStyle({ theme, layout }: Frame) {
  return { fontFamily: FONT_FAMILY, fontSize: layout.isSmall ? 10 : 12, color: theme.muted };
}

/** An axis of figures. `isMain`: the one with grid lines. */
export function valueAxis(
  frame: Frame,
  axis: Axis,
  options: { isMain: boolean; fromZero: boolean; hasLabels?: boolean },
): object {
  const { theme, layout } = frame;
  const suffix = axis.format.kind === "number" ? (axis.format.suffix ?? "") : "";
  return {
    type: "value",
    silent: true,
    scale: !options.fromZero,
    splitNumber: layout.isSmall ? 3 : 5,
    ...(options.hasLabels ? { boundaryGap: [0, "4%"] } : {}),
    axisLine: { show: !options.isMain, lineStyle: { color: theme.axis } },
    axisTick: { show: false },
    splitLine: { show: true, lineStyle: { color: theme.grid, width: 1 } },
    axisLabel: {
      ...labelStyle(frame),
      hideOverlap: true,
      margin: layout.isSmall ? 5 : 9,
      formatter: (value: number) => `${formatTick(value)}${suffix}`,
    },
  };
}

const YEAR_MS = 31_557_600_000;

/** An axis of moments (UTC). */
export function timeAxis(frame: Frame, times: readonly number[]): object {
  const { theme, layout } = frame;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  const isLong = last - first > 2.5 * YEAR_MS;
  return {
    type: "time",
    silent: true,
    splitNumber: layout.isSmall ? 3 : 7,
    axisLine: { lineStyle: { color: theme.axis } },
    axisTick: { show: !layout.isSmall, lineStyle: { color: theme.axis }, length: 4 },
    splitLine: { show: false },
    axisLabel: {
      ...labelStyle(frame),
      hideOverlap: true,
      margin: layout.isSmall ? 5 : 9,
      formatter: (time: number) => tickTime(time, isLong),
    },
  };
}

/** A tick as short as its place in the calendar allows. */
function tickTime(time: number, isLong: boolean): string {
  const date = new Date(time);
  const isMidnight = time % 86_400_000 === 0;
  if (isMidnight && isLong && date.getUTCMonth() === 0 && date.getUTCDate() === 1) return formatTime(time, "year");
  if (isMidnight && date.getUTCDate() === 1) return formatTime(time, "month");
  if (isMidnight) return `${date.getUTCDate()} ${formatTime(time, "month").slice(0, 3)}`;
  const clock = date.toISOString().slice(11, 19);
  return clock.endsWith(":00") ? clock.slice(0, 5) : clock;
}

/** An axis of names that stands below the plot; labels are turned where they would overlap. */
export function nameAxis(
  frame: Frame,
  labels: readonly string[],
  options: { gap: boolean; isOrdered?: boolean },
): object {
  const { theme, layout, room } = frame;
  const plot = layout.width - room.left - room.right - (layout.isSmall ? 30 : 50);
  const step = plot / Math.max(1, labels.length);
  const style = labelStyle(frame);
  const most = layout.isSmall ? 10 : 16;
  const longest = Math.max(0, ...labels.map((label) => measureText(shortenLabel(label, most), `${style.fontSize}px`)));
  const isCrowded = longest + 8 > step;
  const turns = isCrowded && !options.isOrdered && !layout.isSmall && step >= 14;
  return {
    type: "category",
    silent: true,
    data: [...labels],
    boundaryGap: options.gap,
    axisLine: { lineStyle: { color: theme.axis } },
    axisTick: { show: false },
    axisLabel: {
      ...style,
      margin: layout.isSmall ? 5 : 9,
      hideOverlap: true,
      rotate: turns ? STEEP : 0,
      interval: isCrowded && !turns ? "auto" : 0,
      formatter: (label: string) => shortenLabel(label, most),
    },
  };
}

/** An axis of names beside lying bars, the first on top. */
export function lyingNameAxis(frame: Frame, labels: readonly string[]): object {
  const { theme, layout } = frame;
  const most = layout.isSmall ? 14 : 30;
  return {
    type: "category",
    silent: true,
    data: [...labels],
    inverse: true,
    axisLine: { lineStyle: { color: theme.axis } },
    axisTick: { show: false },
    axisLabel: {
      ...labelStyle(frame),
      color: theme.text,
      margin: layout.isSmall ? 5 : 9,
      interval: 0,
      formatter: (label: string) => shortenLabel(label, most),
    },
  };
}

/** Figures written at marks, where there is room for them. */
export function markLabel(frame: Frame, axis: Axis, position: string): object {
  return {
    show: true,
    position,
    fontFamily: FONT_FAMILY,
    fontSize: 12,
    color: frame.theme.text,
    formatter: ({ value }: { value: unknown }) => (typeof value === "number" ? shortFigure(value, axis) : ""),
  };
}

function shortFigure(value: number, axis: Axis): string {
  const suffix = axis.format.kind === "number" ? (axis.format.suffix ?? "") : "";
  return Math.abs(value) >= 10_000 ? `${formatTick(value)}${suffix}` : formatValue(value, axis.format);
}
