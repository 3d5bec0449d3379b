import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AppError, invalidField } from "../../core/errors.ts";
import { createUpload, formatBytes } from "../../core/uploads/create-upload.ts";
import { type ReceivedPart, receiveUpload } from "../../core/uploads/receive-upload.ts";
import { waitForUpload } from "../../core/uploads/wait-for-upload.ts";
import { UPLOAD_STATUSES } from "../../storage/schema.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers } from "../contracts.ts";
import { parseForm } from "../multipart/parse-form.ts";
import { validationFailed } from "../problem.ts";
import { CreatedUpload, describeCreatedUpload } from "./shapes.ts";

/** The answer to files sent along waits this long for them to be parsed; clients of v1 use the upload right away. */
const PATIENCE_MS = 15_000;
/** What the parts' headers, boundaries and fields may add to the files of a form. */
const FORM_OVERHEAD_BYTES = 1_000_000;

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
        size_bytes: z.number().int().nonnegative().nullish().openapi({ example: 1024000 }),
      }),
    ),
  })
  .openapi("NewUpload");

const CreatedUploadV1 = z
  .object({ upload_id: z.string(), presigned_url: z.string(), key: z.string() })
  .openapi("CreatedUploadV1");

/** One shape for the documentation, as viewers offer a file field only outside of unions; the handler tells the two apart. */
const UploadForm = z
  .object({
    files: z
      .array(z.string().openapi({ format: "binary" }))
      .optional()
      .openapi({ description: "The files themselves: one or more parts `files`, each with its filename." }),
    name: z.string().max(255).optional(),
    description: z.string().max(10_000).optional(),
    filename: z
      .string()
      .optional()
      .openapi({ description: "Without `files`: the file to get a presigned URL for (v1)." }),
    content_type: z.string().optional(),
  })
  .openapi("UploadForm");

const ReceivedUploadShape = z
  .object({
    upload_id: z.string().openapi({ example: "upload_abc123def456" }),
    status: z.enum(UPLOAD_STATUSES),
    message: z.string(),
    files: z.array(
      z.object({ filename: z.string(), size: z.number().int(), size_bytes: z.number().int(), s3_key: z.string() }),
    ),
    job_ids: z.array(z.string()),
  })
  .openapi("ReceivedUpload");

const contract = (path: "/uploads" | "/data/upload") =>
  createRoute({
    method: "post",
    path,
    operationId: path === "/uploads" ? "createUpload" : "createDataUpload",
    tags: ["Uploads"],
    summary: "Open an upload and get presigned URLs, or send small files along",
    description:
      "JSON opens an upload of one or more files and answers with presigned URLs (v2). A form with `filename` opens one of a single file (v1). " +
      "A form with parts `files` that carry the bytes uploads them at once; they are then parsed, and the answer waits up to 15 seconds for that.",
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: NewUpload },
          "application/x-www-form-urlencoded": { schema: NewUploadForm },
          "multipart/form-data": { schema: UploadForm },
        },
      },
    },
    responses: {
      200: {
        description: "The upload, with a URL for each file, or with what became of the files that were sent along.",
        content: { "application/json": { schema: z.union([CreatedUpload, CreatedUploadV1, ReceivedUploadShape]) } },
      },
      ...errorAnswers(400, 401, 403, 409, 413, 415, 422),
    },
  });

/** POST /uploads and POST /data/upload. */
export function registerCreateUpload(app: OpenAPIHono<AppEnv>): void {
  for (const path of ["/uploads", "/data/upload"] as const) {
    app.openAPIRegistry.registerPath(contract(path));
    app.post(path, async (c) => {
      if (isMultipart(c)) return answerForm(c);
      const body = await readVersionedBody(c, { form: NewUploadForm, json: NewUpload });
      if (body.version === 1) return presignOne(c, body.value);
      const { services, caller } = c.var;
      const { name, description, files } = body.value;
      const { upload, targets } = await createUpload(services, caller, {
        name,
        description,
        files: files.map((file) => ({
          filename: file.filename,
          contentType: file.content_type,
          sizeBytes: file.size_bytes ?? undefined,
        })),
      });
      return c.json(describeCreatedUpload(upload, targets));
    });
  }
}

function isMultipart(c: Context<AppEnv>): boolean {
  return /^\s*multipart\/form-data\s*(;|$)/i.test(c.req.header("content-type") ?? "");
}

/** v1's answer: one file, one presigned URL. */
async function presignOne(c: Context<AppEnv>, form: z.infer<typeof NewUploadForm>) {
  const { services, caller } = c.var;
  const { upload, targets } = await createUpload(services, caller, {
    files: [{ filename: form.filename, contentType: form.content_type }],
  });
  const target = targets[0];
  return c.json({ upload_id: upload.id, presigned_url: target?.presignedUrl, key: target?.file.objectKey });
}

/** A form is read as it arrives: the first part that is a file makes it an upload of files, a form of fields asks for a URL. */
async function answerForm(c: Context<AppEnv>) {
  const { services } = c.var;
  const most = services.limits.MAX_REQUEST_BODY_BYTES;
  if (Number(c.req.header("content-length") ?? 0) > most + FORM_OVERHEAD_BYTES)
    throw new AppError(
      "payload_too_large",
      `A form may carry at most ${formatBytes(most)}. Larger files go to presigned URLs: POST /data/upload with their names as JSON.`,
      { members: { limit_bytes: most } },
    );
  const parts = parseForm(c.req.raw);
  const leading: ReceivedPart[] = [];
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    leading.push(next.value);
    if (next.value.kind === "file") return receiveFiles(c, continueWith(leading, parts));
  }
  const fields = collectFields(leading);
  if (!("filename" in fields))
    throw invalidField(
      "files",
      "files" in fields || "file" in fields
        ? "The part has no filename, so it is not a file. Send it with one."
        : "The form has neither a file nor a field “filename”. Send each file as a part “files” with a filename.",
    );
  const form = NewUploadForm.safeParse(fields);
  if (!form.success) throw validationFailed(form.error);
  return presignOne(c, form.data);
}

async function receiveFiles(c: Context<AppEnv>, parts: AsyncIterable<ReceivedPart>) {
  const { services, caller } = c.var;
  const { upload, files, jobs } = await receiveUpload(services, caller, parts);
  const { status } = await waitForUpload(services, caller, upload.id, PATIENCE_MS);
  return c.json({
    upload_id: upload.id,
    status,
    message: MESSAGES[status],
    files: files.map((file) => ({
      filename: file.name,
      size: file.sizeBytes,
      size_bytes: file.sizeBytes,
      s3_key: file.objectKey,
    })),
    job_ids: jobs.map((job) => job.id),
  });
}

const MESSAGES = {
  pending: "Files received; other files of this upload are still to come.",
  processing: "Files received. They are still being processed.",
  complete: "Files received and processed.",
  failed: "Some files could not be processed; GET /uploads/{upload_id} says why.",
};

async function* continueWith(
  seen: readonly ReceivedPart[],
  rest: AsyncIterable<ReceivedPart>,
): AsyncGenerator<ReceivedPart> {
  yield* seen;
  yield* rest;
}

function collectFields(parts: readonly ReceivedPart[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (const part of parts) {
    if (part.kind !== "field") continue;
    if (fields.has(part.name)) throw invalidField(part.name, "This field is in the form twice.");
    fields.set(part.name, part.value);
  }
  return Object.fromEntries(fields);
}
