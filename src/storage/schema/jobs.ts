/** Work that objects do, and what comes of it: exports and pictures. */
import { index, integer, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./accounts.ts";
import { json, time } from "./columns.ts";
import type { FileProblem } from "./uploads.ts";

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
