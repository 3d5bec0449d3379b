import type { ByteSource } from "../source.ts";
import type { CsvDialect } from "./dialect.ts";
export async function previewCsv(_: {
  source: ByteSource;
  dialect: CsvDialect;
  offsets: readonly (readonly [number, number])[];
  limit: number;
  offset: number;
}): Promise<string[][]> {
  throw new Error("placeholder");
}
