import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dropCsvIngestState, ingestCsv } from "../../../../src/core/ingest/csv/ingest-csv.ts";
import { CsvRejectedError } from "../../../../src/core/ingest/csv/ingest-input.ts";
import { describeIrregularRows, describeRenamed } from "../../../../src/core/ingest/csv/irregular-rows.ts";
import { tableSource } from "../../../../src/core/tables/table-layout.ts";
import { FormatError } from "../../../../src/formats/source.ts";
import { createMemoryDisk } from "../memory-disk.ts";
import { createNativeEngine, openBytes } from "./native-engine.ts";
import { readTable } from "./read-table.ts";

const types = (table: { columns: readonly { type: string }[] }) => table.columns.map((column) => column.type);
const repeat = (line: string, times: number) => `${line}\n`.repeat(times);

describe("ingestCsv", () => {
  it("reads ordinary cells of every type", async () => {
    const table = await readTable(
      'i,d,b,day,at,t,s,big\n1,1.5,true,2020-01-01,2020-01-01 10:00:00,10:00,"a ""b"", c",99999999999999999999\n-2,2,FALSE,2020-12-31,2020-01-01T10:00:00Z,23:59:59.5,,1\n',
    );
    expect(types(table)).toEqual([
      "BIGINT",
      "DOUBLE",
      "BOOLEAN",
      "DATE",
      "TIMESTAMP",
      "TIME",
      "VARCHAR",
      "DECIMAL(38,0)",
    ]);
    expect(table.cells).toEqual([
      ["1", "1.5", "true", "2020-01-01", "2020-01-01 10:00:00", "10:00:00", 'a "b", c', "99999999999999999999"],
      ["-2", "2.0", "false", "2020-12-31", "2020-01-01 10:00:00", "23:59:59.5", null, "1"],
    ]);
    expect(table.columns[6]).toEqual({ name: "s", type: "VARCHAR", nullable: true, nulls: 1, confidence: 1 });
  });

  it("leaves identifiers and the original text of text columns alone", async () => {
    const table = await readTable("zip,plus,mixed\n00742,+1,1.50\n10115,+2,1e5\n09999,3,abc\n");
    expect(types(table)).toEqual(["VARCHAR", "VARCHAR", "VARCHAR"]);
    expect(table.cells).toEqual([
      ["00742", "+1", "1.50"],
      ["10115", "+2", "1e5"],
      ["09999", "3", "abc"],
    ]);
  });

  it("never rounds, and never drops a zone", async () => {
    const lines = `1,2020-01-01 10:00:00\n${repeat("2,2020-01-01 10:00:00", 40)}2.5,2020-01-01 10:00:00-05:00\n`;
    const table = await readTable(`n,at\n${lines}`, {}, { limits: { pieceBytes: 256, commitBytes: 512 } });
    expect(types(table)).toEqual(["DOUBLE", "TIMESTAMP"]);
    expect(table.cells.at(-1)).toEqual(["2.5", "2020-01-01 15:00:00"]);
  });

  it("decides types over the whole file, and starts anew when the first piece was wrong", async () => {
    const table = await readTable(
      `id,v\n${repeat("007,1.50", 200)}${repeat("x,text", 50)}`,
      {},
      { limits: { pieceBytes: 300 } },
    );
    expect(types(table)).toEqual(["VARCHAR", "VARCHAR"]);
    expect(table.cells[0]).toEqual(["007", "1.50"]);
    expect(table.rows).toBe(250);
    const late = await readTable(`a,b\n${repeat("1,", 200)}${repeat("2,5", 50)}`, {}, { limits: { pieceBytes: 300 } });
    expect(types(late)).toEqual(["BIGINT", "BIGINT"]);
    expect(late.columns[1]!.nulls).toBe(200);
  });

  it("counts each cell once, wherever row groups end", async () => {
    const text = `a,b\n${repeat("1,\n2,5", 3_000).replaceAll("\n\n", "\n")}oops,6\n`;
    const { columns, rows } = await readTable(text);
    expect(rows).toBe(6_000);
    expect(columns.map(({ nulls }) => nulls)).toEqual([0, 3_000]);
    expect(columns[0]!.confidence).toBeCloseTo(6_000 / 6_001, 8);
  });

  it("sets the few rows aside that are not of the type, with line, column, text and reason", async () => {
    const table = await readTable(`a,b\n${repeat('1,"x\ny"', 150)}oops,z\n${repeat("2,w", 50)}`);
    expect(types(table)).toEqual(["BIGINT", "VARCHAR"]);
    expect(table.rows).toBe(200);
    expect(table.rejected).toEqual([
      { line: 302, row: 151, column: "a", text: "oops", reason: "The cell is not a whole number (BIGINT)." },
    ]);
    expect(table.columns[0]!.confidence).toBeCloseTo(200 / 201);
  });

  it("sets rows with too few or too many cells aside", async () => {
    const table = await readTable(`a,b,c\n${repeat("1,2,3", 50)}1,2\n1,2,3,4\n1,2,3\n`);
    expect(table.rows).toBe(51);
    expect(table.rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [52, "The row has 2 cells instead of 3."],
      [53, "The row has 4 cells instead of 3."],
    ]);
  });

  it("fills short rows up where that is how the file is, and drops a trailing delimiter", async () => {
    expect((await readTable("a,b,c\n1,2,3\n4\n5,6\n")).cells).toEqual([
      ["1", "2", "3"],
      ["4", null, null],
      ["5", "6", null],
    ]);
    const long = `a,b\n${repeat("1,2", 60)}${repeat("3", 30)}`;
    const pieces = await readTable(long, {}, { limits: { pieceBytes: 100, commitBytes: 200 } });
    expect(pieces.irregular.padded).toEqual({ count: 30, lines: [62, 63, 64, 65, 66] });
    expect(describeIrregularRows(pieces.irregular, 2)).toEqual([
      "30 rows (lines 62, 63, 64, 65, 66, …) have fewer cells than the 2 columns; what is missing is null.",
    ]);
    const table = await readTable("a,b\n1,2,\n3,4,\n");
    expect([table.names, table.cells]).toEqual([
      ["a", "b"],
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ]);
  });

  it("fails a file of which too many rows are faulty, and shows the first", async () => {
    const text = `a,b,c\n${repeat("1,2,3", 100)}${repeat("1,2,3,4,5", 20)}`;
    const failure = await readTable(text, { header: 0 }, { limits: { sampleBytes: 300 } }).catch((error) => error);
    expect(failure).toBeInstanceOf(CsvRejectedError);
    expect(failure.message).toBe(
      "20 of 120 rows cannot be read, more than the 10 % allowed. The first is in line 102: The row has 5 cells instead of 3. Mend the file, or declare its delimiter, quote character or types.",
    );
    expect(failure.rejects).toHaveLength(20);
  });

  it("reads again with care what DuckDB refuses of a piece that looked ordinary", async () => {
    const limits = { pieceBytes: 200, commitBytes: 400 };
    const table = await readTable(`n,x\n${repeat("10,a", 150)}12-3,b\n${repeat("20,c", 100)}`, {}, { limits });
    expect([types(table), table.rows]).toEqual([["BIGINT", "VARCHAR"], 250]);
    expect(table.rejected).toEqual([expect.objectContaining({ line: 152, row: 151, column: "n", text: "12-3" })]);
    const text = await readTable(`n,x\n${repeat("10,a", 150)}${repeat("2020-01-01,b", 50)}`, {}, { limits });
    expect([types(text), text.rows, text.rejects]).toEqual([["VARCHAR", "VARCHAR"], 200, 0]);
  });

  it("counts a NULL once where a piece ends behind it", async () => {
    for (let pieceBytes = 20; pieceBytes < 40; pieceBytes++) {
      const table = await readTable(`a,b,c\n${repeat("1,,abc", 30)}`, {}, { limits: { pieceBytes } });
      expect(table.columns[1]!.nulls).toBe(30);
    }
  });

  it("takes a line end inside a quoted cell for none of a row, whatever kind it is of", async () => {
    for (const inner of ["\r", "\n", "\r\n"])
      for (const outer of ["\n", "\r\n"])
        for (const repeats of [1, 40]) {
          const text = `a,b${outer}${`"x${inner}y",1${outer}`.repeat(repeats)}`;
          const table = await readTable(text);
          expect([table.rows, table.rejects], JSON.stringify(text)).toEqual([repeats, 0]);
          expect(table.cells[0]).toEqual([`x${inner}y`, "1"]);
        }
  });

  it("gives the columns alone where no rows are asked for", async () => {
    const table = await readTable("a,b\n1,2\n", { nrows: 0 });
    expect([table.names, table.rows, table.rejects]).toEqual([["a", "b"], 0, 0]);
  });

  it("costs one line where a quote is never closed, and bounds the rest", async () => {
    const text = `a,b\n${repeat('1,"x"', 60)}2,"open\n${repeat("3,y", 300)}`;
    const table = await readTable(text, {}, { limits: { pieceBytes: 400 } });
    expect(table.rejected).toEqual([
      expect.objectContaining({ line: 62, text: '2,"open', reason: "A quote opens in this line and is not closed." }),
    ]);
    expect(table.rows).toBe(360);
    const long = readTable(`a\n"${"x".repeat(5000)}`, { header: 0, quotechar: '"' }, { limits: { pieceBytes: 1000 } });
    await expect(long).rejects.toThrow(/The record that starts in line 2 is longer than 1000 bytes/);
  });

  it("decides day and month over the whole column", async () => {
    const dmy = await readTable("d\n01/02/2020\n03/04/2020\n25/12/2020\n");
    expect([dmy.cells, dmy.columns[0]!.confidence]).toEqual([[["2020-02-01"], ["2020-04-03"], ["2020-12-25"]], 1]);
    const open = await readTable("d\n01/02/2020\n03/04/2020\n");
    expect([open.cells, open.columns[0]!.confidence]).toEqual([[["2020-01-02"], ["2020-03-04"]], 0.5]);
    expect((await readTable("d\n01/02/2020\n", { dayfirst: true })).cells).toEqual([["2020-02-01"]]);
  });

  it("reads other encodings, also where they show late", async () => {
    const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
    expect((await readTable(latin("a,b\ncafé,1\n"))).cells).toEqual([["café", "1"]]);
    const late = await readTable(
      latin(`a,b\n${repeat("plain,1", 400)}café,2\n`),
      {},
      { limits: { sampleBytes: 200, pieceBytes: 500 } },
    );
    expect(late.cells.at(-1)).toEqual(["café", "2"]);
    const wide = (text: string, little: boolean) =>
      Uint8Array.from(
        [...text]
          .flatMap((char) => [char.charCodeAt(0) & 255, char.charCodeAt(0) >> 8])
          .flatMap((byte, i, all) => (little ? byte : all[i ^ 1]!)),
      );
    const expected = [
      ["žluťoučký", "1"],
      ["kůň", "2"],
    ];
    for (const little of [true, false]) {
      for (const mark of ["\ufeff", ""]) {
        const text = `${mark}jméno,n\nžluťoučký,1\nkůň,2\n`;
        const table = await readTable(
          wide(text, little),
          mark === "" ? { encoding: little ? "utf-16-le" : "utf-16-be" } : {},
          { limits: { pieceBytes: 64 } },
        );
        expect([table.names, table.cells]).toEqual([["jméno", "n"], expected]);
      }
    }
    const table = await readTable(latin(`a,b\n${repeat("\xc3\xa9,1", 50)}\xe9,2\n`));
    expect(table.rejected[0]).toMatchObject({ line: 52, reason: "The row has bytes that are not UTF-8 text." });
  });

  it.each([
    [
      "a,b\r1,2\r3,4\r",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "a,b\r\n1,2\n3,4\r\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "a;b\n1,5;x\n2,25;y\n",
      [
        ["1.5", "x"],
        ["2.25", "y"],
      ],
    ],
    ["a\tb\n1.234,5\tx\n", [["1234.5", "x"]]],
    [
      'a,b\n"1,234",x\n"5,678,901",y\n',
      [
        ["1234", "x"],
        ["5678901", "y"],
      ],
    ],
    ["# made by x\n# on monday\na,b\n1,2\n", [["1", "2"]]],
    ["a,b\n", []],
    ["a\n1\n\n3\n", [["1"], [null], ["3"]]],
    [
      "a,b\nNA,1\nnull,2\n5,3\n",
      [
        [null, "1"],
        [null, "2"],
        ["5", "3"],
      ],
    ],
  ])("reads %j", async (text, cells) => {
    expect((await readTable(text as string)).cells).toEqual(cells);
  });

  it.each([
    ["", /The file is empty/],
    ["\x89PNG\r\n\x1a\n\0\0\0\rIHDR", /is a PNG image, not CSV/],
    ["\n<!DOCTYPE html>\n<html><title>Sign in, please</title>\n", /is an HTML page, not CSV.*in place of the data/],
    ["<html lang='en'>\n<body>a,b</body>\n", /is an HTML page/],
    ['<?xml version="1.0"?>\n<rows><row a="1,2"/></rows>\n', /is an XML document, not CSV/],
    ["\0\x01\x02\x03\x04\x05\x06\x07".repeat(20), /binary data/],
  ])("refuses %j", async (text, message) => {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    const failure = await readTable(bytes).catch((error) => error);
    expect(failure).toBeInstanceOf(FormatError);
    expect(failure.message).toMatch(message);
  });

  it("tells of names that the header has more than once", async () => {
    const { dialect, names } = await readTable("a,a,A,b,b_2,b\n1,2,3,4,5,6\n7,8,9,1,2,3\n");
    expect(names).toEqual(["a", "a_2", "A_3", "b", "b_2", "b_3"]);
    expect(describeRenamed(dialect.renamed)).toEqual([expect.stringMatching(/called “a_2”, “A_3”, “b_3”\.$/)]);
    expect(describeRenamed((await readTable("a,b\n1,2\n")).dialect.renamed)).toEqual([]);
  });

  it("reads a cell of 3 MB, 5,000 columns, and NUL bytes", async () => {
    const long = await readTable(`a,b\n1,"${"x".repeat(3_000_000)}"\n`);
    expect(long.cells[0]![1]).toHaveLength(3_000_000);
    const row = Array.from({ length: 5000 }, (_, i) => i).join(",");
    const wide = await readTable(`${row.replaceAll(/\d+/g, "c$&")}\n${row}\n`);
    expect([wide.columns.length, wide.cells[0]![4999]]).toEqual([5000, "4999"]);
    expect((await readTable("a,b\nx\0y,1\nz,2\n")).cells).toEqual([
      ["x\0y", "1"],
      ["z", "2"],
    ]);
  });

  it("obeys declared options", async () => {
    const text = "x|y|z\n1|2020-01-01|a\n2|2020-01-02|b\n3|2020-01-03|c\n";
    const some = await readTable(text, { usecols: ["x", 2], nrows: 2, dtype: { x: "VARCHAR" } });
    expect([some.names, types(some), some.cells]).toEqual([
      ["x", "z"],
      ["VARCHAR", "VARCHAR"],
      [
        ["1", "a"],
        ["2", "b"],
      ],
    ]);
    expect(types(await readTable(text, { parseDates: false }))).toEqual(["BIGINT", "VARCHAR", "VARCHAR"]);
    expect((await readTable("junk\n1;2\n", { skiprows: 1, header: null, names: ["p", "q"], sep: ";" })).names).toEqual([
      "p",
      "q",
    ]);
    expect((await readTable("a,b\n-,1\n2,3\n", { naValues: ["-"] })).cells).toEqual([
      [null, "1"],
      ["2", "3"],
    ]);
  });

  it("gives the same table whatever the size of its pieces, and after being killed anywhere", async () => {
    const cell = fc.constantFrom(
      "1",
      "2",
      "30",
      "",
      "NA",
      "1.5",
      "x",
      '"q,""r"',
      '"two\nlines"',
      "2020-01-01",
      "007",
      "true",
      " 4",
    );
    const rows = fc.array(fc.tuple(cell, cell, fc.constantFrom("1", "2", "3")), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 40, max: 300 }),
        fc.nat({ max: 60 }),
        fc.boolean(),
        async (lines, pieceBytes, killAt, isBefore) => {
          const text = `a,b,c\n${lines.map((line) => line.join(",")).join("\n")}\n`;
          const options = { header: 0, sep: ",", quotechar: '"', escapechar: '"' } as const;
          const whole = await readTable(text, options, { limits: { rejectShare: 1 } });
          const limits = { pieceBytes, commitBytes: pieceBytes * 2, rejectShare: 1, offsetBytes: 50 };
          const cut = await readTable(text, options, { limits });
          expect([cut.cells, cut.columns, cut.rejected]).toEqual([whole.cells, whole.columns, whole.rejected]);

          const engine = await createNativeEngine();
          let statements = 0;
          const dying = {
            ...engine,
            async run(sql: string) {
              const dies = statements++ === killAt;
              if (dies && isBefore) throw new Error("killed");
              await engine.run(sql);
              if (dies) throw new Error("killed");
            },
          };
          const rejects: unknown[] = [];
          const offsets: unknown[] = [];
          const input = {
            open: openBytes(new TextEncoder().encode(text), 11),
            target: { catalog: "memory", table: "t", rowGroupRows: 100, columnCount: 4 },
            disk: createMemoryDisk(),
            options,
            limits,
            onRejects: ({ from, rejects: batch }: { from: number; rejects: readonly unknown[] }) => {
              rejects.splice(from, Number.POSITIVE_INFINITY, ...batch);
            },
            onOffsets: ({ from, offsets: batch }: { from: number; offsets: readonly unknown[] }) => {
              offsets.splice(from, Number.POSITIVE_INFINITY, ...batch);
            },
          };
          try {
            await ingestCsv({ ...input, engine: dying }).catch((error: Error) => expect(error.message).toBe("killed"));
            await engine.run("ROLLBACK").catch(() => undefined);
            const result = await ingestCsv({ ...input, engine });
            expect(await engine.texts("SELECT * FROM t")).toEqual(cut.cells);
            expect([result.columns, result.rejects, rejects, offsets]).toEqual([
              cut.columns,
              cut.rejects,
              cut.rejected,
              cut.offsets,
            ]);
            expect(await ingestCsv({ ...input, engine })).toEqual(result);
            await dropCsvIngestState(engine, input.target);
            expect(await engine.texts("SELECT table_name FROM duckdb_tables()")).toEqual([["t"]]);
          } finally {
            engine.close();
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  }, 60_000);

  it.each([3, 230])("starts a load of %i columns anew that an earlier release began", async (columns) => {
    const names = Array.from({ length: columns }, (_, i) => `c${i}`);
    const cells = Array.from({ length: 60 }, (_, row) => names.map((_, column) => `${row * columns + column}`));
    const text = `${names.join(",")}\n${cells.map((row) => row.join(",")).join("\n")}\n`;
    const engine = await createNativeEngine();
    let commits = 0;
    const dying = {
      ...engine,
      async run(sql: string) {
        await engine.run(sql);
        if (sql === "COMMIT" && ++commits === 3) throw new Error("killed");
      },
    };
    const input = {
      open: openBytes(new TextEncoder().encode(text), 1000),
      target: { catalog: "memory", table: "t", rowGroupRows: 5, columnCount: 4 },
      disk: createMemoryDisk(),
      limits: { pieceBytes: columns * 10, commitBytes: columns * 20, spoolBytes: columns * 40 },
    };
    try {
      await expect(ingestCsv({ ...input, engine: dying })).rejects.toThrow("killed");
      await engine.run("ROLLBACK").catch(() => undefined);
      await engine.run(`UPDATE eider_csv_ingest SET state = '{"version": 1, "phase": "load"}'`);
      expect((await ingestCsv({ ...input, engine })).rows).toBe(60);
      expect(await engine.texts(`SELECT * FROM ${tableSource(input.target, columns)}`)).toEqual(cells);
    } finally {
      engine.close();
    }
  });

  it("loads a wide table part by part, whatever waits on the disk, and after being killed anywhere", async () => {
    const columns = 230;
    const names = Array.from({ length: columns }, (_, i) => `c${i}`);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 60 }),
        fc.boolean(),
        fc.integer({ min: 2_000, max: 20_000 }),
        fc.boolean(),
        async (rowCount, killAt, isBefore, spoolBytes, changesType) => {
          const cells = Array.from({ length: rowCount }, (_, row) =>
            names.map((_, column) =>
              changesType && row === rowCount - 1 ? `x${column}` : `${row * columns + column}`,
            ),
          );
          const text = `${names.join(",")}\n${cells.map((row) => row.join(",")).join("\n")}\n`;
          const engine = await createNativeEngine();
          let statements = 0;
          const dying = {
            ...engine,
            async run(sql: string) {
              const dies = statements++ === killAt;
              if (dies && isBefore) throw new Error("killed");
              await engine.run(sql);
              if (dies) throw new Error("killed");
            },
          };
          const input = {
            open: openBytes(new TextEncoder().encode(text), 1000),
            target: { catalog: "memory", table: "t", rowGroupRows: 100, columnCount: 4 },
            disk: createMemoryDisk(),
            limits: { pieceBytes: 4_000, commitBytes: 8_000, spoolBytes, rejectShare: 1 },
          };
          try {
            await ingestCsv({ ...input, engine: dying }).catch((error: Error) => expect(error.message).toBe("killed"));
            await engine.run("ROLLBACK").catch(() => undefined);
            const result = await ingestCsv({ ...input, engine });
            expect(result.rows).toBe(rowCount);
            expect(await engine.texts(`SELECT * FROM ${tableSource(input.target, columns)}`)).toEqual(cells);
          } finally {
            engine.close();
          }
        },
      ),
      { numRuns: 30, endOnFailure: true },
    );
  }, 60_000);
});
