import { z } from "@hono/zod-openapi";
import type { CsvFileDetail, CsvSessionDetail } from "../../storage/csv-sessions.ts";
import { FILE_STATUSES } from "../../storage/schema.ts";

/** The wire shapes of the CSV API. Beside the document's fields: the upload behind a session, and how far a file is. */

export const SessionId = z.string().openapi({
  example: "my_session_123",
  description: "Up to 128 letters (A–Z), digits, “_”, “-”, “.” and “:”; not “.” or “:” first.",
});

const Timestamp = z.string().datetime().openapi({ example: "2026-01-01T12:00:00.000Z" });

export const CsvFileShape = z
  .object({
    id: z.string().openapi({ example: "0b6f3f0a-5c1e-4c1b-9a53-6a8d0c1d6f10" }),
    filename: z
      .string()
      .openapi({ example: "7f0f3f0e-9d0b-4f43-8c57-0d3f4f3a2b11.csv", description: "As it is stored." }),
    original_filename: z.string().openapi({ example: "data.csv" }),
    file_size: z.number().int().openapi({ example: 1024, description: "Bytes." }),
    content_type: z.string().openapi({ example: "text/csv" }),
    created_at: Timestamp,
    status: z.enum(FILE_STATUSES).openapi({ description: "“complete” once it can be queried." }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .openapi("CsvFile");

export const CsvSessionShape = z
  .object({
    id: z.string().openapi({ example: "5a8f7f5c-2f8e-4c43-9a53-6a8d0c1d6f10" }),
    session_id: SessionId,
    upload_id: z.string().openapi({
      example: "upload_abc123def456",
      description: "What query sessions, profiles and exports call these files.",
    }),
    created_at: Timestamp,
    updated_at: Timestamp,
    csv_files: z.array(CsvFileShape),
  })
  .openapi("CsvSession");

export function describeCsvFile({ csvFile, file }: CsvFileDetail): z.infer<typeof CsvFileShape> {
  return {
    id: csvFile.id,
    filename: `${file.objectKey.slice(file.objectKey.lastIndexOf("/") + 1)}.csv`,
    original_filename: csvFile.originalFilename,
    file_size: file.sizeBytes ?? 0,
    content_type: file.contentType,
    created_at: csvFile.createdAt.toISOString(),
    status: file.status,
    error: file.problem,
  };
}

export function describeCsvSession({ session, files }: CsvSessionDetail): z.infer<typeof CsvSessionShape> {
  return {
    id: session.id,
    session_id: session.sessionId,
    upload_id: session.uploadId,
    created_at: session.createdAt.toISOString(),
    updated_at: session.updatedAt.toISOString(),
    csv_files: files.map(describeCsvFile),
  };
}
