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
  for (const [i, chart] of planTarget(profile, chosen).entries()) want(8.8 - i * 1.1, chart);
  for (const [i, column] of chosen.categories.slice(0, 2).entries())
    want((chosen.target ? 5.6 : 8) - i, { kind: "counts", column });
  if (chosen.time) {
    want(7.8, { kind: "timeline", time: chosen.time, measure: undefined });
    want(5.9, chosen.measures[0] && { kind: "timeline", time: chosen.time, measure: chosen.measures[0] });
  }
  want(7.2, planCorrelations(profile, chosen));
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

function planTarget(profile: Profile, { target, categories, measures }: ChosenColumns): PlannedChart[] {
  if (!target) return [];
  const charts: PlannedChart[] = [];
  const [by] = categories;
  const positive = positiveOf(target);
  if (by)
    charts.push(
      positive === undefined ? { kind: "classes", target, by } : { kind: "target-rate", target, positive, by },
    );
  const ranked = measures
    .map((measure) => ({ measure, tie: Math.abs(tieOf(profile.pearson, measure.name, target.name) ?? 0) }))
    .sort((a, b) => b.tie - a.tie);
  if (ranked[0] && ranked[0].measure !== target) charts.push({ kind: "boxes", measure: ranked[0].measure, by: target });
  charts.push({ kind: "counts", column: target });
  return charts;
}

/** The value of two that is told of: `true`, `yes`, `1`; else the rarer. */
function positiveOf({ values, unique, values_complete }: ColumnProfile): string | undefined {
  if (unique !== 2 || !values_complete) return undefined;
  const names = values.map(({ value }) => String(value));
  return names.find((name) => /^(true|yes|y|1|positive|churned|fraud)$/i.test(name)) ?? names[1];
}

function planCorrelations(profile: Profile, { measures, target }: ChosenColumns): PlannedChart | undefined {
  const known = new Set([...measures, ...(target ? [target] : [])].map(({ name }) => name));
  const columns = profile.pearson.columns.filter((name) => known.has(name));
  if (columns.length < FEWEST_CORRELATED) return undefined;
  const strength = (name: string) =>
    Math.max(
      0,
      ...columns.filter((other) => other !== name).map((other) => Math.abs(tieOf(profile.pearson, name, other) ?? 0)),
    );
  const strongest = [...columns].sort((a, b) => strength(b) - strength(a)).slice(0, MOST_CORRELATED);
  return { kind: "correlations", columns: columns.filter((name) => strongest.includes(name)) };
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
