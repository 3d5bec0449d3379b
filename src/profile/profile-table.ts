import { associateColumns, CRAMER_COLUMNS, CRAMER_MAX_VALUES } from "./cramer.ts";
import { profileDates } from "./dates.ts";
import { findPandasDtype } from "./dtype.ts";
import { countDuplicateRows } from "./duplicates.ts";
import { measureMemory, PYTHON_INDEX_BYTES } from "./memory.ts";
import { type NumericResult, profileNumericColumns } from "./numeric.ts";
import { correlateColumns } from "./pearson.ts";
import { type ScannedColumn, scanColumns } from "./scan.ts";
import { rankCorrelateColumns, SPEARMAN_COLUMNS } from "./spearman.ts";
import { profileTextColumns, type TextResult } from "./text.ts";
import type { CellValue, ColumnProfile, Profile, ProfileEngine, ProfileOptions, ProfileTable } from "./types.ts";
import { startWork, type Work } from "./work.ts";

const DEFAULT_CORRELATION_COLUMNS = 100;

/**
 * Computes every statistic of a table, exactly, with statements that each stay inside the memory budget. The table is
 * only read. `docs/statistics.md` defines each figure.
 * @returns plain JSON, without NaN or infinities
 * @throws the signal's reason when cancelled, and whatever the engine throws
 */
export async function profileTable(
  engine: ProfileEngine,
  table: ProfileTable,
  options: ProfileOptions = {},
): Promise<Profile> {
  const work = startWork(engine, table, options);
  const scanned = await scanColumns(work, table.columns);
  const numbers = await profileNumericColumns(
    work,
    scanned.filter(({ number }) => number !== undefined),
  );
  const texts = await profileTextColumns(
    work,
    scanned.filter(({ text }) => text !== undefined),
  );
  const uniqueOf = (column: ScannedColumn) => numbers.get(column)?.unique ?? texts.get(column)?.unique ?? 0;
  const columns: ColumnProfile[] = [];
  for (const column of scanned) {
    columns.push(await assembleColumn(work, column, numbers.get(column), texts.get(column), options.now ?? new Date()));
  }
  const duplicates = await countDuplicateRows(work, scanned, uniqueOf);
  work.report("duplicates", 1, 1);
  const notes: string[] = [];
  const numeric = limitColumns(
    scanned.filter(({ number }) => number !== undefined),
    options.maxCorrelationColumns ?? DEFAULT_CORRELATION_COLUMNS,
    "Pearson correlations",
    notes,
  );
  const pearson = await correlateColumns(work, numeric, numbers);
  const ranked = limitColumns(
    scanned.filter(({ kind, finite }) => (kind === "integer" || kind === "float") && finite.min < finite.max),
    SPEARMAN_COLUMNS,
    "Spearman correlations",
    notes,
  );
  const spearman = await rankCorrelateColumns(work, ranked);
  if (!spearman.exact) {
    notes.push(`Spearman correlations were computed on an even sample of ${spearman.rows} of ${table.rows} rows.`);
  }
  const factors = limitColumns(
    scanned.filter(
      (column) =>
        (column.kind === "text" || column.kind === "boolean") &&
        uniqueOf(column) >= 2 &&
        uniqueOf(column) <= CRAMER_MAX_VALUES,
    ),
    CRAMER_COLUMNS,
    "Cramér's V",
    notes,
  );
  const cramersV = await associateColumns(work, factors);
  return {
    format: 2,
    table: table.name,
    row_count: table.rows,
    column_count: table.columns.length,
    duplicate_rows: duplicates,
    memory_usage: (PYTHON_INDEX_BYTES + columns.reduce((sum, { memory_bytes }) => sum + memory_bytes, 0)) / 1024 ** 2,
    columns,
    pearson,
    spearman,
    cramers_v: cramersV,
    notes,
  };
}

/** Takes the first columns up to a limit, and says so when some are left out. */
function limitColumns<T>(columns: readonly T[], limit: number, what: string, notes: string[]): readonly T[] {
  if (columns.length <= limit) return columns;
  notes.push(`${what} cover the first ${limit} of ${columns.length} columns.`);
  return columns.slice(0, limit);
}

async function assembleColumn(
  work: Work,
  column: ScannedColumn,
  number: NumericResult | undefined,
  text: TextResult | undefined,
  now: Date,
): Promise<ColumnProfile> {
  const { name, sqlType, kind, count } = column;
  const unique = number?.unique ?? text?.unique ?? 0;
  const missing = work.rows - count;
  const values = text?.top ?? listNumericValues(column, number, work.keptValues);
  const isDate = kind === "date" || kind === "datetime";
  return {
    name,
    sql_type: sqlType,
    kind,
    type: findPandasDtype(kind, { count, unique }),
    count,
    unique,
    missing,
    missing_percent: work.rows === 0 ? 0 : missing / work.rows,
    nan_count: column.nanCount,
    infinite_count: column.positiveInfinities + column.negativeInfinities,
    memory_bytes: measureMemory(column, work.rows, text),
    ...(number === undefined ? {} : { numeric: number.stats }),
    ...(column.exactRange === undefined ? {} : { exact_range: column.exactRange }),
    ...(text === undefined ? {} : { text: text.stats }),
    ...(isDate && number !== undefined ? { dates: await profileDates(work, column, number.stats, now) } : {}),
    values,
    values_complete: values.length === unique,
  };
}

/** Every distinct value of a column with few of them, most frequent first. */
function listNumericValues(
  column: ScannedColumn,
  number: NumericResult | undefined,
  keptValues: number,
): { value: CellValue; count: number }[] {
  const weighted = number?.weighted;
  if (weighted === undefined || weighted.values.length > keptValues) return [];
  const values = Array.from(weighted.values, (value, i) => ({
    value: column.kind === "boolean" ? value === 1 : value,
    count: weighted.counts[i]!,
  }));
  return values.sort((a, b) => b.count - a.count || Number(a.value) - Number(b.value));
}
