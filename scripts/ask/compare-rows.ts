/**
 * When is an answer right? It has the same rows as the gold answer:
 * - numbers agree to 1e-6 (relative for large ones); text that is a number counts as one; dates agree with or without a midnight;
 *   yes/no values agree however they are written (true, T, yes, y), because a CSV reader types them;
 * - text agrees exactly (case and surrounding blanks aside);
 * - columns may stand in another order: some assignment of columns must make the rows agree;
 * - row order counts only when the question asks for an order, and then only as far as it decides: rows that tie may stand either way
 *   (the rows agree as a bag, and some column by which the gold rows are sorted runs through the same values in both);
 * - of gold rows that are given in part, all must be among as many rows as gold has;
 * - a further column is wrong, unless it is a label: the answer may have exactly one further column, it must be text (or a whole
 *   number) and must tell the rows of the answer apart, and gold must consist of computed numbers only, so that it says which row is which.
 */
import type { CellValue } from "../../src/ask/types.ts";

/** Columns beyond which only the given column order is tried (their orders would be too many). */
const MOST_PERMUTED = 7;

/** Whether two results are the same answer. `goldCount` is the number of gold rows when only the first of them are given. */
export function isSameAnswer(
  gold: readonly (readonly CellValue[])[],
  answer: readonly (readonly CellValue[])[],
  ordered: boolean,
  goldCount = gold.length,
): boolean {
  if (goldCount > gold.length) return isPartOf(gold, answer, goldCount);
  if (gold.length !== answer.length) return false;
  if (gold.length === 0) return true;
  const width = gold[0]?.length ?? 0;
  const own = answer[0]?.length ?? 0;
  const goldRows = gold.map((row) => row.map(normalise));
  const rows = answer.map((row) => row.map(normalise));
  if (own === width) return matches(goldRows, rows, ordered);
  if (own !== width + 1 || !goldRows.every((row) => row.every((cell) => typeof cell === "number" || cell === null)))
    return false;
  return Array.from({ length: own }, (_, drop) => drop).some(
    (drop) =>
      isLabel(rows.map((row) => row[drop] ?? null)) &&
      matches(
        goldRows,
        rows.map((row) => row.filter((_, i) => i !== drop)),
        ordered,
      ),
  );
}

function isPartOf(
  gold: readonly (readonly CellValue[])[],
  answer: readonly (readonly CellValue[])[],
  goldCount: number,
): boolean {
  if (answer.length !== goldCount) return false;
  const rows = answer.map((row) => row.map(normalise));
  const width = gold[0]?.length ?? 0;
  for (const order of permutations(Array.from({ length: width }, (_, i) => i))) {
    const left = new Map<string, number>();
    for (const row of rows) {
      const key = rowKey(order.map((i) => row[i] ?? null));
      left.set(key, (left.get(key) ?? 0) + 1);
    }
    const all = gold.every((row) => {
      const key = rowKey(row.map(normalise));
      const count = left.get(key) ?? 0;
      left.set(key, count - 1);
      return count > 0;
    });
    if (all) return true;
  }
  return false;
}

function isLabel(cells: readonly (string | number | null)[]): boolean {
  return (
    new Set(cells).size === cells.length && cells.every((cell) => typeof cell === "string" || Number.isInteger(cell))
  );
}

function normalise(value: CellValue): string | number | null {
  if (value === null) return null;
  if (typeof value === "boolean") return value ? "\u0001yes" : "\u0001no";
  if (typeof value === "number") return value;
  const text = value.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const folded = text.toLowerCase();
  if (folded === "t" || folded === "true" || folded === "yes" || folded === "y") return "\u0001yes";
  if (folded === "f" || folded === "false" || folded === "no" || folded === "n") return "\u0001no";
  return folded.replace(/^(\d{4}-\d\d-\d\d)[ t]00:00:00(\.0+)?z?$/, "$1");
}

function matches(
  gold: readonly (string | number | null)[][],
  rows: readonly (string | number | null)[][],
  ordered: boolean,
): boolean {
  const width = gold[0]?.length ?? 0;
  const identity = Array.from({ length: width }, (_, i) => i);
  const orders = width <= MOST_PERMUTED ? permutations(identity) : [identity];
  for (const order of orders) {
    const moved = rows.map((row) => order.map((i) => row[i] ?? null));
    if (ordered ? sameOrder(gold, moved) : sameBag(gold, moved)) return true;
  }
  return false;
}

function sameOrder(gold: readonly (string | number | null)[][], rows: readonly (string | number | null)[][]): boolean {
  if (gold.every((row, i) => sameRow(row, rows[i] ?? []))) return true;
  if (!sameBag(gold, rows)) return false;
  return (gold[0] ?? []).some(
    (_, column) =>
      isSorted(gold.map((row) => row[column] ?? null)) &&
      gold.every((row, i) => sameCell(row[column] ?? null, rows[i]?.[column] ?? null)),
  );
}

/** Whether cells run up or down, with at least two different ones. */
function isSorted(cells: readonly (string | number | null)[]): boolean {
  const steps = cells.slice(1).map((cell, i) => compareCells(cells[i] ?? null, cell));
  return steps.some((step) => step !== 0) && (steps.every((step) => step <= 0) || steps.every((step) => step >= 0));
}

function compareCells(a: string | number | null, b: string | number | null): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a ?? ""), String(b ?? "")];
  return left < right ? -1 : left > right ? 1 : 0;
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length <= 1) {
    yield [...items];
    return;
  }
  for (const [i, first] of items.entries())
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [first, ...rest];
}

function sameRow(a: readonly (string | number | null)[], b: readonly (string | number | null)[]): boolean {
  return a.length === b.length && a.every((cell, i) => sameCell(cell, b[i] ?? null));
}

function sameCell(a: string | number | null, b: string | number | null): boolean {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
  return a === b;
}

function sameBag(gold: readonly (string | number | null)[][], rows: readonly (string | number | null)[][]): boolean {
  const sort = (list: readonly (string | number | null)[][]) =>
    [...list].sort((a, b) => rowKey(a).localeCompare(rowKey(b)));
  const [a, b] = [sort(gold), sort(rows)];
  return a.every((row, i) => sameRow(row, b[i] ?? []));
}

function rowKey(row: readonly (string | number | null)[]): string {
  return row.map((cell) => (typeof cell === "number" ? `n${cell.toPrecision(6)}` : `s${cell ?? ""}`)).join("\u0000");
}
