/** What to do about a table's insights, for somebody who will train a model on it or report from it. */
import { isCategorical } from "./analysis.ts";
import { findTargetCandidates, mayLieAhead, splitName } from "./column-roles.ts";
import { hasOrdinaryRange } from "./findings.ts";
import type { Insight } from "./insights.ts";
import { presentValue, quoteName, quoteTable } from "./sql.ts";
import type { ColumnProfile, Profile } from "./types.ts";
import { formatNumber, formatPercent, formatPlural } from "./wording.ts";

export type Importance = "low" | "medium" | "high";

export interface Recommendation {
  type: "preprocessing" | "feature_engineering" | "modeling";
  message: string;
  importance: Importance;
  columns: string[];
  /** A query that shows the case for it, or does it. */
  sql: string;
}

const MOST_RECOMMENDATIONS = 30;
const ORDER: Record<Importance, number> = { high: 0, medium: 1, low: 2 };
/** A column with more gaps than this is better dropped than filled. */
const DROP_SHARE = 0.6;

/** Turns a profile and its insights into advice, most important first, at most 30 sentences. */
export function recommend(profile: Profile, insights: readonly Insight[], tableName = profile.table): Recommendation[] {
  const table = quoteTable({ name: tableName });
  const advice = [
    ...profile.columns.flatMap((column) => [
      adviseMissing(column, table),
      adviseDates(column, table),
      adviseSkew(column, table),
      adviseText(profile, column, table),
    ]),
    ...insights.map((insight) => adviseInsight(profile, insight)),
  ];
  return advice
    .filter((recommendation) => recommendation !== undefined)
    .sort((a, b) => ORDER[a.importance] - ORDER[b.importance])
    .slice(0, MOST_RECOMMENDATIONS);
}

function adviseMissing(column: ColumnProfile, table: string): Recommendation | undefined {
  const { name, missing, missing_percent: share } = column;
  if (missing === 0) return undefined;
  const value = presentValue(column);
  const percent = formatPercent(share);
  if (share >= DROP_SHARE) {
    return {
      type: "preprocessing",
      message: `Consider dropping '${name}', or replacing it by whether it is known (currently ${percent} missing).`,
      importance: "medium",
      columns: [name],
      sql: `SELECT ${value} IS NOT NULL AS known, count(*) AS n FROM ${table} GROUP BY ALL`,
    };
  }
  const median = column.numeric?.percentiles["p50"];
  const by =
    column.dates === undefined && typeof median === "number" && column.kind !== "boolean"
      ? ` by the median, ${formatNumber(median)},`
      : "";
  return {
    type: "preprocessing",
    message: `Consider imputing missing '${name}' values${by} (currently ${percent} missing).`.replace(", (", " ("),
    importance: share >= 0.01 ? "medium" : "low",
    columns: [name],
    sql: `SELECT count(*) - count(${value}) AS missing, count(*) AS n FROM ${table}`,
  };
}

function adviseDates(column: ColumnProfile, table: string): Recommendation | undefined {
  const { dates, name } = column;
  if (dates?.max === null || dates === undefined || column.unique < 2) return undefined;
  const feature = `days_${mayLieAhead(column) ? "until" : "since"}_${splitName(name)
    .replaceAll(" ", "_")
    .replace(/_(date|at|time|on)$/, "")}`;
  return {
    type: "feature_engineering",
    message: `Create a '${feature}' feature from '${name}' date (it runs from ${dates.min} to ${dates.max}).`,
    importance: /\b(last|latest|recent|first|sign ?up|created|joined|registered)\b/.test(splitName(name))
      ? "high"
      : "medium",
    columns: [name],
    sql: `SELECT datediff('day', ${quoteName(name)}::DATE, max(${quoteName(name)}::DATE) OVER ()) AS ${quoteName(feature)} FROM ${table}`,
  };
}

