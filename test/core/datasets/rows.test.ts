import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCursor, writeCursor } from "../../../src/core/datasets/rows/cursor.ts";
import { parseFilter } from "../../../src/core/datasets/rows/parse-filter.ts";
import {
  type RowsRequest,
  readOrder,
  splitNames,
  unquote,
  writeRowsQuery,
} from "../../../src/core/datasets/rows/rows-sql.ts";
import { AppError } from "../../../src/core/errors.ts";
import { checkReadOnly } from "../../../src/engine/guard.ts";
import type { ColumnInfo } from "../../../src/storage/schema.ts";

const TABLE = { catalog: "t", table: "data" };
const column = (name: string, type: ColumnInfo["type"], duckdbType: string): ColumnInfo => ({
  name,
  type,
  duckdbType,
  nullable: true,
  unique: false,
  confidence: 1,
});
const COLUMNS = [
  column("id", "integer", "BIGINT"),
  column("name", "string", "VARCHAR"),
  column("price", "float", "DOUBLE"),
  column("day", "date", "DATE"),
  column("ok", "boolean", "BOOLEAN"),
  column('odd "name", really', "string", "VARCHAR"),
  column("Order", "integer", "INTEGER"),
];

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
  connection = await instance.connect();
  await connection.run("ATTACH ':memory:' AS t");
  await connection.run(`CREATE TABLE t.main.data AS SELECT * FROM (VALUES
    (1, 'Ada', 1.5, DATE '2024-01-01', true, 'a', 3), (2, 'bob', 2.5, DATE '2024-02-01', false, 'b', 2),
    (3, 'O''Neil', NULL, DATE '2024-03-01', NULL, '50%', 1), (4, NULL, -1e3, NULL, true, 'it_s', NULL),
    (5, 'Ada', 2.5, DATE '2023-12-31', false, '\\x', 1)) v(id, name, price, day, ok, "odd ""name"", really", "Order")`);
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const run = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
const all = (request: Partial<RowsRequest>, after?: number) =>
  writeRowsQuery(TABLE, COLUMNS, { columns: ["id"], limit: 100, ...request }, after);
const ids = async (request: Partial<RowsRequest>, after?: number) =>
  (await run(all(request, after))).map((row) => Number(row[1]));

