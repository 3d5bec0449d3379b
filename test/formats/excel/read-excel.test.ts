import { describe, expect, it } from "vitest";
import { type ExcelOptions, readExcel } from "../../../src/formats/excel/read-excel.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { collectRows } from "../json/arrow-rows.ts";
import { createMemorySource } from "../memory-source.ts";
import { createWorkbook, type WorkbookParts } from "./create-workbook.ts";

async function read(parts: WorkbookParts, options: ExcelOptions = {}) {
  const tables = await readExcel(createMemorySource(await createWorkbook(parts), 1000), options);
  const [table] = tables;
  return {
    tables,
    types: Object.fromEntries(table!.schema.fields.map(({ name, type }) => [name, String(type)])),
    rows: await collectRows(table!),
  };
}

const text = (reference: string, value: string) => `<c r="${reference}" t="inlineStr"><is><t>${value}</t></is></c>`;
const number = (reference: string, value: number | string, style = 0) =>
  `<c r="${reference}" s="${style}"><v>${value}</v></c>`;
const rows = (...cells: string[]) => cells.map((row, i) => `<row r="${i + 1}">${row}</row>`).join("");

const styles = `<numFmts><numFmt numFmtId="164" formatCode="&quot;day&quot; yyyy\\-mm"/><numFmt numFmtId="165" formatCode="[Red]0.00E+00"/><numFmt numFmtId="166" formatCode="[hh]:mm"/><numFmt numFmtId="167" formatCode="#,##0.00 &quot;days&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="21"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs>`;

describe("cells of XLSX", () => {
  it("reads shared, rich, inline and formula texts", async () => {
    const strings =
      '<si><t xml:space="preserve"> a &amp; b </t></si><si><r><rPr><b/></rPr><t>ri</t></r><r><t>ch</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si><si><t>x_x000D_y_x005F_x0041_</t></si><si><t><![CDATA[<raw>]]></t></si><si/>';
    const { rows: found } = await read({
      strings,
      sheets: {
        S: rows(
          text("A1", "k") + text("B1", "v"),
          `<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>`,
          `<c r="A3" t="s"><v>2</v></c><c r="B3" t="s"><v>3</v></c>`,
          `<c r="A4" t="str"><f>"é"&amp;"x"</f><v>éx</v></c><c t="s"><v>4</v></c>`,
        ),
      },
    });
    expect(found).toEqual([
      { k: " a & b ", v: "rich" },
      { k: "x\ry_x0041_", v: "<raw>" },
      { k: "éx", v: null },
    ]);
  });

  it("reads parts in the encoding that they declare", async () => {
    const sheet = (encoding: string) =>
      `<?xml version="1.0" encoding="${encoding}"?><worksheet><sheetData>${rows(text("A1", "città"), text("A2", "naïve & œ".replace("&", "&amp;")))}</sheetData></worksheet>`;
    const part = "xl/worksheets/sheet1.xml";
    const utf16 = Buffer.from(`\ufeff${sheet("UTF-16")}`, "utf16le");
    for (const bytes of [utf16, Buffer.from(utf16).swap16(), Buffer.from(sheet("utf-8"))]) {
      const { rows: found } = await read({ sheets: { S: "" }, replace: { [part]: bytes } });
      expect(found).toEqual([{ città: "naïve & œ" }]);
    }
    const western = Buffer.from(sheet("windows-1252").replace("œ", "\u009c"), "latin1");
    const { rows: found } = await read({ sheets: { S: "" }, replace: { [part]: western } });
    expect(found).toEqual([{ città: "naïve & œ" }]);
    const unknown = read({ sheets: { S: "" }, replace: { [part]: Buffer.from(sheet("EBCDIC-XYZ")) } });
    await expect(unknown).rejects.toThrow(/encoding EBCDIC-XYZ/);
  });

  it("gives columns the type that holds all their values", async () => {
    const { types, rows: found } = await read({
      styles,
      sheets: {
        S: rows(
          ["whole", "real", "flag", "day", "moment", "time", "mixed", "gap", "exp"]
            .map((name, i) => text(`${"ABCDEFGHI"[i]}1`, name))
            .join(""),
          `${number("A2", 1)}${number("B2", "0.1")}<c r="C2" t="b"><v>1</v></c>${number("D2", 1, 1)}${number("E2", "43831.25", 2)}${number("F2", 0.5, 3)}${number("G2", 3)}${text("H2", "N/A")}${number("I2", 5, 5)}`,
          `${number("A3", "-12345678901")}${number("B3", "1E-3")}<c r="C3" t="b"><v>0</v></c>${number("D3", 61, 4)}${number("E3", 43832, 1)}${number("F3", 0.25, 6)}${text("G3", "three")}${number("H3", 7)}${number("I3", 6, 7)}`,
          `<c r="A4" t="e"><v>#DIV/0!</v></c>${number("D4", 43831, 1)}${number("G4", 43831, 1)}`,
        ),
      },
    });
    expect(types).toEqual({
      whole: "Int64",
      real: "Float64",
      flag: "Bool",
      day: "Date32<DAY>",
      moment: "Timestamp<MICROSECOND>",
      time: "Time64<MICROSECOND>",
      mixed: "Utf8",
      gap: "Int64",
      exp: "Int64",
    });
    expect(found.map(({ whole, real, flag, mixed, gap }) => [whole, real, flag, mixed, gap])).toEqual([
      [1n, 0.1, true, "3", null],
      [-12345678901n, 0.001, false, "three", 7n],
      [null, null, null, "2020-01-01", null],
    ]);
    const day = (value: unknown) => new Date(Number(value)).toISOString().slice(0, 10);
    expect(found.map((row) => day(row["day"]))).toEqual(["1900-01-01", "1900-03-01", "2020-01-01"]);
    expect(found.slice(0, 2).map((row) => new Date(Number(row["moment"])).toISOString())).toEqual([
      "2020-01-01T06:00:00.000Z",
      "2020-01-02T00:00:00.000Z",
    ]);
    expect(found.slice(0, 2).map((row) => row["time"])).toEqual([43_200_000_000n, 21_600_000_000n]);
  });

  it("reads 1904 dates, strict files and ISO dates", async () => {
    const sheet = rows(text("A1", "d"), number("A2", 0, 1), number("A3", 42369, 1));
    const { rows: found } = await read({
      styles,
      workbookProperties: '<x:workbookPr date1904="true"/>',
      sheets: { S: sheet },
    });
    expect(found.map(({ d }) => new Date(Number(d)).toISOString().slice(0, 10))).toEqual(["1904-01-01", "2020-01-01"]);
    const strict = await read({
      isStrict: true,
      sheets: {
        S: rows(
          text("A1", "d"),
          '<c r="A2" t="d"><v>1900-01-15</v></c>',
          '<c r="A3" t="d"><v>2020-01-01T06:00:00</v></c>',
        ),
      },
    });
    expect(strict.types).toEqual({ d: "Timestamp<MICROSECOND>" });
    expect(strict.rows.map(({ d }) => new Date(Number(d)).toISOString())).toEqual([
      "1900-01-15T00:00:00.000Z",
      "2020-01-01T06:00:00.000Z",
    ]);
  });

  it("keeps merged cells' values in their first cell and leaves empty rows and columns out", async () => {
    const { rows: found } = await read({
      sheets: {
        S: `<row r="3">${text("C3", "a")}${text("E3", "b")}</row><row r="5">${text("C5", "merged")}<c r="D5"/>${number("E5", 1)}</row><row r="9"><c r="C9"/></row><row r="10">${number("E10", 2)}</row>`,
      },
    });
    expect(found).toEqual([
      { a: "merged", b: 1n },
      { a: null, b: 2n },
    ]);
  });
});

