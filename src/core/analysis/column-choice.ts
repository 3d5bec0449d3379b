import type { ColumnProfile, Profile } from "../../profile/index.ts";
import { findTargetCandidates, isCategorical } from "../../profile/index.ts";

/** The columns of a table by what pictures of them would show. */
export interface ChosenColumns {
  /** What a model would probably predict, if anything. */
  target: ColumnProfile | undefined;
  /** Figures worth a picture, the most telling first. */
  measures: ColumnProfile[];
  /** Names of groups, the most telling first, without the target. */
  categories: ColumnProfile[];
  /** When rows happened. */
  time: ColumnProfile | undefined;
}

/** Names are matched word by word, in lower case. */
const ID_NAME =
  /\b(id|uuid|guid|key|index|row|number|no|code|zip|postcode|phone|lat|latitude|lon|lng|longitude)$|^(rowid|unnamed)\b/;
const KEY_NAME =
  /\b(price|amount|revenue|sales|value|income|salary|cost|profit|total|score|rating|age|balance|spend|charges?|fare|gross|budget|mileage|weight|duration|distance|temperature|horsepower|mpg)\b/;
const MOMENT_NAME = /\b(date|day|time|timestamp|created|ordered|order|sold|signup|registered|month)\b/;
const TARGET_NAME =
  /\b(churn(ed)?|target|label|class|outcome|fraud|default(ed)?|survived|converted|attrition|diagnosis|response)\b/;
/** Distinct figures from which a column measures rather than names. */
const FEWEST_FIGURES = 8;
const MOST_GROUPS = 50;

/** Sorts columns by what is to be seen in them. */
export function chooseColumns(profile: Profile): ChosenColumns {
  const targets = findTargetCandidates(profile);
  const target =
    targets.find(({ name }) => TARGET_NAME.test(wordsOf(name))) ??
    targets.find(({ kind }) => kind !== "boolean") ??
    targets[targets.length - 1];
  const measures = profile.columns.filter((column) => isMeasure(column, profile));
  const categories = profile.columns.filter((column) => column !== target && isGroup(column));
  const times = profile.columns.filter(
    ({ kind, dates }) => (kind === "date" || kind === "datetime") && (dates?.range_days ?? 0) > 1,
  );
  return {
    target,
    measures: measures.sort((a, b) => weighMeasure(b) - weighMeasure(a)),
    categories: categories.sort((a, b) => weighGroup(profile, b, target) - weighGroup(profile, a, target)),
    time: times.sort((a, b) => weighTime(b) - weighTime(a))[0],
  };
}

/** `lifetimeValue` and `lifetime_value` are `lifetime value`. */
const wordsOf = (name: string): string =>
  name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/[^\p{L}\d]+/gu, " ")
    .trim()
    .toLowerCase();

function isMeasure({ kind, name, unique, count, numeric }: ColumnProfile, { row_count: rows }: Profile): boolean {
  if ((kind !== "integer" && kind !== "float") || numeric === undefined || unique < FEWEST_FIGURES) return false;
  if (count < rows * 0.05 || ID_NAME.test(wordsOf(name))) return false;
  // Whole numbers that are all different and evenly spread count rows rather than measure anything.
  const { min, max, skewness } = numeric;
  const isCounter =
    kind === "integer" && unique === count && Math.abs(skewness ?? 1) < 0.05 && (max ?? 0) - (min ?? 0) === count - 1;
  return !isCounter;
}

function isGroup(column: ColumnProfile): boolean {
  if (column.unique < 2 || column.unique > MOST_GROUPS || column.count === 0) return false;
  if (column.kind === "text") return isCategorical(column);
  return column.kind === "boolean";
}

function weighMeasure({ name, numeric, count, missing }: ColumnProfile): number {
  const skew = Math.min(3, Math.abs(numeric?.skewness ?? 0));
  const outliers = Math.min(1, ((numeric?.outlier_count ?? 0) / Math.max(1, count)) * 20);
  return (KEY_NAME.test(wordsOf(name)) ? 4 : 0) + skew + outliers - (missing / Math.max(1, count + missing)) * 2;
}

/** Groups tell most when they go with the target, are some but not many, and none holds nearly all rows. */
function weighGroup(profile: Profile, column: ColumnProfile, target: ColumnProfile | undefined): number {
  const most = column.values[0]?.count ?? 0;
  const tie = target ? Math.abs(tieOf(profile.cramers_v, column.name, target.name) ?? 0) : 0;
  const size = column.unique >= 3 && column.unique <= 15 ? 1 : column.unique <= 25 ? 0.5 : 0;
  return 4 * tie + size + (1 - most / column.count) - (column.kind === "boolean" ? 0.5 : 0);
}

function weighTime({ name, unique, missing, count }: ColumnProfile): number {
  return (MOMENT_NAME.test(wordsOf(name)) ? 1 : 0) + Math.min(1, unique / 100) - missing / Math.max(1, count + missing);
}

/** The measure of association of two columns; undefined when it was not computed. */
export function tieOf(association: Profile["pearson"], a: string, b: string): number | undefined {
  const pair = association.pairs.find((own) => (own.a === a && own.b === b) || (own.a === b && own.b === a));
  return pair?.value ?? undefined;
}
