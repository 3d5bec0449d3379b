/** Colours of the pictures. */

export type ThemeName = "light" | "dark";

export interface Theme {
  background: string;
  text: string;
  muted: string;
  grid: string;
  axis: string;
  /** The first six are told apart with red-green blindness too; all stand out at least 3:1 (WCAG 1.4.11). The last is for what is "other". */
  colours: readonly string[];
  /** From little to much. */
  sequential: readonly string[];
  /** From below zero over the middle to above. */
  diverging: readonly string[];
  empty: string;
}

export const THEMES: Record<ThemeName, Theme> = {
  light: {
    background: "#ffffff",
    text: "#1c2530",
    muted: "#5b6673",
    grid: "#e8ebef",
    axis: "#c3cad2",
    colours: ["#2169b0", "#d9641e", "#089158", "#7a1f6e", "#6b5012", "#3f9fae", "#a83a54", "#5c6770"],
    sequential: ["#eaf1f8", "#b9d3ea", "#7fb0d8", "#3f86bf", "#145a96", "#0a3763"],
    diverging: ["#a3440c", "#dd8a52", "#f3d3bd", "#f4f4f2", "#bcd5ea", "#5a9ccd", "#0f5a99"],
    empty: "#f2f4f6",
  },
  dark: {
    background: "#14191f",
    text: "#e8ecf0",
    muted: "#9aa6b2",
    grid: "#262e37",
    axis: "#47525e",
    colours: ["#60a1e1", "#ea7f2e", "#22c299", "#cc4c9a", "#d3c062", "#bfe3ec", "#ea8098", "#98a3ae"],
    sequential: ["#1d2b3a", "#1f4669", "#24669c", "#3d8cc9", "#7ab8e8", "#c4e2f8"],
    diverging: ["#f5a066", "#b9672f", "#5b3c29", "#232a32", "#25455f", "#3f83b8", "#8cc8f2"],
    empty: "#1c232b",
  },
};

export const FONT_FAMILY = "Inter, system-ui, sans-serif";

/** The colour at `share` (0 to 1) of a scale. */
export function mixColour(scale: readonly string[], share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const low = Math.min(scale.length - 2, Math.floor(at));
  const [a, b] = [readColour(scale[low] ?? "#000000"), readColour(scale[low + 1] ?? "#000000")];
  const part = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * (at - low));
  return `#${[part(0), part(1), part(2)].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

export function readColour(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Relative luminance, 0 to 1 (WCAG 2.2). */
export function luminance(colour: string): number {
  const [r, g, b] = readColour(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The text colour that reads best on a tile. */
export function readableOn(colour: string): string {
  return luminance(colour) > 0.26 ? "#10161d" : "#ffffff";
}
