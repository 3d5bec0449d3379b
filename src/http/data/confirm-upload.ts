import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { confirmUpload } from "../../core/uploads/confirm-upload.ts";
import { waitForUpload } from "../../core/uploads/wait-for-upload.ts";
import { UPLOAD_STATUSES } from "../../storage/schema.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, form, json } from "../contracts.ts";
import { preferredWaitSeconds } from "../prefer.ts";
import { timestamp } from "./shapes.ts";

/** v1 answers once the file is parsed, if that takes no longer than this. */
const V1_PATIENCE_MS = 15_000;
const MAX_WAIT_SECONDS = 60;

const ConfirmationForm = z
  .object({
    upload_id: z.string().openapi({ example: "upload_abc123def456" }),
    filename: z.string().openapi({ example: "sales_data.csv" }),
    s3_key: z.string().openapi({ example: "uploads/user123/upload_abc123def456/sales_data.csv" }),
  })
  .openapi("ConfirmationForm");

const ConfirmedFiles = z
  .array(
    z.object({
      filename: z.string().openapi({ example: "customers.csv" }),
      s3_key: z.string().openapi({ example: "uploads/user123/upload_abc123def456/customers.csv" }),
    }),
  )
  .min(1, "Name at least one file.");

const Confirmation = z
  .object({
    status: z.literal("complete", { error: "The only status that can be set is “complete”: all files are uploaded." }),
    files: ConfirmedFiles,
  })
  .openapi("Confirmation");

const Confirmed = z
  .object({
    upload_id: z.string(),
    status: z.enum(UPLOAD_STATUSES),
    message: z.string(),
    estimated_completion: z.string().datetime().optional(),
    job_ids: z.array(z.string()).optional(),
  })
  .openapi("ConfirmedUpload");

const answers = {
  200: json(Confirmed, "The upload's state."),
  ...errorAnswers(400, 401, 403, 404, 409, 413, 415, 422),
};

const contractV1 = createRoute({
  method: "post",
  path: "/uploads/status",
  operationId: "updateUploadStatus",
  tags: ["Uploads"],
  summary: "Confirm one file (v1)",
  request: { body: { required: true, content: form(ConfirmationForm) } },
  responses: answers,
});

const contractV2 = createRoute({
  method: "post",
  path: "/uploads/{upload_id}/status",
  operationId: "confirmUpload",
  tags: ["Uploads"],
  summary: "Confirm that files have arrived; they are then parsed",
  request: {
    params: z.object({ upload_id: z.string().openapi({ example: "upload_abc123def456" }) }),
    headers: z.object({
      prefer: z.string().optional().openapi({
        description: "`wait=N`: answer once the files are parsed, or after N seconds (60 at most).",
        example: "wait=30",
      }),
    }),
    body: { required: true, content: { "application/json": { schema: Confirmation } } },
  },
  responses: answers,
});

/** POST /uploads/status and POST /uploads/{upload_id}/status. */
export function registerConfirmUpload(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(contractV1);
  app.post("/uploads/status", async (c) => {
    const { services, caller } = c.var;
    const body = await readVersionedBody(c, { form: ConfirmationForm, json: ConfirmationForm });
    const { upload_id, filename, s3_key } = body.value;
    await confirmUpload(services, caller, { uploadId: upload_id, files: [{ filename, s3Key: s3_key }] });
    const upload = await waitForUpload(services, caller, upload_id, V1_PATIENCE_MS);
    return c.json({ upload_id, status: upload.status, message: MESSAGES_V1[upload.status] });
  });

  app.openapi(contractV2, async (c) => {
    const { services, caller } = c.var;
    const { upload_id } = c.req.valid("param");
    const { files } = c.req.valid("json");
    const { estimatedCompletion, jobs } = await confirmUpload(services, caller, {
      uploadId: upload_id,
      files: files.map((file) => ({ filename: file.filename, s3Key: file.s3_key })),
    });
    const patienceMs = Math.min(preferredWaitSeconds(c) ?? 0, MAX_WAIT_SECONDS) * 1000;
    const upload = await waitForUpload(services, caller, upload_id, patienceMs);
    return c.json(
      {
        upload_id,
        status: upload.status,
        message: MESSAGES_V2[upload.status],
        ...(upload.status === "processing" ? { estimated_completion: timestamp(estimatedCompletion) } : {}),
        job_ids: jobs.map((job) => job.id),
      },
      200,
    );
  });
}

const MESSAGES_V1 = {
  pending: "File upload confirmed; other files of this upload are still to come",
  processing: "File upload confirmed; it is still being processed",
  complete: "File upload confirmed",
  failed: "The file could not be processed; GET /uploads/{upload_id} says why",
};

const MESSAGES_V2 = {
  pending: "Files confirmed. Other files of this upload are still to come.",
  processing: "Files uploaded successfully. Processing data...",
  complete: "Files uploaded successfully and processed.",
  failed: "Some files could not be processed; GET /uploads/{upload_id} says why.",
};
