import { describe, expect, it } from "vitest";
import { readTable } from "../../core/ingest/csv/read-table.ts";

const HEADER = "day,at,count,name,note\n";
const SOUND = [
  "28/01/2018,00:00,2,Boots,\n",
  '29/01/2018,00:15,10,"Jacket, light",\n',
  "30/01/2018,00:30,1,Trail Shoes,\n",
  '31/01/2018,00:45,7,"Rods, 9""",\n',
];
const ROWS = Array.from({ length: 24 }, (_, i) => SOUND[i % SOUND.length]!);

async function read(damaged: string) {
  const lines = [...ROWS.slice(0, 2), `${damaged}\n`, ...ROWS.slice(2)];
  const table = await readTable(HEADER + lines.join(""), { dtype: "VARCHAR", keepDefaultNa: false });
  const row = table.rejects === 0 ? table.cells[2] : undefined;
  return { row, rejected: table.rejected, rows: table.rows, mended: table.irregular.mended };
}

describe("a damaged row among sound ones", () => {
  it.each([
    ["another delimiter", "01/02/2018;01:00;3;Hat;", ["01/02/2018", "01:00", "3", "Hat", null]],
    ["spaces between its cells", '01/02/2018 01:00 3 "Hat, red" ', ["01/02/2018", "01:00", "3", "Hat, red", null]],
    ["a delimiter too many", ",01/02/2018,01:00,3,Hat,", ["01/02/2018", "01:00", "3", "Hat", null]],
    ["a delimiter too many in the middle", "01/02/2018,01:00,,3,Hat,", ["01/02/2018", "01:00", "3", "Hat", null]],
    ["a delimiter too few", "01/02/201801:00,3,Hat,", ["01/02/2018", "01:00", "3", "Hat", null]],
    ["a stray quote before it", '"01/02/2018,01:00,3,"Hat, red",', ['"01/02/2018', "01:00", "3", "Hat, red", null]],
  ])("is read where it has %s", async (_, damaged, cells) => {
    const { row, mended } = await read(damaged);
    expect(row).toEqual(cells);
    expect(mended).toEqual({ count: 1, lines: [4] });
  });

  it.each([
    ["a count that may be two", "01/02/2018,01:00,312,Hat"],
    ["words and no values", "see the remark below"],
    ["two words where the file has two empty places", "x y z w v"],
  ])("is set aside where it cannot be told how it was meant: %s", async (_, damaged) => {
    const { rejected, rows } = await read(damaged);
    expect([rejected.length, rows]).toEqual([1, ROWS.length]);
  });

  it("costs no other row where its quote opens and closes in a later one", async () => {
    const { row, rows } = await read('"01/02/2018,01:00,3,Hat,');
    expect([row?.[0], rows]).toEqual(['"01/02/2018', ROWS.length + 1]);
  });
});

describe("a damaged header", () => {
  it.each([
    ["another delimiter", "day at count name note\n"],
    ["a stray quote", '"day,at,count,"name",note\n'],
    ["a cell too many", ",day,at,count,name,note\n"],
  ])("is found where it has %s", async (_, header) => {
    const table = await readTable(header + ROWS.join(""), { keepDefaultNa: false });
    expect(table.names.map((name) => name.replace('"', ""))).toEqual(["day", "at", "count", "name", "note"]);
    expect(table.columns.map(({ type }) => type)).toEqual(["DATE", "TIME", "BIGINT", "VARCHAR", "VARCHAR"]);
    expect([table.rows, table.rejects]).toEqual([ROWS.length, 0]);
  });
});
