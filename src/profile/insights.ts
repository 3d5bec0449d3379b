/** Insights of an analysis job: sentences with their figures, and the SQL that proves each. */
import { isCategorical } from "./analysis.ts";
import { findTargetCandidates } from "./column-roles.ts";
import {
  type Finding,
  type FindingOptions,
  findFindings,
  gradeShare,
  hasOrdinaryRange,
  type Severity,
} from "./findings.ts";
import { presentValue, quoteName, quoteTable } from "./sql.ts";
import type { ColumnProfile, Profile, ProfileEngine } from "./types.ts";
import { formatCount, formatNumber, formatPlural } from "./wording.ts";

export interface Insight {
  type: string;
  message: string;
  severity: Severity;
  columns: string[];
  sql: string;
}

/** Correlations at least this strong are told; at least this strong with a target, they are suspected leaks. */
const STRONG = 0.8;
const LEAK = 0.95;
/** Skewed beyond this, a mean misleads. */
const SKEWED = 2;
const MOST_INSIGHTS = 100;
const SEVERITY_ORDER: Record<Severity, number> = { high: 0, medium: 1, low: 2 };

/** How finding types of single columns are named among insights. */
const INSIGHT_TYPES: Partial<Record<Finding["type"], string>> = { near_constant: "constant", non_finite: "outliers" };

/**
 * Says what is noteworthy in a table, worst first, at most 100 sentences.
 * @param options with `engine`, also for whom values are missing, and which values are out of range
 */
export async function findInsights(profile: Profile, options: FindingOptions = {}): Promise<Insight[]> {
  const table = quoteTable({ name: options.tableName ?? profile.table });
  const findings = await findFindings(profile, options);
  const insights = findings.map(toInsight);
  if (options.engine !== undefined) {
    const groups = await findMissingGroups(profile, options.engine, options.from ?? table, options.signal);
    for (const [column, group] of groups) {
      const insight = insights.find(({ type, columns }) => type === "missing_data" && columns[0] === column);
      if (insight === undefined) continue;
      insight.message = insight.message.replace(/ \([\d,]+\)\.$/, "");
      insight.message += `, primarily for rows with ${group.factor}=${group.value} (${formatCount(group.count)} of ${formatCount(group.missing)}).`;
      insight.columns.push(group.factor);
      insight.sql = `SELECT ${quoteName(group.factor)}, count(*) AS n, count(*) - count(${group.present}) AS missing FROM ${table} GROUP BY ALL ORDER BY missing DESC`;
    }
  }
  for (const column of profile.columns) {
    const own = [describeSkew(column, table), describeGaps(column, table)];
    insights.push(...own.filter((insight) => insight !== undefined));
  }
  insights.push(...describeCorrelations(profile, table), ...describeFactors(profile, table));
  return insights.sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity]).slice(0, MOST_INSIGHTS);
}

const toInsight = ({ type, message, severity, column, sql }: Finding): Insight => ({
  type: INSIGHT_TYPES[type] ?? type,
  message,
  severity,
  columns: column === undefined ? [] : [column],
  sql,
});

interface MissingGroup {
  factor: string;
  value: string;
  count: number;
  missing: number;
  /** The column with the gaps, as SQL. */
  present: string;
}

const MOST_FACTORS = 8;
const MOST_FACTOR_VALUES = 20;
const MOST_GAPPY_COLUMNS = 40;
/** Fewer missing values show no pattern. */
const LEAST_MISSING = 5;

/**
 * Finds, for each column with gaps, the category that holds most of them: at least 60 % of the missing values, and at
 * least half as many again as its share of the rows explains.
 */
