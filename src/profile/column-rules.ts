/** What is noteworthy in a single column: one rule a function, from the figures of its profile. */
import { findMinority, isImbalanced, looksLikeIdentifier, mayLieAhead } from "./column-roles.ts";
import { presentValue, quoteName, quoteText } from "./sql.ts";
import { MOJIBAKE } from "./text.ts";
import type { ColumnProfile, Profile } from "./types.ts";
import { formatCount, formatNumber, formatPercent, formatPlural } from "./wording.ts";

export type FindingType =
  | "no_rows"
  | "missing_data"
  | "duplicates"
  | "constant"
  | "near_constant"
  | "mixed_types"
  | "out_of_range"
  | "non_finite"
  | "outliers"
  | "broken_encoding"
  | "whitespace"
  | "category_variants"
  | "duplicate_ids"
  | "future_dates"
  | "imbalance";

export type Severity = "low" | "medium" | "high";

export interface Finding {
  type: FindingType;
  column: string | undefined;
  /** Rows (or values) affected, and their share of the rows that could be. */
  count: number;
  share: number;
  severity: Severity;
  /** One sentence with its figures. */
  message: string;
  /** A query that proves it. */
  sql: string;
}

export const gradeShare = (share: number, medium: number, high: number): Severity =>
  share >= high ? "high" : share >= medium ? "medium" : "low";

/** False for values so large or small that squares of them leave the range of doubles, and SQL's aggregates fail. */
export function hasOrdinaryRange({ numeric }: ColumnProfile): boolean {
  const { min, max, std } = numeric ?? {};
  if (typeof min !== "number" || typeof max !== "number" || typeof std !== "number") return false;
  return Math.max(Math.abs(min), Math.abs(max)) < 1e70 && std > 1e-70;
}

const NEAR_CONSTANT_SHARE = 0.99;
/** Text is of mixed type when at least this share, but not all of it, reads as numbers or as dates. */
const MIXED_SHARE = 0.1;

export interface Subject {
  profile: Profile;
  table: string;
  column: ColumnProfile;
  position: number;
  name: string;
}

export type Rule = (subject: Subject) => Finding | undefined;

const findMissing: Rule = ({ column, table }) => {
  if (column.missing === 0) return undefined;
  const share = column.missing_percent;
  return {
    type: "missing_data",
    column: column.name,
    count: column.missing,
    share,
    severity: gradeShare(share, 0.05, 0.3),
    message:
      column.count === 0
        ? `The '${column.name}' column is empty: all ${formatPlural(column.missing, "value")} are missing.`
        : `The '${column.name}' column has ${formatPercent(share)} missing values (${formatCount(column.missing)}).`,
    sql: `SELECT count(*) AS missing FROM ${table} WHERE ${presentValue(column)} IS NULL`,
  };
};

const findConstant: Rule = ({ column, profile, table, name }) => {
  if (column.count === 0 || profile.row_count < 2) return undefined;
  const top = findCommonest(column);
  if (top === undefined || (column.unique > 1 && top.share < NEAR_CONSTANT_SHARE)) return undefined;
  const isConstant = column.unique === 1;
  return {
    type: isConstant ? "constant" : "near_constant",
    column: column.name,
    count: Math.round(top.share * column.count),
    share: top.share,
    severity: isConstant ? "medium" : "low",
    message: isConstant
      ? `The '${column.name}' column holds one value only: ${top.value}.`
      : `The '${column.name}' column is nearly constant: ${top.isBound ? "at least " : ""}${formatPercent(top.share)} of its values are ${top.value}.`,
    sql: `SELECT ${name}, count(*) AS n FROM ${table} WHERE ${name} IS NOT NULL GROUP BY ALL ORDER BY n DESC LIMIT 5`,
  };
};

