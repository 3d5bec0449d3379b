import { z } from "@hono/zod-openapi";
import type { FileTarget } from "../../core/uploads/create-upload.ts";
import type { UploadDetail } from "../../core/uploads/get-upload.ts";
import { UPLOAD_STATUSES } from "../../storage/schema.ts";
import type { FileWithTables, ListedFile, UploadRow } from "../../storage/uploads.ts";

/** The wire shapes of the Data API, versions 1 and 2. */

export const timestamp = (date: Date) => date.toISOString();

const Timestamp = z.string().datetime().openapi({ example: "2026-05-01T12:00:00.000Z" });

export const ColumnShape = z
  .object({
    name: z.string(),
    type: z.enum(["string", "integer", "float", "boolean", "date", "datetime", "time", "json"]),
    nullable: z.boolean(),
    unique: z.boolean(),
    confidence: z.number().openapi({
      description: "Share of the non-empty cells that are of this type, 0 to 1. The other rows were set aside.",
    }),
  })
  .openapi("Column");

export const ProblemShape = z.object({ code: z.string(), message: z.string() }).openapi("FileProblem");

/** Facts of a file that both versions' listings carry. */
const FileFacts = {
  filename: z.string().openapi({ example: "customers.csv" }),
  size: z.number().int().nullable().openapi({ description: "Bytes (v1)." }),
  size_bytes: z.number().int().nullable().openapi({ description: "Bytes (v2)." }),
  rows: z.number().int().nullable(),
  columns: z.number().int().nullable(),
  status: z.enum(["pending", "processing", "complete", "failed"]),
};

export const FileSummary = z.object(FileFacts).openapi("FileSummary");

export const TableShape = z
  .object({
    name: z.string().nullable(),
    rows: z.number().int(),
    columns: z.number().int(),
    rejected_rows: z.number().int(),
    column_info: z.array(ColumnShape),
  })
  .openapi("Table");

export const FileDetail = z
  .object({
    ...FileFacts,
    column_info: z.array(ColumnShape),
    rejected_rows: z
      .number()
      .int()
      .openapi({ description: "Rows set aside because they do not parse; see rejects_url." }),
    tables: z.array(TableShape).optional().openapi({ description: "Given when the file holds several tables." }),
    error: ProblemShape.nullable(),
    remarks: z.array(z.string()),
    preview_url: z.string(),
    rejects_url: z.string(),
    s3_key: z.string(),
    content_type: z.string(),
    created_at: Timestamp,
  })
  .openapi("FileDetail");

export const UploadSummary = z
  .object({
    upload_id: z.string().openapi({ example: "upload_abc123def456" }),
    name: z.string().nullable(),
    description: z.string().nullable(),
    created_at: Timestamp,
    status: z.enum(UPLOAD_STATUSES),
    files: z.array(FileSummary),
    created_by: z.string(),
  })
  .openapi("UploadSummary");

export const UploadShape = z
  .object({
    ...UploadSummary.shape,
    files: z.array(FileDetail),
    models_using_this: z.array(z.object({ model_id: z.string(), model_name: z.string(), version: z.string() })),
  })
  .openapi("Upload");

export const MultipartShape = z
  .object({
    upload_id: z.string(),
    part_size: z.number().int(),
    parts: z.array(z.object({ part_number: z.number().int(), url: z.string() })),
    complete_url: z.string(),
    abort_url: z.string(),
  })
  .openapi("MultipartUrls");

export const CreatedUpload = z
  .object({
    upload_id: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    status: z.enum(UPLOAD_STATUSES),
    created_at: Timestamp,
    files: z.array(
      z.object({
        filename: z.string(),
        presigned_url: z.string().openapi({ description: "PUT the file's bytes here." }),
        s3_key: z.string(),
        content_type: z.string(),
        multipart: MultipartShape.optional(),
      }),
    ),
    expires_at: Timestamp,
  })
  .openapi("CreatedUpload");

/** Rows and columns of a file: of its only table, or the sum over its tables and the widest. */
function summarizeFile(file: ListedFile): z.infer<typeof FileSummary> {
  const bytes = file.sizeBytes ?? file.declaredBytes;
  const parsed = file.status === "complete";
  return {
    filename: file.name,
    size: bytes,
    size_bytes: bytes,
    rows: parsed ? file.tables.reduce((sum, table) => sum + table.rowCount, 0) : null,
    columns: parsed ? Math.max(0, ...file.tables.map((table) => table.columnCount)) : null,
    status: file.status,
  };
}

function describeColumns(table: FileWithTables["tables"][number] | undefined): z.infer<typeof ColumnShape>[] {
  return (table?.columns ?? []).map(({ name, type, nullable, unique, confidence }) => ({
    name,
    type,
    nullable,
    unique,
    confidence,
  }));
}

function describeFile(file: FileWithTables, uploadId: string, origin: string): z.infer<typeof FileDetail> {
  const path = `${origin}/uploads/${uploadId}/files/${encodeURIComponent(file.name)}`;
  return {
    ...summarizeFile(file),
    column_info: describeColumns(file.tables[0]),
    rejected_rows: file.rejectCount,
    ...(file.tables.length > 1
      ? {
          tables: file.tables.map((table) => ({
            name: table.name,
            rows: table.rowCount,
            columns: table.columnCount,
            rejected_rows: table.rejectCount,
            column_info: describeColumns(table),
          })),
        }
      : {}),
    error: file.problem,
    remarks: file.remarks ?? [],
    preview_url: `${path}/preview`,
    rejects_url: `${path}/rejects`,
    s3_key: file.objectKey,
    content_type: file.contentType,
    created_at: timestamp(file.createdAt),
  };
}

/** An upload as it stands in a list. */
export function summarizeUpload(
  upload: UploadRow,
  files: readonly ListedFile[],
  email: string,
): z.infer<typeof UploadSummary> {
  return {
    upload_id: upload.id,
    name: upload.name,
    description: upload.description,
    created_at: timestamp(upload.createdAt),
    status: upload.status,
    files: files.map(summarizeFile),
    created_by: email,
  };
}

/** An upload alone: the union of v1's and v2's fields. */
export function describeUploadDetail(detail: UploadDetail, email: string, origin: string): z.infer<typeof UploadShape> {
  return {
    ...summarizeUpload(detail.upload, detail.files, email),
    files: detail.files.map((file) => describeFile(file, detail.upload.id, origin)),
    models_using_this: detail.models.map((model) => ({
      model_id: model.id,
      model_name: model.name,
      version: model.version,
    })),
  };
}

/** v2's answer to a new upload. */
export function describeCreatedUpload(
  upload: UploadRow,
  targets: readonly FileTarget[],
): z.infer<typeof CreatedUpload> {
  return {
    upload_id: upload.id,
    name: upload.name,
    description: upload.description,
    status: upload.status,
    created_at: timestamp(upload.createdAt),
    files: targets.map(({ file, presignedUrl, multipart }) => ({
      filename: file.name,
      presigned_url: presignedUrl,
      s3_key: file.objectKey,
      content_type: file.contentType,
      ...(multipart ? { multipart } : {}),
    })),
    expires_at: timestamp(upload.expiresAt ?? upload.createdAt),
  };
}