describe("where", () => {
  test.each<[string, number[]]>([
    ["id = 1", [1]],
    ["ID == 1 or id=3", [1, 3]],
    ["price > 1.5", [2, 5]],
    ["price >= -1e3 and price <= 1.5", [1, 4]],
    ["not price = 2.5", [1, 4]],
    ["price is null", [3]],
    ["name IS NOT NULL and not (name = 'Ada' or name = 'bob')", [3]],
    ["name = 'O''Neil'", [3]],
    ["name in ('Ada', 'bob') and id not in (1, 2)", [5]],
    ["name like 'A%'", [1, 5]],
    ["name not like 'A%'", [2, 3]],
    ["name ilike 'a__'", [1, 5]],
    ["day between '2024-01-01' and '2024-02-15'", [1, 2]],
    ["day not between '2024-01-01' and '2024-02-15'", [3, 5]],
    ["day > '2024-02-01'", [3]],
    ["ok = true", [1, 4]],
    ["ok <> true", [2, 5]],
    ["'2' < id", [3, 4, 5]],
    ["price > id", [1, 2]],
    [`"odd ""name"", really" = '50%'`, [3]],
    [`\`odd "name", really\` like '50\\%'`, [3]],
    [`"odd ""name"", really" like 'it\\_s'`, [4]],
    [`"Order" = 1`, [3, 5]],
    ["name = 5", []],
    ["id in (1) or id in (2) and id = 3", [1]],
    ["not not id = 1", [1]],
    ["((((id = 1))))", [1]],
  ])("%s", async (where, expected) => {
    expect(await ids({ where })).toEqual(expected);
    expect(() => checkReadOnly(all({ where }))).not.toThrow();
  });

  test.each([
    ["id =", /character 5, the filter ends where a column or a value is due/],
    ["id = 1 and", /ends where/],
    ["id 1", /not “1”/],
    ["(id = 1", /ends where “\)” is due/],
    ["id = 1)", /“and”, “or” or the end is due, not “\)”/],
    ["id in ()", /a column or a value is due, not “\)”/],
    ["id between 1 or 2", /“and” and the upper end/],
    ["id = null", /write “is null”/],
    ["id is 5", /“null” is due/],
    ["name like id", /a text in '…'/],
    ["id = 'x", /the quote ' is not closed/],
    ["id = 1; drop table data", /“;” does not belong here/],
    ["id = 1 -- x", /not “-”/],
    ["id = (select 1)", /not “\(”/],
    ["abs(id) = 1", /not “\(”/],
    ["nosuch = 1", /no column “nosuch”. There are “id”/],
    ["id = 'one'", /“one” is not a number/],
    ["day > 5", /holds values of type date/],
    ["1e5x = 1", /./],
    ["", /ends where/],
    ["(".repeat(60), /nested deeper/],
  ])("refuses %s", (where, message) => {
    const make = () => (where === "" ? parseFilter(where) : all({ where }));
    expect(make).toThrow(AppError);
    expect(make).toThrow(message);
  });

  test("any text is found as itself, and nothing else is", async () => {
    const texts = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const filter = `name = '${text.replaceAll("'", "''")}' or id = 1`;
        const sql = all({ where: filter });
        expect(() => checkReadOnly(sql)).not.toThrow();
        const expected = ["Ada", "bob", "O'Neil"].includes(text) ? undefined : [1];
        if (expected) expect(await ids({ where: filter })).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test("whatever is sent is read or refused, and never reaches the table as something else", () => {
    const pieces = fc.constantFrom(
      ..."id name price day ( ) , = < > <> and or not in like between is null 'x' 1 -1 \"id\" ' \" ; -- /* */ select from".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (words) => {
        try {
          checkReadOnly(all({ where: words.join(" ") }));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("order and cursors", () => {
  test("missing values come last in both directions, equal rows in the order of the table", async () => {
    expect(await ids({ order: "price" })).toEqual([4, 1, 2, 5, 3]);
    expect(await ids({ order: "-price" })).toEqual([2, 5, 1, 4, 3]);
    expect(await ids({ order: "name desc, -id" })).toEqual([2, 3, 5, 1, 4]);
    expect(await ids({ order: '"Order" asc, id desc' })).toEqual([5, 3, 2, 1, 4]);
  });

  test("names with commas and quotes", () => {
    expect(splitNames('id, "odd ""name"", really" desc', "order")).toEqual(["id", '"odd ""name"", really" desc']);
    expect(unquote('"odd ""name"", really"')).toBe('odd "name", really');
    expect(readOrder(COLUMNS, '"odd ""name"", really" desc')).toMatchObject([
      { column: { name: 'odd "name", really' }, descending: true },
    ]);
    expect(() => readOrder(COLUMNS, "nosuch")).toThrow(/order: There is no column “nosuch”/);
    expect(() => readOrder(COLUMNS, " , ")).toThrow(AppError);
  });

  test("pages put together are the whole, whatever the order and the size of the pages", async () => {
    const orders = ["", "price", "-price", "name,-day", "-ok,name", "day desc, price"];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...orders), fc.integer({ min: 1, max: 4 }), async (order, limit) => {
        const whole = await ids({ order });
        const paged: number[] = [];
        for (let after: number | undefined; ; ) {
          const rows = await run(all({ order, limit }, after));
          if (rows.length === 0) break;
          paged.push(...rows.map((row) => Number(row[1])));
          after = Number(rows.at(-1)?.[0]);
        }
        expect(paged).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("NaN is missing, as answers and statistics have it", async () => {
    const columns = [column("id", "integer", "BIGINT"), column("x", "float", "DOUBLE"), column("y", "float", "FLOAT")];
    await connection.run(`CREATE TABLE t.main.gaps AS SELECT * FROM (VALUES
      (1, 2.0::DOUBLE, 1.0::FLOAT), (2, 'NaN', 'NaN'), (3, 'Infinity', 3.0), (4, NULL, 'NaN'), (5, 1.0, 2.0)) v(id, x, y)`);
    const place = { catalog: "t", table: "gaps" };
    const found = async (request: Partial<RowsRequest>, after?: number) =>
      (await run(writeRowsQuery(place, columns, { columns: ["id"], limit: 100, ...request }, after))).map(([, id]) =>
        Number(id),
      );
    expect(await found({ where: "x > 1" })).toEqual([1, 3]);
    expect(await found({ where: "not x < 2" })).toEqual([1, 3]);
    expect(await found({ where: "x is null" })).toEqual([2, 4]);
    expect(await found({ where: "y is not null and y not in (1)" })).toEqual([3, 5]);
    expect(await found({ where: "x >= y" })).toEqual([1, 3]);
    expect(await found({ search: "nan" })).toEqual([]);
    expect(await found({ order: "-x" })).toEqual([3, 1, 5, 2, 4]);
    expect(await found({ order: "y desc, x" })).toEqual([3, 5, 1, 2, 4]);
    // Behind row 5 in this order come those that miss x, in the order of the table; behind them nothing.
    expect(await found({ order: "-x" }, 4)).toEqual([2, 4]);
    expect(await found({ order: "-x" }, 1)).toEqual([4]);
    expect(await found({ order: "-x" }, 3)).toEqual([]);
  });

  test("a table whose column is called rowid, and one that lies in parts", async () => {
    const wide = Array.from({ length: 150 }, (_, i) => column(i === 3 ? "rowid" : `c${i}`, "integer", "INTEGER"));
    const define = (from: number, to: number) =>
      wide
        .slice(from, to)
        .map(({ name }, i) => `((i * ${from + i + 7}) % 11)::INTEGER AS "${name}"`)
        .join(", ");
    await connection.run(`CREATE TABLE t.main.wide_1 AS SELECT ${define(0, 100)} FROM range(50) r(i)`);
    await connection.run(`CREATE TABLE t.main.wide_2 AS SELECT ${define(100, 150)} FROM range(50) r(i)`);
    const page = (after?: number) =>
      run(
        writeRowsQuery(
          { catalog: "t", table: "wide" },
          wide,
          { columns: ["c0", "rowid", "c149"], order: "c149,-rowid", limit: 20 },
          after,
        ),
      );
    const first = await page();
    const second = await page(Number(first.at(-1)?.[0]));
    const third = await page(Number(second.at(-1)?.[0]));
    const rows = [...first, ...second, ...third];
    expect(rows.length).toBe(50);
    expect(new Set(rows.map((row) => Number(row[0]))).size).toBe(50);
    expect(rows.map((row) => Number(row[3]))).toEqual(rows.map((row) => Number(row[3])).sort((a, b) => a - b));
  });

  test("a cursor is its own and nobody else's", () => {
    const cursor = writeCursor({ fingerprint: "0123456789abcdef", row: 4_000_000_000 });
    expect(readCursor(cursor, "0123456789abcdef").row).toBe(4_000_000_000);
    expect(() => readCursor(cursor, "fedcba9876543210")).toThrow(/belongs to another version/);
    for (const text of ["", "zzz", "!!!", btoa("a:b"), btoa("0123456789abcdef:-1")])
      expect(() => readCursor(text, "0123456789abcdef")).toThrow(/not a cursor/);
  });
});

test("search looks into every column, in any case", async () => {
  expect(await ids({ search: "ADA" })).toEqual([1, 5]);
  expect(await ids({ search: "2024-03" })).toEqual([3]);
  expect(await ids({ search: "50%" })).toEqual([3]);
  expect(await ids({ search: "'" })).toEqual([3]);
});
