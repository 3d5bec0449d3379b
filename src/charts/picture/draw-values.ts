/** Scatter plots, histograms, boxes and heat maps as ECharts options. */

import { binLabels } from "../chart-data.ts";
import { formatTick, formatValue } from "../format.ts";
import type { BoxChart, HeatmapChart, HistogramChart, ScatterChart } from "../types.ts";
import { gridOption, lyingNameAxis, nameAxis, timeAxis, valueAxis } from "./axes.ts";
import type { Drawing, DrawOptions } from "./drawing.ts";
import { createFrame } from "./frame.ts";
import { FONT_FAMILY, mixColour, readableOn } from "./theme.ts";

const MOST_LABELLED_TILES = 144;
const LONG_NAME = 12;

export function drawScatter(spec: ScatterChart, options: DrawOptions): Drawing {
  const isTime = spec.x.format.kind === "time";
  const isMulti = spec.series.length > 1;
  const frame = createFrame(spec, options, {
    above: spec.y.title,
    below: isTime ? undefined : spec.x.title,
    legend: isMulti ? spec.series.map(({ name }) => name) : undefined,
  });
  const count = spec.series.reduce((sum, { points }) => sum + points.length, 0);
  const { isSmall } = frame.layout;
  const size = (count > 800 ? 5 : count > 200 ? 6.5 : 9) * (isSmall ? 0.5 : 1);
  return {
    frame,
    option: {
      grid: gridOption(frame),
      xAxis: isTime
        ? timeAxis(
            frame,
            spec.series.flatMap(({ points }) => points.map(([x]) => x)),
          )
        : valueAxis(frame, spec.x, { isMain: false, fromZero: false }),
      yAxis: valueAxis(frame, spec.y, { isMain: true, fromZero: false }),
      series: spec.series.map(({ name, points }, i) => ({
        type: "scatter",
        silent: true,
        name,
        data: points,
        symbolSize: size,
        color: name === "Other" ? frame.theme.colours[7] : frame.theme.colours[i % frame.theme.colours.length],
        itemStyle: { opacity: count > 800 ? 0.45 : 0.65 },
      })),
    },
  };
}

export function drawHistogram(spec: HistogramChart, options: DrawOptions): Drawing {
  const frame = createFrame(spec, options, { above: spec.y.title, below: spec.x.title });
  const { theme, layout } = frame;
  const { edges, counts, whole } = spec;
  const first = edges[0] ?? 0;
  const width = (edges[1] ?? first + 1) - first;
  const base = { grid: gridOption(frame), yAxis: valueAxis(frame, spec.y, { isMain: true, fromZero: true }) };
  if (whole && width === 1)
    return {
      frame,
      option: {
        ...base,
        xAxis: nameAxis(frame, binLabels(spec), { gap: true, isOrdered: true }),
        series: [
          {
            type: "bar",
            silent: true,
            data: counts,
            color: theme.colours[0],
            barCategoryGap: "8%",
            itemStyle: { borderRadius: [2, 2, 0, 0] },
          },
        ],
      },
    };
  const axis = valueAxis(frame, spec.x, { isMain: false, fromZero: false }) as {
    axisLabel: { formatter: (value: number) => string };
  };
  const ticks = binTicks(spec, layout.isSmall ? 4 : 9);
  const write = axis.axisLabel.formatter;
  return {
    frame,
    option: {
      ...base,
      xAxis: {
        ...axis,
        min: first,
        max: edges[edges.length - 1],
        splitLine: { show: false },
        axisTick: { show: true, length: 4, lineStyle: { color: theme.axis }, customValues: ticks },
        axisLabel: {
          ...axis.axisLabel,
          customValues: ticks,
          formatter: (value: number) => `${write(value)}${spec.open && value === edges[edges.length - 2] ? "+" : ""}`,
        },
      },
      series: [
        {
          type: "custom",
          silent: true,
          data: counts.map((count, i) => [edges[i], edges[i + 1], count]),
          encode: { x: [0, 1], y: 2 },
          renderItem: (_: unknown, api: BinApi) => drawBin(api, theme.colours[0] ?? "", layout.isSmall ? 0.5 : 1),
        },
      ],
    },
  };
}

