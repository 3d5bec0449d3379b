import {
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  type RecordBatch,
  Table,
  TimeMicrosecond,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import { readExcel } from "../../../src/formats/excel/read-excel.ts";
import { writeXlsx, type XlsxOptions } from "../../../src/formats/excel/write-xlsx.ts";
import { collectRows } from "../json/arrow-rows.ts";
import { collectBytes, createMemorySource } from "../memory-source.ts";

function tableOf(columns: Record<string, [DataType, unknown[]]>): Table {
  return new Table(
    Object.fromEntries(Object.entries(columns).map(([name, [type, values]]) => [name, vectorFromArray(values, type)])),
  );
}

async function* batchesOf(table: Table): AsyncGenerator<RecordBatch> {
  yield* table.batches;
}

async function roundTrip(table: Table, options: XlsxOptions = {}) {
  const bytes = await collectBytes(writeXlsx(table.schema, batchesOf(table), options));
  const [read] = await readExcel(createMemorySource(bytes), {});
  return {
    bytes,
    types: Object.fromEntries(read!.schema.fields.map(({ name, type }) => [name, String(type)])),
    rows: await collectRows(read!),
    name: read!.name,
  };
}

describe("writeXlsx", () => {
  it("comes back as it went out", async () => {
    const table = tableOf({
      i: [new Int32(), [1, null, -3]],
      f: [new Float64(), [0.1, 1e300, null]],
      t: [new Utf8(), [' <a> & "b"\nc', "\u0001_x0041_ é 😀", ""]],
      b: [new Bool(), [true, null, false]],
      d: [new DateDay(), [new Date("2020-02-29"), null, new Date("1900-03-01")]],
      s: [new TimestampMicrosecond(), [Date.UTC(2020, 1, 29, 12, 34, 56, 789), null, 0]],
      c: [new TimeMicrosecond(), [43_200_000_000n, null, 1_007n]],
    });
    const { types, rows } = await roundTrip(table);
    expect(types).toEqual({
      i: "Int64",
      f: "Float64",
      t: "Utf8",
      b: "Bool",
      d: "Date32<DAY>",
      s: "Timestamp<MICROSECOND>",
      c: "Time64<MICROSECOND>",
    });
    expect(rows).toEqual(
      [
        {
          i: 1n,
          f: 0.1,
          t: ' <a> & "b"\nc',
          b: true,
          d: Date.UTC(2020, 1, 29),
          s: Date.UTC(2020, 1, 29, 12, 34, 56, 789),
          c: 43_200_000_000n,
        },
        { i: null, f: 1e300, t: "\u0001_x0041_ é 😀", b: null, d: null, s: null, c: null },
        { i: -3n, f: null, t: null, b: false, d: Date.UTC(1900, 2, 1), s: 0, c: 1_007n },
      ].map((row) => ({
        ...row,
        d: row.d === null ? null : expect.toSatisfy((value: unknown) => Number(value) === row.d),
      })),
    );
  });

  it("writes as text what Excel would change", async () => {
    const { rows } = await roundTrip(
      tableOf({
        big: [new Int64(), [9007199254740993n, 1n]],
        nan: [new Float64(), [Number.NaN, Number.NEGATIVE_INFINITY]],
        old: [new DateDay(), [new Date("1850-05-05"), new Date("1899-12-31")]],
        list: [new List(new Field("item", new Utf8())), [["a", "b"], []]],
        money: [
          new Decimal(2, 18, 128),
          [new Uint32Array([12_345, 0, 0, 0]), new Uint32Array([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff])],
        ],
      }),
    );
    expect(rows).toEqual([
      { big: "9007199254740993", nan: "NaN", old: "1850-05-05", list: '["a","b"]', money: 123.45 },
      { big: "1", nan: "-inf", old: "1899-12-31", list: "[]", money: -0.01 },
    ]);
  });

  it("writes the same bytes for the same table, and names the sheet as Excel allows", async () => {
    const table = tableOf({ a: [new Int32(), [1, 2]] });
    const first = await roundTrip(table, { sheetName: "a/b: [really very long sheet name indeed]" });
    const second = await roundTrip(table, { sheetName: "a/b: [really very long sheet name indeed]" });
    expect(first.name).toBe("a_b_ _really very long sheet na");
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
  });

  it("stops at Excel's limits", async () => {
    const long = tableOf({ a: [new Utf8(), ["x".repeat(32_768)]] });
    await expect(roundTrip(long)).rejects.toThrow('Column "a" has a text of 32768 characters in sheet row 2');
    const wide = tableOf(
      Object.fromEntries(
        Array.from({ length: 16_385 }, (_, i) => [`c${i}`, [new Int32(), [1]] as [DataType, unknown[]]]),
      ),
    );
    expect(() => writeXlsx(wide.schema, batchesOf(wide))).toThrow(/16385 columns; an Excel sheet holds 16384/);
    const part = tableOf({ a: [new Bool(), new Array<null>(100_000).fill(null)] });
    async function* many(): AsyncGenerator<RecordBatch> {
      for (let i = 0; i < 11; i++) yield* part.batches;
    }
    const discard = async () => {
      for await (const _ of writeXlsx(part.schema, many()));
    };
    await expect(discard()).rejects.toThrow(/more rows than an Excel sheet holds \(1048576 with the header\)/);
  });
});
