import { readParquet } from "../../formats/parquet/read-parquet.ts";
import { FormatError, type FormatReader } from "../../formats/source.ts";
import type { Format } from "./detect-format.ts";

/** The formats whose readers hand out Arrow batches; CSV has its own way into the engine. */
const READERS: Partial<Record<Exclude<Format, "csv">, FormatReader>> = {
  parquet: readParquet,
};

/** The reader of a format. @throws FormatError where there is none. */
export function readerOf(format: Exclude<Format, "csv">): FormatReader {
  const reader = READERS[format];
  if (!reader) throw new FormatError(`Files of the format “${format}” cannot be read yet. Send CSV or Parquet.`);
  return reader;
}
