import {
  dateBit,
  FIT_BITS,
  FITS_BOOLEAN,
  FITS_DATE_DMY,
  FITS_DATE_MDY,
  FITS_DATE_YMD,
  FITS_DECIMAL,
  FITS_DOUBLE,
  FITS_INTEGER,
  FITS_TIME,
  FITS_TIMESTAMP_DMY,
  FITS_TIMESTAMP_MDY,
  FITS_TIMESTAMP_YMD,
  IS_AMBIGUOUS,
  IS_BIG,
  IS_BLANK,
} from "../../../formats/csv/classify-cell.ts";
import type { CsvType, DateOrder } from "../../../formats/csv/dialect.ts";
import { foundTypeOf } from "./type-range.ts";

/** What has been seen of one column's cells. Plain JSON. */
export interface ColumnStats {
  /** Cells that are not NULL. */
  values: number;
  nulls: number;
  /** Cells per bit of `classifyCell`. */
  fits: number[];
}

export interface ColumnType {
  readonly type: CsvType;
  readonly order: DateOrder;
  /** The file's owner says so: cells that need not be of the type are, where they can be read as such. */
  readonly isDeclared?: boolean;
}

export function createColumnStats(): ColumnStats {
  return { values: 0, nulls: 0, fits: new Array<number>(FIT_BITS).fill(0) };
}

/** Counts one cell that is not NULL. */
export function countCell(stats: ColumnStats, fits: number): void {
  stats.values++;
  for (let bits = fits; bits !== 0; bits &= bits - 1) stats.fits[31 - Math.clz32(bits & -bits)]!++;
}

/** Bits of cells that were loaded as a type unseen: the type and the wider ones that hold its values. */
export function fitsOfType({ type: declared, order }: ColumnType): number {
  const type = foundTypeOf(declared);
  switch (type) {
    case "BOOLEAN":
      return FITS_BOOLEAN;
    case "BIGINT":
      return FITS_INTEGER | FITS_DECIMAL | FITS_DOUBLE;
    case "DECIMAL(38,0)":
      return FITS_DECIMAL | FITS_DOUBLE;
    case "DOUBLE":
      return FITS_DOUBLE;
    case "TIME":
      return FITS_TIME;
    case "DATE":
      return order === "ymd"
        ? FITS_DATE_YMD | FITS_DATE_DMY | FITS_DATE_MDY | FITS_TIMESTAMP_YMD | FITS_TIMESTAMP_DMY | FITS_TIMESTAMP_MDY
        : dateBit("DATE", order) | dateBit("TIMESTAMP", order);
    case "TIMESTAMP":
      return order === "ymd"
        ? FITS_TIMESTAMP_YMD | FITS_TIMESTAMP_DMY | FITS_TIMESTAMP_MDY
        : dateBit("TIMESTAMP", order);
    case "VARCHAR":
      return 0;
  }
}

/** The bit that a cell must have to be of a type. */
export function bitOfType({ type: declared, order }: ColumnType): number {
  const type = foundTypeOf(declared);
  switch (type) {
    case "BOOLEAN":
      return FITS_BOOLEAN;
    case "BIGINT":
      return FITS_INTEGER;
    case "DECIMAL(38,0)":
      return FITS_DECIMAL;
    case "DOUBLE":
      return FITS_DOUBLE;
    case "TIME":
      return FITS_TIME;
    case "DATE":
    case "TIMESTAMP":
      return dateBit(type, order);
    case "VARCHAR":
      return 0;
  }
}

/** How a column's type is chosen. */
export interface TypeRules {
  /** Share of the non-null cells that must be of a type for the column to have it. */
  readonly threshold: number;
  /** The order of ambiguous dates; undefined: month first, as pandas reads them. */
  readonly dayfirst: boolean | undefined;
  readonly detectDates: boolean;
  /** The column is said to hold dates: eight digits are one too. */
  readonly isDated?: boolean;
}

/**
 * The narrowest type that fits the most cells, or text where too few fit. Integers beyond 2^53 are not widened to DOUBLE for the
 * sake of a few other cells, as that would change them. `confidence` is the share of non-null cells that are of the type, halved
 * for dates whose day and month could be swapped throughout.
 */
export function decideType(stats: ColumnStats, rules: TypeRules): ColumnType & { confidence: number } {
  const text = { type: "VARCHAR" as const, order: "ymd" as const, confidence: 1 };
  const count = (bit: number) => stats.fits[31 - Math.clz32(bit)]!;
  const values = stats.values - count(IS_BLANK);
  if (values === 0) return text;
  const orders: DateOrder[] = rules.dayfirst ? ["ymd", "dmy", "mdy"] : ["ymd", "mdy", "dmy"];
  const candidates: ColumnType[] = [
    ...(rules.isDated ? [{ type: "DATE" as const, order: "compact" as const }] : []),
    { type: "BOOLEAN", order: "ymd" },
    { type: "BIGINT", order: "ymd" },
    { type: "DECIMAL(38,0)", order: "ymd" },
    { type: "DOUBLE", order: "ymd" },
    ...(rules.detectDates ? orders.map((order) => ({ type: "DATE" as const, order })) : []),
    { type: "TIME", order: "ymd" },
    ...(rules.detectDates ? orders.map((order) => ({ type: "TIMESTAMP" as const, order })) : []),
  ];
  let best: ColumnType | undefined;
  let most = 0;
  for (const candidate of candidates) {
    const fitting = count(bitOfType(candidate));
    if (fitting <= most) continue;
    if (candidate.type === "DOUBLE" && count(IS_BIG) > 0 && most >= rules.threshold * values) continue;
    best = candidate;
    most = fitting;
  }
  if (best === undefined || most < rules.threshold * values) return text;
  let confidence = most / values;
  if (best.type === "DATE" || best.type === "TIMESTAMP") {
    const other = best.order === "dmy" ? "mdy" : "dmy";
    const isOpen =
      (best.order === "dmy" || best.order === "mdy") &&
      count(dateBit(best.type, other)) === most &&
      count(IS_AMBIGUOUS) > 0;
    if (isOpen && rules.dayfirst === undefined) confidence /= 2;
  }
  return { ...best, confidence };
}