describe("sheets and headers", () => {
  const table = rows(
    text("A1", "Report"),
    "",
    text("A3", "id") + text("B3", "name") + text("C3", "name"),
    number("A4", 1) + text("B4", "x") + number("D4", 9),
  );

  it("finds the header below titles, and names what has none", async () => {
    const { rows: found } = await read({ sheets: { S: table } });
    expect(found).toEqual([{ id: 1n, name: "x", name_2: null, D: 9n }]);
  });

  it("takes years beside texts for a header, but not a single one", async () => {
    const years = await read({
      sheets: {
        S: rows(
          text("A1", "country") + number("B1", 2019) + number("C1", 2020),
          text("A2", "x") + number("B2", 1) + number("C2", 2),
        ),
      },
    });
    expect(years.rows).toEqual([{ country: "x", 2019: 1n, 2020: 2n }]);
    const pairs = await read({
      sheets: { S: rows(text("A1", "year") + number("B1", 2019), text("A2", "count") + number("B2", 5)) },
    });
    expect(pairs.rows).toEqual([
      { A: "year", B: 2019n },
      { A: "count", B: 5n },
    ]);
  });

  it("follows the options", async () => {
    const none = await read({ sheets: { S: table } }, { header: "none" });
    expect(none.rows.map(({ A }) => A)).toEqual(["Report", "id", "1"]);
    const second = await read({ sheets: { S: table } }, { header: 0, skipRows: 2, nRows: 1 });
    expect(second.rows).toEqual([{ id: 1n, name: "x", name_2: null, D: 9n }]);
  });

  it("finds a header that is declared far down, and says when options leave nothing", async () => {
    const many = rows(...Array.from({ length: 60 }, (_, i) => (i === 40 ? text("B41", "n") : number(`B${i + 1}`, i))));
    const low = await read({ sheets: { S: many } }, { header: 40 });
    expect(low.rows.length).toBe(19);
    expect(low.rows[0]).toEqual({ n: 41n });
    const reading = (options: ExcelOptions) => read({ sheets: { S: many } }, options);
    await expect(reading({ header: 60 })).rejects.toThrow(/skiprows, header and usecols leave some/);
    await expect(reading({ skipRows: 99, sheetNames: ["S"] })).rejects.toThrow(/sheet "S" holds no cells where/);
    await expect(reading({ sheetColumns: new Set([0]) })).rejects.toThrow(/usecols/);
  });

  it("reads no rows when none are wanted, and only the columns wanted by their letters", async () => {
    const sheet = rows(text("B1", "x") + text("D1", "y"), number("B2", 1) + number("D2", 2), number("B3", 3));
    const none = await read({ sheets: { S: sheet } }, { nRows: 0, header: 0 });
    expect([none.rows, none.tables[0]?.schema.fields.map(({ name }) => name)]).toEqual([[], ["x", "y"]]);
    const chosen = await read({ sheets: { S: sheet } }, { sheetColumns: new Set([2, 3]) });
    expect(chosen.rows).toEqual([{ y: 2n }]);
  });

  it("reads every sheet with cells, or those asked for", async () => {
    const sheets = {
      One: rows(text("A1", "a"), number("A2", 1)),
      Empty: "",
      "T&amp;o": rows(text("A1", "b"), number("A2", 2)),
    };
    expect((await read({ sheets })).tables.map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ["One", 1],
      ["T&o", 1],
    ]);
    expect((await read({ sheets }, { sheetNames: ["T&o"] })).rows).toEqual([{ b: 2n }]);
    expect((await read({ sheets }, { sheetNames: [2] })).rows).toEqual([{ b: 2n }]);
    await expect(read({ sheets }, { sheetNames: ["Two"] })).rejects.toThrow(
      'has no sheet "Two". Its sheets are "One", "Empty", "T&o"',
    );
  });

  it("gives the same rows for the same batch", async () => {
    const cells = Array.from(
      { length: 30_000 },
      (_, i) => `<row>${number("A", i)}<c t="inlineStr"><is><t>${"y".repeat(200)}</t></is></c></row>`,
    );
    const { tables, rows: found } = await read({
      sheets: { S: `<row>${text("A1", "n")}${text("B1", "t")}</row>${cells.join("")}` },
    });
    expect(found.length).toBe(30_000);
    const later = await collectRows(tables[0]!, 1);
    expect(later.length).toBeLessThan(30_000);
    expect(later[0]).toEqual(found[30_000 - later.length]);
  });
});

