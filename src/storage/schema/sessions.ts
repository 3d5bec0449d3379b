/** Query sessions, and the sessions of the CSV API. */
import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./accounts.ts";
import { json, time } from "./columns.ts";
import { files, uploads } from "./uploads.ts";

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
