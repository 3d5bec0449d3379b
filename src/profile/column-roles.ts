/** What a column probably is, by its name and its figures. */
import type { ColumnProfile, Profile } from "./types.ts";

/** A name in lower-case words: `isFraud`, `is_fraud` and `Is Fraud` are all `is fraud`. */
export const splitName = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[^\p{L}\d%$]+/gu, " ")
    .trim()
    .toLowerCase();

const TARGET_NAME =
  /^(target|label|class|outcome|y|response|survived|churn(ed)?|fraud|default(ed)?|converted|attrition|diagnosis|is \w+|has \w+|.* (target|label|class|outcome|churn(ed)?|fraud|default))$/;
const ID_NAME = /^(id|uuid|guid|key|pk|.* (id|uuid|guid|key))$/;
const MOST_CLASSES = 10;

/** Columns that a model may be meant to predict: booleans, and columns of few values with a telling name. */
export function findTargetCandidates(profile: Profile): ColumnProfile[] {
  return profile.columns.filter((column) => {
    if (column.unique < 2 || column.unique > MOST_CLASSES || !column.values_complete) return false;
    return column.kind === "boolean" || (column.count > column.unique && TARGET_NAME.test(splitName(column.name)));
  });
}

/** Share of the rarest class among the present values. */
export function findMinority(column: ColumnProfile): { value: string; count: number; share: number } | undefined {
  const rarest = column.values.at(-1);
  if (rarest === undefined || column.count === 0) return undefined;
  return { value: String(rarest.value), count: rarest.count, share: rarest.count / column.count };
}

/** A class is rare below 40 % of an even share: 20 % of two classes, 10 % of four. */
export function isImbalanced(column: ColumnProfile): boolean {
  const minority = findMinority(column);
  return minority !== undefined && minority.share < 0.4 / column.unique;
}

/** True for columns that should name each row once: an identifier's name, and nearly all values distinct. */
export function looksLikeIdentifier(column: ColumnProfile, position: number, table: string): boolean {
  if (column.kind === "float" || column.kind === "boolean" || column.count === 0) return false;
  const name = splitName(column.name);
  if (!ID_NAME.test(name)) return false;
  const distinctShare = column.unique / column.count;
  const own = splitName(table).replace(/s$/, "");
  if (/^(id|uuid|guid|pk)$/.test(name) || name === `${own} id`) return distinctShare > 0.5;
  return distinctShare > (position === 0 ? 0.8 : 0.95);
}

/** The range that a column's name allows. */
export interface AllowedRange {
  low: number;
  high: number;
  why: string;
}

const RANGES: [RegExp, AllowedRange][] = [
  [/\b(lat|latitude)\b/, { low: -90, high: 90, why: "latitudes lie between -90 and 90" }],
  [/\b(lon|lng|longitude)\b/, { low: -180, high: 360, why: "longitudes lie between -180 and 180 (or 0 and 360)" }],
  [/^(age|.* age)( years)?$/, { low: 0, high: 130, why: "ages lie between 0 and 130" }],
  [/\b(humidity|battery level)\b/, { low: 0, high: 100, why: "percentages of this kind lie between 0 and 100" }],
  [
    /\b(count|quantity|qty|price|distance|height|width|weight|population|duration|votes|views|clicks|visits|headcount)$/,
    { low: 0, high: Number.POSITIVE_INFINITY, why: "such amounts are not negative" },
  ],
];

/** Finds the range that a numeric column's name promises, if any. */
export function findAllowedRange(column: ColumnProfile): AllowedRange | undefined {
  if (column.kind !== "integer" && column.kind !== "float") return undefined;
  const name = splitName(column.name);
  return RANGES.find(([pattern]) => pattern.test(name))?.[1];
}

/** True for dates that are expected to lie ahead. */
export const mayLieAhead = (column: ColumnProfile): boolean =>
  /\b(expir\w*|due|until|deadline|schedul\w*|next|valid|renew\w*|end|ends|planned|forecast|maturity|delivery|target|birthday)\b/.test(
    splitName(column.name),
  );
