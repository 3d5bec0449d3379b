import type { ColumnPattern } from "./column-pattern.ts";

/** How the cells of a CSV file are laid out, as detected or declared. Plain JSON: it is kept with the table. */
export interface CsvDialect {
  /** A label that `TextDecoder` knows, such as `utf-8`, `utf-16le` or `windows-1252`. */
  readonly encoding: string;
  /** The text is UTF-8 that was Windows-1252 once, and has control characters where that has punctuation. */
  readonly hasWindowsControls?: boolean;
  /** One or more characters; a single space with `collapse` stands for runs of white space. */
  readonly delimiter: string;
  /** True where several delimiters in a row count as one (columns aligned with spaces). */
  readonly collapse: boolean;
  /** One ASCII character, or empty where cells are never quoted. */
  readonly quote: string;
  /** The same as `quote` where quotes are doubled, otherwise one ASCII character such as a backslash; may be empty. */
  readonly escape: string;
  /** Lines that start with this text are skipped; empty for none. */
  readonly comment: string;
  /** `comment` was declared, and ends a line anywhere outside of quotes; one that was detected only begins lines. */
  readonly hasInlineComments?: boolean;
  /** `escape` was declared, and stands before any character, beside doubled quotes; a detected one only before those that need it. */
  readonly escapesAny?: boolean;
  /** Physical lines (1-based, ascending) that are passed over, where single ones were declared. */
  readonly skippedLines?: readonly number[];
  readonly decimal: string;
  /** Between groups of three digits; empty for none. */
  readonly thousands: string;
  /** Kind of line ends seen in the sample; others are read as well. */
  readonly newline: "\n" | "\r\n" | "\r";
  /** Physical lines before the header (or before the first record where there is none). */
  readonly skipLines: number;
  /** Records that make up the header: 0 for none. */
  readonly headerRecords: number;
  /** Byte of the stream at which the first data record starts, and its physical line (1-based). */
  readonly dataOffset: number;
  readonly dataLine: number;
  /** Names of the columns: trimmed, unique, never empty. */
  readonly columns: readonly string[];
  /** Those of them that are numbered, since the header has their names for earlier columns already. */
  readonly renamed?: readonly string[];
  /** Short records are filled up with NULL instead of being set aside: they are this file's way of leaving out empty cells. */
  readonly padShort: boolean;
  /**
   * The table is laid out as a page to be read, with titles above it or a header of several rows: rows of empty cells are spacing there, and no
   * records.
   */
  readonly isPage: boolean;
  /** Every record ends in one more delimiter, with nothing behind it. */
  readonly trailingDelimiter: boolean;
  /** What the columns hold, for telling how damaged records were meant; empty where too few rows were seen. */
  readonly patterns: readonly ColumnPattern[];
  /** Texts read as NULL besides the empty cell. */
  readonly nulls: readonly string[];
  /** How sure the detection is, 0–1. Declared parts do not lower it. */
  readonly confidence: number;
}

/** What a user may declare; what is left out is detected. Names follow pandas' `read_csv` in camel case. */
export interface CsvOptions {
  readonly sep?: string;
  /** Index of the header record, `null` for none. */
  readonly header?: number | null;
  readonly names?: readonly string[];
  readonly usecols?: readonly (string | number)[];
  /** Physical lines to skip from the start of the file, or the numbers of those to skip (0-based). */
  readonly skiprows?: number | readonly number[];
  /** At most this many data rows. */
  readonly nrows?: number;
  readonly quotechar?: string;
  readonly escapechar?: string;
  readonly encoding?: string;
  readonly naValues?: readonly string[];
  readonly keepDefaultNa?: boolean;
  readonly thousands?: string;
  readonly decimal?: string;
  readonly comment?: string;
  /** Columns read as dates where they hold some: `true` for all (the default), `false` for none, or names and positions. */
  readonly parseDates?: boolean | readonly (string | number)[];
  /** Reads 03/04/2020 as 3 April where the column itself leaves it open. */
  readonly dayfirst?: boolean;
  /** DuckDB types by column name (or position, as text), or one for all. */
  readonly dtype?: CsvType | Readonly<Record<string, CsvType>>;
}

/** The types that a column is found to have. `DECIMAL(38,0)` holds integers beyond 64 bits. */
export const FOUND_CSV_TYPES = [
  "BOOLEAN",
  "BIGINT",
  "DECIMAL(38,0)",
  "DOUBLE",
  "DATE",
  "TIME",
  "TIMESTAMP",
  "VARCHAR",
] as const;
/** Types that a column has only where they were declared. */
const DECLARED_TYPES = [
  "TINYINT",
  "SMALLINT",
  "INTEGER",
  "UTINYINT",
  "USMALLINT",
  "UINTEGER",
  "UBIGINT",
  "FLOAT",
] as const;
export const CSV_TYPES = [...FOUND_CSV_TYPES, ...DECLARED_TYPES] as const;
export type CsvType = (typeof CSV_TYPES)[number];
export type FoundCsvType = (typeof FOUND_CSV_TYPES)[number];

/** Order of day, month and year in a column's dates; `compact`: eight digits, the year first. */
export type DateOrder = "ymd" | "dmy" | "mdy" | "compact";

/**
 * Texts that mean "no value" besides the empty cell: the default `na_values` of pandas' `read_csv`.
 * A quoted one counts as well, as in pandas.
 */
export const DEFAULT_NULLS: readonly string[] = [
  "#N/A",
  "#N/A N/A",
  "#NA",
  "-1.#IND",
  "-1.#QNAN",
  "-NaN",
  "-nan",
  "1.#IND",
  "1.#QNAN",
  "<NA>",
  "N/A",
  "NA",
  "NULL",
  "NaN",
  "None",
  "n/a",
  "nan",
  "null",
];
