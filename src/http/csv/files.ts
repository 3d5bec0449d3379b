import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { deleteCsvFile } from "../../core/csv-sessions/delete-csv-file.ts";
import { receiveCsvFile } from "../../core/csv-sessions/receive-csv-file.ts";
import { AppError } from "../../core/errors.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { parseForm } from "../multipart/parse-form.ts";
import { CsvFileShape, describeCsvFile, SessionId } from "./shapes.ts";

const upload = createRoute({
  method: "post",
  path: "/api/csv/upload",
  operationId: "uploadCsvFile",
  tags: ["CSV sessions"],
  summary: "Upload a CSV file to a session",
  description:
    "The parts may come in any order. The answer comes once the bytes are stored; the file can be queried when its `status` is `complete`.",
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: z
            .object({
              file: z.string().openapi({ format: "binary", description: "Its name ends in “.csv”." }),
              session_id: SessionId,
            })
            .openapi("CsvUploadForm"),
        },
      },
    },
  },
  responses: {
    200: json(
      z
        .object({
          message: z.string(),
          session_id: SessionId,
          upload_id: z.string(),
          job_id: z.string().openapi({ description: "Reads the file; follow it at /jobs/{job_id}." }),
          file: CsvFileShape,
        })
        .openapi("UploadedCsvFile"),
      "It is stored. 400 tells that it is no CSV file.",
    ),
    ...errorAnswers(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const params = z.object({ file_id: z.string().openapi({ example: "0b6f3f0a-5c1e-4c1b-9a53-6a8d0c1d6f10" }) });

const remove = createRoute({
  method: "delete",
  path: "/api/csv/files/{file_id}",
  operationId: "deleteCsvFile",
  tags: ["CSV sessions"],
  summary: "Delete one file of a CSV session",
  request: { params },
  responses: { 200: json(z.object({ message: z.string() }), "It is deleted."), ...errorAnswers(401, 403, 404, 409) },
});

/** POST /api/csv/upload and DELETE /api/csv/files/{file_id}. */
export function registerCsvFiles(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(upload);
  app.post("/api/csv/upload", async (c) => {
    const { services, caller } = c.var;
    if (!/^\s*multipart\/form-data\s*(;|$)/i.test(c.req.header("content-type") ?? ""))
      throw new AppError(
        "unsupported_media_type",
        "Send a form (Content-Type: multipart/form-data) with the parts “file” and “session_id”.",
      );
    const { session, jobId, ...added } = await receiveCsvFile(services, caller, parseForm(c.req.raw));
    return c.json({
      message: "File uploaded successfully",
      session_id: session.sessionId,
      upload_id: session.uploadId,
      job_id: jobId,
      file: describeCsvFile(added),
    });
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteCsvFile(services, caller, c.req.valid("param").file_id);
    return c.json({ message: "File deleted successfully" }, 200);
  });
}
