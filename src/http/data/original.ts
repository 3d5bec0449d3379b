import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { getOriginal } from "../../core/uploads/get-original.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { sendObject } from "../send-object.ts";

const bytes = { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } };

const contract = (prefix: "/uploads" | "/data/uploads") =>
  createRoute({
    method: "get",
    path: `${prefix}/{upload_id}/files/{filename}/download`,
    operationId: prefix === "/uploads" ? "downloadFile" : "downloadDataFile",
    tags: ["Uploads"],
    summary: "A file's bytes as they were uploaded",
    description:
      "Also of files that could not be read. Takes `Range` (one range of bytes), `If-Range` and `If-None-Match`.",
    request: {
      params: z.object({
        upload_id: z.string().openapi({ example: "upload_abc123def456" }),
        filename: z.string().openapi({ example: "customers.csv" }),
      }),
    },
    responses: {
      200: { description: "The file.", content: bytes },
      206: { description: "The range of it.", content: bytes },
      304: { description: "It is as the caller knows it." },
      ...errorAnswers(401, 404, 409, 416),
    },
  });

/** GET …/files/{filename}/download, under /uploads and /data/uploads. */
export function registerOriginal(app: OpenAPIHono<AppEnv>): void {
  for (const prefix of ["/uploads", "/data/uploads"] as const) {
    app.openAPIRegistry.registerPath(contract(prefix));
    app.get(`${prefix}/:upload_id/files/:filename/download`, async (c) => {
      const { services, caller } = c.var;
      const { upload_id, filename } = c.req.param();
      const file = await getOriginal(services, caller, upload_id, filename);
      return sendObject(c, { key: file.objectKey, filename: file.name, contentType: file.contentType });
    });
  }
}