/** Edges that are round figures, about `most` of them; where the last bin is open, its lower edge is one. */
function binTicks({ edges, open }: HistogramChart, most: number): number[] {
  const [first, last] = [edges[0] ?? 0, edges[edges.length - (open ? 2 : 1)] ?? 1];
  const width = (edges[1] ?? first + 1) - first;
  const every = [1, 2, 4, 5, 10, 20, 25, 50, 100].find((factor) => (last - first) / (width * factor) <= most) ?? 200;
  const step = width * every;
  const isOn = (edge: number) => Math.abs(edge / step - Math.round(edge / step)) < 1e-6;
  const ticks = edges.filter((edge) => isOn(edge) && (!open || edge < last - step * 0.6));
  return open ? [...ticks, last] : ticks;
}

/** What ECharts hands to `renderItem`, as far as it is used. */
interface BinApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

function drawBin(api: BinApi, fill: string, gap: number): object | undefined {
  if (api.value(2) === 0) return undefined;
  const [left, top] = api.coord([api.value(0), api.value(2)]);
  const [right, bottom] = api.coord([api.value(1), 0]);
  const shape = {
    x: left + gap / 2,
    y: top,
    width: Math.max(0.5, right - left - gap),
    height: bottom - top,
    r: [2, 2, 0, 0],
  };
  return { type: "rect", shape, style: { fill } };
}

export function drawBoxes(spec: BoxChart, options: DrawOptions): Drawing {
  const names = spec.groups.map(({ name }) => name);
  const isLying = names.length > 8 || names.some((name) => name.length > LONG_NAME);
  const frame = createFrame(spec, options, {
    above: isLying ? spec.x.title : spec.y.title,
    below: isLying ? spec.y.title : spec.x.title,
  });
  const { theme, layout } = frame;
  const colour = theme.colours[0] ?? "";
  const shown = layout.isSmall && isLying ? spec.groups.slice(0, 7) : spec.groups;
  const labels = shown.map(({ name }) => name);
  const outliers = shown.flatMap(({ outliers: own }, i) => own.map((value) => (isLying ? [value, i] : [i, value])));
  const values = valueAxis(frame, spec.y, { isMain: true, fromZero: false });
  const along = isLying ? lyingNameAxis(frame, labels) : nameAxis(frame, labels, { gap: true });
  return {
    frame,
    option: {
      grid: gridOption(frame),
      xAxis: isLying ? values : along,
      yAxis: isLying ? along : values,
      series: [
        {
          type: "boxplot",
          silent: true,
          data: shown.map(({ low, q1, median, q3, high }) => [low, q1, median, q3, high]),
          boxWidth: layout.isSmall ? [4, 16] : [8, 44],
          itemStyle: { color: `${colour}33`, borderColor: colour, borderWidth: layout.isSmall ? 1.2 : 1.75 },
        },
        {
          type: "scatter",
          silent: true,
          data: outliers,
          symbolSize: layout.isSmall ? 2.5 : 5,
          itemStyle: { color: colour, opacity: 0.55 },
        },
      ],
    },
  };
}

