import { type AsyncRecordBatchStreamReader, RecordBatchReader } from "apache-arrow";
import { writeXlsx } from "../../formats/excel/write-xlsx.ts";
import { AppError } from "../errors.ts";
import type { Services } from "../services.ts";
import { queryTable } from "../tables/query-table.ts";
import type { ReadyVersion } from "./find-version.ts";

export type DownloadFormat = "csv" | "xlsx";

export interface Download {
  body: ReadableStream<Uint8Array>;
  contentType: string;
  filename: string;
  /** Known when the stored bytes go out as they are. */
  sizeBytes: number | undefined;
}

const CONTENT_TYPES = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};
/** A sheet has 1,048,576 rows, the column names among them. */
const MOST_SHEET_ROWS = 1_048_575;
const MOST_SHEET_COLUMNS = 16_384;
const TIME_LIMIT_SECONDS = 3_600;

/**
 * A version as a file: the bytes that were uploaded when they are of that format, else written from its table as they are read.
 *
 * @throws AppError `validation_failed` for a table that a sheet cannot hold.
 */
export async function downloadVersion(
  services: Services,
  version: ReadyVersion,
  format: DownloadFormat,
): Promise<Download> {
  const { dataset, table } = version;
  const about = { contentType: CONTENT_TYPES[format], filename: `${dataset.name}.${format}` };
  if (isStoredAs(version, format)) {
    const object = await services.bucket.get(version.file.objectKey);
    if (!object) throw new AppError("resource_conflict", "The dataset was deleted meanwhile.");
    const contentType = format === "csv" ? "text/csv" : about.contentType;
    return { ...about, contentType, body: object.body, sizeBytes: object.size };
  }
  if (format === "xlsx" && (table.rowCount > MOST_SHEET_ROWS || table.columnCount > MOST_SHEET_COLUMNS))
    throw new AppError(
      "validation_failed",
      `format: the table has ${table.rowCount} rows and ${table.columnCount} columns, more than an Excel sheet holds. Download it as CSV.`,
      { errors: [{ path: "format", message: "Use csv." }] },
    );
  const { body } = await queryTable(services, table, (name) => `SELECT * FROM ${name}`, {
    format: format === "csv" ? "csv" : "arrow",
    maxBytes: Number.MAX_SAFE_INTEGER,
    timeLimitSeconds: TIME_LIMIT_SECONDS,
  });
  if (format === "csv") return { ...about, body, sizeBytes: undefined };
  const reader = (await RecordBatchReader.from(body)) as AsyncRecordBatchStreamReader;
  await reader.open();
  return { ...about, body: writeXlsx(reader.schema, reader, { sheetName: dataset.name }), sizeBytes: undefined };
}

function isStoredAs({ file, tableCount }: ReadyVersion, format: DownloadFormat): boolean {
  if (file.format !== format || file.compression !== null || tableCount !== 1) return false;
  const isNamedSo = file.name.toLowerCase().endsWith(`.${format}`);
  return isNamedSo || file.contentType.toLowerCase().startsWith(format === "csv" ? "text/csv" : CONTENT_TYPES.xlsx);
}
