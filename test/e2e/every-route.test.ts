import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { signToken, TestUser } from "./client.ts";

/** Every documented operation meets the same suite: credentials, other people's ids, malformed input. */
interface Operation {
  method: string;
  path: string;
  operationId: string;
  takesJson: boolean;
}

interface Described {
  operationId: string;
  requestBody?: { content: object };
}

const owner = new TestUser({ scope: "read write admin" });
const stranger = new TestUser();
let operations: Operation[];
let ids: Record<string, string>;

/** Open by design. */
const PUBLIC = /^\/(healthz|openapi\.json|docs|s3|$)|^\/api-token|^\/api\/v2\/auth/;

beforeAll(async () => {
  const document = (await (await fetch(`${inject("url")}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Described>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operationId: operation.operationId,
      takesJson: "application/json" in (operation.requestBody?.content ?? {}),
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
  };
});

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
        const response = await fetch(inject("url") + fill(operation.path, ids), { method: operation.method, headers });
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
      (candidate) => candidate.path.includes("{") && !candidate.path.startsWith("/api/"),
    )) {
      const json = operation.takesJson
        ? { status: "complete", files: [{ filename: "a.csv", s3_key: "x" }] }
        : undefined;
      const options = json ? { json } : {};
      const theirs = await stranger.call(operation.method, fill(operation.path, ids), options);
      const nothing = await owner.call(operation.method, fill(operation.path, unknown), options);
      const what = `${operation.method} ${operation.path}`;
      expect(theirs.status, what).toBe(404);
      expect(nothing.status, what).toBe(404);
      expect(theirs.body.code).toBe("not_found");
      expect(theirs.body.title).toBe(nothing.body.title);
    }
    expect((await owner.call("GET", `/uploads/${ids["upload_id"]}`)).status).toBe(200);
  });

  test("a session over another's upload, a query in another's session", async () => {
    expect((await stranger.call("POST", "/data/sessions", { json: { upload_id: ids["upload_id"] } })).status).toBe(404);
    expect((await stranger.query(ids["session_id"] ?? "", "SELECT 1")).status).toBe(404);
  });
});

test("malformed JSON is 400 on every route that takes JSON", async () => {
  for (const operation of guarded().filter((candidate) => candidate.takesJson)) {
    const answer = await owner.call(operation.method, fill(operation.path, ids), {
      raw: '{"a":',
      headers: { "content-type": "application/json" },
    });
    expect(answer.status, `${operation.method} ${operation.path}`).toBe(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", request_id: expect.any(String) });
  }
});

test("unknown paths are a 404 problem; the document and the health check are open", async () => {
  const answer = await owner.call("GET", "/nosuch");
  expect(answer.body).toMatchObject({ status: 404, code: "not_found" });
  expect((await fetch(`${inject("url")}/healthz`)).status).toBe(200);
  expect((await fetch(`${inject("url")}/docs/`)).status).toBe(200);
});
