import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * What D1 keeps: small rows only. Bytes, table files, rejects and row offsets are objects in R2, and these rows hold their keys.
 * All times are milliseconds since the epoch, UTC.
 */

const time = (name: string) => integer(name, { mode: "timestamp_ms" });
const json = <T>(name: string) => text(name, { mode: "json" }).$type<T>();

/** Who owns things. `number` is the Files API's `author`. */
export const users = sqliteTable("users", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  id: text("id").notNull().unique(),
  email: text("email").notNull().unique(),
  createdAt: time("created_at").notNull(),
});

export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    /** SHA-256 of the key, hexadecimal. The key itself is shown once and never stored. */
    hash: text("hash").notNull().unique(),
    /** The key's first characters, to tell keys apart in a list. */
    prefix: text("prefix").notNull(),
    scopes: json<Scope[]>("scopes").notNull(),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at"),
    revokedAt: time("revoked_at"),
    lastUsedAt: time("last_used_at"),
  },
  (t) => [index("api_keys_user").on(t.userId, t.createdAt)],
);

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
    /** How to show the original cells (CSV: dialect and row offsets), as JSON in R2. */
    previewKey: text("preview_key"),
    createdAt: time("created_at").notNull(),
  },
  (t) => [uniqueIndex("tables_file_ordinal").on(t.fileId, t.ordinal)],
);

export const SESSION_STATUSES = ["ready", "ended", "expired"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** A table as a session sees it. */
export interface SessionTable {
  /** The name queries use. */
  name: string;
  tableId: string;
  filename: string;
}

export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name"),
    uploadId: text("upload_id"),
    tables: json<SessionTable[]>("tables").notNull(),
    status: text("status", { enum: SESSION_STATUSES }).notNull(),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at").notNull(),
    endedAt: time("ended_at"),
  },
  (t) => [
    index("sessions_user").on(t.userId, t.status, t.createdAt),
    index("sessions_expiry").on(t.status, t.expiresAt),
  ],
);

export const JOB_TYPES = ["ingest", "analysis", "export"] as const;
export type JobType = (typeof JOB_TYPES)[number];
export const JOB_STATUSES = ["pending", "running", "completed", "failed", "cancelled"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Work done by a Workbench object named after the job's id. */
export const jobs = sqliteTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    type: text("type", { enum: JOB_TYPES }).notNull(),
    status: text("status", { enum: JOB_STATUSES }).notNull(),
    /** 0 to 1. */
    progress: real("progress").notNull(),
    /** What is being done now, in plain words. */
    message: text("message"),
    uploadId: text("upload_id"),
    fileId: text("file_id"),
    input: json<Record<string, unknown>>("input").notNull(),
    result: json<Record<string, unknown>>("result"),
    problem: json<FileProblem>("problem"),
    attempts: integer("attempts").notNull(),
    createdAt: time("created_at").notNull(),
    startedAt: time("started_at"),
    heartbeatAt: time("heartbeat_at"),
    completedAt: time("completed_at"),
  },
  (t) => [
    index("jobs_user").on(t.userId, t.createdAt, t.id),
    index("jobs_upload").on(t.uploadId),
    index("jobs_file").on(t.fileId),
    index("jobs_open").on(t.status, t.heartbeatAt),
  ],
);

/** A trained model, as the system that trained it registered it. */
export const models = sqliteTable(
  "models",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    algorithm: text("algorithm"),
    version: text("version").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [index("models_user").on(t.userId, t.createdAt)],
);

/** Which uploads a model was made from; while a row is here the upload cannot be deleted. */
export const modelUploads = sqliteTable(
  "model_uploads",
  {
    modelId: text("model_id")
      .notNull()
      .references(() => models.id, { onDelete: "cascade" }),
    uploadId: text("upload_id")
      .notNull()
      .references(() => uploads.id),
  },
  (t) => [primaryKey({ columns: [t.modelId, t.uploadId] }), index("model_uploads_upload").on(t.uploadId)],
);

/** Objects in R2 that no row points to any more. Cron removes them, so that a delete which dies halfway leaves nothing behind. */
export const objectsToDelete = sqliteTable("objects_to_delete", {
  key: text("key").primaryKey(),
  createdAt: time("created_at").notNull().default(sql`(unixepoch() * 1000)`),
});
