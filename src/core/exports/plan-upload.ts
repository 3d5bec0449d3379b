import type { CsvDialect } from "../../formats/csv/dialect.ts";
import { MAX_COLUMNS as XLSX_COLUMNS, MAX_ROWS as XLSX_ROWS } from "../../formats/excel/cells.ts";
import { isPlainUtf8 } from "../../formats/text-encoding.ts";
import type { FileWithTables } from "../../storage/uploads.ts";
import { AppError, type FieldFault, invalidField } from "../errors.ts";
import type { CellMap } from "../ingest/find-tables.ts";
import type { Caller, Services } from "../services.ts";
import { sessionSource } from "../tables/session-source.ts";
import { getUpload } from "../uploads/get-upload.ts";
import { type ExportFormat, MEDIA_TYPES, nearestFormat, withoutCompression } from "./export-format.ts";
import { ExportNames } from "./export-names.ts";
import type { PlannedFile } from "./export-plan.ts";

export interface UploadExport {
  uploadId: string;
  /** Names of files of the upload; all that could be read unless given. */
  files?: readonly string[] | undefined;
  /** Each file's own format unless given. */
  format?: ExportFormat | undefined;
  includeHeaders: boolean;
}

/**
 * Settles which files the export of an upload will have.
 *
 * A file's own bytes, decompressed, are its export where they are the same as what would be written: no row was set aside, nothing was
 * transformed, the file is not an archive of several, and the format is the asked one (any, when none was asked for; JSON is always
 * written anew when it was, CSV unless it is UTF-8 with commas, double quotes and one header line from the start). Everything else is
 * written from the tables, one file a table.
 *
 * @throws AppError `not_found`; `validation_failed` for names that are not the upload's and tables larger than an Excel sheet;
 * `resource_conflict` while the upload is not parsed, or when a named file could not be.
 */
export async function planUpload(services: Services, caller: Caller, input: UploadExport): Promise<PlannedFile[]> {
  const { files } = await getUpload(services, caller, input.uploadId);
  const chosen = chooseFiles(files, input.files);
  const names = new ExportNames();
  const planned: PlannedFile[] = [];
  for (const file of chosen) {
    const mediaType = await originalMediaType(services, file, input);
    if (mediaType !== undefined) {
      planned.push({ filename: names.keepName(withoutCompression(file.name)), content: originalOf(file, mediaType) });
      continue;
    }
    const format = input.format ?? nearestFormat(file);
    for (const table of file.tables) {
      if (format === "xlsx") checkSheet(file.name, table);
      planned.push({
        filename: names.nameTable(
          file.name,
          file.tables.length > 1 ? (table.name ?? `${table.ordinal + 1}`) : null,
          format,
        ),
        content: { kind: "table", format, source: sessionSource("data", table), rowCount: table.rowCount },
      });
    }
  }
  return planned;
}

function chooseFiles(files: readonly FileWithTables[], wanted: readonly string[] | undefined): FileWithTables[] {
  const busy = (wanted ? files.filter((file) => wanted.includes(file.name)) : files).find(
    (file) => file.status === "pending" || file.status === "processing",
  );
  if (wanted) {
    const faults = wanted.flatMap((name, i): FieldFault[] =>
      files.some((file) => file.name === name)
        ? []
        : [
            {
              path: `files[${i}]`,
              message: `“${name}” is not a file of this upload; it has ${files.map((file) => `“${file.name}”`).join(", ")}.`,
            },
          ],
    );
    const first = faults[0];
    if (first) throw new AppError("validation_failed", `${first.path}: ${first.message}`, { errors: faults });
  }
  if (busy)
    throw new AppError(
      "resource_conflict",
      `“${busy.name}” is ${busy.status === "pending" ? "not uploaded and confirmed yet" : "still being processed"}. Export it once its status is “complete”.`,
      busy.status === "processing" ? { retryAfterSeconds: 2 } : {},
    );
  const chosen = files.filter((file) => (wanted ? wanted.includes(file.name) : file.status === "complete"));
  const failed = chosen.find((file) => file.status === "failed") ?? (chosen.length === 0 ? files[0] : undefined);
  if (failed)
    throw new AppError(
      "resource_conflict",
      `“${failed.name}” could not be read, so there is nothing to export. ${failed.problem?.message ?? ""}`.trim(),
    );
  return chosen;
}

