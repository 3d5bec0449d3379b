/** The quality report of the Datasets API: named checks, a score with a published formula, and issues to act on. */
import { findTargetCandidates, isImbalanced, looksLikeIdentifier } from "./column-roles.ts";
import { type Finding, type FindingOptions, type FindingType, findFindings, type Severity } from "./findings.ts";
import { quoteTable } from "./sql.ts";
import type { Profile } from "./types.ts";
import { formatPercent, formatPlural } from "./wording.ts";

export interface QualityCheck {
  name: string;
  passed: boolean;
  /** One sentence with the figures that decided. */
  details: string;
  severity: Severity;
  /** What the check can take off the score, and what it took. */
  weight: number;
  penalty: number;
  findings: Finding[];
}

export interface QualityIssue {
  check: string;
  type: FindingType;
  column: string | null;
  severity: Severity;
  message: string;
  sql: string;
}

export interface QualityReport {
  /** 0 to 100, one decimal. */
  overall_score: number;
  checks: QualityCheck[];
  /** The findings of the checks that failed, worst first. */
  issues: QualityIssue[];
}

interface CheckRule {
  name: string;
  types: FindingType[];
  weight: number;
  severity: Severity;
  /** The check fails when a finding affects more than this share. */
  tolerance: number;
  /** What one finding takes of the check's weight, 0 to 1, before it is spread over the columns. */
  extent: (finding: Finding) => number;
  /** Spread over all columns (a share of the table), or counted whole (a share of the rows). */
  perColumn: boolean;
  passedDetails: (profile: Profile) => string;
}

const shareOf = (finding: Finding): number => Math.min(1, finding.share);
const whole = (): number => 1;

/** Weights add up to 100. `docs/statistics.md` explains them. */
export const QUALITY_RULES: CheckRule[] = [
  {
    name: "missing_values",
    types: ["missing_data"],
    weight: 30,
    severity: "medium",
    tolerance: 0.05,
    extent: shareOf,
    perColumn: true,
    passedDetails: () => "No missing values",
  },
  {
    name: "duplicate_rows",
    types: ["duplicates"],
    weight: 15,
    severity: "medium",
    tolerance: 0.01,
    extent: shareOf,
    perColumn: false,
    passedDetails: () => "0 duplicates",
  },
  {
    name: "constant_columns",
    types: ["constant", "near_constant"],
    weight: 8,
    severity: "low",
    tolerance: 0,
    extent: (finding) => (finding.type === "constant" ? 1 : 0.5),
    perColumn: true,
    passedDetails: () => "No column is constant or nearly constant",
  },
  {
    name: "mixed_types",
    types: ["mixed_types"],
    weight: 12,
    severity: "high",
    tolerance: 0,
    extent: whole,
    perColumn: true,
    passedDetails: () => "No text column mixes numbers or dates with other text",
  },
  {
    name: "value_ranges",
    types: ["out_of_range", "non_finite"],
    weight: 8,
    severity: "high",
    tolerance: 0,
    extent: shareOf,
    perColumn: false,
    passedDetails: () => "No infinite, NaN or impossible values",
  },
  {
    name: "outliers",
    types: ["outliers"],
    weight: 4,
    severity: "low",
    tolerance: 0.02,
    extent: (finding) => Math.min(1, finding.share / 0.05),
    perColumn: true,
    passedDetails: () => "No value is more than 3 standard deviations from its mean",
  },
  {
    name: "text_encoding",
    types: ["broken_encoding"],
    weight: 6,
    severity: "high",
    tolerance: 0,
    extent: (finding) => Math.max(0.2, shareOf(finding)),
    perColumn: false,
    passedDetails: () => "No wrongly decoded text",
  },
  {
    name: "whitespace",
    types: ["whitespace"],
    weight: 3,
    severity: "low",
    tolerance: 0,
    extent: shareOf,
    perColumn: false,
    passedDetails: () => "No white space around values",
  },
  {
    name: "category_variants",
    types: ["category_variants"],
    weight: 5,
    severity: "medium",
    tolerance: 0,
    extent: (finding) => Math.max(0.2, shareOf(finding)),
    perColumn: false,
    passedDetails: () => "No category is spelled in more than one way",
  },
  {
    name: "unique_identifiers",
    types: ["duplicate_ids"],
    weight: 5,
    severity: "high",
    tolerance: 0,
    extent: whole,
    perColumn: false,
    passedDetails: (profile) => {
      const ids = profile.columns.filter((column, i) => looksLikeIdentifier(column, i, profile.table));
      return ids.length === 0
        ? "No identifier column"
        : `Identifiers are unique: ${ids.map(({ name }) => name).join(", ")}`;
    },
  },
  {
    name: "future_dates",
    types: ["future_dates"],
    weight: 2,
    severity: "low",
    tolerance: 0,
    extent: whole,
    perColumn: false,
    passedDetails: () => "No dates in the future",
  },
  {
    name: "class_balance",
    types: ["imbalance"],
    weight: 2,
    severity: "medium",
    tolerance: 0,
    extent: whole,
    perColumn: false,
    passedDetails: (profile) => {
      const targets = findTargetCandidates(profile).filter((column) => !isImbalanced(column));
      return targets.length === 0 ? "No target candidate" : `Balanced: ${targets.map(({ name }) => name).join(", ")}`;
    },
  },
];

