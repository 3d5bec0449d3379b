/** What every picture has: size, texts around the plot, and the room that these leave. */
import { shortenLabel } from "../format.ts";
import type { ChartSpec } from "../types.ts";
import { measureText } from "./measure-text.ts";
import { FONT_FAMILY, THEMES, type Theme, type ThemeName } from "./theme.ts";

export type PictureSize = "full" | "thumbnail";

export interface Layout {
  width: number;
  height: number;
  margin: number;
  titleSize: number;
  textSize: number;
  isSmall: boolean;
}

const LAYOUTS: Record<PictureSize, Layout> = {
  full: { width: 960, height: 540, margin: 32, titleSize: 20, textSize: 13, isSmall: false },
  thumbnail: { width: 320, height: 180, margin: 12, titleSize: 13, textSize: 11, isSmall: true },
};

/** A box that leaves so many pixels at each side. */
export interface Room {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** One picture in the making. */
export interface Frame {
  layout: Layout;
  theme: Theme;
  /** Where the plot with its axis labels goes. */
  room: Room;
  texts: object[];
  legend: object | undefined;
}

interface Around {
  /** Stands above the vertical axis. */
  above?: string | undefined;
  /** Stands below the horizontal axis. */
  below?: string | undefined;
  legend?: readonly string[] | undefined;
}

/** Lays out title, axis titles, legend and notes, and says what room is left. */
export function createFrame(
  spec: Pick<ChartSpec, "title" | "notes">,
  options: { theme: ThemeName; size: PictureSize },
  around: Around,
): Frame {
  const layout = LAYOUTS[options.size];
  const theme = THEMES[options.theme];
  const { margin, titleSize, width, isSmall, textSize } = layout;
  const room: Room = { left: margin, right: margin, top: margin, bottom: margin };
  const texts: object[] = [];
  const font = { fontFamily: FONT_FAMILY };
  const lines = wrapText(spec.title, `600 ${titleSize}px`, width - 2 * margin, isSmall ? 1 : 2);
  room.top = isSmall ? 9 : 24;
  texts.push({
    text: lines.join("\n"),
    left: margin,
    top: room.top,
    padding: 0,
    textStyle: { ...font, color: theme.text, fontSize: titleSize, fontWeight: 600, lineHeight: titleSize * 1.3 },
  });
  room.top += lines.length * titleSize * 1.3 + (isSmall ? 6 : 14);
  if (isSmall) return { layout, theme, room: { ...room, bottom: 8 }, texts, legend: undefined };

  const small = { ...font, color: theme.muted, fontSize: textSize, fontWeight: "normal" };
  const legend = createLegend(around.legend, room, theme, layout);
  if (legend) room.top += legend.rows * 22 + 8;
  if (around.above) {
    texts.push({ text: shortenLabel(around.above, 90), left: margin, top: room.top, padding: 0, textStyle: small });
    room.top += 26;
  }
  room.bottom = 22;
  const notes = spec.notes.slice(0, 3).flatMap((note) => wrapText(note, "12px", width - 2 * margin, 2));
  if (notes.length > 0) {
    const style = { ...small, fontSize: 12, lineHeight: 17 };
    texts.push({ text: notes.join("\n"), left: margin, bottom: 18, padding: 0, textStyle: style });
    room.bottom += notes.length * 17 + 8;
  }
  if (around.below) {
    const style = {
      text: shortenLabel(around.below, 90),
      left: "center",
      bottom: room.bottom,
      padding: 0,
      textStyle: small,
    };
    texts.push(style);
    room.bottom += 24;
  }
  return { layout, theme, room, texts, legend: legend?.option };
}

function createLegend(
  names: readonly string[] | undefined,
  room: Room,
  theme: Theme,
  { width, margin, textSize }: Layout,
) {
  if (!names || names.length < 2) return undefined;
  const item = (name: string) => measureText(shortenLabel(name, 28), `${textSize}px`) + 14 + 6 + 18;
  const rows = Math.max(1, Math.ceil(names.reduce((sum, name) => sum + item(name), 0) / (width - 2 * margin - 60)));
  const option = {
    data: [...names],
    left: margin - 5,
    top: room.top - 4,
    width: width - 2 * margin,
    itemWidth: 12,
    itemHeight: 12,
    itemGap: 18,
    icon: "roundRect",
    selectedMode: false,
    formatter: (name: string) => shortenLabel(name, 28),
    textStyle: { fontFamily: FONT_FAMILY, fontSize: textSize, color: theme.text },
  };
  return { option, rows };
}

/** Breaks a text into lines that fit; what is left over ends with an ellipsis. */
export function wrapText(text: string, font: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest !== "" && lines.length < most) {
    const fits = fitLength(rest, font, width);
    const isLast = lines.length === most - 1;
    if (fits >= rest.length) {
      lines.push(rest);
      return lines;
    }
    if (isLast) {
      lines.push(`${rest.slice(0, Math.max(1, fits - 1)).trimEnd()}…`);
      return lines;
    }
    const space = rest.lastIndexOf(" ", fits);
    const cut = space > fits / 2 ? space : Math.max(1, fits);
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return lines.length === 0 ? [""] : lines;
}

function fitLength(text: string, font: string, width: number): number {
  let used = 0;
  let length = 0;
  for (const character of text) {
    used += measureText(character, font);
    if (used > width) return length;
    length += character.length;
  }
  return text.length;
}
