/** Files that have versions, and the projects they belong to. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./accounts.ts";
import { json, time } from "./columns.ts";
import { files } from "./uploads.ts";

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
