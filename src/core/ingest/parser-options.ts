import { z } from "zod";
import type { CsvOptions } from "../../formats/csv/dialect.ts";
import { CSV_OPTION_NAMES, CsvOptionsError, parseCsvOptions } from "../../formats/csv/parse-options.ts";
import type { ExcelOptions } from "../../formats/excel/read-excel.ts";
import type { JsonOptions } from "../../formats/json/read-json.ts";
import type { FieldFault } from "../errors.ts";
import type { Format } from "./detect-format.ts";
import type { TableSelection } from "./select-columns.ts";

/** Options as the readers take them. */
export interface ParserOptions {
  csv: CsvOptions;
  json: JsonOptions;
  excel: ExcelOptions;
  /** What is taken of a table after it was read; for CSV the reader does that itself. */
  selection: TableSelection;
}

/** Options that are unknown or wrong, each with its name. */
export class ParserOptionsError extends Error {
  override readonly name = "ParserOptionsError";
  readonly faults: readonly FieldFault[];
  constructor(faults: readonly FieldFault[]) {
    super(faults.map((fault) => `${fault.path}: ${fault.message}`).join(" "));
    this.faults = faults;
  }
}

const ORIENTS = ["records", "columns", "index", "split", "values", "table"] as const;
const count = z.number("must be a whole number, 0 or more.").int().min(0, "must be 0 or more.");
const flag = z.boolean("must be true or false.");
const name = z.string().min(1);
const names = z.array(name, "must be a list of column names.").min(1, "must name at least one column.");
const columns = z
  .array(z.union([name, count]), "must be a list of column names or positions.")
  .min(1, "must name at least one column.");
const sheet = z.union([name, count], "must be a sheet's name, its position from 0, a list of those, or null for all.");

const JSON_OPTIONS = z.object({
  orient: z.enum(ORIENTS, `must be one of ${ORIENTS.join(", ")}.`).nullish(),
  lines: flag.nullish(),
  convert_dates: flag.nullish(),
  nrows: count.nullish(),
});

const LETTERS = /^\s*[A-Z]{1,3}\s*(:\s*[A-Z]{1,3}\s*)?(,\s*[A-Z]{1,3}\s*(:\s*[A-Z]{1,3}\s*)?)*$/i;
const letters = z.string().regex(LETTERS, 'must be letters such as "A:C,F", or a list of column names or positions.');

const EXCEL_OPTIONS = z.object({
  sheet_name: z
    .union([sheet, z.array(sheet).min(1)], "must be a sheet's name, its position from 0, or a list.")
    .nullish(),
  header: z
    .union([count, z.literal("infer")], 'must be the position of the header row, null for none, or "infer".')
    .nullish(),
  names: names.nullish(),
  usecols: z
    .union([columns, letters], 'must be a list of column names or positions, or letters such as "A:C,F".')
    .nullish(),
  skiprows: count.nullish(),
  nrows: count.nullish(),
});

const COLUMNAR_OPTIONS = z.object({ columns: columns.nullish(), nrows: count.nullish() });

/** The options that a format's reader knows, by their names in pandas (`read_csv`, `read_excel`, `read_json`, `read_parquet`). */
export function parserOptionNames(format: Format): readonly string[] {
  return format === "csv" ? CSV_OPTION_NAMES : Object.keys(schemaOf(format).shape);
}

function schemaOf(format: Exclude<Format, "csv">) {
  if (format === "json") return JSON_OPTIONS;
  return format === "xls" || format === "xlsx" ? EXCEL_OPTIONS : COLUMNAR_OPTIONS;
}

/**
 * Turns `parser_options`, which have the names and meanings of pandas' readers, into what the readers take. Unlike in pandas, all
 * sheets of a workbook are read unless `sheet_name` names some, and its header is looked for unless `header` says where it is.
 *
 * @throws ParserOptionsError that lists every option which is unknown or wrong for the format.
 */
export function parseParserOptions(format: Format, given: Readonly<Record<string, unknown>>): ParserOptions {
  const nothing: ParserOptions = { csv: {}, json: {}, excel: {}, selection: {} };
  if (format === "csv") return { ...nothing, csv: parseCsv(given) };
  refuseUnknown(format, given);
  if (format === "json") {
    const { orient, lines, convert_dates, nrows } = check(JSON_OPTIONS, given);
    return {
      ...nothing,
      json: { orient: orient ?? undefined, lines: lines ?? undefined, convertDates: convert_dates ?? undefined },
      selection: { rows: nrows ?? undefined },
    };
  }
  if (format === "xls" || format === "xlsx") return { ...nothing, ...parseExcel(given) };
  const { columns, nrows } = check(COLUMNAR_OPTIONS, given);
  return { ...nothing, selection: { columns: columns ?? undefined, rows: nrows ?? undefined } };
}

function parseCsv(given: Readonly<Record<string, unknown>>): CsvOptions {
  try {
    return parseCsvOptions(given);
  } catch (error) {
    if (error instanceof CsvOptionsError) throw new ParserOptionsError(error.issues);
    throw error;
  }
}

function parseExcel(given: Readonly<Record<string, unknown>>): Pick<ParserOptions, "excel" | "selection"> {
  const { sheet_name, header, names, usecols, skiprows, nrows } = check(EXCEL_OPTIONS, given);
  const sheets = sheet_name === null || sheet_name === undefined ? undefined : [sheet_name].flat();
  return {
    excel: {
      sheetNames: sheets,
      header: header === undefined || header === "infer" ? "auto" : (header ?? "none"),
      skipRows: skiprows ?? undefined,
      nRows: nrows ?? undefined,
      sheetColumns: typeof usecols === "string" ? readLetters(usecols) : undefined,
    },
    selection: { columns: typeof usecols === "object" ? (usecols ?? undefined) : undefined, names: names ?? undefined },
  };
}

/** `A:C,F` → 0, 1, 2, 5 */
function readLetters(text: string): Set<number> {
  const position = (letters: string) =>
    [...letters.trim().toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  const chosen = new Set<number>();
  for (const range of text.split(",")) {
    const [first = "", last = first] = range.split(":");
    for (let i = position(first); i <= position(last); i++) chosen.add(i);
  }
  return chosen;
}

function refuseUnknown(format: Format, given: Readonly<Record<string, unknown>>): void {
  const known = parserOptionNames(format);
  const faults = Object.keys(given)
    .filter((option) => !known.includes(option))
    .map((option) => ({ path: option, message: `is not known for ${format}. Known options are ${known.join(", ")}.` }));
  if (faults.length > 0) throw new ParserOptionsError(faults);
}

function check<S extends z.ZodType>(schema: S, given: unknown): z.infer<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ParserOptionsError(
    parsed.error.issues.map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message })),
  );
}
