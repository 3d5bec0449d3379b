/** What was trained on which data and where it is in use, and what was made from what. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./accounts.ts";
import { json, time } from "./columns.ts";
import { datasetVersions, projects } from "./datasets.ts";
import { uploads } from "./uploads.ts";

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
