import { readdirSync, readFileSync } from "node:fs";
import { FormatError } from "../../../src/formats/source.ts";
import { openTableReader } from "../../core/ingest/csv/read-table.ts";

export interface Verdict {
  readonly file: string;
  readonly outcome: "right" | "set aside" | "refused" | "wrong";
  readonly detail: string;
}

const AS_TEXT = { dtype: "VARCHAR", keepDefaultNa: false } as const;

/** Reads each polluted file, and compares names and cells with the clean one beside it. */
export async function evaluatePollock(folder: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const reader = await openTableReader();
  for (const file of readdirSync(`${folder}/csv`).sort()) {
    const clean = await reader
      .read(readFileSync(`${folder}/clean/${file}`), {
        ...AS_TEXT,
        sep: ",",
        quotechar: '"',
        escapechar: '"',
        header: 0,
      })
      .catch(() => undefined);
    try {
      const table = await reader.read(readFileSync(`${folder}/csv/${file}`), AS_TEXT);
      verdicts.push({
        file,
        ...(clean === undefined ? { outcome: "right", detail: "" } : compareTables(table, clean)),
      });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      verdicts.push({ file, outcome: clean === undefined ? "right" : "refused", detail: error.message });
    }
  }
  reader.close();
  return verdicts;
}

type Table = { names: string[]; cells: (string | null)[][]; rejected: readonly unknown[] };

/** Empty where the tables say the same; rows that are missing must have been set aside. */
function compareTables(read: Table, clean: Table): { outcome: Verdict["outcome"]; detail: string } {
  // Where a file has no header, the collection calls its columns col_0, col_1, …
  const isNamed = !clean.names.every((name) => /^col_\d+$/.test(name));
  if (isNamed && read.names.join("\u0000") !== clean.names.join("\u0000"))
    return { outcome: "wrong", detail: `names ${JSON.stringify(read.names)} not ${JSON.stringify(clean.names)}` };
  let missing = 0;
  for (const [i, row] of clean.cells.entries()) {
    const at = i - missing;
    if (key(read.cells[at] ?? []) === key(row)) continue;
    missing++;
    if (missing > read.rejected.length)
      return {
        outcome: "wrong",
        detail: `row ${i} is ${JSON.stringify(read.cells[at])}, not ${JSON.stringify(row)}; ${read.rejected.length} rejects`,
      };
  }
  const extra = read.cells.length - (clean.cells.length - missing);
  if (extra !== 0) return { outcome: "wrong", detail: `${extra} rows too many` };
  return { outcome: missing === 0 ? "right" : "set aside", detail: `${missing} rows set aside` };
}

function key(row: readonly (string | null)[]): string {
  return row.map((cell) => (cell ?? "").trim()).join("\u0000");
}