describe("bad workbooks", () => {
  const good = { sheets: { S: rows(text("A1", "a"), number("A2", 1)) } };

  it.each<[string, Partial<WorkbookParts>, RegExp]>([
    [
      "a document type declaration",
      { replace: { "xl/sharedStrings.xml": '<!DOCTYPE x [<!ENTITY a "b">]><sst/>' } },
      /document type declaration/,
    ],
    [
      "an unknown entity",
      {
        replace: {
          "xl/worksheets/sheet1.xml": `<worksheet><sheetData>${rows(text("A1", "&lol;"))}</sheetData></worksheet>`,
        },
      },
      /unknown entity "&lol;"/,
    ],
    [
      "elements without end",
      { replace: { "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row><c>" } },
      /ends too early/,
    ],
    ["elements too deep", { replace: { "xl/worksheets/sheet1.xml": "<a>".repeat(300) } }, /nested more than 200/],
    ["a missing text", { sheets: { S: rows('<c r="A1" t="s"><v>7</v></c>') } }, /refers to a text that is not there/],
    ["a row outside the sheet", { sheets: { S: `<row r="1048577">${number("A1", 1)}</row>` } }, /outside the sheet/],
    ["a cell outside the sheet", { sheets: { S: rows(number("XFE1", 1)) } }, /outside the sheet/],
    ["no cells", { sheets: { S: "" } }, /holds no cells/],
    [
      "another Office document",
      {
        replace: {
          "_rels/.rels":
            '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></Relationships>',
          "word/document.xml": "<w/>",
        },
      },
      /no Excel workbook/,
    ],
    [
      "a zip of something else",
      { replace: { "_rels/.rels": "<Relationships/>", "xl/workbook.xml": "" } },
      /damaged|no Excel workbook|holds no cells/,
    ],
  ])("refuses %s", async (_, change, message) => {
    const read = async () => readExcel(createMemorySource(await createWorkbook({ ...good, ...change })), {});
    await expect(read()).rejects.toThrow(FormatError);
    await expect(read()).rejects.toThrow(message);
  });

  it("refuses shared texts beyond their limit", async () => {
    const strings = `<si><t>${"x".repeat(1 << 20)}</t></si>`.repeat(17);
    await expect(read({ ...good, strings })).rejects.toThrow(/more than 16 MiB/);
  });

  it("refuses a workbook truncated at 20 positions, and other files", async () => {
    const bytes = await createWorkbook(good);
    for (let i = 0; i < 20; i++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * i) / 20));
      await expect(readExcel(createMemorySource(cut), {})).rejects.toThrow(FormatError);
    }
    for (const other of [
      "",
      "a,b\n1,2\n",
      '{"a":1}',
      "<html><table></table></html>",
      "PAR1....PAR1",
      "ORC....",
      "ARROW1\0\0",
    ]) {
      await expect(readExcel(createMemorySource(new TextEncoder().encode(other)), {})).rejects.toThrow(FormatError);
    }
    await expect(readExcel(createMemorySource(new Uint8Array([9, 8, 8, 0, 0, 5, 16, 0])), {})).rejects.toThrow(
      /before Excel 5/,
    );
  });
});
