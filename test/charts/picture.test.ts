import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { measureText } from "../../src/charts/picture/measure-text.ts";
import { renderPng } from "../../src/charts/picture/render-png.ts";
import { renderSvg } from "../../src/charts/picture/render-svg.ts";
import { luminance, readColour, THEMES } from "../../src/charts/picture/theme.ts";
import { chartOf, oneOfEach } from "./samples.ts";

const require = createRequire(import.meta.url);
const font = (name: string) =>
  new Uint8Array(readFileSync(require.resolve(`@fontsource/inter/files/inter-${name}-normal.woff2`)));
const tools = {
  rasterizer: readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm")),
  fonts: [{ bytes: font("latin-400") }, { bytes: font("latin-600") }],
};
const THEME_NAMES = ["light", "dark"] as const;

describe("pictures", () => {
  const specs = oneOfEach();

  test("there is one chart of each kind", () => {
    expect(specs.map(({ kind }) => kind)).toEqual([
      "bar",
      "line",
      "area",
      "pie",
      "scatter",
      "histogram",
      "box",
      "heatmap",
    ]);
  });

  test.each(specs.map((spec) => [spec.kind, spec] as const))(
    "%s: SVG of its own, PNG of the right size",
    async (_, spec) => {
      for (const theme of THEME_NAMES) {
        for (const size of ["full", "thumbnail"] as const) {
          const svg = renderSvg(spec, { theme, size });
          expect(svg).toMatch(/^<svg role="img" aria-label="/);
          expect(svg).not.toMatch(
            /<script|<image|href=|url\((?!#)|NaN|undefined|Infinity|clip-path|:hover|font: |\[object/,
          );
          expect(svg).toContain(THEMES[theme].background);
          const png = await renderPng(svg, size, tools);
          expect([...png.slice(1, 4)]).toEqual([...Buffer.from("PNG")]);
          const view = new DataView(png.buffer, png.byteOffset);
          expect([view.getUint32(16), view.getUint32(20)]).toEqual(size === "full" ? [1440, 810] : [640, 360]);
        }
      }
    },
  );

  test("text from the data stays text", () => {
    const hostile = `<script>alert(1)</script> & "quoted" \u0000\u0007\ud800 {b|x} {a}`;
    const rows = [
      [hostile, 3],
      ["b", 2],
      ["c", 1],
    ];
    for (const chart of ["bar", "pie"] as const) {
      const svg = renderSvg(chartOf({ [hostile]: "VARCHAR", n: "BIGINT" }, rows, { chart }, hostile), {
        theme: "light",
        size: "full",
      });
      expect(svg).not.toContain("<script");
      expect(svg).toContain("&lt;script&gt;");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no room for them
      expect(svg).not.toMatch(/[\u0000-\u0008\ud800-\udfff]/);
    }
  });

  test("nothing to show is said, and an endless title fits", () => {
    const empty = chartOf({ a: "VARCHAR", b: "DOUBLE" }, [], { chart: "bar" });
    expect(renderSvg(empty, { theme: "dark", size: "full" })).toContain("No data");
    const long = renderSvg({ ...empty, title: "word ".repeat(2000).trim() }, { theme: "dark", size: "full" });
    expect(long.replace(/aria-label="[^"]*"/, "").length).toBeLessThan(4000);
  });

  test("a picture takes at most 300 ms of one core once warm", async () => {
    for (const spec of specs) {
      const { user, system } = process.cpuUsage();
      await renderPng(renderSvg(spec, { theme: "light", size: "full" }), "full", tools);
      const used = process.cpuUsage({ user, system });
      expect((used.user + used.system) / 1000, spec.kind).toBeLessThan(300);
    }
  });
});

describe("colours", () => {
  const contrast = (a: string, b: string) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };

  test.each(THEME_NAMES)("%s: marks 3:1, text 4.5:1 against the background (WCAG 2.2)", (name) => {
    const theme = THEMES[name];
    for (const colour of theme.colours) expect(contrast(colour, theme.background), colour).toBeGreaterThanOrEqual(3);
    for (const colour of [theme.text, theme.muted])
      expect(contrast(colour, theme.background)).toBeGreaterThanOrEqual(4.5);
  });

  /** Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1. */
  const DEFICIENCIES = {
    protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
    deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  };
  const linear = (colour: string) =>
    readColour(colour).map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    );
  const lab = ([r = 0, g = 0, b = 0]: number[]) => {
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const [x, y, z] = [
      f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505),
      f(0.2126 * r + 0.7152 * g + 0.0722 * b),
      f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089),
    ];
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };

  test.each(THEME_NAMES)("%s: the first six differ for people with red-green deficiency", (name) => {
    for (const [what, m] of Object.entries(DEFICIENCIES)) {
      const seen = THEMES[name].colours.slice(0, 6).map((colour) => {
        const [r = 0, g = 0, b = 0] = linear(colour);
        return lab([0, 3, 6].map((i) => Math.max(0, m[i]! * r + m[i + 1]! * g + m[i + 2]! * b)));
      });
      for (const [i, a] of seen.entries())
        for (const [j, b] of seen.entries())
          if (i < j)
            expect(Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!), `${what}: ${i} and ${j}`).toBeGreaterThan(
              10,
            );
    }
  });
});

/** Advance widths from the font file itself: WOFF 1.0, tables `head`, `hhea`, `hmtx`, `cmap` format 4 of the OpenType specification. */
function readWidths(file: Buffer): (code: number) => number {
  const tables: Record<string, Buffer> = {};
  for (let i = 0; i < file.readUInt16BE(12); i++) {
    const at = 44 + i * 20;
    const [offset, packed, length] = [file.readUInt32BE(at + 4), file.readUInt32BE(at + 8), file.readUInt32BE(at + 12)];
    const bytes = file.subarray(offset, offset + packed);
    tables[file.toString("latin1", at, at + 4)] = packed < length ? inflateSync(bytes) : bytes;
  }
  const { head, hhea, hmtx, cmap } = tables as Record<"head" | "hhea" | "hmtx" | "cmap", Buffer>;
  let map = 0;
  for (let i = 0; i < cmap.readUInt16BE(2); i++) {
    const offset = cmap.readUInt32BE(8 + i * 8);
    if (cmap.readUInt16BE(offset) === 4) map = offset;
  }
  const segments = cmap.readUInt16BE(map + 6) / 2;
  const part = (n: number, i: number) => cmap.readUInt16BE(map + 14 + (n > 0 ? 2 : 0) + n * segments * 2 + i * 2);
  return (code) => {
    for (let i = 0; i < segments; i++) {
      if (code > part(0, i)) continue;
      const range = part(3, i);
      const at = map + 16 + segments * 6 + i * 2 + range + (code - part(1, i)) * 2;
      const glyph = range === 0 ? (code + part(2, i)) & 0xffff : cmap.readUInt16BE(at);
      return hmtx.readUInt16BE(Math.min(glyph, hhea.readUInt16BE(34) - 1) * 4) / head.readUInt16BE(18);
    }
    return 0;
  };
}

test("text is measured as the font has it", () => {
  const file = readFileSync(require.resolve("@fontsource/inter/files/inter-latin-400-normal.woff"));
  const widthOf = readWidths(file);
  for (let code = 32; code < 127; code++)
    expect(measureText(String.fromCharCode(code), "100px Inter"), String.fromCharCode(code)).toBeCloseTo(
      widthOf(code) * 100,
      0,
    );
});
