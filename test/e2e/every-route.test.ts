import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { type Answer, type CallOptions, signToken, TestUser } from "./client.ts";
import { server } from "./this-server.ts";

/** Every documented operation meets the same suite: credentials, other people's ids, malformed input. */
interface Operation {
  method: string;
  path: string;
  operationId: string;
  takesJson: boolean;
  takesForm: boolean;
  described: Described;
}

interface Described {
  operationId: string;
  tags: string[];
  summary?: string;
  requestBody?: { content: object };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

const owner = new TestUser({ scope: "read write admin" });
const stranger = new TestUser({ scope: "read write admin" });
let operations: Operation[];
let ids: Record<string, string>;

/** Under `wrangler dev` these work without a credential. */
const OPEN_LOCALLY = /^\/api\/csv\//;
/** Open by design. */
const PUBLIC = /^\/(healthz|openapi\.json|docs|s3|$)|^\/api-token|^\/api\/v2\/auth/;

beforeAll(async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Described>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operationId: operation.operationId,
      takesJson: "application/json" in (operation.requestBody?.content ?? {}),
      takesForm: "multipart/form-data" in (operation.requestBody?.content ?? {}),
      described: operation,
    })),
  );
  const upload = await owner.upload({ "a.csv": "x\n1\n" });
  const session = await owner.session(upload.upload_id);
  const jobs = await owner.call("GET", `/jobs?upload_id=${upload.upload_id}`);
  ids = {
    upload_id: upload.upload_id,
    filename: "a.csv",
    session_id: session.session_id,
    job_id: jobs.body.jobs[0].job_id,
    ...(await makeDataset(upload.upload_id)),
    file_id: await makeCsvSession(session.session_id),
  };
});

async function make(path: string, options: CallOptions): Promise<Answer["body"]> {
  const { status, body } = await owner.call("POST", path, options);
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return body;
}

function form(fields: Record<string, string>): CallOptions {
  const parts = new FormData();
  for (const [name, value] of Object.entries(fields)) parts.append(name, value);
  parts.append("file", new Blob(["x\n1\n"], { type: "text/csv" }), "a.csv");
  return { form: parts };
}

/** A dataset with all that can be made of it. */
async function makeDataset(uploadId: string): Promise<Record<string, string>> {
  const { id: project_id } = await make("/api/projects", { json: { name: "p" } });
  const { dataset_id, dataset_version_id } = await make("/api/datasets/upload", form({ project_id, name: "d" }));
  const experiment = await make("/api/experiments", { json: { name: "e", project_id, dataset_version_id } });
  const { id: experiment_id } = experiment;
  const model = await make("/api/models", { json: { name: "m", experiment_id, upload_ids: [uploadId] } });
  const { id: deployment_id } = await make("/api/deployments", {
    json: { name: "d", model_id: model.id, stage: "production" },
  });
  const { id: key_id } = await make("/api/keys", { json: { name: "k" } });
  return { project_id, dataset_id, dataset_version_id, experiment_id, model_id: model.id, deployment_id, key_id };
}

/** A CSV session of this name with one file, whose id it returns. */
async function makeCsvSession(session_id: string): Promise<string> {
  await make("/api/csv/sessions", { json: { session_id } });
  return (await make("/api/csv/upload", form({ session_id }))).file.id;
}

const fill = (path: string, values: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `missing-${name}`);
const guarded = () => operations.filter((operation) => !PUBLIC.test(operation.path));

