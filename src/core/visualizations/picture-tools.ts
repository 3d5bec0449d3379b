import cyrillic from "@fontsource/inter/files/inter-cyrillic-400-normal.woff2";
import cyrillicBold from "@fontsource/inter/files/inter-cyrillic-600-normal.woff2";
import greek from "@fontsource/inter/files/inter-greek-400-normal.woff2";
import greekBold from "@fontsource/inter/files/inter-greek-600-normal.woff2";
import latin from "@fontsource/inter/files/inter-latin-400-normal.woff2";
import latinBold from "@fontsource/inter/files/inter-latin-600-normal.woff2";
import latinExt from "@fontsource/inter/files/inter-latin-ext-400-normal.woff2";
import latinExtBold from "@fontsource/inter/files/inter-latin-ext-600-normal.woff2";
import vietnamese from "@fontsource/inter/files/inter-vietnamese-400-normal.woff2";
import vietnameseBold from "@fontsource/inter/files/inter-vietnamese-600-normal.woff2";
import rasterizer from "@resvg/resvg-wasm/index_bg.wasm";
import type { PngTools } from "../../charts/picture/render-png.ts";

const PLAIN = [latin, latinExt, cyrillic, greek, vietnamese];
const BOLD = [latinBold, latinExtBold, cyrillicBold, greekBold, vietnameseBold];

/** What PNGs are drawn with: the compiled rasterizer, and Inter in regular and semibold. */
export const PNG_TOOLS: PngTools = {
  rasterizer,
  fonts: [...PLAIN, ...BOLD].map((bytes) => new Uint8Array(bytes)),
};
