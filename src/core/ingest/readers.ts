import { readArrow } from "../../formats/arrow/read-arrow.ts";
import { readExcel } from "../../formats/excel/read-excel.ts";
import { readJson } from "../../formats/json/read-json.ts";
import { readOrc } from "../../formats/orc/read-orc.ts";
import { readParquet } from "../../formats/parquet/read-parquet.ts";
import type { FormatReader } from "../../formats/source.ts";
import type { Format } from "./detect-format.ts";

/** The formats whose readers hand out Arrow batches; CSV has its own way into the engine. */
const READERS: Record<Exclude<Format, "csv">, FormatReader> = {
  arrow: readArrow,
  json: (source, options) => readJson(source, options ?? {}),
  orc: readOrc,
  parquet: readParquet,
  xls: (source, options) => readExcel(source, options ?? {}),
  xlsx: (source, options) => readExcel(source, options ?? {}),
};

/** The reader of a format. */
export function readerOf(format: Exclude<Format, "csv">): FormatReader {
  return READERS[format];
}
