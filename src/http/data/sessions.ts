import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { invalidField } from "../../core/errors.ts";
import { createSession } from "../../core/sessions/create-session.ts";
import { endSession } from "../../core/sessions/end-session.ts";
import { getActiveSession, getSession } from "../../core/sessions/find-session.ts";
import type { SourceRef } from "../../core/sessions/source-tables.ts";
import { listActiveSessions, type SessionRow } from "../../storage/sessions.ts";
import { readVersionedBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { errorAnswers, form, json } from "../contracts.ts";
import { timestamp } from "./shapes.ts";

const DEFAULT_HOURS = 24;
const MAX_HOURS = 168;

const MAX_SOURCES = 50;

/** One id, or several. */
const ids = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(MAX_SOURCES)], "must be an id or a list of ids.")
  .optional();

const NewSession = z
  .object({
    upload_id: ids.openapi({ description: "One or more uploads.", example: "upload_abc123def456" }),
    dataset_id: ids.openapi({ description: "One or more datasets: their latest versions." }),
    dataset_version_id: ids.openapi({ description: "One or more versions of datasets." }),
    file_id: ids.openapi({ description: "One or more files of the Files API." }),
    name: z.string().max(255).nullish().openapi({ example: "Customer Analysis Session" }),
    expiration_hours: z.number().int().min(1).max(MAX_HOURS).nullable().default(DEFAULT_HOURS),
  })
  .openapi("NewSession");

const NewSessionForm = z
  .object({
    upload_id: z.string().optional().openapi({ example: "upload_abc123def456" }),
    dataset_id: z.string().optional(),
    dataset_version_id: z.string().optional(),
    file_id: z.string().optional(),
    name: z.string().max(255).optional(),
    expiration_hours: z.coerce.number().int().min(1).max(MAX_HOURS).default(DEFAULT_HOURS),
  })
  .openapi("NewSessionForm");

const SessionShape = z
  .object({
    session_id: z.string().openapi({ example: "session_klm345nop678" }),
    name: z.string().nullable(),
    upload_id: z.string().nullable(),
    status: z.enum(["ready", "ended", "expired"]),
    created_at: z.string(),
    expires_at: z.string(),
    ended_at: z.string().nullable(),
    files: z.array(z.string()),
    tables: z.array(
      z.object({ name: z.string().openapi({ description: "The name to use in SQL." }), filename: z.string() }),
    ),
  })
  .openapi("Session");

