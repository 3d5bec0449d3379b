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

/** Inter comes in a file for each script; those that a picture does not need are not unpacked for it. */
const FONTS: [ArrayBuffer[], RegExp?][] = [
  [[latin, latinBold]],
  [[latinExt, latinExtBold], /[\u0100-\u02ff\u1e00-\u1eff\u20a0-\u20cf\u2c60-\u2c7f\ua720-\ua7ff]/],
  [[vietnamese, vietnameseBold], /[\u0102\u0103\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9\u20ab]/],
  [[greek, greekBold], /[\u0370-\u03ff]/],
  [[cyrillic, cyrillicBold], /[\u0400-\u04ff]/],
];

/** What PNGs are drawn with: the compiled rasterizer, and Inter in regular and semibold. */
export const PNG_TOOLS: PngTools = {
  rasterizer,
  fonts: FONTS.flatMap(([files, characters]) =>
    files.map((bytes) => ({ bytes: new Uint8Array(bytes), ...(characters ? { characters } : {}) })),
  ),
};
