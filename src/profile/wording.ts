/** Figures as they stand in sentences. */

/** A share as a percentage of two or so significant digits: `0.09%`, `2.4%`, `17%`. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent === 0) return "0%";
  if (percent < 0.01) return "<0.01%";
  if (percent > 99 && percent < 100) return `${trimZeros(Math.floor(percent * 100) / 100, 2)}%`;
  return `${trimZeros(percent, percent < 1 ? 2 : percent < 10 ? 1 : 0)}%`;
}

const trimZeros = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

/** A count with thousands separators. */
export const formatCount = (count: number): string => Math.round(count).toLocaleString("en-US");

/** A number of about four significant digits; above 1,000 without decimals. */
export function formatNumber(value: number): string {
  if ((Number.isInteger(value) || Math.abs(value) >= 1000) && Math.abs(value) < 1e15) return formatCount(value);
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1e-4 && Math.abs(rounded) < 1e15
    ? rounded.toLocaleString("en-US", { maximumSignificantDigits: 4 })
    : String(rounded);
}

/** `1 row`, `2 rows`. */
export const formatPlural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