/** What the original bytes of a file would be served as; undefined when they are not its export. */
async function originalMediaType(
  services: Services,
  file: FileWithTables,
  { format, includeHeaders }: UploadExport,
): Promise<string | undefined> {
  if (file.rejectCount > 0 || hasOptions(file) || file.etag === null || file.compression === "zip") return undefined;
  if (format !== undefined && (format !== file.format || file.tables.length > 1)) return undefined;
  switch (file.format) {
    case "csv":
      return includeHeaders ? originalCsvType(services, file, format) : undefined;
    case "json":
      return format === undefined ? MEDIA_TYPES[nearestFormat(file)] : undefined;
    case "arrow": {
      if (file.compression) return undefined;
      const isFile = await beginsWith(services, file, "ARROW1");
      return isFile ? MEDIA_TYPES.arrow : format === undefined ? "application/vnd.apache.arrow.stream" : undefined;
    }
    case "xlsx":
      return format === undefined || /\.xlsx$/i.test(withoutCompression(file.name)) ? MEDIA_TYPES.xlsx : undefined;
    case "xls":
      return "application/vnd.ms-excel";
    case "orc":
      return "application/vnd.apache.orc";
    case "parquet":
      return MEDIA_TYPES.parquet;
    default:
      return undefined;
  }
}

async function originalCsvType(services: Services, file: FileWithTables, format: ExportFormat | undefined) {
  const key = file.tables[0]?.previewKey;
  const cells = key ? await services.bucket.get(key) : null;
  if (!cells) return undefined;
  const { dialect } = await cells.json<CellMap>();
  if (format !== undefined) return isPlainCsv(dialect) ? MEDIA_TYPES.csv : undefined;
  const type = dialect.delimiter === "\t" ? "text/tab-separated-values" : "text/csv";
  return dialect.headerRecords > 0 ? `${type}; charset=${dialect.encoding}; header=present` : undefined;
}

async function beginsWith(services: Services, file: FileWithTables, magic: string): Promise<boolean> {
  const object = await services.bucket.get(file.objectKey, { range: { offset: 0, length: magic.length } });
  return object !== null && (await object.text()) === magic;
}

function hasOptions(file: FileWithTables): boolean {
  return file.options !== null && Object.keys(file.options).length > 0;
}

function isPlainCsv(dialect: CsvDialect): boolean {
  return (
    isPlainUtf8(dialect) &&
    dialect.delimiter === "," &&
    !dialect.collapse &&
    dialect.quote === '"' &&
    dialect.escape === '"' &&
    dialect.comment === "" &&
    dialect.decimal === "." &&
    dialect.thousands === "" &&
    dialect.skipLines === 0 &&
    dialect.headerRecords === 1 &&
    !dialect.padShort &&
    !dialect.trailingDelimiter
  );
}

function originalOf(file: FileWithTables, contentType: string): PlannedFile["content"] {
  return {
    kind: "original",
    contentType,
    object: { key: file.objectKey, etag: file.etag ?? "", sizeBytes: file.sizeBytes ?? 0 },
    compressed: file.compression !== null,
    rowCount: file.tables.reduce((sum, table) => sum + table.rowCount, 0),
  };
}

function checkSheet(filename: string, table: FileWithTables["tables"][number]): void {
  if (table.rowCount + 1 > XLSX_ROWS)
    throw invalidField(
      "format",
      `“${filename}” has ${table.rowCount} rows; an Excel sheet holds ${XLSX_ROWS - 1} below its header. Export it as CSV or Parquet.`,
    );
  if (table.columnCount > XLSX_COLUMNS)
    throw invalidField(
      "format",
      `“${filename}” has ${table.columnCount} columns; an Excel sheet holds ${XLSX_COLUMNS}. Export it as CSV or Parquet.`,
    );
}
