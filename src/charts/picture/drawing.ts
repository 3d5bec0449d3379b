import type { Frame, PictureSize } from "./frame.ts";
import type { ThemeName } from "./theme.ts";

export interface DrawOptions {
  theme: ThemeName;
  size: PictureSize;
}

/** A frame and what ECharts draws in it. */
export interface Drawing {
  frame: Frame;
  option: Record<string, unknown>;
}
