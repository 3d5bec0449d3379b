import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { AppError, invalidField } from "../../core/errors.ts";
import { uploadData } from "../../core/files/upload-data.ts";
import { withAndWithoutSlash } from "../auth/tokens.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { describeFile, FileShape } from "./shapes.ts";

const contract = createRoute({
  method: "post",
  path: "/api/v2/upload/files/{file_id}",
  operationId: "uploadFileData",
  tags: ["Files"],
  summary: "Send the data of a file",
  description:
    "The body is the data itself, of any Content-Type or none, up to 500 MB. It takes the place of what the file had. The answer waits up to " +
    "a minute for it to be parsed; data that cannot be parsed is no error: `is_valid` and `errors` say so.",
  request: {
    params: z.object({ file_id: z.string().openapi({ example: "e1f99a917cbf42ef981e53ec7ac0aea4" }) }),
    query: z.object({
      erase: z
        .enum(["true", "false"])
        .optional()
        .openapi({ description: "Whether to drop the data again when it cannot be parsed; the file's id stays." }),
    }),
    body: {
      required: true,
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
  },
  responses: {
    200: json(FileShape, "The file."),
    202: json(FileShape, "The file, whose data is still being parsed."),
    ...errorAnswers(400, 401, 403, 404, 413, 415, 422, 503),
  },
});

/** POST /api/v2/upload/files/{file_id}. */
export function registerUploadData(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(contract);
  app.on("POST", withAndWithoutSlash("/api/v2/upload/files/:file_id"), async (c) => {
    const { services, caller } = c.var;
    const contentType = c.req.header("content-type") ?? "application/octet-stream";
    if (/^\s*multipart\//i.test(contentType))
      throw new AppError(
        "unsupported_media_type",
        "Send the data itself as the body, not a form: curl --data-binary @file, not curl -F.",
      );
    const file = await uploadData(services, caller, {
      fileId: c.req.param("file_id") ?? "",
      body: c.req.raw.body,
      sizeBytes: announcedLength(c.req.header("content-length")),
      contentType,
      erase: readFlag(c.req.query("erase")),
    });
    return answerJson(c, describeFile(file), file.data?.status === "processing" ? 202 : 200);
  });
}

function announcedLength(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** `true`, `True` and `1` are what clients send. */
function readFlag(value: string | undefined): boolean {
  switch (value?.toLowerCase()) {
    case undefined:
    case "":
    case "false":
    case "0":
      return false;
    case "true":
    case "1":
      return true;
    default:
      throw invalidField("erase", `must be true or false, not “${value?.slice(0, 100)}”.`);
  }
}