describe("credentials", () => {
  test("the document names its operations", () => {
    expect(operations.length).toBeGreaterThan(20);
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length);
  });

  test("none, malformed, unknown, forged and expired ones are 401 on every route", async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: "x", exp: now + 3600 };
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`;
    const credentials: Record<string, string>[] = [
      {},
      { authorization: "Bearer" },
      { authorization: "Basic YTpi" },
      { authorization: "Bearer eider_nosuchkeynosuchkeynosuchkey" },
      { "x-api-key": "nosuch" },
      { authorization: `Bearer ${unsigned}` },
      { authorization: `Bearer ${signToken(claims, "another secret, which is long enough")}` },
      { authorization: `Bearer ${signToken({ ...claims, exp: now - 3600 }, inject("jwtSecret"))}` },
    ];
    for (const operation of guarded()) {
      for (const headers of credentials.slice(0, operation.path === "/uploads" ? undefined : 2)) {
        if (OPEN_LOCALLY.test(operation.path) && Object.keys(headers).length === 0) continue;
        const response = await fetch(server.url + fill(operation.path, ids), { method: operation.method, headers });
        const what = `${operation.method} ${operation.path} ${JSON.stringify(headers)}`;
        expect(response.status, what).toBe(401);
        expect(response.headers.get("content-type"), what).toBe("application/problem+json");
        expect(await response.json()).toMatchObject({ code: "unauthorized", detail: expect.stringMatching(/\w+ \w+/) });
      }
    }
  });

  test("a read-only token may not write: 403", async () => {
    const reader = new TestUser({ scope: "read" });
    expect((await reader.call("GET", "/uploads")).status).toBe(200);
    const refused = await reader.call("POST", "/data/upload", {
      json: { files: [{ filename: "a.csv", content_type: "text/csv" }] },
    });
    expect([refused.status, refused.body.code]).toEqual([403, "insufficient_permissions"]);
  });
});

describe("ids", () => {
  test("another user's and unknown ones look the same: 404", async () => {
    const unknown = Object.fromEntries(Object.keys(ids).map((name) => [name, randomUUID()]));
    for (const operation of guarded().filter(
      (candidate) => candidate.path.includes("{") && !candidate.path.startsWith("/api/v2/"),
    )) {
      const json = operation.takesJson
        ? { status: "complete", files: [{ filename: "a.csv", s3_key: "x" }] }
        : undefined;
      const options = json ? { json } : operation.takesForm ? form({ description: "new" }) : {};
      const query = operation.path.endsWith("/compare") ? "?v1=0&v2=1" : "";
      const theirs = await stranger.call(operation.method, fill(operation.path, ids) + query, options);
      const nothing = await owner.call(operation.method, fill(operation.path, unknown) + query, options);
      const what = `${operation.method} ${operation.path}`;
      expect(theirs.status, what).toBe(404);
      expect(nothing.status, what).toBe(404);
      expect(theirs.body.code).toBe("not_found");
      expect(theirs.body.title).toBe(nothing.body.title);
    }
    for (const path of ["/uploads/{upload_id}", "/api/datasets/{dataset_id}", "/api/csv/sessions/{session_id}"])
      expect((await owner.call("GET", fill(path, ids))).status, path).toBe(200);
  });

  test("a session over another's upload, a query in another's session", async () => {
    expect((await stranger.call("POST", "/data/sessions", { json: { upload_id: ids["upload_id"] } })).status).toBe(404);
    expect((await stranger.query(ids["session_id"] ?? "", "SELECT 1")).status).toBe(404);
  });
});

test("every group of routes is introduced", async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { tags: { name: string }[] };
  const used = operations.flatMap(({ described }) => described.tags);
  expect(document.tags.map(({ name }) => name).sort()).toEqual([...new Set(used)].sort());
});

test("the document lists every error that a route can answer with", () => {
  for (const { method, path, described } of guarded()) {
    const expected = [401, 403, 500, 503, ...(path.includes("{") ? [404] : [])];
    if (described.requestBody) expected.push(400, 413, 415, 422);
    expect(Object.keys(described.responses).map(Number), `${method} ${path}`).toEqual(expect.arrayContaining(expected));
    expect(described.summary, `${method} ${path}`).toMatch(/\w/);
    for (const [status, response] of Object.entries(described.responses))
      if (Number(status) >= 400) expect(Object.keys(response.content ?? {})).toEqual(["application/problem+json"]);
  }
});

test("a JSON body of the wrong type, or larger than a small body may be, is refused on every route that takes only JSON", async () => {
  const isFile = /^\/api\/v2\/|^\/api\/csv\//;
  for (const operation of guarded().filter((it) => it.takesJson && !it.takesForm && !isFile.test(it.path))) {
    const what = `${operation.method} ${operation.path}`;
    const path = fill(operation.path, ids);
    const text = await owner.call(operation.method, path, { raw: "{}", headers: { "content-type": "text/plain" } });
    expect([text.status, text.body.code], what).toEqual([415, "unsupported_media_type"]);
    expect(text.body.detail).toMatch(/application\/json/);
    const large = await owner.call(operation.method, path, { json: { padding: "x".repeat(1_100_000) } });
    expect([large.status, large.body.code], what).toEqual([413, "payload_too_large"]);
  }
});

test("malformed JSON is 400 on every route that takes JSON", async () => {
  for (const operation of guarded().filter((candidate) => candidate.takesJson)) {
    const answer = await owner.call(operation.method, fill(operation.path, ids), {
      raw: '{"a":',
      headers: { "content-type": "application/json" },
    });
    expect(answer.status, `${operation.method} ${operation.path}`).toBe(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", request_id: expect.any(String) });
    expect(answer.body.detail).toMatch(/JSON/);
  }
});

test("a method that a path does not take is a 405 problem that names those which it takes", async () => {
  const byPath = Map.groupBy(guarded(), ({ path }) => path);
  for (const [path, taken] of byPath) {
    const methods = taken.map(({ method }) => method);
    const other = ["PUT", "PATCH"].find((method) => !methods.includes(method)) ?? "";
    const { status, headers, body } = await owner.call(other, fill(path, ids));
    expect([status, body.code], `${other} ${path}`).toEqual([405, "method_not_allowed"]);
    const allowed = (headers.get("allow") ?? "").split(", ");
    expect(allowed, path).toEqual(expect.arrayContaining(methods));
    expect(allowed.includes("HEAD"), path).toBe(allowed.includes("GET"));
  }
});

test("unknown paths are a 404 problem; the document and the health check are open", async () => {
  const answer = await owner.call("GET", "/nosuch");
  expect(answer.body).toMatchObject({ status: 404, code: "not_found" });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.url}/docs/`)).status).toBe(200);
});
