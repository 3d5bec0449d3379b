/** The data of the pictures of an analysis, by bounded statements: each answers with at most some thousand rows. */
import {
  type BoxGroup,
  type ChartSpec,
  chooseChart,
  describeHistogram,
  formatNumber,
  planBins,
  type TimeUnit,
  titleName,
} from "../../charts/index.ts";
import { quoteIdentifier, quoteText } from "../../engine/sql-text.ts";
import type { ColumnProfile, Profile, ProfileEngine } from "../../profile/index.ts";
import { tieOf } from "./column-choice.ts";
import type { PlannedChart } from "./plan-visualizations.ts";

/** A table as the statements see it. */
export interface ChartSource {
  engine: ProfileEngine;
  /** What stands behind FROM to read these columns. */
  from(columns: readonly string[]): string;
  profile: Profile;
}

const MOST_GROUPS = 20;
const MOST_MOMENTS = 1_000;
const MOST_POINTS = 2_000;
/** Above this many rows, quartiles of groups are approximate: exact ones would hold all values. */
const EXACT_ROWS = 200_000;
const MOST_MISSING = 20;

/** Counts, samples or sums up what a planned picture shows; undefined when there turns out to be nothing to show. */
export async function queryChart(source: ChartSource, planned: PlannedChart): Promise<ChartSpec | undefined> {
  switch (planned.kind) {
    case "missing":
      return chartMissing(source.profile);
    case "histogram":
      return queryHistogram(source, planned.column);
    case "counts":
      return chartCounts(planned.column);
    case "target-rate":
      return queryRate(source, planned);
    case "classes":
      return queryClasses(source, planned);
    case "boxes":
      return queryBoxes(source, planned);
    case "timeline":
      return queryTimeline(source, planned);
    case "correlations":
      return chartCorrelations(source.profile, planned.columns);
    case "scatter":
      return queryScatter(source, planned);
  }
}

/** A column as a finite double. */
const asNumber = ({ name }: ColumnProfile): string =>
  `(CASE WHEN isfinite(${quoteIdentifier(name)}::DOUBLE) THEN ${quoteIdentifier(name)}::DOUBLE END)`;
/** A column as text. */
const asLabel = ({ name }: ColumnProfile): string => `${quoteIdentifier(name)}::VARCHAR`;
const asDouble = (value: number): string => `${value}::DOUBLE`;

function chartMissing({ columns, row_count: rows }: Profile): ChartSpec | undefined {
  const missing = columns.filter((column) => column.missing > 0).sort((a, b) => b.missing - a.missing);
  const spec = chooseChart({
    title: "Missing Values by Column",
    columns: [
      { name: "column", type: "VARCHAR", role: "label" },
      { name: "missing percent", type: "DOUBLE", role: "measure" },
    ],
    rows: missing.slice(0, MOST_MISSING).map((column) => [column.name, round((column.missing / rows) * 100)]),
    intent: { chart: "bar" },
  });
  if (spec && missing.length > MOST_MISSING)
    spec.notes.push(`The ${MOST_MISSING} columns that miss most of ${missing.length} that miss any are shown.`);
  return spec;
}

function chartCounts(column: ColumnProfile): ChartSpec | undefined {
  const counted = column.values.slice(0, MOST_GROUPS);
  const rest = column.count - counted.reduce((sum, { count }) => sum + count, 0);
  const rows = counted.map(({ value, count }) => [String(value), count]);
  const spec = chooseChart({
    title: `${titleName(column.name)} Counts`,
    columns: [
      { name: column.name, type: "VARCHAR", role: "label" },
      { name: "count", type: "BIGINT", role: "measure" },
    ],
    rows: rest > 0 ? [...rows, ["Other", rest]] : rows,
    intent: { chart: column.unique <= 5 && column.kind !== "integer" ? "pie" : "bar" },
  });
  if (spec && column.missing > 0)
    spec.notes.push(`${formatNumber(column.missing)} rows have no ${titleName(column.name)}.`);
  return spec;
}

async function queryHistogram({ engine, from }: ChartSource, column: ColumnProfile): Promise<ChartSpec | undefined> {
  const { min, max, percentiles, iqr } = column.numeric ?? {};
  if (typeof min !== "number" || typeof max !== "number") return undefined;
  const whole = column.kind === "integer";
  const plan = planBins({
    min,
    max,
    p99: percentiles?.["p99"] ?? undefined,
    iqr: iqr ?? undefined,
    count: column.count,
    whole,
  });
  const last = plan.edges.length - 2;
  const counts = plan.edges.slice(0, -1).map((edge, i) => {
    const from = i === 0 ? "" : `x >= ${asDouble(edge)}`;
    const to = i === last ? "" : `x < ${asDouble(plan.edges[i + 1] ?? edge)}`;
    const condition = [from, to].filter((part) => part !== "").join(" AND ") || "x IS NOT NULL";
    return `count(*) FILTER (WHERE ${condition})::DOUBLE AS b${i}`;
  });
  const [row] = await engine.rows<Record<string, number>>(
    `SELECT ${counts.join(", ")} FROM (SELECT ${asNumber(column)} AS x FROM ${from([column.name])}) WHERE x IS NOT NULL`,
  );
  return describeHistogram({
    title: `${titleName(column.name)} Distribution`,
    notes: column.missing > 0 ? [`${formatNumber(column.missing)} rows have no ${titleName(column.name)}.`] : [],
    name: column.name,
    ...plan,
    counts: counts.map((_, i) => row?.[`b${i}`] ?? 0),
    whole,
    max,
  });
}

