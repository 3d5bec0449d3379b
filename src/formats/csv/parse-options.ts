import { nameTextEncoding } from "../text-encoding.ts";
import { CSV_TYPES, type CsvOptions, type CsvType } from "./dialect.ts";

/** One option that is unknown or wrong. `path` is the option's name, with the column where there is one. */
export interface CsvOptionIssue {
  readonly path: string;
  readonly message: string;
}

/** Declared options that cannot be used. */
export class CsvOptionsError extends Error {
  override readonly name = "CsvOptionsError";
  readonly issues: readonly CsvOptionIssue[];
  constructor(issues: readonly CsvOptionIssue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.message}`).join(" "));
    this.issues = issues;
  }
}

/** The options known, by their names in pandas' `read_csv`; `delimiter` is another name for `sep` there too. */
export const CSV_OPTION_NAMES = [
  "sep",
  "delimiter",
  "header",
  "names",
  "usecols",
  "skiprows",
  "nrows",
  "quotechar",
  "escapechar",
  "encoding",
  "na_values",
  "keep_default_na",
  "thousands",
  "decimal",
  "comment",
  "parse_dates",
  "dayfirst",
  "dtype",
] as const;

const DTYPES: Record<string, CsvType> = {
  str: "VARCHAR",
  string: "VARCHAR",
  object: "VARCHAR",
  category: "VARCHAR",
  text: "VARCHAR",
  int: "BIGINT",
  integer: "BIGINT",
  int8: "TINYINT",
  int16: "SMALLINT",
  int32: "INTEGER",
  int64: "BIGINT",
  uint8: "UTINYINT",
  uint16: "USMALLINT",
  uint32: "UINTEGER",
  uint64: "UBIGINT",
  decimal: "DECIMAL(38,0)",
  float: "DOUBLE",
  float32: "FLOAT",
  float64: "DOUBLE",
  double: "DOUBLE",
  bool: "BOOLEAN",
  boolean: "BOOLEAN",
  date: "DATE",
  time: "TIME",
  datetime: "TIMESTAMP",
  timestamp: "TIMESTAMP",
  "datetime64[ns]": "TIMESTAMP",
  datetime64: "TIMESTAMP",
};

/** What would be taken for a regular expression by pandas, and means nothing as it stands. */
const EXPRESSION = /^(?=..).*[\\[\]()]|[^|]\|[^|]/;
const KNOWN_EXPRESSIONS = ["\\s+", "\\t"];

/**
 * Turns `parser_options` as users write them (names and values of pandas' `read_csv`) into `CsvOptions`.
 *
 * @throws CsvOptionsError that lists every unknown or wrong option.
 */
export function parseCsvOptions(given: Readonly<Record<string, unknown>>): CsvOptions {
  const issues: CsvOptionIssue[] = [];
  const refuse = (path: string, message: string) => {
    issues.push({ path, message });
    return undefined;
  };
  const text = (name: string, check: (value: string) => string | undefined = () => undefined) => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") return refuse(name, "must be a text.");
    const message = check(value);
    return message === undefined ? value : refuse(name, message);
  };
  const oneAscii = (value: string) =>
    value.length === 1 && value.charCodeAt(0) < 128 && value !== "\n" && value !== "\r"
      ? undefined
      : "must be one ASCII character.";
  const count = (name: string) => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    return Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : refuse(name, "must be a whole number, 0 or more.");
  };
  const flag = (name: string) => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === "boolean" ? value : refuse(name, "must be true or false.");
  };
  const columns = (name: string) => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    const isList =
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item) => typeof item === "string" || (Number.isSafeInteger(item) && item >= 0));
    return isList ? (value as (string | number)[]) : refuse(name, "must be a list of column names or positions.");
  };

  for (const name of Object.keys(given)) {
    if (!(CSV_OPTION_NAMES as readonly string[]).includes(name))
      refuse(name, `is not known. Known options are ${CSV_OPTION_NAMES.join(", ")}.`);
  }
  if (given["sep"] != null && given["delimiter"] != null)
    refuse("delimiter", "is given twice: give either sep or delimiter.");
  const sep = text(given["sep"] === undefined ? "delimiter" : "sep", (value) => {
    if (value.length < 1 || value.length > 4 || /[\n\r"]/.test(value))
      return "must be one to four characters, none of them a quote or a line end.";
    return EXPRESSION.test(value) && !KNOWN_EXPRESSIONS.includes(value)
      ? 'must be no regular expression, but the characters themselves; "\\s+" is known and means white space.'
      : undefined;
  });
  const quoting = given["quotechar"] === "" || given["quotechar"] === null ? "" : text("quotechar", oneAscii);
  const parseDates = given["parse_dates"];
  const options = {
    sep,
    header: readHeader(given["header"], refuse),
    names: readNames(given["names"], refuse),
    usecols: columns("usecols"),
    skiprows: Array.isArray(given["skiprows"]) ? readLineNumbers(given["skiprows"], refuse) : count("skiprows"),
    nrows: count("nrows"),
    quotechar: "quotechar" in given ? quoting : undefined,
    escapechar: text("escapechar", oneAscii),
    encoding: text("encoding", (value) =>
      nameTextEncoding(value) === undefined
        ? `'${value}' is not known. Common ones are utf-8, utf-16, latin1 and cp1252.`
        : undefined,
    ),
    naValues: readNullTexts(given["na_values"], refuse),
    keepDefaultNa: flag("keep_default_na"),
    thousands: text("thousands", oneAscii),
    decimal: text("decimal", oneAscii),
    comment: text("comment", oneAscii),
    parseDates: typeof parseDates === "boolean" ? parseDates : columns("parse_dates"),
    dayfirst: flag("dayfirst"),
    dtype: readDtypes(given["dtype"], refuse),
  };
  if (options.thousands !== undefined && options.thousands === (options.decimal ?? "."))
    refuse("thousands", "must differ from the decimal sign.");
  if (issues.length > 0) throw new CsvOptionsError(issues);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as CsvOptions;
}

type Refuse = (path: string, message: string) => undefined;

function readHeader(value: unknown, refuse: Refuse): number | null | undefined {
  if (value === undefined || value === "infer") return undefined;
  if (value === null || value === false) return null;
  if (value === true) return 0;
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse("header", 'must be the position of the header record, null for none, or "infer".');
}

function readNames(value: unknown, refuse: Refuse): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const isList =
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && item !== "");
  if (!isList) return refuse("names", "must be a list of column names.");
  return new Set(value).size === value.length ? value : refuse("names", "must not name a column twice.");
}

/** Single lines to skip stand near the top of a file; lines are counted only as far as the last of them. */
const MOST_SKIPPED_LINE = 10_000;

function readLineNumbers(lines: readonly unknown[], refuse: Refuse): number[] | undefined {
  const isList = lines.every(
    (line) => Number.isSafeInteger(line) && (line as number) >= 0 && (line as number) <= MOST_SKIPPED_LINE,
  );
  if (!isList)
    return refuse("skiprows", `must be a number of lines, or a list of line numbers from 0 to ${MOST_SKIPPED_LINE}.`);
  return lines.length === 0 ? undefined : [...new Set(lines as number[])].sort((a, b) => a - b);
}

function readNullTexts(value: unknown, refuse: Refuse): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === "string" || typeof item === "number")
    ? [...new Set(list.flatMap((item) => spellNumber(String(item))))]
    : refuse("na_values", "must be a text or a list of texts.");
}

/** A whole number means NULL with and without `.0`, as in pandas. */
function spellNumber(text: string): string[] {
  const whole = /^(-?\d+)(\.0)?$/.exec(text)?.[1];
  return whole === undefined ? [text] : [text, whole, `${whole}.0`];
}

function readDtypes(value: unknown, refuse: Refuse): CsvOptions["dtype"] {
  if (value === undefined || value === null) return undefined;
  const known = (name: unknown, path: string): CsvType | undefined => {
    const type =
      typeof name === "string" ? (DTYPES[name.toLowerCase()] ?? CSV_TYPES.find((each) => each === name)) : undefined;
    return type ?? refuse(path, `must be one of ${Object.keys(DTYPES).join(", ")}.`);
  };
  if (typeof value === "string") return known(value, "dtype");
  if (typeof value !== "object" || Array.isArray(value))
    return refuse("dtype", "must be a type or an object of column name to type.");
  const types: Record<string, CsvType> = {};
  for (const [column, name] of Object.entries(value)) {
    const type = known(name, `dtype.${column}`);
    if (type !== undefined) types[column] = type;
  }
  return types;
}
