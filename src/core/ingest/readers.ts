import { readArrow } from "../../formats/arrow/read-arrow.ts";
import { readExcel } from "../../formats/excel/read-excel.ts";
import { readJson } from "../../formats/json/read-json.ts";
import { readParquet } from "../../formats/parquet/read-parquet.ts";
import { FormatError, type FormatReader } from "../../formats/source.ts";
import type { Format } from "./detect-format.ts";

/** The formats whose readers hand out Arrow batches; CSV has its own way into the engine. */
const READERS: Partial<Record<Exclude<Format, "csv">, FormatReader>> = {
  arrow: readArrow,
  json: (source, options) => readJson(source, options ?? {}),
  parquet: readParquet,
  xls: (source, options) => readExcel(source, options ?? {}),
  xlsx: (source, options) => readExcel(source, options ?? {}),
};

/** The reader of a format. @throws FormatError where there is none. */
export function readerOf(format: Exclude<Format, "csv">): FormatReader {
  const reader = READERS[format];
  if (!reader)
    throw new FormatError(
      `Files of the format “${format}” cannot be read yet. Send CSV, Parquet, Arrow, JSON or Excel.`,
    );
  return reader;
}
