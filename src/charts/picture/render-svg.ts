import { BarChart, BoxplotChart, CustomChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendPlainComponent, TitleComponent, VisualMapContinuousComponent } from "echarts/components";
import { init, setPlatformAPI, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import type { ChartSpec } from "../types.ts";
import { drawBars, drawLines, drawPie } from "./draw-categories.ts";
import { drawBoxes, drawHeatmap, drawHistogram, drawScatter } from "./draw-values.ts";
import type { Drawing, DrawOptions } from "./drawing.ts";
import { measureText } from "./measure-text.ts";
import { FONT_FAMILY } from "./theme.ts";

let isReady = false;

/** Registers what is drawn with: once, and only when a picture is wanted. */
function prepare(): void {
  if (isReady) return;
  isReady = true;
  use([BarChart, BoxplotChart, CustomChart, LineChart, PieChart, ScatterChart]);
  use([GridComponent, LegendPlainComponent, TitleComponent, VisualMapContinuousComponent, LabelLayout, SVGRenderer]);
  setPlatformAPI({ measureText: (text, font) => ({ width: measureText(text, font ?? "12px") }) });
}

/**
 * Draws a chart: 960 × 540 pixels with all its texts, or 320 × 180 with what can be read at that size.
 *
 * @returns an SVG document of its own, without scripts or references to anything outside
 */
export function renderSvg(spec: ChartSpec, options: DrawOptions): string {
  prepare();
  const { frame, option } = draw(spec, options);
  const { layout, theme, texts, legend } = frame;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: layout.width, height: layout.height });
  try {
    chart.setOption({
      animation: false,
      useUTC: true,
      backgroundColor: theme.background,
      textStyle: { fontFamily: FONT_FAMILY },
      title: [...texts, ...emptyText(spec, frame)],
      ...(legend ? { legend } : {}),
      ...option,
    });
    return describeImage(stripSvg(chart.renderToSVGString()), spec.title);
  } finally {
    chart.dispose();
  }
}

function draw(spec: ChartSpec, options: DrawOptions): Drawing {
  switch (spec.kind) {
    case "bar":
      return drawBars(spec, options);
    case "line":
    case "area":
      return drawLines(spec, options);
    case "pie":
      return drawPie(spec, options);
    case "scatter":
      return drawScatter(spec, options);
    case "histogram":
      return drawHistogram(spec, options);
    case "box":
      return drawBoxes(spec, options);
    case "heatmap":
      return drawHeatmap(spec, options);
  }
}

/** The rasterizer does not know the shorthand `font`. */
const FONT_SHORTHAND = /style="font: (?:\w+ (\w+) )?([\d.]+px) ([^"]*)"/g;

/** True when a chart has nothing to show. */
function isEmpty(spec: ChartSpec): boolean {
  switch (spec.kind) {
    case "bar":
    case "line":
    case "area":
    case "pie":
      return spec.labels.length === 0;
    case "scatter":
      return spec.series.every(({ points }) => points.length === 0);
    case "histogram":
      return spec.counts.every((count) => count === 0);
    case "box":
      return spec.groups.length === 0;
    case "heatmap":
      return spec.values.length === 0;
  }
}

function emptyText(spec: ChartSpec, { layout, theme }: Drawing["frame"]): object[] {
  if (!isEmpty(spec)) return [];
  const textStyle = {
    fontFamily: FONT_FAMILY,
    fontSize: layout.isSmall ? 12 : 18,
    fontWeight: "normal",
    color: theme.muted,
  };
  return [{ text: "No data", left: "center", top: "middle", textStyle }];
}

/** Says what the image shows to those who do not see it. */
function describeImage(svg: string, title: string): string {
  const text = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return svg.replace("<svg ", `<svg role="img" aria-label="${text}" `);
}

/**
 * Leaves out what a still picture has no use for: styles for a pointer that rests on a mark, and clipping, as marks never leave the plot
 * (each clipped mark would cost a PNG 40 ms).
 */
function stripSvg(svg: string): string {
  return svg
    .replace(/<style ?><!\[CDATA\[.*?\]\]>\s*<\/style>/gs, "")
    .replace(/<clipPath [^>]*>.*?<\/clipPath>/gs, "")
    .replace(/<(\w+) [^<>]*>/g, (tag) =>
      tag.replace(/ (class="zr\d+-cls-\d+"|pointer-events="visible"|clip-path="url\(#zr\d+-c\d+\)")/g, ""),
    )
    .replace(/<defs ?>\s*<\/defs>/g, "")
    .replace(
      FONT_SHORTHAND,
      (_, weight: string | undefined, size: string, family: string) =>
        `style="font-size:${size};font-family:${family};font-weight:${weight ?? "normal"}"`,
    );
}
