import { type AsyncRecordBatchStreamReader, RecordBatchReader } from "apache-arrow";
import { writeXlsx } from "../../formats/excel/write-xlsx.ts";
import { AppError } from "../errors.ts";
import type { Services } from "../services.ts";
import { queryTable } from "../tables/query-table.ts";
import type { ReadyVersion } from "./find-version.ts";

export type DownloadFormat = "csv" | "xlsx";

interface DownloadedFile {
  contentType: string;
  filename: string;
}

const CONTENT_TYPES = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};
/** What a name may not hold so that it names a file everywhere. */
const UNSAFE = /[/\\\p{Cc}]+/gu;
/** A sheet has 1,048,576 rows, the column names among them. */
const MOST_SHEET_ROWS = 1_048_575;
const MOST_SHEET_COLUMNS = 16_384;
const TIME_LIMIT_SECONDS = 3_600;

/** The object that was uploaded, where it is of that format already. */
export function findOriginal(
  version: ReadyVersion,
  format: DownloadFormat,
): (DownloadedFile & { key: string }) | undefined {
  if (!isStoredAs(version, format)) return undefined;
  const about = describeDownload(version, format);
  return { ...about, contentType: format === "csv" ? "text/csv" : about.contentType, key: version.file.objectKey };
}

/**
 * A version as a file that is written from its table as it is read.
 *
 * @throws AppError `validation_failed` for a table that a sheet cannot hold.
 */
export async function writeVersion(
  services: Services,
  version: ReadyVersion,
  format: DownloadFormat,
): Promise<DownloadedFile & { body: ReadableStream<Uint8Array> }> {
  const { dataset, table } = version;
  const about = describeDownload(version, format);
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
  if (format === "csv") return { ...about, body };
  const reader = (await RecordBatchReader.from(body)) as AsyncRecordBatchStreamReader;
  await reader.open();
  return { ...about, body: writeXlsx(reader.schema, reader, { sheetName: dataset.name }) };
}

function describeDownload({ dataset }: ReadyVersion, format: DownloadFormat): DownloadedFile {
  return { contentType: CONTENT_TYPES[format], filename: `${dataset.name.replace(UNSAFE, "_")}.${format}` };
}

function isStoredAs({ file, tableCount }: ReadyVersion, format: DownloadFormat): boolean {
  if (file.format !== format || file.compression !== null || tableCount !== 1) return false;
  const isNamedSo = file.name.toLowerCase().endsWith(`.${format}`);
  return isNamedSo || file.contentType.toLowerCase().startsWith(format === "csv" ? "text/csv" : CONTENT_TYPES.xlsx);
}