async function queryRate(
  { engine, from }: ChartSource,
  { target, positive, by }: Extract<PlannedChart, { kind: "target-rate" }>,
): Promise<ChartSpec | undefined> {
  const rows = await engine.rows<{ label: string | null; rate: number; n: number }>(
    `SELECT ${asLabel(by)} AS label, avg((${asLabel(target)} = ${quoteText(positive)})::INTEGER::DOUBLE) * 100 AS rate, count(*)::DOUBLE AS n FROM ${from([target.name, by.name])} WHERE ${quoteIdentifier(target.name)} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT ${MOST_GROUPS}`,
  );
  const total = target.values.reduce((sum, { count }) => sum + count, 0);
  const hits = target.values.find(({ value }) => String(value) === positive)?.count ?? 0;
  const spec = chooseChart({
    title: `${titleName(target.name)} by ${titleName(by.name)}`,
    columns: [
      { name: by.name, type: "VARCHAR", role: "label" },
      { name: "percent", type: "DOUBLE", role: "measure" },
    ],
    rows: rows.map(({ label, rate }) => [label, round(rate)]),
    intent: { chart: "bar" },
  });
  if (spec?.kind !== "bar") return spec;
  const name = `Share of Rows with ${titleName(target.name)} = ${positive}`;
  spec.y = { title: name, format: { kind: "number", suffix: "%" } };
  spec.series = spec.series.map((series) => ({ ...series, name }));
  spec.notes.push(`Over all rows it is ${formatNumber(round((hits / Math.max(1, total)) * 100))}%.`);
  if (by.unique > MOST_GROUPS) spec.notes.push(`The ${MOST_GROUPS} most frequent of ${by.unique} values are shown.`);
  return spec;
}

async function queryClasses(
  { engine, from }: ChartSource,
  { target, by }: Extract<PlannedChart, { kind: "classes" }>,
): Promise<ChartSpec | undefined> {
  const rows = await engine.rows<{ label: string | null; class: string | null; n: number }>(
    `SELECT ${asLabel(by)} AS label, ${asLabel(target)} AS class, count(*)::DOUBLE AS n FROM ${from([target.name, by.name])} GROUP BY 1, 2 ORDER BY n DESC, 1, 2 LIMIT ${MOST_MOMENTS}`,
  );
  return chooseChart({
    title: `${titleName(target.name)} by ${titleName(by.name)}`,
    columns: [
      { name: by.name, type: "VARCHAR", role: "label" },
      { name: target.name, type: "VARCHAR", role: "label" },
      { name: "count", type: "BIGINT", role: "measure" },
    ],
    rows: rows.map((row) => [row.label, row.class, row.n]),
    intent: { chart: "bar", question: "stacked" },
  });
}

interface BoxRow extends Record<string, unknown> {
  label: string | null;
  n: number;
  q1: number;
  median: number;
  q3: number;
}

async function queryBoxes(
  { engine, from, profile }: ChartSource,
  { measure, by }: Extract<PlannedChart, { kind: "boxes" }>,
): Promise<ChartSpec | undefined> {
  const isExact = profile.row_count <= EXACT_ROWS;
  const quantile = (p: number, name: string) =>
    `${isExact ? "quantile_cont" : "approx_quantile"}(x, ${p})::DOUBLE AS ${name}`;
  const values = `(SELECT ${asLabel(by)} AS label, ${asNumber(measure)} AS x FROM ${from([measure.name, by.name])} WHERE ${quoteIdentifier(by.name)} IS NOT NULL)`;
  const boxes = await engine.rows<BoxRow>(
    `SELECT label, count(*)::DOUBLE AS n, ${quantile(0.25, "q1")}, ${quantile(0.5, "median")}, ${quantile(0.75, "q3")} FROM ${values} WHERE x IS NOT NULL GROUP BY label ORDER BY n DESC, label LIMIT 12`,
  );
  if (boxes.length === 0) return undefined;
  const fences = boxes
    .map(({ label, q1, q3 }) => {
      const reach = 1.5 * (q3 - q1);
      return `(${quoteText(label ?? "")}, ${asDouble(q1 - reach)}, ${asDouble(q3 + reach)})`;
    })
    .join(", ");
  const ends = await engine.rows<{ label: string; low: number; high: number; least: number; most: number }>(
    `SELECT v.label AS label, min(x) FILTER (WHERE x >= lower) AS low, max(x) FILTER (WHERE x <= upper) AS high, min(x) AS least, max(x) AS most FROM ${values} v JOIN (VALUES ${fences}) f(label, lower, upper) ON v.label = f.label GROUP BY v.label`,
  );
  const groups = boxes.map(({ label, n, q1, median, q3 }): BoxGroup => {
    const end = ends.find((own) => own.label === label);
    const [low, high] = [end?.low ?? q1, end?.high ?? q3];
    const outliers = [end?.least ?? low, end?.most ?? high].filter((value) => value < low || value > high);
    return { name: label ?? "", count: n, low: Math.min(low, q1), q1, median, q3, high: Math.max(high, q3), outliers };
  });
  return {
    kind: "box",
    title: `${titleName(measure.name)} by ${titleName(by.name)}`,
    notes: [
      ...(isExact ? [] : ["The quartiles are approximate."]),
      ...(groups.some(({ outliers }) => outliers.length > 0)
        ? ["Of the values beyond the whiskers only the outermost are shown."]
        : []),
    ],
    x: { title: titleName(by.name), format: { kind: "text" } },
    y: { title: titleName(measure.name), format: { kind: "number" } },
    groups: groups.sort((a, b) => b.median - a.median),
  };
}

