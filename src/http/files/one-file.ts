import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { AppError } from "../../core/errors.ts";
import { removeApiFile } from "../../core/files/delete-file.ts";
import { getApiFile } from "../../core/files/read-files.ts";
import { updateApiFile } from "../../core/files/update-file.ts";
import { nameOfData } from "../../core/files/upload-data.ts";
import { withAndWithoutSlash } from "../auth/tokens.ts";
import { readJsonBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { sendObject } from "../send-object.ts";
import { describeFile, FileChanges, FileShape } from "./shapes.ts";

const PATH = "/api/v2/files/{file_id}";
const params = z.object({ file_id: z.string().openapi({ example: "e1f99a917cbf42ef981e53ec7ac0aea4" }) });
const tags = ["Files"];

const get = createRoute({
  method: "get",
  path: PATH,
  operationId: "getFile",
  tags,
  summary: "One file",
  request: { params },
  responses: { 200: json(FileShape, "The file."), ...errorAnswers(401, 404) },
});

const update = createRoute({
  method: "patch",
  path: PATH,
  operationId: "updateFile",
  tags,
  summary: "Change how a file is read, or what is said of it",
  description:
    "Other options parse the data again; the answer waits up to a minute for that. Data that cannot be parsed is no error: `is_valid` and `errors` say so.",
  request: { params, body: { required: true, content: { "application/json": { schema: FileChanges } } } },
  responses: {
    200: json(FileShape, "The file."),
    202: json(FileShape, "The file, whose data is still being parsed."),
    ...errorAnswers(400, 401, 403, 404, 409, 413, 422),
  },
});

const remove = createRoute({
  method: "delete",
  path: PATH,
  operationId: "deleteFile",
  tags,
  summary: "Delete a file and its data",
  request: { params },
  responses: { 204: { description: "It is deleted." }, ...errorAnswers(401, 403, 404) },
});

const download = createRoute({
  method: "get",
  path: `${PATH}/data`,
  operationId: "downloadFileData",
  tags,
  summary: "The data of a file as it was sent",
  request: { params },
  responses: {
    200: { description: "The bytes.", content: { "application/octet-stream": { schema: z.string() } } },
    206: { description: "The range that was asked for." },
    ...errorAnswers(401, 404, 416),
  },
});

/** GET, PATCH and DELETE /api/v2/files/{file_id}, and the data that was sent. */
export function registerOneFile(app: OpenAPIHono<AppEnv>): void {
  for (const contract of [get, update, remove, download]) app.openAPIRegistry.registerPath(contract);
  const paths = withAndWithoutSlash("/api/v2/files/:file_id");

  app.on("GET", paths, async (c) => {
    const { services, caller } = c.var;
    return answerJson(c, describeFile(await getApiFile(services, caller, c.req.param("file_id") ?? "")));
  });

  app.on("PATCH", paths, async (c) => {
    const { services, caller } = c.var;
    const body = await readJsonBody(c, FileChanges);
    const changes = Object.fromEntries(
      Object.entries({
        name: body.name,
        description: body.description,
        fileType: body.file_type,
        fileCompression: body.file_compression,
        parserOptions: body.parser_options,
        sqlTransforms: body.sql_transforms,
      }).filter(([, value]) => value !== undefined),
    );
    const file = await updateApiFile(services, caller, c.req.param("file_id") ?? "", changes);
    return answerJson(c, describeFile(file), file.data?.status === "processing" ? 202 : 200);
  });

  app.on("DELETE", paths, async (c) => {
    const { services, caller } = c.var;
    await removeApiFile(services, caller, c.req.param("file_id") ?? "");
    return c.body(null, 204);
  });

  app.get("/api/v2/files/:file_id/data", async (c) => {
    const { services, caller } = c.var;
    const file = await getApiFile(services, caller, c.req.param("file_id"));
    const { data } = file;
    if (!data || data.etag === null)
      throw new AppError("not_found", "The file has no data. Send some with POST /api/v2/upload/files/<file_id>.");
    return sendObject(c, { key: data.objectKey, filename: nameOfData(file), contentType: data.contentType });
  });
}
