import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../../src/formats/source.ts";
import { readTable } from "../../core/ingest/csv/read-table.ts";
import { evaluateDuckdbTests } from "./corpora-duckdb.ts";
import { evaluatePapaparse } from "./corpora-papaparse.ts";
import { evaluatePollock, type Verdict } from "./corpora-pollock.ts";

const CORPORA = new URL("../../../../shared/corpora/csv", import.meta.url).pathname;

/** Counts outcomes; "set aside": all other rows are right. */
function count(verdicts: readonly Verdict[]): Record<Verdict["outcome"], number> {
  const counts = { right: 0, "set aside": 0, refused: 0, wrong: 0 };
  for (const { outcome } of verdicts) counts[outcome]++;
  return counts;
}

// The collections are not part of the project; they lie beside it where it is developed.
describe.skipIf(!existsSync(CORPORA))(`public collections of messy CSV (skipped without ${CORPORA})`, () => {
  it.each([
    // Of the rest: repeated header rows name a column once; a second table with the same header goes on with the first; spaces
    // between unquoted words do not tell where a cell ends.
    ["polluted_files", { right: 29, safe: 33 }],
    // Of the rest: some clean files were mended or reordered by hand, and a row of values is not taken for a header.
    ["survey_sample", { right: 31, safe: 31 }],
  ] as const)(
    "Pollock %s reads no worse than it did",
    async (folder, floor) => {
      const counts = count(await evaluatePollock(`${CORPORA}/pollock/${folder}`));
      console.log(`Pollock ${folder}:`, counts);
      expect(counts.right).toBeGreaterThanOrEqual(floor.right);
      expect(counts.right + counts["set aside"] + counts.refused).toBeGreaterThanOrEqual(floor.safe);
    },
    60_000,
  );

  it("DuckDB's own queries over CSV give their results", async () => {
    const verdicts = await evaluateDuckdbTests(CORPORA);
    const counts = count(verdicts);
    console.log("DuckDB sqllogictests:", counts);
    // Of the rest: repeated names are numbered otherwise, ambiguous dates are month first as in pandas, an empty file is refused,
    // declared names mean that there is no header, and rows that are not of their column's type are set aside.
    expect(counts.right).toBeGreaterThanOrEqual(56);
  }, 120_000);

  it("PapaParse's own cases give their rows", async () => {
    const counts = count(await evaluatePapaparse(`${CORPORA}/papaparse/tests/test-cases.js`));
    console.log("PapaParse:", counts);
    // Of the rest: spaces around quotes are dropped, a quote that is never closed costs its own line only, CR ends a row beside LF, and
    // an escape character before any other is dropped, as pandas does.
    expect(counts.right).toBeGreaterThanOrEqual(98);
  }, 120_000);

  it("every other file is read or refused with a sentence", async () => {
    const outcomes = { read: 0, refused: 0 };
    for (const folder of ["duckdb", "arrow-testing", "messytables-horror", "papaparse"]) {
      for (const path of readdirSync(`${CORPORA}/${folder}`, { recursive: true, encoding: "utf8" })) {
        if (!/\.(csv|tsv|tbl|txt|psv|ssv)$|fuzz-\d+$/.test(path)) continue;
        const error = await readTable(readFileSync(`${CORPORA}/${folder}/${path}`)).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) outcomes.read++;
        else {
          outcomes.refused++;
          expect(error, path).toBeInstanceOf(FormatError);
          expect((error as Error).message, path).toMatch(/^[A-Z0-9].*\.$/s);
        }
      }
    }
    console.log("Other files:", outcomes);
    expect(outcomes.read).toBeGreaterThanOrEqual(250);
  }, 600_000);

  it("csv-spectrum, univocity and messytables read as their expectations say", async () => {
    const options = { dtype: "VARCHAR", keepDefaultNa: false, header: 0 } as const;
    const objects = async (path: string) => {
      const table = await readTable(readFileSync(`${CORPORA}/${path}`), options);
      return table.cells.map((row) => Object.fromEntries(table.names.map((name, i) => [name, row[i] ?? ""])));
    };
    for (const name of ["json", "quotes_and_newlines", "escaped_quotes", "simple", "empty"]) {
      const expected = JSON.parse(readFileSync(`${CORPORA}/csv-spectrum/json/${name}.json`, "utf8"));
      expect(await objects(`csv-spectrum/csvs/${name}.csv`), name).toEqual(expected);
    }
    const cars = await readTable(readFileSync(`${CORPORA}/univocity/src/main/resources/correctness.csv`));
    expect(cars.names).toEqual(["Year", "Make", "Model", "Description", "Price"]);
    expect(cars.cells.map((row) => row[2])).toEqual([
      "E350",
      'Venture "Extended Edition"',
      "Grand Cherokee",
      'Venture "Extended Edition, Very Large"',
      'Venture "Extended Edition"',
    ]);
    expect(cars.columns.map((column) => column.type)).toEqual(["BIGINT", "VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE"]);
    for (const [name, delimiter] of [
      ["simple.csv", ","],
      ["simple.ssv", ";"],
    ] as const) {
      const table = await readTable(readFileSync(`${CORPORA}/messytables-horror/${name}`));
      expect([table.dialect.delimiter, table.names]).toEqual([delimiter, ["date", "temperature", "place"]]);
      expect(table.columns.map((column) => column.type)).toEqual(["DATE", "BIGINT", "VARCHAR"]);
      expect(table.rows).toBe(6);
    }
    const piped = await readTable(readFileSync(`${CORPORA}/messytables-horror/simple.psv`));
    expect([piped.dialect.delimiter, piped.rows, piped.names.length]).toEqual(["|", 28, 6]);
    expect((await readTable(readFileSync(`${CORPORA}/messytables-horror/long.csv`))).rows).toBe(4000);
  });
});
