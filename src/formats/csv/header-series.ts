import { isNullText } from "./column-pattern.ts";

/** Columns side by side that count from 0 or 1 before that can be no accident. */
const LEAST_COUNTED = 5;
/** Years, decades at most apart. */
const LONGEST_STEP = 10;
const YEARS = [1800, 2200] as const;
const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * Columns whose names are numbers that go on from one to the next: years (`country,2019,2020,2021`), or a count from 0 or 1 (pandas writes
 * `,0,1,2` for columns that have no names). In rows of values such numbers are no series, or the rows below hold the like.
 *
 * @param cells of the record that may be a header, trimmed.
 * @param below the cells of a column in the records below.
 * @returns their positions; empty where the record's numbers are no such series.
 */
export function findSeries(
  cells: readonly string[],
  below: (column: number) => readonly string[],
): ReadonlySet<number> {
  const none: ReadonlySet<number> = new Set();
  const columns = [...cells.keys()].filter((i) => NUMBER.test(cells[i]!));
  const values = columns.map((i) => Number(cells[i]));
  const [first = Number.NaN, second = first + 1] = values;
  const step = second - first;
  const isEven = values.every((value, i) => Number.isInteger(value) && value === first + i * step);
  if (!isEven || step === 0 || Math.abs(step) > LONGEST_STEP) return none;
  const isLabelled = cells.some((cell) => cell !== "" && !NUMBER.test(cell));
  if (values.every(isYear)) {
    const rows = columns.flatMap((i) => below(i).filter((cell) => !isNullText(cell)));
    const years = rows.filter((cell) => NUMBER.test(cell) && isYear(Number(cell))).length;
    return values.length >= (isLabelled ? 2 : 3) && years < rows.length / 2 ? new Set(columns) : none;
  }
  if (step !== 1 || (first !== 0 && first !== 1)) return none;
  const isIndexed = cells[0] === "" && !below(0).includes("") && columns.length === cells.length - 1;
  const next = columns.map((i) => Number(below(i)[0] || Number.NaN));
  const goesOn = next.every((value, i) => value === next[0]! + i);
  const isCount = isIndexed || (values.length >= LEAST_COUNTED && isLabelled && !goesOn);
  return isCount ? new Set(columns) : none;
}

function isYear(value: number): boolean {
  return Number.isInteger(value) && value >= YEARS[0] && value <= YEARS[1];
}
