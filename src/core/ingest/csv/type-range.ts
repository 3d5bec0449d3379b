import type { CsvType, FoundCsvType } from "../../../formats/csv/dialect.ts";

/** The type that is found for cells of a declared one: theirs are told apart by their range alone. */
export function foundTypeOf(type: CsvType): FoundCsvType {
  switch (type) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "UTINYINT":
    case "USMALLINT":
    case "UINTEGER":
      return "BIGINT";
    case "UBIGINT":
      return "DECIMAL(38,0)";
    case "FLOAT":
      return "DOUBLE";
    default:
      return type;
  }
}

/** The numbers that a declared type holds, both ends included. Types that are found hold whatever was found to be of them. */
const RANGES: Partial<Record<CsvType, readonly [least: bigint, most: bigint]>> = {
  TINYINT: [-(2n ** 7n), 2n ** 7n - 1n],
  SMALLINT: [-(2n ** 15n), 2n ** 15n - 1n],
  INTEGER: [-(2n ** 31n), 2n ** 31n - 1n],
  UTINYINT: [0n, 2n ** 8n - 1n],
  USMALLINT: [0n, 2n ** 16n - 1n],
  UINTEGER: [0n, 2n ** 32n - 1n],
  UBIGINT: [0n, 2n ** 64n - 1n],
};

/** Whether a type may be too narrow for a number that is written like one of its. */
export function hasRange(type: CsvType): boolean {
  return type === "FLOAT" || RANGES[type] !== undefined;
}

/** Whether a number, in plain text, is one that the type holds. */
export function isInRange(type: CsvType, text: string): boolean {
  if (type === "FLOAT") return Number.isFinite(Math.fround(Number(text)));
  const range = RANGES[type];
  if (range === undefined) return true;
  const value = BigInt(text);
  return value >= range[0] && value <= range[1];
}

/** What a cell of the type has to be, in words. */
export function describeRange(type: CsvType): string | undefined {
  const range = RANGES[type];
  if (type === "FLOAT") return "a number that fits in 32 bits";
  return range && `a whole number from ${range[0]} to ${range[1]}`;
}
