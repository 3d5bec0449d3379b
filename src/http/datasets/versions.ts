import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { getDataset, getReadyVersion, getVersion } from "../../core/datasets/find-version.ts";
import { listColumns } from "../../core/datasets/read-version.ts";
import { pageVersions } from "../../storage/datasets.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { checkCached, dontCache, notModified } from "./caching.ts";
import { Column, datasetParams, describeVersion, EXAMPLE_IDS, Version, versionQuery } from "./shapes.ts";
import { patienceOf, preferHeader } from "./waiting.ts";

const list = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/versions",
  operationId: "listDatasetVersions",
  tags: ["Datasets"],
  summary: "The versions of a dataset in their order",
  request: { params: datasetParams, query: z.object(pageQuery(50, 100)) },
  responses: {
    200: json(
      z.object({
        items: z.array(Version),
        total: z.number().int(),
        limit: z.number().int(),
        offset: z.number().int(),
      }),
      "One page.",
    ),
    ...errorAnswers(401, 404, 422),
  },
});

const columns = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/columns",
  operationId: "getDatasetColumns",
  tags: ["Datasets"],
  summary: "Names and types of a version's columns",
  request: { params: datasetParams, query: z.object(versionQuery), headers: preferHeader },
  responses: {
    200: json(z.object({ columns: z.array(Column) }), "The columns in their order."),
    ...notModified,
    ...errorAnswers(401, 404, 409, 422),
  },
});

const get = createRoute({
  method: "get",
  path: "/api/dataset-versions/{dataset_version_id}",
  operationId: "getDatasetVersion",
  tags: ["Datasets"],
  summary: "One version with its columns",
  request: {
    params: z.object({ dataset_version_id: z.string().openapi({ example: EXAMPLE_IDS.version }) }),
    headers: preferHeader,
  },
  responses: {
    200: json(Version.extend({ columns: z.array(Column) }).openapi("DatasetVersionDetail"), "The version."),
    ...notModified,
    ...errorAnswers(401, 404),
  },
});

/** The versions of a dataset, their columns, and one version by its own id. */
export function registerVersions(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const { limit, offset } = c.req.valid("query");
    const dataset = await getDataset(services, caller, c.req.valid("param").dataset_id);
    const page = await pageVersions(services.db, { datasetId: dataset.id, limit, offset });
    return c.json({ items: page.versions.map(describeVersion), total: page.total, limit, offset }, 200);
  });

  app.openapi(columns, async (c) => {
    const { services, caller } = c.var;
    const { version } = c.req.valid("query");
    const found = await getReadyVersion(services, caller, c.req.valid("param").dataset_id, version);
    const cached = checkCached(c, version === undefined ? "dataset" : "version", found.table.id, "columns");
    if (cached) return cached as never;
    const listed = await listColumns(services, found, patienceOf(c) ?? services.now());
    if (!listed.isFinal) dontCache(c);
    return c.json({ columns: listed.columns }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    const detail = await getVersion(services, caller, c.req.valid("param").dataset_version_id);
    if (!detail.table) return c.json({ ...describeVersion(detail), columns: [] }, 200);
    const cached = checkCached(c, "version", detail.version.id, detail.table.id);
    if (cached) return cached as never;
    const ready = { ...detail, table: detail.table };
    const listed = await listColumns(services, ready, patienceOf(c) ?? services.now());
    // The score comes with the statistics: a version that was read before them is read again.
    const current = listed.isFinal ? await getVersion(services, caller, detail.version.id) : detail;
    if (!listed.isFinal) dontCache(c);
    return c.json({ ...describeVersion(current), columns: listed.columns }, 200);
  });
}