const HistoryShape = z
  .object({
    queries: z.array(
      z.object({
        query_id: z.string(),
        query_type: z.enum(["sql", "natural_language"]),
        query: z.string(),
        generated_sql: z.string(),
        executed_at: z.string(),
        execution_time_ms: z.number().nullable(),
        status: z.enum(["running", "completed", "failed"]),
        row_count: z.number().int().nullable(),
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi("QueryHistory");

const create = (path: "/data/sessions" | "/data/use-upload") =>
  createRoute({
    method: "post",
    path,
    operationId: path === "/data/sessions" ? "createSession" : "useUpload",
    tags: ["Sessions"],
    summary:
      path === "/data/sessions"
        ? "Open a session over the tables of uploads, datasets or files"
        : "Open a session over an upload's tables (v1)",
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: NewSession },
          ...form(NewSessionForm),
        },
      },
    },
    responses: { 200: json(SessionShape, "The session."), ...errorAnswers(400, 401, 403, 404, 409, 415, 422, 429) },
  });

const params = z.object({ session_id: z.string().openapi({ example: "session_klm345nop678" }) });

const list = createRoute({
  method: "get",
  path: "/data/sessions",
  operationId: "listSessions",
  tags: ["Sessions"],
  summary: "Your active sessions",
  responses: {
    200: json(z.object({ sessions: z.array(SessionShape) }), "The sessions that can be queried now."),
    ...errorAnswers(401),
  },
});

const get = createRoute({
  method: "get",
  path: "/data/sessions/{session_id}",
  operationId: "getSession",
  tags: ["Sessions"],
  summary: "One session",
  request: { params },
  responses: { 200: json(SessionShape, "The session."), ...errorAnswers(401, 404) },
});

const history = createRoute({
  method: "get",
  path: "/data/sessions/{session_id}/queries",
  operationId: "getQueryHistory",
  tags: ["Sessions"],
  summary: "The queries of a session, oldest first",
  request: { params },
  responses: { 200: json(HistoryShape, "The history."), ...errorAnswers(401, 404, 410) },
});

const end = createRoute({
  method: "delete",
  path: "/data/sessions/{session_id}",
  operationId: "endSession",
  tags: ["Sessions"],
  summary: "End a session",
  request: { params },
  responses: {
    200: json(z.object({ session_id: z.string(), status: z.literal("ended"), ended_at: z.string() }), "It has ended."),
    ...errorAnswers(401, 403, 404),
  },
});

function describeSession(session: SessionRow): z.infer<typeof SessionShape> {
  return {
    session_id: session.id,
    name: session.name,
    upload_id: session.uploadId,
    status: session.status,
    created_at: timestamp(session.createdAt),
    expires_at: timestamp(session.expiresAt),
    ended_at: session.endedAt ? timestamp(session.endedAt) : null,
    files: [...new Set(session.tables.map((table) => table.filename))],
    tables: session.tables.map(({ name, filename }) => ({ name, filename })),
  };
}

function readSources(value: z.infer<typeof NewSession>): SourceRef[] {
  const refs = (kind: SourceRef["kind"], given: string | string[] | undefined) =>
    [...new Set(given === undefined ? [] : [given].flat())].map((id): SourceRef => ({ kind, id }));
  const sources = [
    ...refs("upload", value.upload_id),
    ...refs("dataset", value.dataset_id),
    ...refs("dataset_version", value.dataset_version_id),
    ...refs("file", value.file_id),
  ];
  if (sources.length === 0)
    throw invalidField(
      "upload_id",
      "Say what the session is to be opened on: an upload_id, dataset_id, dataset_version_id or file_id.",
    );
  return sources;
}

/** POST /data/use-upload and everything under /data/sessions. */
export function registerSessions(app: OpenAPIHono<AppEnv>): void {
  for (const path of ["/data/sessions", "/data/use-upload"] as const) {
    app.openAPIRegistry.registerPath(create(path));
    app.post(path, async (c) => {
      const { services, caller } = c.var;
      const { value } = await readVersionedBody(c, { form: NewSessionForm, json: NewSession });
      const session = await createSession(services, caller, {
        sources: readSources(value),
        name: value.name,
        expirationHours: value.expiration_hours ?? DEFAULT_HOURS,
      });
      return c.json(describeSession(session));
    });
  }

  app.openapi(list, async (c) => {
    const { services, caller } = c.var;
    const sessions = await listActiveSessions(services.db, caller.userId, services.now());
    return c.json({ sessions: sessions.map(describeSession) }, 200);
  });

  app.openapi(get, async (c) => {
    const { services, caller } = c.var;
    return c.json(describeSession(await getSession(services, caller, c.req.valid("param").session_id)), 200);
  });

  app.openapi(history, async (c) => {
    const { services, caller } = c.var;
    const session = await getActiveSession(services, caller, c.req.valid("param").session_id);
    const entries = await services.sessions.get(session.id).history();
    return c.json(
      {
        queries: entries.map((entry) => ({
          query_id: entry.queryId,
          query_type: entry.queryType,
          query: entry.query,
          generated_sql: entry.sql,
          executed_at: entry.executedAt,
          execution_time_ms: entry.executionTimeMs,
          status: entry.status,
          row_count: entry.rowCount,
          error: entry.error,
        })),
      },
      200,
    );
  });

  app.openapi(end, async (c) => {
    const { services, caller } = c.var;
    const session = await endSession(services, caller, c.req.valid("param").session_id);
    return c.json(
      { session_id: session.id, status: "ended" as const, ended_at: timestamp(session.endedAt ?? services.now()) },
      200,
    );
  });
}
