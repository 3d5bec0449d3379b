import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { deleteDataset } from "../../core/datasets/delete-dataset.ts";
import { findLatestVersion, getDataset } from "../../core/datasets/find-version.ts";
import { notesOf, previewVersion } from "../../core/datasets/read-version.ts";
import { getProject } from "../../core/projects/get-project.ts";
import { pageDatasets } from "../../storage/datasets.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { datasetParams, EXAMPLE_IDS } from "./shapes.ts";

const SORT_FIELDS = ["created_at", "name", "rows", "columns", "project_name"] as const;

const ListedDataset = z
  .object({
    id: z.string().openapi({ example: EXAMPLE_IDS.dataset }),
    name: z.string().openapi({ example: "Transactions Q4" }),
    description: z.string().nullable(),
    project_id: z.string().openapi({ example: EXAMPLE_IDS.project }),
    project_name: z.string().openapi({ example: "Fraud Detection v2" }),
    dataset_version_id: z.string().nullable().openapi({ example: EXAMPLE_IDS.version }),
    rows: z
      .number()
      .int()
      .nullable()
      .openapi({ example: 50000, description: "Null while the first file is being read." }),
    columns: z.number().int().nullable().openapi({ example: 15 }),
    created_at: z.string().openapi({ example: "2026-02-12T08:00:00.000Z" }),
    updated_at: z.string(),
  })
  .openapi("ListedDataset");

const list = createRoute({
  method: "get",
  path: "/api/datasets",
  operationId: "listDatasets",
  tags: ["Datasets"],
  summary: "Your datasets",
  request: {
    query: z.object({
      project_id: z.string().optional(),
      search: z.string().max(255).optional().openapi({ description: "In name and description." }),
      sort_field: z.enum(SORT_FIELDS).default("created_at"),
      sort_direction: z.enum(["asc", "desc"]).default("desc"),
      ...pageQuery(50, 500),
    }),
  },
  responses: {
    200: json(
      z.object({
        items: z.array(ListedDataset),
        total: z.number().int(),
        limit: z.number().int(),
        offset: z.number().int(),
      }),
      "One page.",
    ),
    ...errorAnswers(401, 404, 422),
  },
});

const DatasetDetail = z
  .object({
    dataset: z.object({
      id: z.string().openapi({ example: EXAMPLE_IDS.dataset }),
      name: z.string(),
      description: z.string().nullable(),
      project_id: z.string(),
      rows: z.number().int().nullable(),
      columns: z.number().int().nullable(),
      dataset_version_id: z.string().nullable(),
      version: z.number().int().nullable(),
      artifact_id: z.string().nullable(),
      filename: z.string().nullable(),
      size_bytes: z.number().int().nullable(),
      format: z.string().nullable(),
      notes: z.array(z.string()),
      created_at: z.string(),
      updated_at: z.string(),
    }),
    preview: z
      .array(z.record(z.string(), z.unknown()))
      .openapi({ example: [{ amount: 29.99, merchant: "ACME Corp", is_fraud: 0 }] }),
    preview_error: z.string().nullable(),
  })
  .openapi("DatasetDetail");

const get = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}",
  operationId: "getDataset",
  tags: ["Datasets"],
  summary: "One dataset with its first 20 rows",
  request: { params: datasetParams },
  responses: { 200: json(DatasetDetail, "The dataset, as of its latest version."), ...errorAnswers(401, 404) },
});

const remove = createRoute({
  method: "delete",
  path: "/api/datasets/{dataset_id}",
  operationId: "deleteDataset",
  tags: ["Datasets"],
  summary: "Delete a dataset with all versions and files",
  request: { params: datasetParams },
  responses: { 200: json(z.object({ ok: z.literal(true) }), "Deleted."), ...errorAnswers(401, 403, 404, 409) },
});

/** GET /api/datasets; GET and DELETE /api/datasets/{dataset_id}. */
export function registerDatasets(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { project_id, search, sort_field, sort_direction, limit, offset } = c.req.valid("query");
    if (project_id !== undefined) await getProject(services, caller, project_id);
    const page = await pageDatasets(services.db, {
      userId: caller.userId,
      projectId: project_id,
      search,
      sort: sort_field,
      order: sort_direction,
      limit,
      offset,
    });
    const items = page.datasets.map(({ dataset, projectName, versionId, rows, columns }) => ({
      id: dataset.id,
      name: dataset.name,
      description: dataset.description,
      project_id: dataset.projectId,
      project_name: projectName,
      dataset_version_id: versionId,
      rows,
      columns,
      created_at: dataset.createdAt.toISOString(),
      updated_at: dataset.updatedAt.toISOString(),
    }));
    return c.json({ items, total: page.total, limit, offset }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    const { dataset_id } = c.req.valid("param");
    const [dataset, latest] = await Promise.all([
      getDataset(services, caller, dataset_id),
      findLatestVersion(services, caller, dataset_id),
    ]);
    const preview = latest
      ? await previewVersion(services, latest)
      : { rows: [], error: "The file is still being read. Ask again in a moment." };
    return answerJson(c, {
      dataset: {
        id: dataset.id,
        name: dataset.name,
        description: dataset.description,
        project_id: dataset.projectId,
        rows: latest?.table.rowCount ?? null,
        columns: latest?.table.columnCount ?? null,
        dataset_version_id: latest?.version.id ?? null,
        version: latest?.version.version ?? null,
        artifact_id: latest?.version.artifactId ?? null,
        filename: latest?.file.name ?? null,
        size_bytes: latest?.file.sizeBytes ?? null,
        format: latest?.file.format ?? null,
        notes: latest ? notesOf(latest) : [],
        created_at: dataset.createdAt.toISOString(),
        updated_at: dataset.updatedAt.toISOString(),
      },
      preview: preview.rows,
      preview_error: preview.error,
    }) as never;
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteDataset(services, caller, c.req.valid("param").dataset_id);
    return c.json({ ok: true } as const, 200);
  });
}
