/** Columns that belong together: what was planned and what became of it ("promised_date" and "delivered_date"). */
import type { Column, Schema } from "./schema.ts";
import { stemWord } from "./words.ts";

const PLANNED = stems(
  "promised due scheduled expected planned estimated required target deadline budget list max limit reorder minimum threshold",
);
const ACTUAL = stems(
  "actual delivered paid arrived completed closed finished received shipped departed returned spend spent cost sale sold final",
);

/** What comes last of several things that happen to a row. */
const FINAL = stems("delivered arrived received returned paid completed closed finished");

/** What there is of a thing, which may fall below what must be ordered again. */
const STOCK = new Set("stock inventory hand".split(" "));

function stems(words: string): ReadonlySet<string> {
  return new Set(words.split(" ").map(stemWord));
}

/** Whether two columns hold the same kind of thing, so that one can be held against the other. */
export function areComparable(a: Column, b: Column): boolean {
  if (a === b || a.flag !== undefined || b.flag !== undefined) return false;
  if (a.temporal || b.temporal) return a.temporal && b.temporal;
  return isAmount(a) && isAmount(b);
}

function isAmount(column: Column): boolean {
  return (column.numeric || column.numberText) && !column.identifier && !column.year;
}

/** Whether a column says what was planned. */
export function isPlanned(column: Column): boolean {
  return column.words.some((word) => PLANNED.has(word.stem));
}

/** The one column that a column is naturally held against; undefined when there is none, or several. */
export function findCounterpart(column: Column, schema: Schema): Column | undefined {
  const found = schema.columns
    .filter((other) => areComparable(other, column))
    .map((other) => ({ other, score: kinship(column, other) }))
    .filter(({ score }) => score >= 1)
    .sort((a, b) => b.score - a.score);
  const [best, next] = found;
  return best === undefined || (next !== undefined && next.score === best.score) ? undefined : best.other;
}

/** How near two columns are: words they share, and one that is planned beside one that is not. */
export function kinship(column: Column, other: Column): number {
  const own = new Set(column.words.map((word) => word.stem));
  const shared = other.words.filter(
    (word) => own.has(word.stem) && !/^(?:date|time|at|on|eur|usd|id)$/.test(word.lower),
  );
  const roles = isPlanned(column) !== isPlanned(other) && isActual(column) !== isActual(other);
  const near = column.table === other.table ? 0.5 : 0;
  const stock =
    column.words.some((word) => word.lower === "reorder") && other.words.some((word) => STOCK.has(word.lower));
  const final = roles && other.words.some((word) => FINAL.has(word.stem)) ? 0.25 : 0;
  if (stock) return 2;
  return shared.length === 0 && !roles ? 0 : shared.length + (roles ? 1 : 0) + near + final;
}

function isActual(column: Column): boolean {
  return column.words.some((word) => ACTUAL.has(word.stem));
}