export function drawHeatmap(spec: HeatmapChart, options: DrawOptions): Drawing {
  const frame = createFrame(spec, options, { above: spec.y.title, below: spec.x.title });
  const { theme, layout, room } = frame;
  const [low, high] = domainOf(spec);
  const scale = spec.scale === "diverging" ? theme.diverging : theme.sequential;
  const isLabelled =
    !layout.isSmall && spec.rows.length * spec.columns.length <= MOST_LABELLED_TILES && spec.columns.length <= 14;
  const tiles = spec.values.flatMap((row, y) =>
    row.map((value, x) => {
      const colour = value === null ? theme.empty : mixColour(scale, high === low ? 0.5 : (value - low) / (high - low));
      return { x, y, colour, text: value === null || !isLabelled ? "" : formatTile(value, spec) };
    }),
  );
  if (!layout.isSmall) room.right += 72;
  return {
    frame,
    option: {
      grid: gridOption(frame),
      xAxis: { ...nameAxis(frame, spec.columns, { gap: true }), axisLine: { show: false } },
      yAxis: {
        ...thinNames(lyingNameAxis(frame, spec.rows), spec.rows.length, layout.isSmall),
        axisLine: { show: false },
      },
      ...(layout.isSmall ? {} : { visualMap: scaleOption(spec, frame, [low, high]) }),
      series: [
        {
          type: "custom",
          silent: true,
          data: tiles.map(({ x, y }) => [x, y]),
          encode: { x: 0, y: 1 },
          renderItem: ({ dataIndex }: { dataIndex: number }, api: TileApi) => {
            const tile = tiles[dataIndex];
            return tile && drawTile(api, tile, layout.isSmall ? 0.5 : 1.5);
          },
        },
      ],
    },
  };
}

interface Tile {
  x: number;
  y: number;
  colour: string;
  text: string;
}

interface TileApi {
  coord(point: [number, number]): [number, number];
  size(extent: [number, number]): [number, number];
}

function drawTile(api: TileApi, { x, y, colour, text }: Tile, gap: number): object {
  const [middle, centre] = api.coord([x, y]);
  const [width, height] = api.size([1, 1]);
  const shape = {
    x: middle - (width - gap) / 2,
    y: centre - (height - gap) / 2,
    width: width - gap,
    height: height - gap,
    r: gap,
  };
  const style = {
    text,
    x: middle,
    y: centre,
    align: "center",
    verticalAlign: "middle",
    font: `${width < 44 ? 10 : 12}px ${FONT_FAMILY}`,
    fill: readableOn(colour),
  };
  const rect = { type: "rect", shape, style: { fill: colour } };
  return text === "" ? rect : { type: "group", children: [rect, { type: "text", style }] };
}

function formatTile(value: number, { value: axis, scale, domain }: HeatmapChart): string {
  if (scale === "diverging" && domain !== undefined) return value.toFixed(2).replace("-0.00", "0.00");
  return Math.abs(value) >= 10_000 ? formatTick(value) : formatValue(Number(value.toPrecision(4)), axis.format);
}

function domainOf({ values, scale, domain }: HeatmapChart): [number, number] {
  if (domain) return domain;
  const all = values.flat().filter((value) => value !== null);
  const [low, high] = [Math.min(...all, Number.POSITIVE_INFINITY), Math.max(...all, Number.NEGATIVE_INFINITY)];
  if (low > high) return [0, 1];
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return scale === "diverging" ? [-reach, reach] : [low, high];
}

function thinNames(axis: object, count: number, isSmall: boolean): object {
  const most = isSmall ? 8 : 26;
  const { axisLabel } = axis as { axisLabel: object };
  return count > most ? { ...axis, axisLabel: { ...axisLabel, interval: "auto" } } : axis;
}

function scaleOption(
  spec: HeatmapChart,
  { theme, layout, room }: Drawing["frame"],
  [low, high]: [number, number],
): object {
  const scale = spec.scale === "diverging" ? theme.diverging : theme.sequential;
  return {
    type: "continuous",
    seriesIndex: [],
    min: low,
    max: high === low ? low + 1 : high,
    orient: "vertical",
    right: layout.margin,
    top: room.top + 8,
    itemWidth: 12,
    itemHeight: Math.min(220, layout.height - room.top - room.bottom - 60),
    inRange: { color: [...scale] },
    text: [formatTick(high), formatTick(low)],
    textGap: 8,
    textStyle: { fontFamily: FONT_FAMILY, fontSize: 12, color: theme.muted },
  };
}
