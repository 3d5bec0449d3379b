/** Bars, lines, areas and pies as ECharts options. */
import { formatShare, shortenLabel } from "../format.ts";
import type { BarChart, LineChart, PieChart } from "../types.ts";
import { gridOption, lyingNameAxis, markLabel, nameAxis, timeAxis, valueAxis } from "./axes.ts";
import type { Drawing, DrawOptions } from "./drawing.ts";
import { createFrame, type Frame } from "./frame.ts";
import { FONT_FAMILY } from "./theme.ts";

/** Bars that get their figure written beside them. */
const MOST_LABELLED = 14;
const MOST_SMALL_BARS = 7;
const MOST_MARKED_POINTS = 40;

export function drawBars(spec: BarChart, options: DrawOptions): Drawing {
  const isMulti = spec.series.length > 1;
  const frame = createFrame(spec, options, {
    above: spec.horizontal ? spec.x.title : spec.y.title,
    below: spec.horizontal ? spec.y.title : spec.x.title,
    legend: isMulti ? spec.series.map(({ name }) => name) : undefined,
  });
  const { isSmall } = frame.layout;
  const shown = isSmall && spec.horizontal ? MOST_SMALL_BARS : spec.labels.length;
  const labels = spec.labels.slice(0, shown);
  const isLabelled = !isSmall && !isMulti && labels.length <= MOST_LABELLED;
  const names = spec.horizontal ? lyingNameAxis(frame, labels) : nameAxis(frame, labels, { gap: true });
  const values = valueAxis(frame, spec.y, { isMain: true, fromZero: true, hasLabels: isLabelled });
  return {
    frame,
    option: {
      grid: gridOption(frame),
      xAxis: spec.horizontal ? values : names,
      yAxis: spec.horizontal ? names : values,
      series: spec.series.map(({ name, values: own }, i) => ({
        type: "bar",
        silent: true,
        name,
        data: own.slice(0, shown).map((value, at) => styleBar(frame, spec, value, labels[at])),
        color: frame.theme.colours[i % frame.theme.colours.length],
        ...(spec.stacked ? { stack: "all" } : {}),
        barMaxWidth: 64,
        barCategoryGap: isMulti ? "28%" : "32%",
        barGap: "8%",
        ...(isLabelled ? { label: markLabel(frame, spec.y, spec.horizontal ? "right" : "top") } : {}),
      })),
    },
  };
}

/** Rounded at the far end; "Other" stands back. */
function styleBar(frame: Frame, spec: BarChart, value: number | null, label: string | undefined) {
  const radius = spec.stacked ? 0 : frame.layout.isSmall ? 1.5 : 3;
  const isBelow = (value ?? 0) < 0;
  const corners = spec.horizontal
    ? isBelow
      ? [radius, 0, 0, radius]
      : [0, radius, radius, 0]
    : isBelow
      ? [0, 0, radius, radius]
      : [radius, radius, 0, 0];
  const isOther = label === "Other" && spec.series.length === 1;
  return {
    value,
    itemStyle: { borderRadius: corners, ...(isOther ? { color: frame.theme.colours[7] } : {}) },
    ...(isBelow ? { label: { position: spec.horizontal ? "left" : "bottom" } } : {}),
  };
}

export function drawLines(spec: LineChart, options: DrawOptions): Drawing {
  const isMulti = spec.series.length > 1;
  const isTime = spec.x.format.kind === "time" && spec.positions !== undefined;
  const frame = createFrame(spec, options, {
    above: spec.y.title,
    below: isTime ? undefined : spec.x.title,
    legend: isMulti ? spec.series.map(({ name }) => name) : undefined,
  });
  const { isSmall } = frame.layout;
  const isArea = spec.kind === "area";
  return {
    frame,
    option: {
      grid: gridOption(frame),
      xAxis: isTime
        ? timeAxis(frame, spec.positions ?? [])
        : nameAxis(frame, spec.labels, { gap: false, isOrdered: true }),
      yAxis: valueAxis(frame, spec.y, { isMain: true, fromZero: isArea || startsNearZero(spec) }),
      series: spec.series.map(({ name, values }, i) => {
        const colour = frame.theme.colours[i % frame.theme.colours.length] ?? "#000000";
        return {
          type: "line",
          silent: true,
          name,
          color: colour,
          data: isTime ? values.map((value, at) => [spec.positions?.[at], value]) : values,
          symbol: "circle",
          symbolSize: isSmall ? 3 : 6,
          showSymbol: values.length <= MOST_MARKED_POINTS && !(isSmall && values.length > 12),
          lineStyle: { width: isSmall ? 1.75 : 2.25, join: "round", cap: "round" },
          ...(spec.stacked ? { stack: "all" } : {}),
          ...(isArea ? { areaStyle: areaStyle(colour, spec.stacked) } : {}),
        };
      }),
    },
  };
}

function areaStyle(colour: string, isStacked: boolean): object {
  if (isStacked) return { color: colour, opacity: 0.75 };
  const stops = [
    { offset: 0, color: `${colour}73` },
    { offset: 1, color: `${colour}0d` },
  ];
  return { color: { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops: stops } };
}

/** An axis that need not begin at zero would hide how small a change is; where zero is near it is shown. */
function startsNearZero({ series }: LineChart): boolean {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { values } of series)
    for (const value of values) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low >= 0 && low < high * 0.6;
}

export function drawPie(spec: PieChart, options: DrawOptions): Drawing {
  const frame = createFrame(spec, options, {});
  const { layout, theme, room } = frame;
  const total = spec.values.reduce((sum, value) => sum + value, 0);
  const share = (value: number) => formatShare(total === 0 ? 0 : value / total);
  const middle = (layout.height + room.top - room.bottom) / 2;
  const radius = (layout.height - room.top - room.bottom) / 2;
  const data = spec.labels.map((name, i) => ({
    name,
    value: spec.values[i] ?? 0,
    itemStyle: { color: name === "Other" ? theme.colours[7] : theme.colours[i % theme.colours.length] },
  }));
  const label = {
    show: true,
    fontFamily: FONT_FAMILY,
    fontSize: layout.isSmall ? 10 : 14,
    color: theme.text,
    formatter: ({ name, value }: { name: string; value: number }) =>
      `${shortenLabel(name, layout.isSmall ? 12 : 26)}  ${share(value)}`,
  };
  return {
    frame,
    option: {
      series: [
        {
          type: "pie",
          silent: true,
          data,
          startAngle: 90,
          clockwise: true,
          center: ["50%", middle],
          radius: layout.isSmall ? [radius * 0.46, radius * 0.84] : [radius * 0.5, radius * 0.86],
          itemStyle: { borderColor: theme.background, borderWidth: layout.isSmall ? 1 : 2 },
          label,
          labelLine: {
            length: layout.isSmall ? 6 : 14,
            length2: layout.isSmall ? 6 : 12,
            lineStyle: { color: theme.axis },
          },
          labelLayout: { hideOverlap: true },
          minShowLabelAngle: layout.isSmall ? 16 : 5,
        },
      ],
    },
  };
}
