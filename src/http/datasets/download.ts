import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { findOriginal, writeVersion } from "../../core/datasets/download-version.ts";
import { getReadyVersion } from "../../core/datasets/find-version.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { attachment, sendObject } from "../send-object.ts";
import { CACHE_CONTROL, checkCached, notModified } from "./caching.ts";
import { datasetParams, versionQuery } from "./shapes.ts";

const binary = z.string().openapi({ format: "binary" });

const contract = createRoute({
  method: "get",
  path: "/api/datasets/{dataset_id}/download",
  operationId: "downloadDataset",
  tags: ["Datasets"],
  summary: "Download a version as CSV or XLSX",
  description:
    "The bytes that were uploaded when they are of that format already, which can be had by ranges as well; else written from the table " +
    "while they are sent.",
  request: {
    params: datasetParams,
    query: z.object({ format: z.enum(["csv", "xlsx"]).default("csv"), ...versionQuery }),
  },
  responses: {
    200: {
      description: "The file.",
      content: {
        "text/csv": { schema: z.string() },
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": { schema: binary },
      },
    },
    206: { description: "The range that was asked for, of a file that is sent as it was uploaded." },
    ...notModified,
    ...errorAnswers(401, 404, 409, 410, 416, 422),
  },
});

/** GET /api/datasets/{dataset_id}/download. */
export function registerDownload(app: OpenAPIHono<AppEnv>): void {
  app.openapi(contract, async (c) => {
    const { services, caller } = c.var;
    const { format, version } = c.req.valid("query");
    const found = await getReadyVersion(services, caller, c.req.valid("param").dataset_id, version);
    const lifetime = version === undefined ? "dataset" : "version";
    const original = findOriginal(found, format);
    if (original) return sendObject(c, { ...original, cacheControl: CACHE_CONTROL[lifetime] }) as never;
    const cached = checkCached(c, lifetime, found.table.id, format);
    if (cached) return cached as never;
    const file = await writeVersion(services, found, format);
    c.header("content-type", file.contentType);
    c.header("content-disposition", attachment(file.filename));
    c.header("x-content-type-options", "nosniff");
    return c.body(file.body) as never;
  });
}