/** The commonest value; of long columns it is known from the quantiles when it fills 98 % of them. */
function findCommonest(column: ColumnProfile): { value: string; share: number; isBound: boolean } | undefined {
  const top = column.values[0];
  if (top !== undefined) {
    return { value: JSON.stringify(top.value), share: top.count / column.count, isBound: false };
  }
  const { percentiles } = column.numeric ?? {};
  if (percentiles === undefined || percentiles["p1"] === null || percentiles["p1"] !== percentiles["p99"])
    return undefined;
  const zeros = percentiles["p1"] === 0 ? column.numeric!.zeros / column.count : NEAR_CONSTANT_SHARE - 0.01;
  return { value: formatNumber(percentiles["p1"]!), share: zeros, isBound: percentiles["p1"] !== 0 };
}

const findMixedTypes: Rule = ({ column, table, name }) => {
  const { text, count } = column;
  if (text === undefined || column.kind !== "text" || count === 0) return undefined;
  const [kind, like, type] =
    text.numeric_like >= text.date_like
      ? ["numbers", text.numeric_like, "DOUBLE"]
      : ["dates", text.date_like, "TIMESTAMP"];
  const share = like / count;
  if (share < MIXED_SHARE || like === count) return undefined;
  return {
    type: "mixed_types",
    column: column.name,
    count: count - like,
    share: 1 - share,
    severity: share > 0.9 ? "high" : "medium",
    message: `The '${column.name}' column mixes ${kind} (${formatPercent(share)}) with other text (${formatPlural(count - like, "value")}).`,
    sql: `SELECT ${name}, count(*) AS n FROM ${table} WHERE ${name} IS NOT NULL AND try_cast(${name} AS ${type}) IS NULL GROUP BY ALL ORDER BY n DESC LIMIT 20`,
  };
};

const findNonFinite: Rule = ({ column, table, name }) => {
  const count = column.infinite_count + column.nan_count;
  if (count === 0) return undefined;
  return {
    type: "non_finite",
    column: column.name,
    count,
    share: count / (column.count + column.nan_count),
    severity: column.infinite_count > 0 ? "high" : "low",
    message: `The '${column.name}' column holds ${formatPlural(count, "value")} that are no finite numbers (${formatCount(column.nan_count)} NaN, ${formatCount(column.infinite_count)} infinite).`,
    sql: `SELECT ${name}, count(*) AS n FROM ${table} WHERE NOT isfinite(${name}) GROUP BY ALL`,
  };
};

const findOutliers: Rule = ({ column, table }) => {
  const { numeric, kind, count } = column;
  if (numeric === undefined || (kind !== "integer" && kind !== "float")) return undefined;
  const outliers = numeric.outlier_count_3std;
  if (outliers === 0 || column.unique <= 2 || !hasOrdinaryRange(column)) return undefined;
  const share = outliers / count;
  const name = presentValue(column);
  return {
    type: "outliers",
    column: column.name,
    count: outliers,
    share,
    severity: gradeShare(share, 0.01, 0.05),
    message: `The '${column.name}' column contains ${formatPlural(outliers, "potential outlier")} (>3 std. deviations), ${formatPercent(share)} of its values.`,
    sql: `SELECT ${quoteName(column.name)} FROM ${table}, (SELECT avg(${name}) AS mean, stddev(${name}) AS std FROM ${table}) WHERE abs(${name} - mean) > 3 * std ORDER BY abs(${name} - mean) DESC LIMIT 100`,
  };
};

const textRule =
  (
    type: FindingType,
    fact: "broken_encoding" | "padded",
    condition: (name: string) => string,
    describe: (count: string, column: string) => string,
  ): Rule =>
  ({ column, table, name }) => {
    const count = column.text?.[fact] ?? 0;
    if (count === 0 || column.kind !== "text") return undefined;
    const share = count / column.count;
    return {
      type,
      column: column.name,
      count,
      share,
      severity: gradeShare(share, 0.01, 0.1),
      message: describe(formatPlural(count, "value"), column.name),
      sql: `SELECT ${name}, count(*) AS n FROM ${table} WHERE ${condition(name)} GROUP BY ALL ORDER BY n DESC LIMIT 20`,
    };
  };

const findBrokenEncoding = textRule(
  "broken_encoding",
  "broken_encoding",
  (name) =>
    `contains(${name}, chr(0)) OR contains(${name}, chr(65533)) OR regexp_matches(${name}, ${quoteText(MOJIBAKE)})`,
  (count, column) => `The '${column}' column holds ${count} with signs of a wrong decoding (such as '\ufffd' or 'Ã©').`,
);
const findWhitespace = textRule(
  "whitespace",
  "padded",
  (name) => `regexp_matches(${name}, '^\\s|\\s$')`,
  (count, column) => `The '${column}' column holds ${count} with white space at the start or the end.`,
);

