import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type AddedVersion, createDataset, createVersion } from "../../core/datasets/add-version.ts";
import { notesOf } from "../../core/datasets/read-version.ts";
import { datasetTooLarge } from "../../core/datasets/receive-dataset-file.ts";
import { AppError } from "../../core/errors.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { parseForm } from "../multipart/parse-form.ts";
import { datasetParams, EXAMPLE_IDS, QualityIssue } from "./shapes.ts";
import { answerPending, patienceOf, pendingAnswer, preferHeader } from "./waiting.ts";

/** What boundaries, part headers and fields may add to the file of a form. */
const FORM_OVERHEAD_BYTES = 1_000_000;
/** A description has at most 10,000 characters of at most four bytes. */
const MAX_FIELD_BYTES = 64 * 1024;

const file = z.string().openapi({ format: "binary" });

const NewDataset = z
  .object({
    project_id: z.string().openapi({ example: EXAMPLE_IDS.project }),
    name: z.string().openapi({ example: "Transactions Q4" }),
    description: z.string().optional().openapi({ example: "Credit card transactions from Q4 2025" }),
    file,
  })
  .openapi("NewDataset");

const NewVersion = z
  .object({ description: z.string().openapi({ example: "Added January transactions" }), file })
  .openapi("NewDatasetVersion");

const Quality = z
  .object({ overall_score: z.number().openapi({ example: 92.5 }), issues: z.array(QualityIssue) })
  .nullable()
  .openapi({ description: "Null when the statistics could not be computed." });

const counts = {
  version: z.number().int().openapi({ example: 0 }),
  row_count: z.number().int().openapi({ example: 50000 }),
  column_count: z.number().int().openapi({ example: 15 }),
  quality: Quality,
  notes: z.array(z.string()).openapi({ description: "What to know of how the file was read." }),
};

const UploadedDataset = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.dataset }),
    dataset_id: z.string().openapi({ example: EXAMPLE_IDS.dataset }),
    dataset_version_id: z.string().openapi({ example: EXAMPLE_IDS.version }),
    artifact_id: z.string().openapi({ example: EXAMPLE_IDS.artifact }),
    ...counts,
  })
  .openapi("UploadedDataset");

const UploadedVersion = z
  .object({
    dataset_version_id: z.string().openapi({ example: EXAMPLE_IDS.version }),
    dataset_id: z.string().openapi({ example: EXAMPLE_IDS.dataset }),
    artifact_id: z.string().openapi({ example: EXAMPLE_IDS.artifact }),
    ...counts,
  })
  .openapi("UploadedDatasetVersion");

const DESCRIPTION =
  "The file is streamed: CSV, TSV, JSON, NDJSON, Parquet, Arrow, ORC, XLSX or XLS, also compressed. The parts may come in any order. " +
  "The answer waits up to 60 seconds for the file to be read and assessed. A file that cannot be read is a 422, and nothing of it is kept.";

const upload = createRoute({
  method: "post",
  path: "/api/datasets/upload",
  operationId: "uploadDataset",
  tags: ["Datasets"],
  summary: "Upload a file as a new dataset",
  description: DESCRIPTION,
  request: {
    headers: preferHeader,
    body: { required: true, content: { "multipart/form-data": { schema: NewDataset } } },
  },
  responses: {
    201: json(UploadedDataset, "The dataset with its first version."),
    ...pendingAnswer,
    ...errorAnswers(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const uploadVersion = createRoute({
  method: "post",
  path: "/api/datasets/{dataset_id}/versions",
  operationId: "uploadDatasetVersion",
  tags: ["Datasets"],
  summary: "Upload a new version of a dataset",
  description: DESCRIPTION,
  request: {
    params: datasetParams,
    headers: preferHeader,
    body: { required: true, content: { "multipart/form-data": { schema: NewVersion } } },
  },
  responses: {
    201: json(UploadedVersion, "The version."),
    ...pendingAnswer,
    ...errorAnswers(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

/** POST /api/datasets/upload and POST /api/datasets/{dataset_id}/versions. Their bodies are streamed, so no validator may read them. */
export function registerUploadDataset(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(upload);
  app.post("/api/datasets/upload", async (c) => {
    const { services, caller } = c.var;
    const added = await createDataset(services, caller, readForm(c), () => patienceOf(c));
    const ids = {
      id: added.datasetId,
      dataset_id: added.datasetId,
      dataset_version_id: added.versionId,
      artifact_id: added.artifactId,
    };
    return answer(c, added, ids);
  });

  app.openAPIRegistry.registerPath(uploadVersion);
  app.post("/api/datasets/:dataset_id/versions", async (c) => {
    const { services, caller } = c.var;
    const added = await createVersion(services, caller, c.req.param("dataset_id"), readForm(c), () => patienceOf(c));
    const ids = {
      dataset_version_id: added.versionId,
      dataset_id: added.datasetId,
      artifact_id: added.artifactId,
    };
    return answer(c, added, ids);
  });
}

/** The parts of the form; nothing is read or refused before the first is asked for. */
async function* readForm(c: Context<AppEnv>) {
  const { MAX_DATASET_UPLOAD_BYTES } = c.var.services.limits;
  const type = c.req.header("content-type") ?? "";
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(type))
    throw new AppError(
      "unsupported_media_type",
      `Send the file in a form (Content-Type: multipart/form-data), not ${type === "" ? "a body without Content-Type" : `“${type.slice(0, 100)}”`}.`,
    );
  if (Number(c.req.header("content-length") ?? 0) > MAX_DATASET_UPLOAD_BYTES + FORM_OVERHEAD_BYTES)
    throw datasetTooLarge(MAX_DATASET_UPLOAD_BYTES);
  yield* parseForm(c.req.raw, { maxParts: 100, maxFieldBytes: MAX_FIELD_BYTES });
}

function answer(c: Context<AppEnv>, added: AddedVersion, ids: Record<string, string>): Response {
  const { pending, detail, quality, number } = added;
  if (pending) return answerPending(c, pending, { ...ids, version: number });
  if (!detail?.table) throw new Error("A version that has come in has no table.");
  const { table } = detail;
  c.header("location", `${c.var.services.origin}/api/dataset-versions/${added.versionId}`);
  return c.json(
    {
      ...ids,
      version: number,
      row_count: table.rowCount,
      column_count: table.columnCount,
      quality: quality && { overall_score: quality.overall_score, issues: quality.issues },
      notes: notesOf({ ...detail, table }),
    },
    201,
  );
}
