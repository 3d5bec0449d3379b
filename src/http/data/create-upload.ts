import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createUpload } from "../../core/uploads/create-upload.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { CreatedUpload, describeCreatedUpload } from "./shapes.ts";

const NewUploadForm = z
  .object({
    filename: z.string().openapi({ example: "sales_data.csv" }),
    content_type: z.string().default("application/octet-stream"),
  })
  .openapi("NewUploadForm");

const NewUpload = z
  .object({
    name: z.string().max(255).nullish().openapi({ example: "Customer Dataset" }),
    description: z.string().max(10_000).nullish(),
    files: z.array(
      z.object({
        filename: z.string().openapi({ example: "customers.csv" }),
        content_type: z.string().min(1).max(255).openapi({ example: "text/csv" }),
        size_bytes: z.number().int().nonnegative().optional().openapi({ example: 1024000 }),
      }),
    ),
  })
  .openapi("NewUpload");

const CreatedUploadV1 = z
  .object({ upload_id: z.string(), presigned_url: z.string(), key: z.string() })
  .openapi("CreatedUploadV1");

const contract = (path: "/uploads" | "/data/upload") =>
  createRoute({
    method: "post",
    path,
    operationId: path === "/uploads" ? "createUpload" : "createDataUpload",
    tags: ["Uploads"],
    summary: "Open an upload and get presigned URLs",
    description: "JSON opens an upload of one or more files (v2). Form data opens one of a single file (v1).",
    request: {
      body: {
        required: true,
        content: { "application/json": { schema: NewUpload }, "application/x-www-form-urlencoded": { schema: NewUploadForm } },
      },
    },
    responses: {
      200: { description: "The upload, with a URL for each file.", content: { "application/json": { schema: z.union([CreatedUpload, CreatedUploadV1]) } } },
      ...errorAnswers(400, 401, 403, 413, 415, 422),
    },
  });

/** POST /uploads and POST /data/upload. */
export function registerCreateUpload(app: OpenAPIHono<AppEnv>): void {
  for (const path of ["/uploads", "/data/upload"] as const) {
    app.openAPIRegistry.registerPath(contract(path));
    app.post(path, async (c) => {
      const { services, caller } = c.var;
      const body = await readVersionedBody(c, { form: NewUploadForm, json: NewUpload });
      if (body.version === 1) {
        const { filename, content_type } = body.value;
        const { upload, targets } = await createUpload(services, caller, { files: [{ filename, contentType: content_type }] });
        const target = targets[0];
        return c.json({ upload_id: upload.id, presigned_url: target?.presignedUrl, key: target?.file.objectKey });
      }
      const { name, description, files } = body.value;
      const { upload, targets } = await createUpload(services, caller, {
        name,
        description,
        files: files.map((file) => ({ filename: file.filename, contentType: file.content_type, sizeBytes: file.size_bytes })),
      });
      return c.json(describeCreatedUpload(upload, targets));
    });
  }
}
