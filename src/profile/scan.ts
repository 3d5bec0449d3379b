/** The first pass: what every column holds, and the figures that the later passes are planned by. */
import { findColumnKind, isFloatingPoint } from "./dtype.ts";
import { quoteName } from "./sql.ts";
import type { ColumnKind, ExactRange, TableColumn } from "./types.ts";
import { cutBatches, type Work } from "./work.ts";

export interface ScannedColumn {
  index: number;
  name: string;
  sqlType: string;
  kind: ColumnKind;
  /** The column as SQL. */
  raw: string;
  /** The column as a finite double (null for the rest); undefined for text and other kinds. */
  number: string | undefined;
  /** The column as text; undefined for kinds with `number`. */
  text: string | undefined;
  /** Non-missing values: neither NULL nor NaN. */
  count: number;
  nanCount: number;
  positiveInfinities: number;
  negativeInfinities: number;
  /** Estimate, wrong by up to about a fifth. */
  approximateUnique: number;
  /** Finite values only. */
  finite: { count: number; min: number; max: number; mean: number };
  /** The smallest and the largest integer in all of their digits, where a double does not hold both. */
  exactRange: ExactRange | undefined;
  /** UTF-8 bytes of all text. */
  textBytes: number;
}

const COLUMNS_PER_STATEMENT = 64;
/** Integers that a double may not hold. */
const LONG_INTEGER = /^U?(?:BIGINT|HUGEINT)$/i;

function planColumn(column: TableColumn, index: number): ScannedColumn {
  const raw = quoteName(column.name);
  const kind = findColumnKind(column.type);
  const isText = kind === "text" || kind === "other";
  const isDate = kind === "date" || kind === "datetime";
  const number = isDate ? `epoch(${raw})` : kind === "boolean" ? `${raw}::INTEGER::DOUBLE` : `${raw}::DOUBLE`;
  return {
    index,
    name: column.name,
    sqlType: column.type,
    kind,
    raw,
    number: isText ? undefined : number,
    text: isText ? (/^VARCHAR$/i.test(column.type) ? raw : `${raw}::VARCHAR`) : undefined,
    count: 0,
    nanCount: 0,
    positiveInfinities: 0,
    negativeInfinities: 0,
    approximateUnique: 0,
    finite: { count: 0, min: Number.NaN, max: Number.NaN, mean: Number.NaN },
    exactRange: undefined,
    textBytes: 0,
  };
}

/** Scans all columns, some at a time. */
export async function scanColumns(work: Work, columns: readonly TableColumn[]): Promise<ScannedColumn[]> {
  const scanned = columns.map(planColumn);
  let done = 0;
  for (const batch of cutBatches(scanned, COLUMNS_PER_STATEMENT)) {
    await scanBatch(work, batch);
    const strange = batch.filter((column) => isFloatingPoint(column.sqlType) && hasStrangeValues(column));
    if (strange.length > 0) await scanStrangeBatch(work, strange);
    done += batch.length;
    work.report("scan", done, scanned.length);
  }
  return scanned;
}

async function scanBatch(work: Work, batch: ScannedColumn[]): Promise<void> {
  const parts = batch.flatMap((column, i) => {
    const shared = [`count(${column.raw})::DOUBLE AS c${i}`];
    if (column.text !== undefined) {
      shared.push(`approx_count_distinct(${column.text})::DOUBLE AS u${i}`);
      return [...shared, `coalesce(sum(strlen(${column.text})), 0)::DOUBLE AS b${i}`];
    }
    if (column.kind !== "boolean") shared.push(`approx_count_distinct(${column.raw})::DOUBLE AS u${i}`);
    if (LONG_INTEGER.test(column.sqlType))
      shared.push(`min(${column.raw})::VARCHAR || ' ' || max(${column.raw})::VARCHAR AS x${i}`);
    return [...shared, ...numberAggregates(column.number!, i)];
  });
  const [cells] = await work.query<Record<string, unknown>>(`SELECT ${parts.join(", ")} FROM ${work.from}`);
  const row = cells as Record<string, number | null> | undefined;
  batch.forEach((column, i) => {
    column.count = row?.[`c${i}`] ?? 0;
    column.approximateUnique = Math.min(column.count, row?.[`u${i}`] ?? 2);
    column.textBytes = row?.[`b${i}`] ?? 0;
    if (column.number !== undefined) column.finite = readFinite(row, i);
    column.exactRange = readExactRange(cells?.[`x${i}`], column.finite);
    if (column.number !== undefined && (column.kind === "date" || column.kind === "datetime")) {
      column.positiveInfinities = column.count - column.finite.count;
    }
  });
}

const numberAggregates = (expression: string, i: number): string[] => [
  `count(${expression})::DOUBLE AS f${i}`,
  `min(${expression}) AS lo${i}`,
  `max(${expression}) AS hi${i}`,
  `avg(${expression}) AS m${i}`,
];

function readFinite(row: Record<string, number | null> | undefined, i: number): ScannedColumn["finite"] {
  const min = row?.[`lo${i}`] ?? Number.NaN;
  const max = row?.[`hi${i}`] ?? Number.NaN;
  const mean = row?.[`m${i}`] ?? Number.NaN;
  // The sum behind the mean may overflow although the mean does not; any point of the range will do as a center.
  const center = Number.isFinite(mean) ? Math.min(max, Math.max(min, mean)) : min / 2 + max / 2;
  return { count: row?.[`f${i}`] ?? 0, min, max, mean: center };
}

function readExactRange(text: unknown, { min, max }: ScannedColumn["finite"]): ExactRange | undefined {
  if (typeof text !== "string" || (Number.isSafeInteger(min) && Number.isSafeInteger(max))) return undefined;
  const [first = "", last = ""] = text.split(" ");
  return { min: first, max: last };
}

/** NaN sorts after all numbers, so the ends of the range tell whether a column holds anything but finite numbers. */
const hasStrangeValues = ({ finite }: ScannedColumn): boolean =>
  finite.count > 0 && !(Number.isFinite(finite.min) && Number.isFinite(finite.max));

async function scanStrangeBatch(work: Work, batch: ScannedColumn[]): Promise<void> {
  for (const column of batch) column.number = `(CASE WHEN isfinite(${column.raw}) THEN ${column.raw}::DOUBLE END)`;
  const parts = batch.flatMap((column, i) => [
    `count_if(isnan(${column.raw}))::DOUBLE AS nan${i}`,
    `count_if(isinf(${column.raw}) AND ${column.raw} > 0)::DOUBLE AS pos${i}`,
    `count_if(isinf(${column.raw}) AND ${column.raw} < 0)::DOUBLE AS neg${i}`,
    ...numberAggregates(column.number!, i),
  ]);
  const [row] = await work.query<Record<string, number | null>>(`SELECT ${parts.join(", ")} FROM ${work.from}`);
  batch.forEach((column, i) => {
    column.nanCount = row?.[`nan${i}`] ?? 0;
    column.positiveInfinities = row?.[`pos${i}`] ?? 0;
    column.negativeInfinities = row?.[`neg${i}`] ?? 0;
    column.count -= column.nanCount;
    column.finite = readFinite(row, i);
  });
}
