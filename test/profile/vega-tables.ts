import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quoteName, quoteText } from "../../src/profile/sql.ts";
import type { NativeEngine } from "./native-engine.ts";

const DATA = join(import.meta.dirname, "../../node_modules/vega-datasets/data");

export interface VegaTable {
  file: string;
  /** Column names and DuckDB types. */
  columns: Record<string, string>;
}

export const VEGA_TABLES = JSON.parse(
  readFileSync(join(import.meta.dirname, "figures/tables.config.json"), "utf8"),
) as Record<string, VegaTable>;

/** Reads figures that make.py wrote: one line a table, `[name, figures]`. */
export function readFigures<T>(file: string): Record<string, T> {
  const lines = readFileSync(join(import.meta.dirname, "figures", file), "utf8")
    .trim()
    .split("\n");
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, T]));
}

const csvCell = (value: unknown): string =>
  value === null || value === undefined ? "" : `"${String(value).replaceAll('"', '""')}"`;

/** Loads one of the tables into the engine under its own name. */
export async function loadVegaTable(engine: NativeEngine, name: string): Promise<void> {
  const { file, columns } = VEGA_TABLES[name]!;
  const directory = mkdtempSync(join(tmpdir(), "eider-"));
  try {
    let path = join(DATA, file);
    if (file.endsWith(".json")) {
      const records = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>[];
      const names = Object.keys(columns);
      const lines = [names, ...records.map((record) => names.map((column) => record[column]))];
      path = join(directory, "table.csv");
      writeFileSync(path, lines.map((line) => line.map(csvCell).join(",")).join("\n"));
    }
    const types = Object.entries(columns).map(([column, type]) => `${quoteText(column)}: ${quoteText(type)}`);
    await engine.run(
      `CREATE TABLE ${quoteName(name)} AS SELECT ${Object.keys(columns).map(quoteName).join(", ")} FROM read_csv(${quoteText(path)}, header = true, delim = ',', quote = '"', escape = '"', types = {${types.join(", ")}}, buffer_size = 4194304, max_line_size = 1000000)`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}
