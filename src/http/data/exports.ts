import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createExport } from "../../core/exports/create-export.ts";
import { EXPORT_FORMATS } from "../../core/exports/export-format.ts";
import { EXPORT_STATUSES, type ExportDetail, getExport, getExportedFile } from "../../core/exports/get-export.ts";
import { downloadUrl } from "../../core/exports/notify.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { sendObject } from "../send-object.ts";
import { ProblemShape, timestamp } from "./shapes.ts";

const MAX_FILES = 1_000;
const MAX_URL = 2_000;

const NewExport = z
  .object({
    upload_id: z.string().optional().openapi({ example: "upload_abc123def456" }),
    files: z
      .array(z.string())
      .min(1, "Name at least one file, or leave files out for all.")
      .max(MAX_FILES)
      .optional()
      .openapi({ description: "Names of files of the upload; all that could be read unless given." }),
    session_id: z
      .string()
      .optional()
      .openapi({ description: "With query, instead of upload_id: the whole result of the query in this session." }),
    query: z.string().optional().openapi({ example: "SELECT country, count(*) AS n FROM customers GROUP BY country" }),
    format: z
      .enum(EXPORT_FORMATS, { error: `Exports are written as ${EXPORT_FORMATS.join(", ")}.` })
      .optional()
      .openapi({ description: "Each file's own format unless given; CSV for a query." }),
    include_headers: z.boolean().default(true).openapi({ description: "CSV only." }),
    email_notification: z.boolean().default(false),
    webhook_url: z.string().max(MAX_URL).optional().openapi({ example: "https://example.com/hooks/export" }),
  })
  .openapi("NewExport");

const CreatedExport = z
  .object({
    export_id: z.string().openapi({ example: "export_cde456fgh789" }),
    status: z.literal("processing"),
    created_at: z.string(),
    estimated_completion: z.string(),
    job_id: z.string(),
    webhook_secret: z
      .string()
      .optional()
      .openapi({ description: "Signs what is POSTed to webhook_url; told this once." }),
  })
  .openapi("CreatedExport");

const ExportShape = z
  .object({
    export_id: z.string(),
    status: z.enum(EXPORT_STATUSES),
    created_at: z.string(),
    completed_at: z.string().nullable(),
    expires_at: z.string().nullable(),
    progress: z.number().openapi({ description: "0 to 1." }),
    message: z.string().nullable(),
    job_id: z.string(),
    error: ProblemShape.nullable(),
    files: z.array(
      z.object({
        filename: z.string().openapi({ example: "customers.csv" }),
        size_bytes: z.number().int(),
        download_url: z.string(),
        expires_at: z.string(),
      }),
    ),
  })
  .openapi("Export");

const create = createRoute({
  method: "post",
  path: "/data/export",
  operationId: "createExport",
  tags: ["Exports"],
  summary: "Export an upload, or the whole result of a query",
  description: [
    "Formats: `csv` (RFC 4180, UTF-8), `json` (one array), `ndjson`, `parquet` (Snappy), `arrow` (an IPC file) and `xlsx` (up to Excel's limits).",
    "Without `format` each file comes back in its own, as the bytes that were uploaded (decompressed) where every row was taken as it stands; where not, it is written anew, ORC as Parquet and XLS as XLSX.",
    "A file of several tables becomes several files, `name.table.csv`. Files are kept for seven days.",
    "`webhook_url` gets a POST once the export has completed or failed, as [Standard Webhooks](https://www.standardwebhooks.com) defines it: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`, keyed with the `webhook_secret` of this answer.",
  ].join("\n\n"),
  request: { body: { required: true, content: { "application/json": { schema: NewExport } } } },
  responses: {
    200: json(CreatedExport, "The export has begun."),
    ...errorAnswers(400, 401, 403, 404, 409, 410, 415, 422),
  },
});

const exportId = z.string().openapi({ example: "export_cde456fgh789" });

const get = createRoute({
  method: "get",
  path: "/data/export/{export_id}",
  operationId: "getExport",
  tags: ["Exports"],
  summary: "How far an export is, and its files",
  request: { params: z.object({ export_id: exportId }) },
  responses: { 200: json(ExportShape, "The export."), ...errorAnswers(401, 404) },
});

const download = createRoute({
  method: "get",
  path: "/data/export/{export_id}/{filename}",
  operationId: "downloadExportedFile",
  tags: ["Exports"],
  summary: "Download an exported file",
  description: "Takes `Range` (one range of bytes), `If-Range` and `If-None-Match`.",
  request: { params: z.object({ export_id: exportId, filename: z.string().openapi({ example: "customers.csv" }) }) },
  responses: {
    200: { description: "The file.", content: { "application/octet-stream": { schema: z.string() } } },
    206: { description: "The range of it.", content: { "application/octet-stream": { schema: z.string() } } },
    304: { description: "It is as the caller knows it." },
    ...errorAnswers(401, 404, 409, 410, 416),
  },
});

function describeExport(detail: ExportDetail, origin: string): z.infer<typeof ExportShape> {
  const { row, status, progress, message, problem } = detail;
  const expiresAt = row.expiresAt ? timestamp(row.expiresAt) : null;
  return {
    export_id: row.id,
    status,
    created_at: timestamp(row.createdAt),
    completed_at: row.completedAt ? timestamp(row.completedAt) : null,
    expires_at: expiresAt,
    progress,
    message,
    job_id: row.jobId,
    error: problem,
    files: (row.files ?? []).map((file) => ({
      filename: file.filename,
      size_bytes: file.sizeBytes,
      download_url: downloadUrl(origin, row.id, file.filename),
      expires_at: expiresAt ?? "",
    })),
  };
}

/** Everything under /data/export. */
export function registerExports(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { services, caller } = c.var;
    const body = c.req.valid("json");
    const { row, estimatedCompletion, webhookSecret } = await createExport(services, caller, {
      uploadId: body.upload_id,
      files: body.files,
      sessionId: body.session_id,
      query: body.query,
      format: body.format,
      includeHeaders: body.include_headers,
      emailNotification: body.email_notification,
      webhookUrl: body.webhook_url,
    });
    return c.json(
      {
        export_id: row.id,
        status: "processing" as const,
        created_at: timestamp(row.createdAt),
        estimated_completion: timestamp(estimatedCompletion),
        job_id: row.jobId,
        ...(webhookSecret ? { webhook_secret: webhookSecret } : {}),
      },
      200,
    );
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(
      describeExport(await getExport(services, caller, c.req.valid("param").export_id), services.origin),
      200,
    );
  });

  app.openAPIRegistry.registerPath(download);
  app.get("/data/export/:export_id/:filename", async (c) => {
    const { services, caller } = c.var;
    const { export_id, filename } = c.req.param();
    const file = await getExportedFile(services, caller, export_id, filename);
    return sendObject(c, { key: file.objectKey, filename: file.filename, contentType: file.contentType });
  });
}
