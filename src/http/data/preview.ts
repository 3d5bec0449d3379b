import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { listRejects } from "../../core/uploads/list-rejects.ts";
import { previewFile } from "../../core/uploads/preview-file.ts";
import type { AppEnv } from "../context.ts";
import { describePage, errorAnswers, json, Pagination, pageQuery } from "../contracts.ts";

const params = z.object({
  upload_id: z.string().openapi({ example: "upload_abc123def456" }),
  filename: z.string().openapi({ example: "customers.csv" }),
});

const table = z
  .string()
  .optional()
  .openapi({ description: "Which table, when the file holds several; the first unless given." });

const Cell = z.unknown().openapi({
  type: ["string", "number", "boolean", "array", "object", "null"],
  description: "CSV: the cell's original text. Others: a JSON value.",
});

const PreviewShape = z
  .object({
    filename: z.string(),
    table: z.string().nullable(),
    total_rows: z.number().int(),
    returned_rows: z.number().int(),
    columns: z.array(z.string()).optional(),
    data: z.union([z.array(z.array(Cell)), z.array(z.record(z.string(), Cell))]),
  })
  .openapi("Preview");

const RejectShape = z
  .object({
    line: z.number().int().openapi({ description: "Line of the file, from 1." }),
    row: z.number().int().openapi({ description: "Data row, from 1." }),
    column: z.string().nullable(),
    text: z.string(),
    reason: z.string(),
    table: z.string().nullable(),
  })
  .openapi("Reject");

const previewContract = (prefix: "/uploads" | "/data/uploads") =>
  createRoute({
    method: "get",
    path: `${prefix}/{upload_id}/files/{filename}/preview`,
    operationId: prefix === "/uploads" ? "previewFile" : "previewDataFile",
    tags: ["Uploads"],
    summary: "The first rows of a file",
    request: { params, query: z.object({ ...pageQuery(10, 100), table }) },
    responses: { 200: json(PreviewShape, "The rows."), ...errorAnswers(401, 404, 409, 422) },
  });

const rejectsContract = (prefix: "/uploads" | "/data/uploads") =>
  createRoute({
    method: "get",
    path: `${prefix}/{upload_id}/files/{filename}/rejects`,
    operationId: prefix === "/uploads" ? "listRejects" : "listDataRejects",
    tags: ["Uploads"],
    summary: "The rows of a file that do not parse",
    description: "They are set aside, not lost: the original file keeps them. The first 10,000 of a file are listed.",
    request: { params, query: z.object(pageQuery(100, 1_000)) },
    responses: {
      200: json(
        z.object({
          filename: z.string(),
          total: z.number().int(),
          rejects: z.array(RejectShape),
          pagination: Pagination,
        }),
        "One page.",
      ),
      ...errorAnswers(401, 404, 409, 422),
    },
  });

/** GET …/files/{filename}/preview and …/rejects, under /uploads and /data/uploads. */
export function registerPreview(app: OpenAPIHono<AppEnv>): void {
  for (const prefix of ["/uploads", "/data/uploads"] as const) {
    app.openapi(previewContract(prefix), async (c) => {
      const { services, caller } = c.var;
      const { upload_id, filename } = c.req.valid("param");
      const { limit, offset, table } = c.req.valid("query");
      const preview = await previewFile(services, caller, { uploadId: upload_id, filename, table, limit, offset });
      return c.json(
        {
          filename,
          table: preview.table,
          total_rows: preview.totalRows,
          returned_rows: preview.rows.length,
          ...(preview.shape === "records"
            ? { data: preview.rows.map((row) => Object.fromEntries(preview.columns.map((name, i) => [name, row[i]]))) }
            : { columns: preview.columns, data: preview.rows }),
        },
        200,
      );
    });

    app.openapi(rejectsContract(prefix), async (c) => {
      const { services, caller } = c.var;
      const { upload_id, filename } = c.req.valid("param");
      const query = c.req.valid("query");
      const { total, listed, rejects } = await listRejects(services, caller, {
        uploadId: upload_id,
        filename,
        ...query,
      });
      return c.json(
        { filename, total, rejects, pagination: describePage({ total: listed, ...query }, rejects.length) },
        200,
      );
    });
  }
}