function adviseSkew(column: ColumnProfile, table: string): Recommendation | undefined {
  const { numeric, name, kind } = column;
  if (
    numeric === undefined ||
    (kind !== "integer" && kind !== "float") ||
    column.unique <= 10 ||
    !hasOrdinaryRange(column)
  )
    return undefined;
  if (numeric.skewness === null || numeric.skewness < 2 || numeric.min === null || numeric.min < 0) return undefined;
  const value = presentValue(column);
  return {
    type: "feature_engineering",
    message: `Use the logarithm of ${numeric.zeros > 0 ? `1 + '${name}'` : `'${name}'`} (its skewness is ${formatNumber(numeric.skewness)} and no value is negative).`,
    importance: "low",
    columns: [name],
    sql: `SELECT skewness(${value}) AS skewness, skewness(ln(${numeric.zeros > 0 ? "1 + " : ""}${value})) AS of_logarithm FROM ${table}`,
  };
}

function adviseText(profile: Profile, column: ColumnProfile, table: string): Recommendation | undefined {
  const targets = findTargetCandidates(profile);
  if (!isCategorical(column) || column.kind !== "text" || column.unique < 2 || targets.includes(column))
    return undefined;
  return {
    type: "feature_engineering",
    message:
      column.unique <= 15
        ? `One-hot encode '${column.name}' (${formatPlural(column.unique, "category").replace("categorys", "categories")}).`
        : `Encode '${column.name}' by frequency or target mean (${column.unique} categories are many for one-hot).`,
    importance: "low",
    columns: [column.name],
    sql: `SELECT ${quoteName(column.name)}, count(*) AS n FROM ${table} GROUP BY ALL ORDER BY n DESC`,
  };
}

/** What an insight calls for: type of advice, importance, and the sentence. */
function adviseInsight(profile: Profile, insight: Insight): Recommendation | undefined {
  const { columns, sql } = insight;
  const [first, second] = columns;
  const make = (type: Recommendation["type"], importance: Importance, message: string): Recommendation => ({
    type,
    message,
    importance,
    columns,
    sql,
  });
  switch (insight.type) {
    case "imbalance": {
      const column = profile.columns.find(({ name }) => name === first);
      const rarest = column?.values.at(-1);
      const share =
        rarest === undefined || column === undefined
          ? ""
          : ` (${formatPercent(rarest.count / column.count)} '${rarest.value}')`;
      return make(
        "modeling",
        "high",
        `Use SMOTE or class weighting to handle the imbalanced '${first}' target${share}.`,
      );
    }
    case "duplicates":
      return make(
        "preprocessing",
        profile.duplicate_rows / profile.row_count >= 0.01 ? "high" : "medium",
        `Remove the ${formatPlural(profile.duplicate_rows, "duplicate row")} before splitting the data.`,
      );
    case "constant":
      return make("preprocessing", "low", `Drop '${first}': it tells rows apart hardly or not at all.`);
    case "mixed_types":
      return make("preprocessing", "high", `Convert '${first}' to one type; ${lowerFirst(insight.message)}`);
    case "category_variants":
    case "whitespace":
      return make("preprocessing", "medium", `Normalize the spelling of '${first}'; ${lowerFirst(insight.message)}`);
    case "broken_encoding":
      return make(
        "preprocessing",
        "high",
        `Import '${first}' again with its right encoding; ${lowerFirst(insight.message)}`,
      );
    case "duplicate_ids":
      return make(
        "preprocessing",
        "high",
        `Decide which row of each repeated '${first}' is right; ${lowerFirst(insight.message)}`,
      );
    case "out_of_range":
      return make(
        "preprocessing",
        "high",
        `Correct or remove impossible values of '${first}'; ${lowerFirst(insight.message)}`,
      );
    case "leakage":
      return make(
        "modeling",
        "high",
        `Leave out '${first}' or '${second}' unless both are known before the outcome; ${lowerFirst(insight.message)}`,
      );
    case "correlation":
      return make(
        "modeling",
        "low",
        `Keep only one of '${first}' and '${second}' in linear models; ${lowerFirst(insight.message)}`,
      );
    default:
      return undefined;
  }
}

const lowerFirst = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
