import type { ApiFileRow } from "../../storage/files-api.ts";
import { AppError, type FieldFault } from "../errors.ts";
import type { Format } from "../ingest/detect-format.ts";
import { ParserOptionsError, parseParserOptions } from "../ingest/parser-options.ts";
import type { ReadOptions, SqlTransforms } from "../ingest/read-options.ts";
import type { Limits } from "../limits.ts";

/** What `file_type` may say. */
export const FILE_TYPES = ["arrow", "csv", "json", "orc", "parquet", "xls", "xlsx"] as const satisfies Format[];
/** What `file_compression` may say; empty: found out from the bytes. */
export const FILE_COMPRESSIONS = ["", "gzip", "bz2", "zip", "xz", "zstd"] as const;

export type FileType = (typeof FILE_TYPES)[number];
export type FileCompression = (typeof FILE_COMPRESSIONS)[number];

/** How a file is to be read, as its owner said it. */
export interface FileOptions {
  fileType: FileType;
  fileCompression: FileCompression;
  parserOptions: Record<string, unknown>;
  sqlTransforms: SqlTransforms | null;
}

const MAX_STATEMENTS = 100;
/** D1 keeps a row of at most 2 MB. */
const MAX_OPTIONS_CHARACTERS = 500_000;

/**
 * Checks parser options and SQL transforms by their shape; whether the SQL is right only the data tells.
 *
 * @throws AppError `validation_failed` with every fault.
 */
export function checkFileOptions(options: FileOptions, limits: Pick<Limits, "MAX_QUERY_CHARACTERS">): void {
  const faults: FieldFault[] = [];
  try {
    parseParserOptions(options.fileType, options.parserOptions);
  } catch (error) {
    if (!(error instanceof ParserOptionsError)) throw error;
    faults.push(...error.faults.map(({ path, message }) => ({ path: `parser_options.${path}`, message })));
  }
  const statements = listStatements(options.sqlTransforms);
  if (statements.length > MAX_STATEMENTS)
    faults.push({
      path: "sql_transforms",
      message: `has ${statements.length} statements; at most ${MAX_STATEMENTS} are run.`,
    });
  for (const { path, sql } of statements) {
    if (sql.trim() === "") faults.push({ path, message: "is empty; write a SELECT statement." });
    if (sql.length > limits.MAX_QUERY_CHARACTERS)
      faults.push({ path, message: `is longer than ${limits.MAX_QUERY_CHARACTERS} characters.` });
  }
  if (JSON.stringify([options.parserOptions, options.sqlTransforms]).length > MAX_OPTIONS_CHARACTERS)
    faults.push({
      path: "sql_transforms",
      message: `together with parser_options is longer than ${MAX_OPTIONS_CHARACTERS} characters.`,
    });
  const first = faults[0];
  if (first) throw new AppError("validation_failed", `${first.path} ${first.message}`, { errors: faults });
}

function listStatements(transforms: SqlTransforms | null): { path: string; sql: string }[] {
  if (transforms === null) return [];
  const lists = Array.isArray(transforms) ? [["", transforms] as const] : Object.entries(transforms);
  return lists.flatMap(([table, list]) =>
    (list as readonly string[]).map((sql, i) => ({
      path: `sql_transforms${table === "" ? "" : `[${JSON.stringify(table)}]`}[${i}]`,
      sql,
    })),
  );
}

/** The same, as an ingest takes it. */
export function readOptionsOfApiFile(
  file: Pick<ApiFileRow, "fileType" | "fileCompression" | "parserOptions" | "sqlTransforms">,
): ReadOptions {
  const transforms = file.sqlTransforms as SqlTransforms | null;
  return {
    format: file.fileType as FileType,
    compression: (file.fileCompression as FileCompression) || undefined,
    parserOptions: file.parserOptions,
    sqlTransforms: listStatements(transforms).length > 0 ? (transforms ?? undefined) : undefined,
  };
}
