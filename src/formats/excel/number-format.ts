/** What a number format makes of a number: nothing special, a date (with or without time), a time of day, or a duration. */
export type FormatKind = "number" | "date" | "time" | "duration";

/** Built-in formats that Excel shows as dates and times (ECMA-376-1, 18.8.30 numFmt; those of East Asia included). */
const BUILT_IN: Record<number, FormatKind> = {};
for (const id of [14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 57, 58])
  BUILT_IN[id] = "date";
for (const id of [18, 19, 20, 21, 32, 33, 45, 47, 55, 56]) BUILT_IN[id] = "time";
BUILT_IN[46] = "duration";

/** The kind of a number format, by its code where the workbook has one for the id. */
export function classifyFormat(id: number, code: string | undefined): FormatKind {
  if (code === undefined) return BUILT_IN[id] ?? "number";
  return classifyCode(code);
}

function classifyCode(code: string): FormatKind {
  const [first = ""] = code.split(";");
  const bare = first
    .replace(/"[^"]*"?/g, "")
    .replace(/\\./g, "")
    .replace(/[_*]./g, "");
  if (/\[(h+|m+|s+)\]/i.test(bare)) return "duration";
  const letters = bare
    .replace(/\[[^\]]*\]/g, "")
    .replace(/general|standard/gi, "")
    .replace(/[AaBb]\/[PpMm]|am\/pm|上午\/下午/gi, "h")
    .replace(/E[+-]/g, "");
  if (/[#0?]/.test(letters.replace(/s\.?0+/gi, "s")) && !/[ymdhs]/i.test(letters)) return "number";
  if (/[yd]|e/i.test(letters) && !/^[^ymdhs]*e[^ymdhs]*$/i.test(letters)) return "date";
  if (/[hs]/i.test(letters)) return "time";
  return /m/i.test(letters) ? "date" : "number";
}

/** Days from 1970-01-01 to a serial day number, in Excel's 1900 or 1904 date system (ECMA-376-1, 18.17.4). */
export function serialToDays(serialDay: number, is1904: boolean): number {
  if (is1904) return serialDay - 24107;
  // The 1900 system counts a 29 February 1900 that never was.
  return serialDay - 25569 + (serialDay >= 1 && serialDay < 60 ? 1 : 0);
}