async function queryTimeline(
  { engine, from }: ChartSource,
  { time, measure }: Extract<PlannedChart, { kind: "timeline" }>,
): Promise<ChartSpec | undefined> {
  const unit = chooseUnit(time);
  const moment = `date_trunc('${unit}', make_timestamp((epoch(${quoteIdentifier(time.name)}) * 1000000)::BIGINT))`;
  const value = measure ? `avg(${asNumber(measure)})` : "count(*)";
  const rows = await engine.rows<{ t: number; v: number | null }>(
    `SELECT epoch(${moment})::DOUBLE AS t, ${value}::DOUBLE AS v FROM ${from([time.name, ...(measure ? [measure.name] : [])])} WHERE epoch(${quoteIdentifier(time.name)}) IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT ${MOST_MOMENTS}`,
  );
  const name = measure ? `average ${measure.name}` : "count";
  const what = measure ? titleName(name) : "Rows";
  return chooseChart({
    title: `${what} by ${titleName(unit)} of ${titleName(time.name)}`,
    columns: [
      { name: time.name, type: "TIMESTAMP" },
      { name, type: "DOUBLE", role: "measure" },
    ],
    rows: rows.map(({ t, v }) => [new Date(t * 1000).toISOString(), v]),
    intent: { chart: measure ? "line" : "area", time: { column: time.name, unit } },
  });
}

/** The unit that cuts a column's range into some dozens to some hundreds of steps. */
function chooseUnit({ kind, dates }: ColumnProfile): TimeUnit {
  const days = dates?.range_days ?? 0;
  if (kind === "datetime" && days <= 7) return "hour";
  if (days <= 120) return "day";
  if (days <= 500) return "week";
  return days <= 365 * 25 ? "month" : "year";
}

function chartCorrelations(profile: Profile, columns: readonly string[]): ChartSpec {
  const values = columns.map((a) => columns.map((b) => (a === b ? 1 : (tieOf(profile.pearson, a, b) ?? null))));
  const axis = { title: "", format: { kind: "text" as const } };
  return {
    kind: "heatmap",
    title: "Correlations",
    notes: ["Pearson's correlation; -1 and 1 are perfect, 0 is none."],
    x: axis,
    y: axis,
    value: { title: "Correlation", format: { kind: "number" } },
    columns: [...columns],
    rows: [...columns],
    values,
    scale: "diverging",
    domain: [-1, 1],
  };
}

async function queryScatter(
  { engine, from, profile }: ChartSource,
  { x, y }: Extract<PlannedChart, { kind: "scatter" }>,
): Promise<ChartSpec | undefined> {
  const both = `SELECT ${asNumber(x)} AS x, ${asNumber(y)} AS y FROM ${from([x.name, y.name])}`;
  const rows = await engine.rows<{ x: number; y: number }>(
    `SELECT x, y FROM (SELECT * FROM (${both}) WHERE x IS NOT NULL AND y IS NOT NULL) USING SAMPLE reservoir(${MOST_POINTS} ROWS) REPEATABLE (42)`,
  );
  const tie = tieOf(profile.pearson, x.name, y.name);
  const spec = chooseChart({
    title: `${titleName(y.name)} by ${titleName(x.name)}`,
    columns: [
      { name: x.name, type: "DOUBLE", role: "measure" },
      { name: y.name, type: "DOUBLE", role: "measure" },
    ],
    rows: rows.map((row) => [row.x, row.y]),
    intent: { chart: "scatter" },
  });
  if (spec && rows.length >= MOST_POINTS)
    spec.notes.push(
      `${formatNumber(MOST_POINTS)} of ${formatNumber(profile.row_count)} rows are shown, sampled at random.`,
    );
  if (spec && tie !== undefined) spec.notes.push(`The correlation is ${formatNumber(Number(tie.toFixed(3)))}.`);
  return spec;
}

const round = (value: number): number => Math.round(value * 100) / 100;
