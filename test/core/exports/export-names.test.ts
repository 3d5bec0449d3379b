import { expect, test } from "vitest";
import { nearestFormat } from "../../../src/core/exports/export-format.ts";
import { ExportNames } from "../../../src/core/exports/export-names.ts";
import { attachment, parseByteRange } from "../../../src/http/send-object.ts";

test("names follow the file, its table and the format, and differ from each other", () => {
  const names = new ExportNames();
  expect(names.nameTable("sales.csv", null, "parquet")).toBe("sales.parquet");
  expect(names.nameTable("Sales.json.gz", null, "parquet")).toBe("Sales_2.parquet");
  expect(names.nameTable("book.xlsx", "Q1/Q2", "csv")).toBe("book.Q1_Q2.csv");
  expect(names.nameTable("report v2.final", null, "csv")).toBe("report v2.final.csv");
  expect(names.nameTable('🦆 "quoted".csv', null, "json")).toBe('🦆 "quoted".json');
  expect(names.keepName("sales.parquet")).toBe("sales_3.parquet");
  expect(names.keepName(".csv")).toBe(".csv");
  const long = names.nameTable(`${"🦆".repeat(63)}.csv`, "a table with a long name", "parquet");
  expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(240);
  expect(long).toMatch(/^🦆+\.parquet$/u);
});

test("files whose format is not written become what is nearest", () => {
  const of = (format: string, name: string) => nearestFormat({ format, name });
  expect(of("orc", "a.orc")).toBe("parquet");
  expect(of("xls", "a.xls")).toBe("xlsx");
  expect(of("json", "a.json.gz")).toBe("json");
  expect(of("json", "a.jsonl.bz2")).toBe("ndjson");
  expect(of("csv", "a.tsv")).toBe("csv");
});

test("Content-Disposition by RFC 6266", () => {
  expect(attachment("plain name.csv")).toBe('attachment; filename="plain name.csv"');
  expect(attachment('é "x".csv')).toBe(`attachment; filename="_ \\"x\\".csv"; filename*=UTF-8''%C3%A9%20%22x%22.csv`);
  expect(attachment("50%.csv")).toBe(`attachment; filename="50%.csv"; filename*=UTF-8''50%25.csv`);
  expect(attachment("a\r\nb: c.csv")).not.toMatch(/[\r\n]/);
});

test("ranges by RFC 9110", () => {
  expect(parseByteRange("bytes=0-9", 100)).toEqual({ offset: 0, length: 10 });
  expect(parseByteRange("bytes=90-", 100)).toEqual({ offset: 90, length: 10 });
  expect(parseByteRange("bytes=-5", 100)).toEqual({ offset: 95, length: 5 });
  expect(parseByteRange("bytes=-500", 100)).toEqual({ offset: 0, length: 100 });
  expect(parseByteRange("bytes=50-500", 100)).toEqual({ offset: 50, length: 50 });
  for (const outside of ["bytes=100-", "bytes=-0"]) expect(parseByteRange(outside, 100)).toBe("outside");
  expect(parseByteRange("bytes=0-", 0)).toBe("outside");
  for (const none of [undefined, "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "rows=1-2", "nonsense"])
    expect(parseByteRange(none, 100)).toBeUndefined();
});
