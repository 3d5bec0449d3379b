import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import type { Sheet } from "../../../src/formats/excel/cells.ts";
import { openSheets, readExcel } from "../../../src/formats/excel/read-excel.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { createMemorySource } from "../memory-source.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpora/xlsx");
/**
 * Sheets whose expected text belongs to another version of the workbook, by the collection's own notes and by its XML, or has formulas'
 * results as another program computes them (MatchFunctionTestCaseData: xlrd reads the stored ones as Eider does).
 */
const UNUSABLE = new Set([
  "29942.xls.0",
  "31661.xls.0",
  "CustomXMLMappings-complex-type.xlsx.1",
  "MatchFunctionTestCaseData.xls.1",
  "DateFormatTests.xlsx.1",
  "FormatConditionTests.xlsx.1",
  "LookupFunctionsTestCaseData.xls.2",
  "NumberFormatApproxTests.xlsx.1",
  "NumberFormatTests.xlsx.1",
]);

type Cell = string | null | { value: number; isPlain: boolean };

async function readGrid(sheet: Sheet): Promise<Map<string, Cell>> {
  const grid = new Map<string, Cell>();
  let row = 0;
  const set = (column: number, cell: Cell) => grid.set(`${row},${column}`, cell);
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  const cells = sheet.scan({
    startRow: (at) => {
      row = at;
    },
    number: (column, value, kind) => set(column, { value, isPlain: kind === "number" }),
    bool: (column, value) => set(column, value ? "TRUE" : "FALSE"),
    text: (column, bytes, start, end) => set(column, decoder.decode(bytes.subarray(start, end))),
    error: (column) => set(column, null),
  });
  for await (const _ of cells);
  return grid;
}

/** Whether a cell can be what Excel shows as `shown`: texts equal, plain numbers to the digits shown, errors as errors. */
function isShownAs(cell: Cell | undefined, shown: string): boolean {
  if (cell === undefined) return false;
  if (cell === null) return shown.startsWith("#");
  const tidy = (text: string) => text.replace(/\r\n?/g, "\n").trim();
  if (typeof cell === "string") return tidy(cell) === tidy(shown);
  const number = Number(shown.replace(/[$,\s%]/g, ""));
  if (!cell.isPlain || !Number.isFinite(number) || /e/i.test(shown)) return true;
  const decimals = (shown.split(".")[1] ?? "").replace(/\D/g, "").length;
  const scale = shown.includes("%") ? 100 : 1;
  return Math.abs(cell.value * scale - number) <= Math.max(0.51 * 10 ** -decimals, Math.abs(number) * 1e-9);
}

/** The share of the shown cells that agree, at the best shift: the expected files begin at a sheet's first used cell. */
function compareSheet(grid: Map<string, Cell>, shown: string[][]): { cells: number; right: number } {
  const positions = [...grid.keys()].map((key) => key.split(",").map(Number) as [number, number]);
  const firstRow = Math.min(60, ...positions.map(([row]) => row));
  const firstColumn = Math.min(30, ...positions.map(([, column]) => column));
  let best = { cells: 0, right: -1 };
  for (let down = 0; down <= firstRow; down++) {
    for (let across = 0; across <= firstColumn; across++) {
      let cells = 0;
      let right = 0;
      for (const [r, row] of shown.entries()) {
        for (const [c, text] of row.entries()) {
          if (text.trim() === "") continue;
          cells++;
          if (isShownAs(grid.get(`${r + down},${c + across}`), text.trim())) right++;
        }
      }
      if (right > best.right) best = { cells, right };
      if (right === cells) return best;
    }
  }
  return best;
}

describe.skipIf(!existsSync(corpus))(`public workbooks (${corpus}; skipped when absent)`, () => {
  const list = (folder: string) => (existsSync(corpus) ? readdirSync(join(corpus, folder)).sort() : []);

  it("finds what Excel shows in every sheet with an expected text", { timeout: 120_000 }, async () => {
    const pairs = [
      ...list("poi").map((file) => [
        join(corpus, "poi", file),
        join(corpus, "poi-expected-csv-by-sheet", `apachepoi_${file}`),
        file,
      ]),
      ...list("sheetjs").map((file) => [join(corpus, "sheetjs", file), join(corpus, "sheetjs", file), file]),
    ] as [string, string, string][];
    const counts = { right: 0, wrong: [] as string[], cells: 0 };
    for (const [path, expected, file] of pairs) {
      if (!Array.from({ length: 12 }, (_, i) => `${expected}.${i}.csv`).some((csv) => existsSync(csv))) continue;
      const sheets = await openSheets(createMemorySource(readFileSync(path)));
      for (const [i, sheet] of sheets.entries()) {
        const csv = `${expected}.${i}.csv`;
        if (!existsSync(csv) || UNUSABLE.has(`${file}.${i}`)) continue;
        const shown = Papa.parse<string[]>(readFileSync(csv, "utf8").replace(/^\ufeff/, ""), { delimiter: "," }).data;
        const { cells, right } = compareSheet(await readGrid(sheet), shown);
        counts.cells += cells;
        if (cells === right) counts.right++;
        else counts.wrong.push(`${file}.${i}: ${right} of ${cells}`);
      }
    }
    console.log(
      `workbooks: ${counts.right} sheets right (${counts.cells} cells), not the same: ${counts.wrong.join("; ")}`,
    );
    expect(counts.right).toBeGreaterThanOrEqual(150);
    expect(counts.wrong).toEqual([]);
  });

  it("reads or refuses every workbook, without another error", { timeout: 120_000 }, async () => {
    const counts = { read: 0, refused: 0 };
    for (const folder of ["poi", "poi-edge", "sheetjs", "exceljs"]) {
      for (const file of list(folder)) {
        if (!/\.(xls|xlsx|xlsm|xlsb|ods)$/.test(file)) continue;
        try {
          const tables = await readExcel(createMemorySource(readFileSync(join(corpus, folder, file))), {});
          for (const table of tables) {
            let rows = 0;
            for await (const batch of table.batches()) rows += batch.numRows;
            expect([file, rows]).toEqual([file, table.rowCount]);
          }
          counts.read++;
        } catch (error) {
          expect([file, error]).toEqual([file, expect.any(FormatError)]);
          counts.refused++;
        }
      }
    }
    console.log(`workbooks: ${counts.read} read, ${counts.refused} refused`);
    expect(counts.read).toBeGreaterThanOrEqual(150);
  });

  it("refuses an .xls truncated at 20 positions or fails clearly", async () => {
    const bytes = readFileSync(join(corpus, "sheetjs/sushi.xls"));
    for (let i = 0; i < 20; i++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * i) / 20));
      const read = async () => {
        for (const table of await readExcel(createMemorySource(cut), {})) for await (const _ of table.batches());
      };
      await read().catch((error: unknown) => expect(error).toBeInstanceOf(FormatError));
    }
  });
});
