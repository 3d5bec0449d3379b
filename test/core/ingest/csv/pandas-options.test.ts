import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { pandasDtype } from "../../../../src/core/files/pandas-dtypes.ts";
import { parseCsvOptions } from "../../../../src/formats/csv/parse-options.ts";
import { previewCsv } from "../../../../src/formats/csv/preview.ts";
import { FormatError } from "../../../../src/formats/source.ts";
import { createMemorySource } from "../../../formats/memory-source.ts";
import { openTableReader, readTable } from "./read-table.ts";

interface PandasCase {
  text: string;
  options: Record<string, unknown>;
  /** pandas refuses the file. */
  fails?: boolean;
  dtypes: Record<string, string>;
  rows: (string | null)[][];
}

const titled = readFileSync("test/core/ingest/csv/pandas/read-csv.ndjson", "utf8")
  .trimEnd()
  .split("\n")
  .map((line): PandasCase => JSON.parse(line))
  .map((each) => [JSON.stringify(each.text), JSON.stringify(each.options), each] as const);

describe("what pandas' read_csv makes of it", () => {
  let reader: Awaited<ReturnType<typeof openTableReader>>;
  beforeAll(async () => {
    reader = await openTableReader();
  });
  afterAll(() => reader.close());

  it.each(titled)("%s with %s", async (_text, _options, { text, options, fails, dtypes, rows }) => {
    const reading = reader.read(text, parseCsvOptions(options));
    if (fails) return expect(reading).rejects.toThrow(FormatError);
    const table = await reading;
    const found = table.columns.map(({ name, type, nullable }) => [name, pandasDtype({ duckdbType: type, nullable })]);
    expect(Object.fromEntries(found)).toEqual(dtypes);
    expect(table.cells.map((row) => row.map(plain))).toEqual(rows.map((row) => row.map(plain)));
    expect(table.rejected).toEqual([]);
  });
});

/** pandas shows integers beside NULLs as floats, and dates with a time. */
function plain(cell: string | null): string | null {
  return cell?.replace(/^(-?\d+)\.0$/, "$1").replace(/ 00:00:00$/, "") ?? null;
}

test("numbers that a declared type does not hold are set aside, with what it holds", async () => {
  const rows = `${"1,1\n".repeat(50)}300,1\n1,1e39\n`;
  const table = await readTable(`a,b\n${rows}`, parseCsvOptions({ dtype: { a: "int8", b: "float32" } }));
  expect(table.rows).toBe(50);
  expect(table.rejected.map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [52, "a", "The cell is not a whole number from -128 to 127 (TINYINT)."],
    [53, "b", "The cell is not a number that fits in 32 bits (FLOAT)."],
  ]);
});

test("a column that is not there is named", async () => {
  await expect(readTable("a,b\n1,2\n", { usecols: ["zz"] })).rejects.toThrow(
    "There is no column “zz”; the table has “a”, “b”.",
  );
  await expect(readTable("a,b\n1,2\n", { usecols: [2] })).rejects.toThrow("no column at position 2: the table has 2");
  await expect(readTable("a,b\n1,2\n", { skiprows: 20 })).rejects.toThrow(/skiprows/);
  await expect(readTable(" \n\n", {})).rejects.toThrow(/holds no rows/);
});

test("types by position, for columns without names", async () => {
  const table = await readTable("1.50,2\n", parseCsvOptions({ header: null, dtype: { "0": "str" } }));
  expect(table.cells).toEqual([["1.50", "2"]]);
});

test("a number that means NULL is one in every piece, however it is read", async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? "-999" : `${i}`));
  const options = parseCsvOptions({ na_values: -999 });
  const table = await readTable(`a\n${lines.join("\n")}\n`, options, { limits: { pieceBytes: 1000 } });
  expect(table.columns).toMatchObject([{ type: "BIGINT", nulls: 1000 }]);
  expect(table.cells.filter(([cell]) => cell === null).length).toBe(1000);
});

test("single lines are passed over far into the file and in previews", async () => {
  const lines = ["a,b", ...Array.from({ length: 4000 }, (_, i) => `${i},x${i}`)];
  for (const at of [1, 2000, 3999]) lines[at] = `skipped ${at}`;
  const text = `${lines.join("\n")}\n`;
  const options = parseCsvOptions({ skiprows: [3999, 1, 2000] });
  const table = await readTable(text, options, { limits: { pieceBytes: 4096, offsetBytes: 1024 } });
  expect([table.rows, table.rejected]).toEqual([3997, []]);
  for (const offset of [0, 1500, 2500, 3996]) {
    const source = createMemorySource(new TextEncoder().encode(text));
    const shown = await previewCsv({ source, dialect: table.dialect, offsets: table.offsets, offset, limit: 1 });
    expect(shown).toEqual([table.cells[offset]]);
  }
});
