/** Figures, dates and names as they stand in charts. */
import type { Axis, TimeUnit, ValueFormat } from "./types.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** A figure in full: `1,050.75`, `0.00123`, `1.2e+21`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e15 || size < 1e-6)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return (size !== 0 && size < 1 ? small : plain).format(value);
}

/** A figure for an axis: `1.2K`, `3M`, `0.05`. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e15 || size < 1e-4)) return value.toExponential(1).replace(/\.0e/, "e");
  return size >= 10_000 ? compact.format(value) : formatNumber(value);
}

/** A share of 1 as a percentage of two or so digits. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent !== 0 && percent < 1 ? "<1" : plain.format(Math.round(percent))}%`;
}

/** A moment, as long as its unit asks for: `2023`, `Q1 2023`, `Jan 2023`, `2023-01-05`, `2023-01-05 14:00`. */
export function formatTime(time: number, unit: TimeUnit): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  switch (unit) {
    case "year":
      return String(year);
    case "quarter":
      return `Q${Math.floor(month / 3) + 1} ${year}`;
    case "month":
      return `${MONTHS[month]} ${year}`;
    case "week":
    case "day":
      return date.toISOString().slice(0, -14);
    case "hour":
    case "minute":
      return date.toISOString().slice(0, -8).replace("T", " ");
    case "second":
      return date.toISOString().slice(0, -5).replace("T", " ");
  }
}

export function formatValue(value: number, format: ValueFormat): string {
  if (format.kind === "time") return formatTime(value, format.unit);
  return `${formatNumber(value)}${format.kind === "number" ? (format.suffix ?? "") : ""}`;
}

/** Cuts a label that is longer than `length` characters, at a word where one ends near. */
export function shortenLabel(label: string, length: number): string {
  const characters = Array.from(label);
  if (characters.length <= length) return label;
  const cut = characters.slice(0, length - 1).join("");
  const space = cut.lastIndexOf(" ");
  return `${(space > length * 0.6 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

const WORDS: Record<string, string> = {
  avg: "Average",
  mean: "Average",
  sum: "Total",
  num: "Number",
  qty: "Quantity",
  amt: "Amount",
  pct: "Percent",
  stddev: "Standard Deviation",
  cnt: "Count",
  min: "Lowest",
  max: "Highest",
};
const ACRONYMS = new Set(
  "api csv cpu eu gdp gmv gpa gpu html id imdb ip iq kpi ltv mpg ram roi sku sms ui uk uri url us usd uuid".split(" "),
);
const LOWER = new Set("a an and at by for from in of on or per the to vs with".split(" "));

/** A column's name as a heading: `avg_lifetimeValue` is `Average Lifetime Value`. */
export function titleName(name: string): string {
  const words = printable(name)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .split(/[\s_]+/)
    .filter((word) => word !== "");
  if (words.length === 0) return "Value";
  return words.map(titleWord).join(" ");
}

function titleWord(word: string, i: number): string {
  const lower = word.toLowerCase();
  const known = Object.hasOwn(WORDS, lower) ? WORDS[lower] : undefined;
  const isEnd = i > 0 && (lower === "min" || lower === "max");
  if (known !== undefined && !isEnd) return known;
  if (ACRONYMS.has(lower)) return lower.toUpperCase();
  if (i > 0 && LOWER.has(lower)) return lower;
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Without the characters that XML 1.0 has no room for, and on one line. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]+/gu, " ")
    .trim();
}

/** The suffix that a measure's name calls for. */
export function numberFormat(name: string): ValueFormat {
  return /(^|[\s_])(percent|percentage|pct)([\s_]|$)|%/i.test(name)
    ? { kind: "number", suffix: "%" }
    : { kind: "number" };
}

/** The axis of a measure. */
export function measureAxis(name: string): Axis {
  return { title: titleName(name), format: numberFormat(name) };
}
