import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createCsvSession } from "../../core/csv-sessions/create-csv-session.ts";
import { deleteCsvSession } from "../../core/csv-sessions/delete-csv-session.ts";
import { getCsvSession, listCsvSessions } from "../../core/csv-sessions/get-csv-session.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, json, pageQuery } from "../contracts.ts";
import { CsvSessionShape, describeCsvSession, SessionId } from "./shapes.ts";

const create = createRoute({
  method: "post",
  path: "/api/csv/sessions",
  operationId: "createCsvSession",
  tags: ["CSV sessions"],
  summary: "Create a CSV session under an id of your own",
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: z.object({ session_id: SessionId }).openapi("NewCsvSession") } },
    },
  },
  responses: {
    200: json(
      z.object({ message: z.string(), session_id: SessionId, upload_id: z.string() }).openapi("CreatedCsvSession"),
      "It is created. 400 tells that you have a session of this id already.",
    ),
    ...errorAnswers(400, 401, 403, 422),
  },
});

const list = createRoute({
  method: "get",
  path: "/api/csv/sessions",
  operationId: "listCsvSessions",
  tags: ["CSV sessions"],
  summary: "All CSV sessions with their files",
  description: "An array, newest first. Above 1,000 sessions the `Link` header names the next page.",
  request: { query: z.object(pageQuery(1_000, 1_000)) },
  responses: { 200: json(z.array(CsvSessionShape), "The sessions."), ...errorAnswers(401, 422) },
});

const params = z.object({ session_id: SessionId });

const get = createRoute({
  method: "get",
  path: "/api/csv/sessions/{session_id}",
  operationId: "getCsvSession",
  tags: ["CSV sessions"],
  summary: "One CSV session with its files",
  request: { params },
  responses: { 200: json(CsvSessionShape, "The session."), ...errorAnswers(401, 404) },
});

const remove = createRoute({
  method: "delete",
  path: "/api/csv/sessions/{session_id}",
  operationId: "deleteCsvSession",
  tags: ["CSV sessions"],
  summary: "Delete a CSV session and its files",
  request: { params },
  responses: { 200: json(z.object({ message: z.string() }), "It is deleted."), ...errorAnswers(401, 403, 404, 409) },
});

/** POST and GET /api/csv/sessions, GET and DELETE /api/csv/sessions/{session_id}. */
export function registerCsvSessions(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { services, caller } = c.var;
    const session = await createCsvSession(services, caller, c.req.valid("json").session_id);
    const message = "Session created successfully";
    return c.json({ message, session_id: session.sessionId, upload_id: session.uploadId }, 200);
  });

  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const query = c.req.valid("query");
    const { sessions, total } = await listCsvSessions(services, caller, query);
    const next = query.offset + sessions.length;
    if (next < total)
      c.header("link", `<${services.origin}/api/csv/sessions?limit=${query.limit}&offset=${next}>; rel="next"`);
    return c.json(sessions.map(describeCsvSession), 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeCsvSession(await getCsvSession(services, caller, c.req.valid("param").session_id)), 200);
  });

  app.openapi(remove, async (c) => {
    const { services, caller } = c.var;
    await deleteCsvSession(services, caller, c.req.valid("param").session_id);
    return c.json({ message: "Session deleted successfully" }, 200);
  });
}
