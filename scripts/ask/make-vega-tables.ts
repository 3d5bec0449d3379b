/**
 * Writes the tables of the question sets in test/ask/questions as CSV files, from the package vega-datasets:
 *
 *   node scripts/ask/make-vega-tables.ts DIR
 *
 * makes DIR/<database>/<table>.csv. Dates are written as ISO dates; nothing else is changed.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";

type Row = Record<string, string | number | boolean | null>;

const data = join(import.meta.dirname, "../../node_modules/vega-datasets/data");

function readJson(name: string): Row[] {
  return JSON.parse(readFileSync(join(data, name), "utf8")) as Row[];
}

function readCsv(name: string): Row[] {
  return Papa.parse<Row>(readFileSync(join(data, name), "utf8"), { header: true, skipEmptyLines: true }).data;
}

/** "Jun 12 1998", "2000-01-01T08:00:00.000Z" or "1970-01-01" as "1998-06-12". */
function isoDate(value: string | number | boolean | null | undefined): string | null {
  if (value === null || value === undefined || value === "") return null;
  const text = String(value);
  const iso = /^\d{4}-\d\d-\d\d/.exec(text);
  if (iso !== null) return iso[0];
  const time = Date.parse(`${text} UTC`);
  return Number.isNaN(time) ? null : new Date(time).toISOString().slice(0, 10);
}

function withDate(rows: Row[], column: string): Row[] {
  return rows.map((row) => ({ ...row, [column]: isoDate(row[column]) }));
}

/** The tables, by database. */
const TABLES: Record<string, Record<string, () => Row[]>> = {
  movies: { movies: () => withDate(readJson("movies.json"), "Release Date") },
  cars: { cars: () => withDate(readJson("cars.json"), "Year") },
  penguins: { penguins: () => readJson("penguins.json") },
  weather: { weather: () => readCsv("weather.csv") },
  gapminder: { gapminder: () => readJson("gapminder.json") },
  stocks: { stocks: () => withDate(readCsv("stocks.csv"), "date") },
  birdstrikes: { birdstrikes: () => readCsv("birdstrikes.csv") },
  unemployment: { unemployment: () => withDate(readJson("unemployment-across-industries.json"), "date") },
  disasters: { disasters: () => readCsv("disasters.csv") },
  aviation: { airports: () => readCsv("airports.csv"), routes: () => readCsv("flights-airport.csv") },
  football: { football: () => readJson("football.json") },
  health: { health: () => readCsv("gapminder-health-income.csv") },
  electricity: { electricity: () => readCsv("iowa-electricity.csv") },
};

/** Writes all tables below a folder. */
export function makeVegaTables(folder: string): void {
  for (const [database, tables] of Object.entries(TABLES)) {
    mkdirSync(join(folder, database), { recursive: true });
    for (const [table, rows] of Object.entries(tables))
      writeFileSync(join(folder, database, `${table}.csv`), `${Papa.unparse(rows(), { newline: "\n" })}\n`);
  }
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error("Usage: node scripts/ask/make-vega-tables.ts DIR");
    process.exit(2);
  }
  makeVegaTables(folder);
}
