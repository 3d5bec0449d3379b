import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDecompressed } from "../../src/formats/compression/open.ts";
import { readExcel } from "../../src/formats/excel/read-excel.ts";
import { readJson } from "../../src/formats/json/read-json.ts";
import { readOrc } from "../../src/formats/orc/read-orc.ts";
import { FormatError, type FormatReader } from "../../src/formats/source.ts";
import { createWorkbook } from "./excel/create-workbook.ts";
import { createMemorySource } from "./memory-source.ts";

const vega = join(import.meta.dirname, "../../node_modules/vega-datasets/data");
const read = (...path: string[]) => new Uint8Array(readFileSync(join(import.meta.dirname, ...path)));
const readVega = (name: string) => new Uint8Array(readFileSync(join(vega, name)));
const compressed = (name: string) => read("compression/samples", name);

const files: Record<string, () => Uint8Array | Promise<Uint8Array>> = {
  json: () => new TextEncoder().encode('[{"a":1}]'),
  excel: () => createWorkbook({ sheets: { S: '<row><c r="A1"><v>1</v></c></row>' } }),
  orc: () => read("orc/samples/v2-zstd.orc"),
  csv: () => new TextEncoder().encode("name,count\nx,1\n"),
  arrow: () => readVega("flights-200k.arrow").subarray(0, 100_000),
  parquet: () => readVega("flights-3m.parquet").subarray(-100_000),
  html: () => new TextEncoder().encode("<!doctype html><table><tr><td>1</td></tr></table>"),
  png: () => readVega("7zip.png"),
  gzip: () => compressed("two-members.gz"),
  bz2: () => compressed("text.bz2"),
  xz: () => compressed("text.xz"),
  zstd: () => compressed("two-frames.zst"),
  zip: () => compressed("methods.zip"),
  empty: () => new Uint8Array(0),
  zeros: () => new Uint8Array(10_000),
};
const readers: Record<string, FormatReader<object>> = { json: readJson, excel: readExcel, orc: readOrc };
const compressions = ["gzip", "bz2", "xz", "zstd", "zip"] as const;

describe.each(Object.keys(readers))("the %s reader", (format) => {
  it.each(Object.keys(files).filter((kind) => kind !== format))("refuses %s", async (kind) => {
    const source = createMemorySource(await files[kind]!());
    await expect(readers[format]!(source, {})).rejects.toThrow(FormatError);
  });
});

describe.each(compressions)("declared as %s", (declared) => {
  // A workbook is a zip, so as a zip it opens.
  const wrong = Object.keys(files).filter((kind) => kind !== declared && !(declared === "zip" && kind === "excel"));
  it.each(wrong)("%s is refused with both named", async (kind) => {
    const source = createMemorySource(await files[kind]!());
    await expect(openDecompressed(source, declared)).rejects.toThrow(/declared/);
  });
});