const findVariants: Rule = ({ column, table, name }) => {
  const variants = column.text?.variants;
  if (variants === undefined || variants.length === 0) return undefined;
  // Names of people or films differ in case by chance; spellings matter where values repeat.
  if (column.unique > column.count / 2) return undefined;
  const count = variants.reduce((sum, variant) => sum + variant.count, 0);
  const example = variants[0]!.spellings
    .slice(0, 3)
    .map((spelling) => `'${spelling}'`)
    .join(", ");
  return {
    type: "category_variants",
    column: column.name,
    count,
    share: count / column.count,
    severity: gradeShare(count / column.count, 0.05, 0.2),
    message: `The '${column.name}' column spells ${formatPlural(variants.length, "value")} in more than one way (${example}), in ${formatPlural(count, "row")}.`,
    sql: `SELECT lower(trim(regexp_replace(${name}, '\\s+', ' ', 'g'))) AS value, list(DISTINCT ${name}) AS spellings, count(*) AS n FROM ${table} WHERE ${name} IS NOT NULL GROUP BY 1 HAVING count(DISTINCT ${name}) > 1 ORDER BY n DESC LIMIT 20`,
  };
};

const findRepeatedIds: Rule = ({ column, table, name, position, profile }) => {
  if (!looksLikeIdentifier(column, position, profile.table) || column.unique === column.count) return undefined;
  const count = column.count - column.unique;
  return {
    type: "duplicate_ids",
    column: column.name,
    count,
    share: count / column.count,
    severity: "high",
    message: `The '${column.name}' column looks like an identifier, but ${formatPlural(count, "value")} repeat an earlier one.`,
    sql: `SELECT ${name}, count(*) AS n FROM ${table} WHERE ${name} IS NOT NULL GROUP BY ALL HAVING count(*) > 1 ORDER BY n DESC LIMIT 20`,
  };
};

const findFutureDates: Rule = ({ column, table, name }) => {
  const count = column.dates?.future ?? 0;
  if (count === 0 || mayLieAhead(column)) return undefined;
  const share = count / column.count;
  return {
    type: "future_dates",
    column: column.name,
    count,
    share,
    severity: gradeShare(share, 0.01, 0.1),
    message: `${formatPlural(count, "date")} of the '${column.name}' column lie in the future, up to ${column.dates?.max ?? "infinity"}.`,
    sql: `SELECT ${name}, count(*) AS n FROM ${table} WHERE epoch(${name}) > epoch(get_current_timestamp()) GROUP BY ALL ORDER BY ${name} DESC LIMIT 20`,
  };
};

export const findImbalance: Rule = ({ column, table, name }) => {
  const minority = findMinority(column);
  if (minority === undefined || !isImbalanced(column)) return undefined;
  const positive = column.values.find(({ value }) => value === true || value === 1);
  const others = 1 - minority.share;
  const classes =
    column.unique > 2 || positive === undefined
      ? `'${minority.value}' is ${formatPercent(minority.share)} of its values`
      : `${formatPercent(positive.count / column.count)} positive, ${formatPercent(1 - positive.count / column.count)} negative`;
  return {
    type: "imbalance",
    column: column.name,
    count: minority.count,
    share: others,
    severity: "high",
    message: `The target variable '${column.name}' is imbalanced (${classes}).`,
    sql: `SELECT ${name}, count(*) AS n, count(*) / sum(count(*)) OVER () AS share FROM ${table} WHERE ${name} IS NOT NULL GROUP BY ${name} ORDER BY n DESC`,
  };
};

/** The rules that every column is held to. */
export const COLUMN_RULES: Rule[] = [
  findMissing,
  findConstant,
  findMixedTypes,
  findNonFinite,
  findOutliers,
  findBrokenEncoding,
  findWhitespace,
  findVariants,
  findRepeatedIds,
  findFutureDates,
];