async function findMissingGroups(
  profile: Profile,
  engine: ProfileEngine,
  from: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, MissingGroup>> {
  const gappy = profile.columns.filter((c) => c.missing >= LEAST_MISSING && c.count > 0).slice(0, MOST_GAPPY_COLUMNS);
  const factors = profile.columns
    .filter((c) => isCategorical(c) && c.unique >= 2 && c.unique <= MOST_FACTOR_VALUES && c.missing_percent < 0.5)
    .slice(0, MOST_FACTORS);
  const best = new Map<string, MissingGroup & { lift: number }>();
  if (gappy.length === 0) return best;
  for (const factor of factors) {
    const name = quoteName(factor.name);
    const counts = gappy.map((column, i) => `(count(*) - count(${presentValue(column)}))::DOUBLE AS m${i}`);
    const rows = await engine.rows<Record<string, number | string | null>>(
      `SELECT ${name}::VARCHAR AS value, count(*)::DOUBLE AS n, ${counts.join(", ")} FROM ${from} GROUP BY ${name}`,
      signal === undefined ? undefined : { signal },
    );
    for (const [i, column] of gappy.entries()) {
      if (column === factor) continue;
      const missing = rows.reduce((sum, row) => sum + Number(row[`m${i}`]), 0);
      for (const row of rows) {
        const count = Number(row[`m${i}`]);
        const lift = count / missing / (Number(row["n"]) / profile.row_count);
        if (row["value"] === null || count < 0.6 * missing || !(lift >= 1.5)) continue;
        if (lift <= (best.get(column.name)?.lift ?? 0)) continue;
        const value = String(row["value"]);
        best.set(column.name, { factor: factor.name, value, count, missing, lift, present: presentValue(column) });
      }
    }
  }
  return best;
}

function describeSkew(column: ColumnProfile, table: string): Insight | undefined {
  const { numeric, kind } = column;
  if (
    numeric === undefined ||
    (kind !== "integer" && kind !== "float") ||
    column.unique <= 10 ||
    !hasOrdinaryRange(column)
  )
    return undefined;
  const { skewness, mean, std, percentiles } = numeric;
  const median = percentiles["p50"];
  if (skewness === null || Math.abs(skewness) < SKEWED || mean === null || median === null || median === undefined)
    return undefined;
  if (Math.abs(mean - median) < 0.1 * (std ?? 0)) return undefined;
  const name = presentValue(column);
  return {
    type: "skew",
    message: `The '${column.name}' column is strongly skewed to the ${skewness > 0 ? "right" : "left"} (skewness ${formatNumber(skewness)}): its mean is ${formatNumber(mean)}, its median ${formatNumber(median)}.`,
    severity: Math.abs(skewness) >= 10 ? "medium" : "low",
    columns: [column.name],
    sql: `SELECT skewness(${name}) AS skewness, avg(${name}) AS mean, median(${name}) AS median FROM ${table}`,
  };
}

function describeGaps(column: ColumnProfile, table: string): Insight | undefined {
  const { dates } = column;
  const largest = dates?.largest_gaps[0];
  if (dates === undefined || largest === undefined || dates.gap_count === null || dates.distinct_days === null)
    return undefined;
  // A table of single events has no rhythm to miss a beat of.
  if (dates.gap_count > 0.2 * dates.distinct_days) return undefined;
  const name = quoteName(column.name);
  const step = dates.typical_step_days;
  return {
    type: "date_gaps",
    message: `The '${column.name}' column has ${formatPlural(dates.gap_count, "gap")} (its days are usually ${formatNumber(step ?? 1)} ${dates.business_days_only ? "working " : ""}day${step === 1 ? "" : "s"} apart); the longest lasts ${formatPlural(largest.days, "day")}, from ${largest.after} to ${largest.before}.`,
    severity: gradeShare(largest.days / Math.max(1, dates.range_days ?? 1), 0.05, 0.25),
    columns: [column.name],
    sql: `SELECT p AS after, d AS before, d - p AS days FROM (SELECT d, lag(d) OVER (ORDER BY d) AS p FROM (SELECT DISTINCT ${name}::DATE AS d FROM ${table} WHERE ${name} IS NOT NULL)) ORDER BY days DESC NULLS LAST LIMIT 5`,
  };
}

function describeCorrelations(profile: Profile, table: string): Insight[] {
  const targets = new Set(findTargetCandidates(profile).map(({ name }) => name));
  const ordinary = new Set(profile.columns.filter(hasOrdinaryRange).map(({ name }) => name));
  return profile.pearson.pairs
    .filter(({ a, b, value }) => value !== null && Math.abs(value) >= STRONG && ordinary.has(a) && ordinary.has(b))
    .sort((x, y) => Math.abs(y.value!) - Math.abs(x.value!))
    .slice(0, 20)
    .map(({ a, b, value }) => {
      const target = targets.has(a) ? a : targets.has(b) ? b : undefined;
      const isLeak = target !== undefined && Math.abs(value!) >= LEAK;
      const other = target === a ? b : a;
      return {
        type: isLeak ? "leakage" : "correlation",
        message: isLeak
          ? `The '${other}' column nearly gives away the target '${target}' (correlation ${formatNumber(value!)}); check that it is known before the outcome.`
          : `The '${a}' and '${b}' columns are strongly correlated (${formatNumber(value!)}).`,
        severity: isLeak ? "high" : Math.abs(value!) >= 0.98 ? "medium" : "low",
        columns: [a, b],
        sql: `SELECT corr(${asNumber(profile, a)}, ${asNumber(profile, b)}) AS correlation FROM ${table}`,
      };
    });
}

function asNumber(profile: Profile, name: string): string {
  const column = profile.columns.find((known) => known.name === name);
  if (column?.kind === "date" || column?.kind === "datetime") return `epoch(${quoteName(name)})`;
  if (column?.kind === "boolean") return `${quoteName(name)}::INTEGER`;
  return column === undefined ? quoteName(name) : presentValue(column);
}

/** Cramér's V is near 1 when the column of more values determines the other; the other way round only where they have equally many. */
function describeDetermination({ columns }: Profile, a: string, b: string): string {
  const valuesOf = (name: string) => columns.find((column) => column.name === name)?.unique ?? 0;
  if (valuesOf(a) === valuesOf(b)) return `The '${a}' and '${b}' columns nearly determine each other`;
  const [finer, coarser] = valuesOf(a) > valuesOf(b) ? [a, b] : [b, a];
  return `The '${finer}' column nearly determines the '${coarser}' column`;
}

function describeFactors(profile: Profile, table: string): Insight[] {
  const targets = new Set(findTargetCandidates(profile).map(({ name }) => name));
  return profile.cramers_v.pairs.flatMap(({ a, b, value }) => {
    const target = targets.has(a) ? a : targets.has(b) ? b : undefined;
    if (value === null || value < (target === undefined ? 0.9 : LEAK)) return [];
    const other = target === a ? b : a;
    return [
      {
        type: target === undefined ? "correlation" : "leakage",
        message:
          target === undefined
            ? `${describeDetermination(profile, a, b)} (Cramér's V ${formatNumber(value)}).`
            : `The '${other}' column nearly gives away the target '${target}' (Cramér's V ${formatNumber(value)}); check that it is known before the outcome.`,
        severity: target === undefined ? ("low" as const) : ("high" as const),
        columns: [a, b],
        sql: `SELECT ${quoteName(a)}, ${quoteName(b)}, count(*) AS n FROM ${table} GROUP BY ALL ORDER BY n DESC`,
      },
    ];
  });
}
