/** Files that came in, by whichever door, and the tables that were read from them. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { organizations, users } from "./accounts.ts";
import { json, time } from "./columns.ts";

export const UPLOAD_STATUSES = ["pending", "processing", "complete", "failed"] as const;
export type UploadStatus = (typeof UPLOAD_STATUSES)[number];

/** A group of files that came in together. */
export const uploads = sqliteTable(
  "uploads",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name"),
    description: text("description"),
    status: text("status", { enum: UPLOAD_STATUSES }).notNull(),
    createdAt: time("created_at").notNull(),
    /** When the presigned URLs of a pending upload end. */
    expiresAt: time("expires_at"),
    confirmedAt: time("confirmed_at"),
    completedAt: time("completed_at"),
  },
  (t) => [
    index("uploads_user").on(t.userId, t.createdAt, t.id),
    index("uploads_user_status").on(t.userId, t.status, t.createdAt),
    index("uploads_pending").on(t.status, t.expiresAt),
  ],
);

export const FILE_STATUSES = ["pending", "processing", "complete", "failed"] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/** What went wrong with a file, for its owner to read. */
export interface FileProblem {
  code: string;
  message: string;
}

/** One raw object in R2 and what is known of it. Belongs to an upload, or (other doors) stands alone. */
export const files = sqliteTable(
  "files",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    uploadId: text("upload_id").references(() => uploads.id, { onDelete: "cascade" }),
    ordinal: integer("ordinal").notNull(),
    name: text("name").notNull(),
    contentType: text("content_type").notNull(),
    /** Bytes the client announced, if it did. */
    declaredBytes: integer("declared_bytes"),
    /** Bytes in R2, once confirmed. */
    sizeBytes: integer("size_bytes"),
    objectKey: text("object_key").notNull().unique(),
    etag: text("etag"),
    format: text("format"),
    compression: text("compression"),
    status: text("status", { enum: FILE_STATUSES }).notNull(),
    problem: json<FileProblem>("problem"),
    /** How its owner wants it read: parser options and transforms, as the door it came by names them. */
    options: json<Record<string, unknown>>("options"),
    /** What its owner should know although it was read, such as a declared type that the bytes are not. */
    remarks: json<string[]>("remarks"),
    /** Rows set aside because they do not parse. */
    rejectCount: integer("reject_count").notNull().default(0),
    /** The first of them as NDJSON, in R2. */
    rejectsKey: text("rejects_key"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [uniqueIndex("files_upload_name").on(t.uploadId, t.name), index("files_user").on(t.userId, t.createdAt)],
);

/** What one column of a parsed table holds. */
export interface ColumnInfo {
  name: string;
  /** The Data API's type names. */
  type: "string" | "integer" | "float" | "boolean" | "date" | "datetime" | "time" | "json";
  /** DuckDB's type, as `duckdb_columns()` prints it. */
  duckdbType: string;
  nullable: boolean;
  unique: boolean;
  /** Share of the non-null cells that are of this type, 0 to 1; the others' rows were set aside. */
  confidence: number;
  /** The pandas dtype; known once the table's statistics are, since categories are told by their values. */
  dtype?: "int64" | "float64" | "object" | "bool" | "datetime64" | "category";
}

/** One parsed table of a file: a DuckDB database file in R2 that never changes. */
export const tables = sqliteTable(
  "tables",
  {
    id: text("id").primaryKey(),
    fileId: text("file_id")
      .notNull()
      .references(() => files.id, { onDelete: "cascade" }),
    ordinal: integer("ordinal").notNull(),
    /** As the file names it (sheet, archive member); null for the only table of its file. */
    name: text("name"),
    rowCount: integer("row_count").notNull(),
    columnCount: integer("column_count").notNull(),
    objectKey: text("object_key").notNull(),
    objectBytes: integer("object_bytes").notNull(),
    columns: json<ColumnInfo[]>("columns").notNull(),
    rejectCount: integer("reject_count").notNull(),
    /** Its statistics as JSON in R2, once they are made. */
    profileKey: text("profile_key"),
    /** How to show the original cells (CSV: dialect and row offsets), as JSON in R2. */
    previewKey: text("preview_key"),
    createdAt: time("created_at").notNull(),
  },
  (t) => [uniqueIndex("tables_file_ordinal").on(t.fileId, t.ordinal)],
);

/** A file of the Files API: it exists before its bytes do, and may get others later. */
export const filesApiFiles = sqliteTable(
  "files_api_files",
  {
    /** 32 hexadecimal digits. */
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    organizationId: text("organization_id").references(() => organizations.id),
    name: text("name").notNull(),
    description: text("description").notNull(),
    fileType: text("file_type").notNull(),
    fileCompression: text("file_compression").notNull(),
    parserOptions: json<Record<string, unknown>>("parser_options").notNull(),
    sqlTransforms: json<unknown>("sql_transforms"),
    agentName: text("agent_name").notNull(),
    agentVersion: text("agent_version").notNull(),
    /** The bytes it has now and their parse; null before the first upload. Where the bytes were dropped again, the row has no etag. */
    fileId: text("file_id").references(() => files.id, { onDelete: "set null" }),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [
    index("files_api_user").on(t.userId, t.createdAt),
    index("files_api_organization").on(t.organizationId, t.createdAt),
    index("files_api_file").on(t.fileId),
  ],
);

/** Objects in R2 that no row points to any more. Cron removes them, so that a delete which dies halfway leaves nothing behind. */
export const objectsToDelete = sqliteTable("objects_to_delete", {
  key: text("key").primaryKey(),
  createdAt: time("created_at").notNull().default(sql`(unixepoch() * 1000)`),
});
