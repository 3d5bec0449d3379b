/** Which pictures of a table are worth drawing: decided from its statistics alone. */
import type { ColumnProfile, Profile } from "../../profile/index.ts";
import { type ChosenColumns, chooseColumns, tieOf } from "./column-choice.ts";

/** A picture to be drawn, by the columns that it shows. */
export type PlannedChart =
  | { kind: "missing" }
  | { kind: "histogram"; column: ColumnProfile }
  | { kind: "counts"; column: ColumnProfile }
  | { kind: "target-rate"; target: ColumnProfile; positive: string; by: ColumnProfile }
  | { kind: "classes"; target: ColumnProfile; by: ColumnProfile }
  | { kind: "boxes"; measure: ColumnProfile; by: ColumnProfile }
  | { kind: "timeline"; time: ColumnProfile; measure: ColumnProfile | undefined }
  | { kind: "correlations"; columns: string[] }
  | { kind: "scatter"; x: ColumnProfile; y: ColumnProfile };

export const MOST_CHARTS = 8;
const MOST_HISTOGRAMS = 3;
const FEWEST_CORRELATED = 3;
const MOST_CORRELATED = 14;
/** Correlations between these are worth a look: below there is nothing to see, above the columns say the same. */
const SEEN = 0.3;
const SAME = 0.995;
/** Below these there is hardly anything to see. */
const WEAK = 0.15;
const FAINT = 0.05;
/** Shares of missing values worth a picture. */
const LEAST_MISSING = 0.001;

/** Chooses at most eight pictures, the most telling first. */
export function planVisualizations(profile: Profile): PlannedChart[] {
  if (profile.row_count === 0) return [];
  const chosen = chooseColumns(profile);
  const wanted: { chart: PlannedChart; weight: number }[] = [];
  const want = (weight: number, chart: PlannedChart | undefined): void => {
    if (chart) wanted.push({ chart, weight });
  };
  for (const [i, column] of chosen.measures.slice(0, MOST_HISTOGRAMS).entries())
    want(9 - i * 1.6, { kind: "histogram", column });
  for (const { chart, weight } of planTarget(profile, chosen)) want(weight, chart);
  for (const [i, column] of chosen.categories.slice(0, 2).entries())
    want((chosen.target ? 5.6 : 8) - i, { kind: "counts", column });
  if (chosen.time) {
    want(7.8, { kind: "timeline", time: chosen.time, measure: undefined });
    want(5.9, chosen.measures[0] && { kind: "timeline", time: chosen.time, measure: chosen.measures[0] });
  }
  const correlations = planCorrelations(profile, chosen);
  want(correlations && correlations.strongest >= WEAK ? 7.2 : 4, correlations?.chart);
  want(6.6, planScatter(profile, chosen));
  const [group] = chosen.categories;
  const [measure] = chosen.measures;
  if (!chosen.target && group && measure) want(6.8, { kind: "boxes", measure, by: group });
  if (profile.columns.some((column) => column.missing_percent >= LEAST_MISSING)) want(7, { kind: "missing" });
  return wanted
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_CHARTS)
    .map(({ chart }) => chart);
}

/** Pictures of what a model would predict count for more when they show a difference. */
function planTarget(
  profile: Profile,
  { target, categories, measures }: ChosenColumns,
): { chart: PlannedChart; weight: number }[] {
  if (!target) return [];
  const charts: { chart: PlannedChart; weight: number }[] = [];
  const [by] = categories;
  const positive = positiveOf(target);
  if (by) {
    const tie = tieOf(profile.cramers_v, by.name, target.name) ?? 0;
    const chart: PlannedChart =
      positive === undefined ? { kind: "classes", target, by } : { kind: "target-rate", target, positive, by };
    charts.push({ chart, weight: tie >= FAINT ? 8.8 : 5.7 });
  }
  const [best] = measures
    .filter((measure) => measure !== target)
    .map((measure) => ({ measure, tie: Math.abs(tieOf(profile.pearson, measure.name, target.name) ?? 0) }))
    .sort((a, b) => b.tie - a.tie);
  if (best)
    charts.push({ chart: { kind: "boxes", measure: best.measure, by: target }, weight: best.tie >= FAINT ? 7.7 : 4.5 });
  const rarest = (target.values.at(-1)?.count ?? 0) / Math.max(1, target.count);
  charts.push({ chart: { kind: "counts", column: target }, weight: rarest < 0.6 / target.unique ? 6.7 : 5 });
  return charts;
}

/** The value of two that is told of: `true`, `yes`, `1`; else the rarer. */
function positiveOf({ values, unique, values_complete }: ColumnProfile): string | undefined {
  if (unique !== 2 || !values_complete) return undefined;
  const names = values.map(({ value }) => String(value));
  return names.find((name) => /^(true|yes|y|1|positive|churned|fraud)$/i.test(name)) ?? names[1];
}

function planCorrelations(
  profile: Profile,
  { measures, target }: ChosenColumns,
): { chart: PlannedChart; strongest: number } | undefined {
  const known = new Set([...measures, ...(target ? [target] : [])].map(({ name }) => name));
  const columns = profile.pearson.columns.filter((name) => known.has(name));
  if (columns.length < FEWEST_CORRELATED) return undefined;
  const strengths = new Map(columns.map((name) => [name, strengthOf(profile, name, columns)]));
  const strongest = [...columns].sort((a, b) => (strengths.get(b) ?? 0) - (strengths.get(a) ?? 0));
  const kept = new Set(strongest.slice(0, MOST_CORRELATED));
  return {
    chart: { kind: "correlations", columns: columns.filter((name) => kept.has(name)) },
    strongest: strengths.get(strongest[0] ?? "") ?? 0,
  };
}

/** A column's strongest correlation with any other. */
function strengthOf(profile: Profile, name: string, columns: readonly string[]): number {
  return columns.reduce(
    (most, other) => (other === name ? most : Math.max(most, Math.abs(tieOf(profile.pearson, name, other) ?? 0))),
    0,
  );
}

function planScatter(profile: Profile, { measures }: ChosenColumns): PlannedChart | undefined {
  let best: { x: ColumnProfile; y: ColumnProfile; tie: number } | undefined;
  for (const [i, x] of measures.entries()) {
    for (const y of measures.slice(i + 1)) {
      const tie = Math.abs(tieOf(profile.pearson, x.name, y.name) ?? 0);
      if (tie >= SEEN && tie < SAME && tie > (best?.tie ?? 0)) best = { x: y, y: x, tie };
    }
  }
  return best && { kind: "scatter", x: best.x, y: best.y };
}
