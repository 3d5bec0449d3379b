type Cell = string | number | boolean | null | undefined | object;

/** A table in box-drawing lines; columns that hold only numbers are set to the right. */
export function formatTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = columns.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] == null || typeof row[i] === "number"),
  );
  const cells = rows.map((row) => columns.map((_, i) => formatCell(row[i])));
  const widths = columns.map((name, i) => Math.max(widthOf(name), ...cells.map((row) => widthOf(row[i] ?? ""))));
  const pad = (text: string, i: number) => {
    const space = " ".repeat((widths[i] ?? 0) - widthOf(text));
    return numeric[i] ? space + text : text + space;
  };
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
  const line = (row: readonly string[]) => `│ ${row.map(pad).join(" │ ")} │`;
  return [rule("┌", "┬", "┐"), line(columns), rule("├", "┼", "┤"), ...cells.map(line), rule("└", "┴", "┘")].join("\n");
}

const NUMBERS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

function formatCell(value: Cell): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return NUMBERS.format(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Columns on a terminal; enough for text without wide characters. */
function widthOf(text: string): number {
  return [...text].length;
}
