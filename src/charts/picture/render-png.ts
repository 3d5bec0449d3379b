import { initWasm, Resvg } from "@resvg/resvg-wasm";
import type { PictureSize } from "./frame.ts";

/** What drawing pixels takes: the compiled rasterizer, and fonts as WOFF2 or TrueType. */
export interface PngTools {
  rasterizer: WebAssembly.Module | BufferSource;
  fonts: readonly PngFont[];
}

/** A font, and the characters for which it is needed; without them it is always there. */
export interface PngFont {
  bytes: Uint8Array;
  characters?: RegExp;
}

/** Pixels for each unit of the SVG. */
const ZOOM: Record<PictureSize, number> = { full: 1.5, thumbnail: 2 };

let ready: Promise<void> | undefined;

/**
 * Draws an SVG of `renderSvg` as a PNG: 1440 × 810 pixels, or 640 × 360 for a thumbnail. Characters that the fonts lack (Inter covers
 * Latin, Greek and Cyrillic) are drawn as empty boxes; the SVG itself shows them in a browser.
 */
export async function renderPng(svg: string, size: PictureSize, tools: PngTools): Promise<Uint8Array> {
  ready ??= initWasm(tools.rasterizer);
  await ready;
  const fonts = tools.fonts.filter(({ characters }) => characters === undefined || characters.test(svg));
  const drawing = new Resvg(svg, {
    fitTo: { mode: "zoom", value: ZOOM[size] },
    font: { fontBuffers: fonts.map(({ bytes }) => bytes), defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  try {
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}
