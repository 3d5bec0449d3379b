import { tableFromArrays } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { FORMATS } from "../../../src/core/ingest/detect-format.ts";
import { ParserOptionsError, parseParserOptions, parserOptionNames } from "../../../src/core/ingest/parser-options.ts";
import { selectColumns, type TableSelection } from "../../../src/core/ingest/select-columns.ts";
import type { FormatTable } from "../../../src/formats/source.ts";

describe("parser options", () => {
  test("every format lists its own, and null means that an option is not given", () => {
    for (const format of FORMATS) {
      const names = parserOptionNames(format);
      expect(names.length).toBeGreaterThan(1);
      const nothing = Object.fromEntries(
        names.filter((name) => name !== "header" && name !== "quotechar").map((name) => [name, null]),
      );
      expect(() => parseParserOptions(format, nothing)).not.toThrow();
      expect(() => parseParserOptions(format, { nosuch: 1 })).toThrow(ParserOptionsError);
      expect(() => parseParserOptions(format, { nosuch: 1 })).toThrow(names.join(", "));
    }
  });

  test("all faults are named at once", () => {
    try {
      parseParserOptions("xlsx", { header: -1, skiprows: "two", usecols: [] });
      expect.unreachable();
    } catch (error) {
      expect((error as ParserOptionsError).faults.map(({ path }) => path)).toEqual(["header", "usecols", "skiprows"]);
    }
  });

  test("pandas' names become the readers'", () => {
    expect(parseParserOptions("xls", { sheet_name: [0, "b"], header: null, skiprows: 2 }).excel).toEqual({
      sheetNames: [0, "b"],
      header: "none",
      skipRows: 2,
      nRows: undefined,
    });
    const letters = parseParserOptions("xlsx", { usecols: "a:C, AA" });
    expect([...(letters.excel.sheetColumns ?? [])]).toEqual([0, 1, 2, 26]);
    expect(letters.selection.columns).toBeUndefined();
    expect(() => parseParserOptions("xlsx", { usecols: "A-C" })).toThrow(/letters such as "A:C,F"/);
    expect(parseParserOptions("xlsx", {}).excel.header).toBe("auto");
    expect(parseParserOptions("json", { orient: "split", lines: false }).json).toMatchObject({
      orient: "split",
      lines: false,
    });
    expect(parseParserOptions("csv", { sep: ";", na_values: "-" }).csv).toEqual({ sep: ";", naValues: ["-"] });
  });
});

describe("columns and rows of a table", () => {
  const batches = [
    tableFromArrays({ a: [1, 2], b: ["x", "y"], c: [true, false] }),
    tableFromArrays({ a: [3], b: ["z"], c: [true] }),
  ];
  const source: FormatTable = {
    name: undefined,
    schema: batches[0]!.schema,
    rowCount: 3,
    async *batches(from = 0) {
      for (const batch of batches.slice(from)) yield* batch.batches;
    },
  };
  const read = async (selection: TableSelection, from = 0) => {
    const table = selectColumns(source, selection);
    const rows = [];
    for await (const batch of table.batches(from)) for (const row of batch) rows.push(Object.values(row.toJSON()));
    return { names: table.schema.fields.map(({ name }) => name), rows, rowCount: table.rowCount };
  };

  test("the file's order stays; names may be for all or for the chosen", async () => {
    expect(await read({ columns: ["c", "a"], rows: 2 })).toEqual({
      names: ["a", "c"],
      rows: [
        [1, true],
        [2, false],
      ],
      rowCount: 2,
    });
    expect((await read({ columns: [0, 1], names: ["p", "q"] })).names).toEqual(["p", "q"]);
    expect((await read({ columns: ["q"], names: ["p", "q", "r"] })).names).toEqual(["q"]);
    expect((await read({ rows: 0 })).rows).toEqual([]);
  });

  test("a later batch has the same rows as when all are read", async () => {
    const all = await read({ columns: ["b"], rows: 3 });
    expect((await read({ columns: ["b"], rows: 3 }, 1)).rows).toEqual(all.rows.slice(2));
    expect((await read({ columns: ["b"], rows: 2 }, 1)).rows).toEqual([]);
  });

  test("what is not there is named", () => {
    expect(() => selectColumns(source, { columns: ["z"] })).toThrow("no column “z”; the table has “a”, “b”, “c”");
    expect(() => selectColumns(source, { columns: [3] })).toThrow("position 3");
    expect(() => selectColumns(source, { names: ["p"] })).toThrow("names lists 1 columns; the table has 3");
  });
});
