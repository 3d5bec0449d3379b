/** What is noteworthy in a table. Quality checks and insights both speak from these findings. */
import { findAllowedRange, findTargetCandidates } from "./column-roles.ts";
import { COLUMN_RULES, type Finding, findImbalance, gradeShare } from "./column-rules.ts";
import { presentValue, quoteDouble, quoteName, quoteTable } from "./sql.ts";
import type { ColumnProfile, Profile, ProfileEngine } from "./types.ts";
import { formatPercent, formatPlural } from "./wording.ts";

export { type Finding, type FindingType, gradeShare, hasOrdinaryRange, type Severity } from "./column-rules.ts";

export interface FindingOptions {
  /** The table's name in the SQL of the findings. Default: the profile's. */
  tableName?: string | undefined;
  /** Where figures that the profile lacks are counted. Without it they are left out. */
  engine?: ProfileEngine | undefined;
  /** The table's full name for the engine, quoted. Default: the table's name. */
  from?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Finds everything noteworthy about single columns and about repeated rows. */
export async function findFindings(profile: Profile, options: FindingOptions = {}): Promise<Finding[]> {
  const table = quoteTable({ name: options.tableName ?? profile.table });
  const targets = new Set(findTargetCandidates(profile));
  const findings: Finding[] = [];
  const duplicates = findDuplicates(profile, table);
  if (duplicates !== undefined) findings.push(duplicates);
  for (const [position, column] of profile.columns.entries()) {
    const subject = { profile, table, column, position, name: quoteName(column.name) };
    for (const rule of COLUMN_RULES) {
      const finding = rule(subject);
      if (finding !== undefined) findings.push(finding);
    }
    if (targets.has(column)) {
      const finding = findImbalance(subject);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return [...findings, ...(await findOutOfRange(profile, table, options))];
}

function findDuplicates(profile: Profile, table: string): Finding | undefined {
  const count = profile.duplicate_rows;
  if (count === 0) return undefined;
  const share = count / profile.row_count;
  return {
    type: "duplicates",
    column: undefined,
    count,
    share,
    severity: gradeShare(share, 0.01, 0.1),
    message: `${formatPlural(count, "row")} (${formatPercent(share)}) repeat an earlier row.`,
    sql: `SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM ${table})) AS duplicate_rows FROM ${table}`,
  };
}

/** Values that a column's name rules out, counted in one statement for all columns that have any. */
async function findOutOfRange(profile: Profile, table: string, options: FindingOptions): Promise<Finding[]> {
  const suspects = profile.columns.flatMap((column) => {
    const range = findAllowedRange(column);
    const { min, max } = column.numeric ?? {};
    const isOutside = range !== undefined && ((min ?? range.low) < range.low || (max ?? range.high) > range.high);
    return isOutside ? [{ column, range, outside: rangeCondition(column, range.low, range.high) }] : [];
  });
  if (suspects.length === 0 || options.engine === undefined) return [];
  const counts = suspects.map(({ outside }, i) => `count_if(${outside})::DOUBLE AS n${i}`);
  const [row] = await options.engine.rows<Record<string, number>>(
    `SELECT ${counts.join(", ")} FROM ${options.from ?? table}`,
    options.signal === undefined ? undefined : { signal: options.signal },
  );
  return suspects.map(({ column, range, outside }, i) => {
    const count = row?.[`n${i}`] ?? 0;
    return {
      type: "out_of_range",
      column: column.name,
      count,
      share: count / column.count,
      severity: gradeShare(count / column.count, 0.01, 0.1),
      message: `${formatPlural(count, "value")} of the '${column.name}' column are out of range: ${range.why}.`,
      sql: `SELECT * FROM ${table} WHERE ${outside} LIMIT 20`,
    };
  });
}

function rangeCondition(column: ColumnProfile, low: number, high: number): string {
  const name = presentValue(column);
  const parts = [`${name} < ${quoteDouble(low)}`];
  if (Number.isFinite(high)) parts.push(`${name} > ${quoteDouble(high)}`);
  return `(${parts.join(" OR ")})`;
}