const SEVERITY_ORDER: Record<Severity, number> = { high: 0, medium: 1, low: 2 };

/**
 * Runs all checks. `overall_score` is 100 less every check's penalty: its weight times how much of the table it affects
 * (see `docs/statistics.md`). An empty table scores 0.
 * @param options pass `engine` so that values outside the range their column's name allows are counted
 */
export async function assessQuality(profile: Profile, options: FindingOptions = {}): Promise<QualityReport> {
  const findings = await findFindings(profile, options);
  const table = quoteTable({ name: options.tableName ?? profile.table });
  const checks = [checkRows(profile, table), ...QUALITY_RULES.map((rule) => runCheck(rule, profile, findings))];
  const penalty = checks.reduce((sum, check) => sum + check.penalty, 0);
  const issues = checks
    .filter(({ passed }) => !passed)
    .flatMap((check) => check.findings.map((finding) => toIssue(check.name, finding)))
    .sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity]);
  return { overall_score: Math.round(Math.max(0, 100 - penalty) * 10) / 10, checks, issues };
}

function checkRows({ row_count }: Profile, table: string): QualityCheck {
  const isEmpty = row_count === 0;
  const finding: Finding = {
    type: "no_rows",
    column: undefined,
    count: 0,
    share: 1,
    severity: "high",
    message: "The table has no rows.",
    sql: `SELECT count(*) AS rows FROM ${table}`,
  };
  return {
    name: "has_rows",
    passed: !isEmpty,
    details: isEmpty ? "The table has no rows" : formatPlural(row_count, "row"),
    severity: "high",
    weight: 100,
    penalty: isEmpty ? 100 : 0,
    findings: isEmpty ? [finding] : [],
  };
}

function runCheck(rule: CheckRule, profile: Profile, all: readonly Finding[]): QualityCheck {
  const findings = all.filter(({ type }) => rule.types.includes(type)).sort((a, b) => b.share - a.share);
  const extents = findings.map(rule.extent);
  const extent = rule.perColumn
    ? extents.reduce((sum, value) => sum + value, 0) / Math.max(1, profile.column_count)
    : Math.max(0, ...extents);
  const passed = !findings.some(({ share }) => share > rule.tolerance);
  return {
    name: rule.name,
    passed,
    details: describeCheck(rule, profile, findings),
    severity: passed ? "low" : rule.severity,
    weight: rule.weight,
    penalty: Math.round(rule.weight * Math.min(1, extent) * 1000) / 1000,
    findings,
  };
}

function describeCheck(rule: CheckRule, profile: Profile, findings: readonly Finding[]): string {
  const worst = findings[0];
  if (worst === undefined) return rule.passedDetails(profile);
  if (rule.name === "missing_values") {
    const columns = findings.length === 1 ? "" : `, ${findings.length} columns have some`;
    return `Max ${formatPercent(worst.share)} missing ('${worst.column}'${columns})`;
  }
  if (rule.name === "duplicate_rows")
    return `${formatPlural(worst.count, "duplicate")} (${formatPercent(worst.share)})`;
  const rest = findings.length - 1;
  return rest === 0 ? worst.message : `${worst.message} ${formatPlural(rest, "more column")} like it.`;
}

const toIssue = (check: string, { type, column, severity, message, sql }: Finding): QualityIssue => ({
  check,
  type,
  column: column ?? null,
  severity,
  message,
  sql,
});
