import { z } from "@hono/zod-openapi";
import { FILE_COMPRESSIONS, FILE_TYPES } from "../../core/files/file-options.ts";
import { pandasDtype } from "../../core/files/pandas-dtypes.ts";
import { tableLabel } from "../../core/tables/table-label.ts";
import type { ApiFile } from "../../storage/files-api.ts";

/** The wire shapes of the Files API. */

const JsonObject = z.record(z.string(), z.unknown());

const SqlTransforms = z
  .union(
    [z.array(z.string()), z.record(z.string(), z.array(z.string()))],
    "must be an array of SELECT statements, or an object of table name to such an array.",
  )
  .openapi({
    description:
      "SELECT statements that run one after another over the parsed tables: each table by its name, the previous result as `this`. " +
      "Or an object of table name → such an array.",
    example: ["SELECT * FROM this WHERE v > 1"],
  });

const ParserOptions = JsonObject.openapi({
  description:
    "How the data is to be read, by the names of pandas' readers. csv: `sep, header, names, usecols, skiprows, nrows, quotechar, escapechar, " +
    "encoding, na_values, keep_default_na, thousands, decimal, comment, parse_dates, dayfirst, dtype`; xls and xlsx: `sheet_name, header, names, " +
    "usecols, skiprows, nrows`; json: `orient, lines, convert_dates, nrows`; parquet, arrow and orc: `columns, nrows`. Beyond pandas' defaults, " +
    "dates are found without `parse_dates`, all sheets are read without `sheet_name`, and an empty cell is null whatever `keep_default_na` says.",
  example: { sep: ";", decimal: "," },
});

/** What may be said of a file when it is made and later. */
const described = {
  name: z.string().max(255),
  description: z.string().max(10_000),
  file_type: z.enum(FILE_TYPES),
  file_compression: z.enum(FILE_COMPRESSIONS).openapi({ description: "Empty: told by the bytes." }),
  parser_options: ParserOptions,
  sql_transforms: SqlTransforms.nullable(),
};

export const NewFile = z
  .object({
    org_name: z
      .string()
      .min(1)
      .max(100)
      .nullish()
      .openapi({ description: "An organisation whose members share the file." }),
    file_type: described.file_type,
    name: described.name.nullish(),
    description: described.description.nullish(),
    file_compression: described.file_compression.nullish(),
    parser_options: ParserOptions.nullish(),
    sql_transforms: SqlTransforms.nullish(),
    agent_name: z.string().max(255).nullish(),
    agent_version: z.string().max(255).nullish(),
  })
  .openapi("NewFile", { example: { file_type: "csv", name: "mycsv" } });

export const FileChanges = z.object(described).partial().openapi("FileChanges");

export const FileShape = z
  .object({
    created_at: z.string().openapi({ example: "2026-05-17T18:46:14.324Z" }),
    updated_at: z.string(),
    agent_name: z.string(),
    agent_version: z.string(),
    author: z.number().int(),
    bytes_count: z.number().int(),
    description: z.string(),
    file_id: z.string().openapi({ example: "e1f99a917cbf42ef981e53ec7ac0aea4" }),
    name: z.string(),
    file_compression: z.string(),
    file_type: z.string(),
    parser_options: JsonObject,
    tables_schemas: z.array(
      z.object({
        name: z.string().openapi({ example: "Untitled 0" }),
        dtypes: z.record(z.string(), z.string()).openapi({ example: { d: "object", v: "int64" } }),
        num_cols: z.number().int(),
        num_rows: z.number().int(),
      }),
    ),
    sql_transforms: z.unknown(),
    is_uploaded: z.boolean().openapi({ description: "Whether the data is here." }),
    is_valid: z.boolean().openapi({ description: "Whether it could be parsed." }),
    errors: z.record(z.string(), z.string()).openapi({ description: "Why the data could not be parsed." }),
    remarks: z.array(z.string()).openapi({ description: "What to know although the data was parsed." }),
    rejected_rows: z.number().int().openapi({ description: "Rows that were set aside because they do not parse." }),
  })
  .openapi("File");

type TableSchema = Omit<z.infer<typeof FileShape>["tables_schemas"][number], "dtypes"> & {
  /** Names and types in the columns' order, which an object would not keep of names that look like numbers. */
  dtypes: ReadonlyMap<string, string>;
};

/** A file as its document shows it. `is_valid` is true once the present data is parsed. */
export function describeFile(
  file: ApiFile,
): Omit<z.infer<typeof FileShape>, "tables_schemas"> & { tables_schemas: TableSchema[] } {
  const { data } = file;
  const isUploaded = data !== null && data.etag !== null;
  const parsedAt = data?.updatedAt.getTime() ?? 0;
  return {
    created_at: file.createdAt.toISOString(),
    updated_at: new Date(Math.max(file.updatedAt.getTime(), parsedAt)).toISOString(),
    agent_name: file.agentName,
    agent_version: file.agentVersion,
    author: file.author,
    bytes_count: isUploaded ? (data.sizeBytes ?? 0) : 0,
    description: file.description,
    file_id: file.id,
    name: file.name,
    file_compression: file.fileCompression,
    file_type: file.fileType,
    parser_options: file.parserOptions,
    tables_schemas: file.tables.map((table, i) => ({
      name: tableLabel(table.name, i),
      dtypes: new Map(table.columns.map((column) => [column.name, pandasDtype(column)])),
      num_cols: table.columnCount,
      num_rows: table.rowCount,
    })),
    sql_transforms: file.sqlTransforms,
    is_uploaded: isUploaded,
    is_valid: isUploaded && data.status === "complete",
    errors: describeErrors(data),
    remarks: data?.remarks ?? [],
    rejected_rows: data?.rejectCount ?? 0,
  };
}

function describeErrors(data: ApiFile["data"]): Record<string, string> {
  if (data?.status === "processing")
    return { processing: "The data is still being parsed. GET /api/v2/files/<file_id> tells when it is done." };
  if (data?.status !== "failed") return {};
  const { code, message } = data.problem ?? { code: "server_error", message: "The data could not be parsed." };
  // Jobs speak of uploads, whose files are confirmed; here the same is done by sending the data.
  return { [code]: message.replace("Confirm the file again", "Send the data again") };
}
