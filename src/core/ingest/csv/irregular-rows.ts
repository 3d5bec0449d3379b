/** Rows that became rows of the table although they were not like the others, by what was done to them. */
export interface IrregularRows {
  /** Had fewer cells than there are columns: the rest are null. */
  padded: LineList;
  /** Were damaged, and read in the one way that agrees with the columns. */
  mended: LineList;
}

export interface LineList {
  count: number;
  /** The first of their lines. */
  lines: number[];
}

const MOST_LINES = 5;

export function noIrregularRows(): IrregularRows {
  return { padded: { count: 0, lines: [] }, mended: { count: 0, lines: [] } };
}

export function noteLine(list: LineList, line: number): void {
  list.count++;
  if (list.lines.length < MOST_LINES) list.lines.push(line);
}

/** Adds those of a further piece. */
export function addIrregularRows(all: IrregularRows, more: IrregularRows): void {
  for (const kind of ["padded", "mended"] as const) {
    all[kind].count += more[kind].count;
    all[kind].lines.push(...more[kind].lines.slice(0, MOST_LINES - all[kind].lines.length));
  }
}

/** What the owner of the file should know of them, in sentences. */
export function describeIrregularRows({ padded, mended }: IrregularRows, columns: number): string[] {
  const remarks: string[] = [];
  if (padded.count > 0)
    remarks.push(
      `${rowsOf(padded)} ${padded.count === 1 ? "has" : "have"} fewer cells than the ${columns} columns; what is missing is null.`,
    );
  if (mended.count > 0)
    remarks.push(
      `${rowsOf(mended)} ${mended.count === 1 ? "is" : "are"} damaged, and read in the only way that agrees with what the columns hold.`,
    );
  return remarks;
}

/** What the owner of the file should know of columns whose names the header has more than once. */
export function describeRenamed(renamed: readonly string[] = []): string[] {
  if (renamed.length === 0) return [];
  const shown = renamed.slice(0, MOST_LINES).map((name) => `“${name}”`);
  const list = `${shown.join(", ")}${renamed.length > shown.length ? ", …" : ""}`;
  return [`The header has names more than once (upper and lower case alike); the later columns are called ${list}.`];
}

function rowsOf({ count, lines }: LineList): string {
  const named = `${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")}${count > lines.length ? ", …" : ""}`;
  return `${count} ${count === 1 ? "row" : "rows"} (${named})`;
}
