import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { createApiFile } from "../../core/files/create-file.ts";
import { withAndWithoutSlash } from "../auth/tokens.ts";
import { readJsonBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json } from "../contracts.ts";
import { answerJson } from "../json-text.ts";
import { describeFile, FileShape, NewFile } from "./shapes.ts";

const contract = createRoute({
  method: "post",
  path: "/api/v2/files/",
  operationId: "createFile",
  tags: ["Files"],
  summary: "Make a file, to send its data next",
  request: { body: { required: true, content: { "application/json": { schema: NewFile } } } },
  responses: { 201: json(FileShape, "The file, with its `file_id`."), ...errorAnswers(400, 401, 403, 404, 413, 422) },
});

/** POST /api/v2/files/. */
export function registerCreateFile(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerPath(contract);
  app.on("POST", withAndWithoutSlash(contract.path), async (c) => {
    const { services, caller } = c.var;
    const body = await readJsonBody(c, NewFile);
    const file = await createApiFile(services, caller, {
      fileType: body.file_type,
      fileCompression: body.file_compression ?? "",
      parserOptions: body.parser_options ?? {},
      sqlTransforms: body.sql_transforms ?? null,
      name: body.name ?? "",
      description: body.description ?? "",
      agentName: body.agent_name ?? "",
      agentVersion: body.agent_version ?? "",
      organization: body.org_name ?? undefined,
    });
    return answerJson(c, describeFile(file), 201);
  });
}
