/** The rows of a result as fields see them, and what the builders of charts share. */

import { type Field, findOrder, readLabel, readNumber, readTime } from "./fields.ts";
import { printable, titleName } from "./format.ts";
import type { Cell, ChartInput, ChartKind } from "./types.ts";

/** What a chart is made from. */
export interface Plot {
  rows: readonly (readonly Cell[])[];
  fields: readonly Field[];
  title: string | undefined;
  intent: NonNullable<ChartInput["intent"]>;
  notes: string[];
  /** The kind that was asked for. */
  asked: ChartKind | undefined;
}

export const numberIn = (row: readonly Cell[], field: Field): number | undefined => readNumber(row[field.index]);
export const timeIn = (row: readonly Cell[], field: Field): number | undefined => readTime(row[field.index]);
export const labelIn = (row: readonly Cell[], field: Field): string => readLabel(row[field.index]);

/** All values of a numeric field. */
export function numbersOf({ rows }: Pick<Plot, "rows">, field: Field): number[] {
  return rows.flatMap((row) => numberIn(row, field) ?? []);
}

/** `Average Lifetime Value by Country`, unless the caller knows better. */
export function titleOf(plot: Plot, what: string, by: readonly string[]): string {
  const given = printable(plot.title ?? "");
  return given !== "" ? given : by.length > 0 ? `${what} by ${by.map(titleName).join(" and ")}` : what;
}

const ADDITIVE = /(^|[\s_])(count|counts|sum|total|n|num|number|rows|quantity|qty|sales|revenue|units)([\s_(]|$)/i;

/** Sums of this measure mean something: counts and totals, not averages. */
export function isAdditive(name: string): boolean {
  return (
    ADDITIVE.test(name) &&
    !/(^|[\s_])(avg|average|mean|median|rate|ratio|min|max|percent|share|price)([\s_]|$)/i.test(name)
  );
}

/**
 * Puts labels into the order that everybody knows for them, or numbers into theirs; undefined where they have none.
 * @returns positions
 */
export function naturalOrder(labels: readonly string[], field: Field): number[] | undefined {
  const positions = labels.map((_, i) => i);
  const order = findOrder(labels);
  if (order) {
    const rank = (i: number) => order.indexOf(labels[i]!.toLowerCase());
    return positions.sort((a, b) => rank(a) - rank(b));
  }
  if (field.kind !== "step") return undefined;
  const numbers = labels.map((label) => readNumber(label) ?? Number.POSITIVE_INFINITY);
  return positions.sort((a, b) => numbers[a]! - numbers[b]!);
}

const counter = new Intl.NumberFormat("en-US");
/** A count with thousands separators. */
export const formatCount = (count: number): string => counter.format(count);

const SCALE_APART = 25;

/** The measures that can share an axis with the first; says which were left out. */
export function takeMeasures(plot: Plot, measures: readonly Field[], most: number): Field[] {
  const sizes = new Map(measures.map((field) => [field, largestSize(numbersOf(plot, field))]));
  const [first, ...rest] = measures;
  if (first === undefined) return [];
  const size = sizes.get(first) ?? 0;
  const fits = rest.filter((field) => {
    const own = sizes.get(field) ?? 0;
    return own === 0 || size === 0 || (own / size < SCALE_APART && size / own < SCALE_APART);
  });
  const taken = [first, ...fits].slice(0, most);
  noteLeftOut(
    plot,
    rest.filter((field) => !fits.includes(field)),
    "another scale",
  );
  noteLeftOut(
    plot,
    fits.filter((field) => !taken.includes(field)),
    "one too many",
  );
  return taken;
}

function noteLeftOut(plot: Plot, fields: readonly Field[], why: "another scale" | "one too many"): void {
  if (fields.length === 0) return;
  const names = fields
    .slice(0, 3)
    .map((field) => `“${titleName(field.name)}”`)
    .join(", ");
  const more = fields.length > 3 ? ` and ${fields.length - 3} more` : "";
  const verb = fields.length === 1 ? "is" : "are";
  plot.notes.push(`${names}${more} ${verb} left out${why === "another scale" ? `, being on another scale` : ""}.`);
}

function largestSize(values: readonly number[]): number {
  let size = 0;
  for (const value of values) size = Math.max(size, Math.abs(value));
  return size;
}
