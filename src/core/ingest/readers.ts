import { readArrow } from "../../formats/arrow/read-arrow.ts";
import { readExcel } from "../../formats/excel/read-excel.ts";
import { readJson } from "../../formats/json/read-json.ts";
import { readOrc } from "../../formats/orc/read-orc.ts";
import { readParquet } from "../../formats/parquet/read-parquet.ts";
import type { ByteSource, FormatTable } from "../../formats/source.ts";
import type { Format } from "./detect-format.ts";
import type { ParserOptions } from "./parser-options.ts";

/** Opens the tables of a file in any format but CSV, which has its own way into the engine. @throws FormatError. */
export function readTables(
  format: Exclude<Format, "csv">,
  source: ByteSource,
  options: ParserOptions,
): Promise<FormatTable[]> {
  switch (format) {
    case "arrow":
      return readArrow(source, {});
    case "json":
      return readJson(source, options.json);
    case "orc":
      return readOrc(source, {});
    case "parquet":
      return readParquet(source, {});
    case "xls":
    case "xlsx":
      return readExcel(source, options.excel);
  }
}
