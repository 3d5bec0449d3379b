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

export const JOB_TYPES = ["ingest", "profile", "compare", "analysis", "export"] as const;
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

/** What datasets and experiments belong to. */
export const projects = sqliteTable(
  "projects",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    description: text("description"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [index("projects_user").on(t.userId, t.createdAt)],
);

/** A file that has versions. */
export const datasets = sqliteTable(
  "datasets",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    name: text("name").notNull(),
    description: text("description"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [index("datasets_user").on(t.userId, t.createdAt), index("datasets_project").on(t.projectId, t.createdAt)],
);

/** One version of a dataset: a file whose bytes and table never change. Numbers count from 0 within the dataset. */
export const datasetVersions = sqliteTable(
  "dataset_versions",
  {
    id: text("id").primaryKey(),
    datasetId: text("dataset_id")
      .notNull()
      .references(() => datasets.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    version: integer("version").notNull(),
    description: text("description"),
    fileId: text("file_id")
      .notNull()
      .references(() => files.id),
    /** The id under which the stored bytes are known. */
    artifactId: text("artifact_id").notNull().unique(),
    /** Score and checks, as computed when the version came in. */
    quality: json<Record<string, unknown>>("quality"),
    createdAt: time("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("dataset_versions_number").on(t.datasetId, t.version),
    index("dataset_versions_file").on(t.fileId),
  ],
);

/** A training run on a dataset version, as the system that ran it registered it. */
export const experiments = sqliteTable(
  "experiments",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    datasetVersionId: text("dataset_version_id").references(() => datasetVersions.id),
    name: text("name").notNull(),
    targetColumn: text("target_column"),
    problemType: text("problem_type"),
    status: text("status").notNull(),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [index("experiments_user").on(t.userId, t.createdAt), index("experiments_version").on(t.datasetVersionId)],
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
    experimentId: text("experiment_id").references(() => experiments.id, { onDelete: "set null" }),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [index("models_user").on(t.userId, t.createdAt), index("models_experiment").on(t.experimentId)],
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

/** Which dataset versions a model was made from; while a row is here the version cannot be deleted. */
export const modelDatasetVersions = sqliteTable(
  "model_dataset_versions",
  {
    modelId: text("model_id")
      .notNull()
      .references(() => models.id, { onDelete: "cascade" }),
    datasetVersionId: text("dataset_version_id")
      .notNull()
      .references(() => datasetVersions.id),
  },
  (t) => [
    primaryKey({ columns: [t.modelId, t.datasetVersionId] }),
    index("model_dataset_versions_version").on(t.datasetVersionId),
  ],
);

/** A model in use, as the system that serves it registered it. */
export const deployments = sqliteTable(
  "deployments",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    modelId: text("model_id")
      .notNull()
      .references(() => models.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    stage: text("stage").notNull(),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [index("deployments_user").on(t.userId, t.createdAt), index("deployments_model").on(t.modelId)],
);

/** What was made from what: one OpenLineage run event each. */
export const lineageEvents = sqliteTable(
  "lineage_events",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** `query`, `export`, `ingest` or `derive`. */
    kind: text("kind").notNull(),
    /** The run: a query, job or version id. */
    runId: text("run_id").notNull(),
    inputs: json<{ kind: string; id: string; name: string }[]>("inputs").notNull(),
    outputs: json<{ kind: string; id: string; name: string }[]>("outputs").notNull(),
    facets: json<Record<string, unknown>>("facets").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [uniqueIndex("lineage_run").on(t.runId, t.kind), index("lineage_user").on(t.userId, t.createdAt)],
);

/** One file of an export, ready to be downloaded. */
export interface ExportedFile {
  filename: string;
  objectKey: string;
  sizeBytes: number;
  contentType: string;
}

/** Data on its way out. Its job has the same fate; the files are kept for some days. */
export const exports = sqliteTable(
  "exports",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    jobId: text("job_id").notNull(),
    uploadId: text("upload_id"),
    sessionId: text("session_id"),
    format: text("format"),
    /** What was asked for, as the route validated it. */
    request: json<Record<string, unknown>>("request").notNull(),
    files: json<ExportedFile[]>("files"),
    createdAt: time("created_at").notNull(),
    completedAt: time("completed_at"),
    expiresAt: time("expires_at"),
    /** When its files were removed from R2. */
    removedAt: time("removed_at"),
  },
  (t) => [
    index("exports_user").on(t.userId, t.createdAt),
    uniqueIndex("exports_job").on(t.jobId),
    index("exports_expiry").on(t.removedAt, t.expiresAt),
  ],
);

/** A chart that was drawn: its data and pictures are in R2. */
export const visualizations = sqliteTable(
  "visualizations",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    jobId: text("job_id"),
    type: text("type").notNull(),
    title: text("title").notNull(),
    /** The chart's specification with its data, as JSON in R2. */
    objectKey: text("object_key").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [index("visualizations_user").on(t.userId, t.createdAt), index("visualizations_job").on(t.jobId)],
);

/** A CSV session of the CSV API: its files are an upload's. */
export const csvSessions = sqliteTable(
  "csv_sessions",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** As its user named it. */
    sessionId: text("session_id").notNull(),
    uploadId: text("upload_id")
      .notNull()
      .references(() => uploads.id),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [uniqueIndex("csv_sessions_name").on(t.userId, t.sessionId)],
);

/** A file of a CSV session: stored under a UUID name, known by the name that it came with. */
export const csvFiles = sqliteTable(
  "csv_files",
  {
    id: text("id").primaryKey(),
    csvSessionId: text("csv_session_id")
      .notNull()
      .references(() => csvSessions.id, { onDelete: "cascade" }),
    fileId: text("file_id")
      .notNull()
      .references(() => files.id, { onDelete: "cascade" }),
    originalFilename: text("original_filename").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [index("csv_files_session").on(t.csvSessionId, t.createdAt)],
);

/** An organisation of the Files API: its members share their files. */
export const organizations = sqliteTable("organizations", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  createdAt: time("created_at").notNull(),
});

export const organizationMembers = sqliteTable(
  "organization_members",
  {
    organizationId: text("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
  },
  (t) => [primaryKey({ columns: [t.organizationId, t.userId] }), index("organization_members_user").on(t.userId)],
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
