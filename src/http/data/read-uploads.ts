import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { deleteUpload } from "../../core/uploads/delete-upload.ts";
import { getUpload } from "../../core/uploads/get-upload.ts";
import { listUploads } from "../../core/uploads/list-uploads.ts";
import { UPLOAD_STATUSES } from "../../storage/schema.ts";
import type { AppEnv } from "../context.ts";
import { describePage, errorAnswers, json, Pagination, pageQuery } from "../contracts.ts";
import { describeUploadDetail, summarizeUpload, timestamp, UploadShape, UploadSummary } from "./shapes.ts";

const filters = {
  status: z.enum(UPLOAD_STATUSES).optional(),
  sort: z.enum(["created_at", "status"]).default("created_at"),
  order: z.enum(["asc", "desc"]).default("desc"),
};

const listV1 = createRoute({
  method: "get",
  path: "/uploads",
  operationId: "listUploads",
  tags: ["Uploads"],
  summary: "All uploads (v1)",
  description: "An array, newest first. Above 1,000 uploads the `Link` header names the next page.",
  request: { query: z.object({ ...filters, ...pageQuery(1_000, 1_000) }) },
  responses: { 200: json(z.array(UploadSummary), "The uploads."), ...errorAnswers(401, 422) },
});

const listV2 = createRoute({
  method: "get",
  path: "/data/uploads",
  operationId: "listDataUploads",
  tags: ["Uploads"],
  summary: "One page of uploads (v2)",
  request: { query: z.object({ ...filters, ...pageQuery(20, 100) }) },
  responses: {
    200: json(z.object({ uploads: z.array(UploadSummary), pagination: Pagination }), "One page."),
    ...errorAnswers(401, 422),
  },
});

const params = z.object({ upload_id: z.string().openapi({ example: "upload_abc123def456" }) });

const get = createRoute({
  method: "get",
  path: "/uploads/{upload_id}",
  operationId: "getUpload",
  tags: ["Uploads"],
  summary: "One upload with its files and columns",
  request: { params },
  responses: { 200: json(UploadShape, "The upload."), ...errorAnswers(401, 404) },
});

const remove = createRoute({
  method: "delete",
  path: "/uploads/{upload_id}",
  operationId: "deleteUpload",
  tags: ["Uploads"],
  summary: "Delete an upload and its files",
  request: { params },
  responses: {
    200: json(
      z.object({
        success: z.literal(true),
        message: z.string(),
        upload_id: z.string(),
        status: z.literal("deleted"),
        deleted_at: z.string(),
      }),
      "It is deleted.",
    ),
    ...errorAnswers(401, 403, 404, 409),
  },
});

/** GET /uploads, GET /data/uploads, GET and DELETE /uploads/{upload_id}. */
export function registerReadUploads(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listV1, async (c) => {
    const { services, caller } = c.var;
    const query = c.req.valid("query");
    const page = await listUploads(services, caller, query);
    const next = query.offset + page.uploads.length;
    if (next < page.total) {
      const url = new URL(c.req.url);
      url.searchParams.set("offset", String(next));
      c.header("link", `<${url.href}>; rel="next"`);
    }
    return c.json(
      page.uploads.map(({ upload, files }) => summarizeUpload(upload, files, caller.email)),
      200,
    );
  });

  app.openapi(listV2, async (c) => {
    const { services, caller } = c.var;
    const query = c.req.valid("query");
    const { uploads, total } = await listUploads(services, caller, query);
    return c.json(
      {
        uploads: uploads.map(({ upload, files }) => summarizeUpload(upload, files, caller.email)),
        pagination: describePage({ total, limit: query.limit, offset: query.offset }, uploads.length),
      },
      200,
    );
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    const detail = await getUpload(services, caller, c.req.valid("param").upload_id);
    return c.json(describeUploadDetail(detail, caller.email, services.origin), 200);
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    const { upload_id } = c.req.valid("param");
    const { deletedAt } = await deleteUpload(services, caller, upload_id);
    return c.json(
      {
        success: true as const,
        message: "Upload deleted successfully",
        upload_id,
        status: "deleted" as const,
        deleted_at: timestamp(deletedAt),
      },
      200,
    );
  });
}
