import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  classifyCell,
  FITS_BOOLEAN,
  FITS_DATE_DMY,
  FITS_DATE_MDY,
  FITS_DATE_YMD,
  FITS_DECIMAL,
  FITS_DOUBLE,
  FITS_INTEGER,
  FITS_TIME,
  FITS_TIMESTAMP_DMY,
  FITS_TIMESTAMP_YMD,
  IS_BLANK,
  PLAIN_NUMBERS,
} from "../../../src/formats/csv/classify-cell.ts";
import { shapeOf } from "../../../src/formats/csv/column-shape.ts";
import { FOUND_CSV_TYPES, type FoundCsvType } from "../../../src/formats/csv/dialect.ts";
import { createNullTokens } from "../../../src/formats/csv/null-tokens.ts";
import { readDateTime, writeDateTime } from "../../../src/formats/csv/read-date-time.ts";
import { PieceScanner } from "../../../src/formats/csv/scan-piece.ts";
import { createNativeEngine, type NativeEngine } from "../../core/ingest/csv/native-engine.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const classify = (text: string) => {
  const bytes = encode(text);
  return classifyCell(bytes, 0, bytes.length, PLAIN_NUMBERS);
};

describe("classifyCell", () => {
  it.each([
    ["1", FITS_INTEGER],
    ["-12", FITS_INTEGER],
    ["0", FITS_INTEGER],
    [" 5 ", FITS_INTEGER],
    ["9223372036854775807", FITS_INTEGER],
    ["-9223372036854775808", FITS_INTEGER],
    ["9223372036854775808", FITS_DECIMAL],
    ["1.50", FITS_DOUBLE],
    ["-.5", FITS_DOUBLE],
    ["1e5", FITS_DOUBLE],
    ["inf", FITS_DOUBLE],
    ["TRUE", FITS_BOOLEAN],
    ["2020-02-29", FITS_DATE_YMD],
    ["31/12/2020", FITS_DATE_DMY],
    ["12/31/2020", FITS_DATE_MDY],
    ["31.12.2020", FITS_DATE_DMY],
    ["31-Jan-2020", FITS_DATE_DMY],
    ["Jan 31, 2020", FITS_DATE_YMD],
    ["10:00", FITS_TIME],
    ["2020-01-01T10:00:00Z", FITS_TIMESTAMP_YMD],
    ["2020-01-01 10:00:00.123+02:30", FITS_TIMESTAMP_YMD],
    ["31/12/2020 9:05 PM", FITS_TIMESTAMP_DMY],
    ["  ", IS_BLANK],
  ])("reads %j", (text, bit) => expect(classify(text) & bit).toBe(bit));

  it.each([
    "007",
    "+1",
    "1_000",
    "0x1F",
    "1e999",
    "2020-02-30",
    "1-2-3",
    "yes",
    "12abc",
    "--1",
    "1,000",
    "10:60",
    "24:01",
  ])("takes %j for text", (text) => expect(classify(text)).toBe(0));

  it("does not take integers that fit 64 bits for ones that do not, and the reverse", () => {
    expect(classify("9223372036854775808") & FITS_INTEGER).toBe(0);
    expect(classify("-9223372036854775809") & FITS_INTEGER).toBe(0);
  });

  it.each([
    ["2020-01-01T10:00:00+02:00", "ymd", "2020-01-01 08:00:00"],
    ["2020-01-01 00:30:00-0500", "ymd", "2020-01-01 05:30:00"],
    ["31/12/2020 23:30 UTC", "dmy", "2020-12-31 23:30:00"],
    ["12/31/99 1:02:03.25 AM", "mdy", "1999-12-31 01:02:03.250000"],
  ] as const)("writes %s in UTC", (text, order, expected) => {
    const bytes = encode(text);
    expect(readDateTime(bytes, 0, bytes.length)).toBe(true);
    expect(writeDateTime("TIMESTAMP", order)).toBe(expected);
  });
});

describe("a cell that goes to DuckDB as it stands", () => {
  let engine: NativeEngine;
  beforeAll(async () => {
    engine = await createNativeEngine();
  });
  afterAll(() => engine.close());

  const piece = fc.constantFrom(
    ..."0123456789".split(""),
    ..."-+.:/ eETZxtru".split(""),
    "20",
    "2020-01-",
    "10:00",
    "true",
    "false",
    "00",
    "12",
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(""));
  const bits: Record<FoundCsvType, number> = {
    BOOLEAN: FITS_BOOLEAN,
    BIGINT: FITS_INTEGER,
    "DECIMAL(38,0)": FITS_DECIMAL,
    DOUBLE: FITS_DOUBLE,
    DATE: FITS_DATE_YMD,
    TIME: FITS_TIME,
    TIMESTAMP: FITS_TIMESTAMP_YMD,
    VARCHAR: 0,
  };
  // Among cells that look like times and dates DuckDB reads a few more (1:2:3, 0010:00, 5:10:007, 99-1-1): their meaning is not in doubt.
  const isTolerated = (cell: string) => /:\d(\D|$)|^\d{3,}:|:\d{3}|^-?0000|^\d{1,3}-|^\d{5}|\d \d|:\d\d /.test(cell);

  it("is read by DuckDB only where it is of the column's type, and is so wherever it is", async () => {
    const cells = fc.sample(text, { numRuns: 10_000, seed: 12 }).filter((cell) => !/["|]/.test(cell));
    const scanner = new PieceScanner(
      { delimiter: "|", quote: '"', escape: '"', comment: "", collapse: false },
      createNullTokens([]),
    );
    for (const type of FOUND_CSV_TYPES.filter((each) => each !== "VARCHAR")) {
      const shape = shapeOf(type, "ymd")!;
      const cast = await engine.texts(
        `SELECT cell, try_cast(cell AS ${type}) IS NOT NULL FROM (SELECT unnest([${cells.map((cell) => `'${cell}'`).join(", ")}]) AS cell)`,
      );
      for (const [cell, isCast] of cast as [string, string][]) {
        const fits = (classify(cell) & bits[type]) !== 0;
        const line = new Uint8Array(cell.length + 2);
        line.set(encode(`${cell}\n`));
        const scan = scanner.scan(line, cell.length + 1, [shape], {
          final: true,
          offsetEvery: 1000,
          most: 10,
          isPage: false,
        });
        if (scan !== undefined && isCast === "true" && !isTolerated(cell))
          expect({ type, cell, fits }).toEqual({ type, cell, fits: true });
        if (scan !== undefined && fits) expect({ type, cell, isCast }).toEqual({ type, cell, isCast: "true" });
      }
    }
  });
});
