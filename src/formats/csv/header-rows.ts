import { isNullText, typeOf } from "./column-pattern.ts";
import type { Body, SampleRecord } from "./header-votes.ts";

/** Records below the first of a header that may still belong to it. */
const MOST_MORE_HEADERS = 4;

/** Further records that belong to the header: a repetition of it, units, or names below titles that span several columns. */
export function countMoreHeaders(records: readonly SampleRecord[], body: Body, header: number): number {
  const top = records[header]!.cells.map((cell) => cell.trim());
  if (top.length < 2) return 0;
  let more = 0;
  let above = top;
  for (let next = 1; next <= MOST_MORE_HEADERS && header + next + 2 < records.length; next++) {
    const at = header + next;
    const cells = records[at]!.cells.map((cell) => cell.trim());
    if (cells.length !== top.length) break;
    if (cells.every((cell) => cell === "")) continue;
    const types = body.typesFrom(at + 1);
    const typed = types.flatMap((type, i) => (type > 0 ? [i] : []));
    const isRepetition = cells.join("\u0000") === top.join("\u0000");
    const isTextOnly = typed.length > 0 && cells.every((cell) => typeOf(cell) === 0);
    const areUnits = typed.length >= 2 && typed.every((i) => cells[i] !== "" && !isNullText(cells[i] ?? ""));
    const fillsGaps =
      above.some((cell) => cell === "") &&
      above.every((cell, i) => cell !== "" || cells[i] !== "") &&
      typed.every((i) => above[i] !== "" || cells[i] !== "");
    const isMore = (isRepetition && typed.length > 0) || (isTextOnly && (areUnits || fillsGaps || parts(above, cells)));
    if (!isMore) break;
    more = next;
    above = cells;
  }
  return more;
}

/** Whether names stand side by side below a title that spans their columns. */
function parts(titles: readonly string[], names: readonly string[]): boolean {
  let inSpan = 0;
  for (const [i, title] of titles.entries()) {
    if (title !== "") inSpan = 0;
    else if (titles.slice(0, i).every((cell) => cell === "")) continue;
    if (names[i] !== "") inSpan++;
    if (inSpan >= 2) return true;
  }
  return false;
}

/** One text a column; a title that spans several columns stands in the first of them. */
export function joinHeader(header: readonly SampleRecord[], columns: number): string[] {
  const rows = header.map(({ cells }) => cells.map((cell) => cell.trim()));
  return Array.from({ length: columns }, (_, column) => {
    const texts: string[] = [];
    for (const [row, cells] of rows.entries()) {
      let part = cells[column] ?? "";
      const isSpanned = rows.slice(row + 1).some((below) => (below[column] ?? "") !== "");
      // A span ends where one of a row above begins.
      const isEdge = (at: number) => rows.slice(0, row).some((above) => (above[at] ?? "") !== "");
      for (let left = column; part === "" && isSpanned && left > 0 && !isEdge(left); left--)
        part = cells[left - 1] ?? "";
      if (part !== "" && !texts.includes(part)) texts.push(part);
    }
    return texts.join(" ");
  });
}
