/** Two names and a measure: grouped bars, heat maps. */
import { MOST_BARS, wantsLying } from "./build-categories.ts";
import type { Field } from "./fields.ts";
import { measureAxis, titleName } from "./format.ts";
import { formatCount, isAdditive, labelIn, naturalOrder, numberIn, type Plot, titleOf } from "./table.ts";
import type { Axis, BarChart, HeatmapChart } from "./types.ts";

const MOST_GRID = 30;
export const MOST_GROUPED = 6;

interface Grid {
  columns: string[];
  rows: string[];
  /** `values[row][column]` */
  values: (number | null)[][];
  value: Axis;
}

/** A measure for each pair of names; without one, how many rows have it. */
export function collectGrid(
  plot: Plot,
  column: Field,
  row: Field,
  measure: Field | undefined,
  limits: { columns: number; rows: number },
): Grid {
  const cells = new Map<string, Map<string, { sum: number; count: number }>>();
  const weight = { columns: new Map<string, number>(), rows: new Map<string, number>() };
  for (const record of plot.rows) {
    const [x, y] = [labelIn(record, column), labelIn(record, row)];
    const value = measure === undefined ? 1 : numberIn(record, measure);
    const line = cells.get(y) ?? new Map<string, { sum: number; count: number }>();
    cells.set(y, line);
    const cell = line.get(x) ?? { sum: 0, count: 0 };
    line.set(x, cell);
    weight.columns.set(x, (weight.columns.get(x) ?? 0) + Math.abs(value ?? 0));
    weight.rows.set(y, (weight.rows.get(y) ?? 0) + Math.abs(value ?? 0));
    if (value === undefined) continue;
    cell.sum += value;
    cell.count += 1;
  }
  const columns = keepHeaviest(plot, weight.columns, column, limits.columns);
  const rows = keepHeaviest(plot, weight.rows, row, limits.rows);
  const sums = measure === undefined || isAdditive(measure.name);
  const values = rows.map((y) =>
    columns.map((x) => {
      const cell = cells.get(y)?.get(x);
      if (!cell || cell.count === 0) return measure === undefined ? 0 : null;
      return sums ? cell.sum : cell.sum / cell.count;
    }),
  );
  return {
    columns,
    rows,
    values,
    value: measure ? measureAxis(measure.name) : { title: "Count", format: { kind: "number" } },
  };
}

function keepHeaviest(plot: Plot, weights: Map<string, number>, field: Field, most: number): string[] {
  let labels = [...weights.keys()];
  if (labels.length > most) {
    plot.notes.push(
      `The ${formatCount(most)} largest of ${formatCount(labels.length)} values of ${titleName(field.name)} are shown.`,
    );
    const kept = new Set([...labels].sort((a, b) => weights.get(b)! - weights.get(a)!).slice(0, most));
    labels = labels.filter((label) => kept.has(label));
  }
  const natural = naturalOrder(labels, field);
  if (natural) return natural.map((i) => labels[i]!);
  if (field.kind === "time") return labels.sort();
  return labels.sort((a, b) => weights.get(b)! - weights.get(a)! || (a < b ? -1 : 1));
}

export function buildHeatmap(plot: Plot, column: Field, row: Field, measure: Field | undefined): HeatmapChart {
  const grid = collectGrid(plot, column, row, measure, { columns: MOST_GRID, rows: MOST_GRID });
  const all = grid.values.flat().filter((value) => value !== null);
  const isMixed = all.some((value) => value < 0) && all.some((value) => value > 0);
  return {
    kind: "heatmap",
    title: titleOf(plot, grid.value.title, [column.name, row.name]),
    notes: plot.notes,
    x: { title: titleName(column.name), format: { kind: "text" } },
    y: { title: titleName(row.name), format: { kind: "text" } },
    ...grid,
    scale: isMixed ? "diverging" : "sequential",
  };
}

/** Bars of several colours beside each other: the second name is the colour. */
export function buildGroupedBars(
  plot: Plot,
  label: Field,
  split: Field,
  measure: Field | undefined,
  stacked: boolean,
): BarChart {
  const grid = collectGrid(plot, label, split, measure, { columns: MOST_BARS, rows: MOST_GROUPED });
  return {
    kind: "bar",
    title: titleOf(plot, grid.value.title, [label.name, split.name]),
    notes: plot.notes,
    x: { title: titleName(label.name), format: { kind: "text" } },
    y: grid.value,
    labels: grid.columns,
    series: grid.rows.map((name, i) => ({ name, values: grid.values[i]! })),
    horizontal: wantsLying(grid.columns, label),
    stacked,
  };
}
