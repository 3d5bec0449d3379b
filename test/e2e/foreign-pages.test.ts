import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { FRIEND } from "./server.ts";
import { server } from "./this-server.ts";

/**
 * Under `wrangler dev` some calls need no credential, and `local-dev-key` is known to all. A web page that the developer happens to visit can
 * send requests to this machine: what browsers say of their sender must keep it from using either.
 */
const FOREIGN: Record<string, string>[] = [
  { origin: "https://evil.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
];
const OWN: Record<string, string>[] = [{}, { origin: "http://localhost:5173" }, { "sec-fetch-site": "same-origin" }];

/** What a page can send without asking first: a form. */
function upload(headers: Record<string, string>): Promise<Response> {
  const form = new FormData();
  form.append("file", new Blob(["x\n1\n"]), "a.csv");
  return fetch(`${server.url}/api/csv/upload`, { method: "POST", headers, body: form });
}

test("calls without a key are open to this machine's own pages and programs only", async () => {
  for (const headers of FOREIGN) {
    const what = JSON.stringify(headers);
    const listed = await fetch(`${server.url}/api/csv/sessions`, { headers });
    expect(listed.status, what).toBe(401);
    expect(await listed.json(), what).toMatchObject({ code: "unauthorized" });
    expect((await upload(headers)).status, what).toBe(401);
  }
  for (const headers of OWN) {
    const listed = await fetch(`${server.url}/api/csv/sessions`, { headers });
    expect(listed.status, JSON.stringify(headers)).toBe(200);
    // Not 401: it fails for want of a session.
    expect((await upload(headers)).status, JSON.stringify(headers)).toBe(422);
  }
});

test("so is local-dev-key, as a key and as the secret of S3 credentials", async () => {
  const key = { authorization: "Bearer local-dev-key" };
  for (const headers of FOREIGN)
    expect((await fetch(`${server.url}/uploads`, { headers: { ...key, ...headers } })).status).toBe(401);
  for (const headers of OWN)
    expect((await fetch(`${server.url}/uploads`, { headers: { ...key, ...headers } })).status).toBe(200);
  for (const headers of FOREIGN) expect((await listBuckets(headers)).status).toBe(403);
  expect((await listBuckets({})).status).toBe(200);
});

/** AWS Signature Version 4, as any page could compute it from the known secret. */
function listBuckets(headers: Record<string, string>): Promise<Response> {
  const url = new URL("/s3/", server.url);
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (secret: string | Buffer, text: string) => createHmac("sha256", secret).update(text).digest();
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = [time.slice(0, 8), "auto", "s3", "aws4_request"];
  const empty = hash("");
  const canonical = `GET\n/s3/\n\nhost:${url.host}\nx-amz-date:${time}\n\nhost;x-amz-date\n${empty}`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope.join("/")}\n${hash(canonical)}`;
  const signature = hmac(scope.reduce<string | Buffer>(hmac, "AWS4local-dev-key"), text).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=local-dev-key/${scope.join("/")}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
  return fetch(url, { headers: { authorization, "x-amz-date": time, ...headers } });
}

test("browsers let the pages of this machine and of CORS_ORIGINS call the API, and no others", async () => {
  const url = `${server.url}/uploads`;
  const preflight = (origin: string) =>
    fetch(url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "DELETE", "access-control-request-headers": "authorization" },
    });
  for (const origin of [FRIEND, "http://localhost:5173"]) {
    const asked = await preflight(origin);
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
    expect(asked.headers.get("access-control-allow-methods")).toContain("DELETE");
    expect(asked.headers.get("access-control-allow-headers")).toBe("authorization");
    // An error's text is for the page as well.
    const refused = await fetch(url, { headers: { origin, authorization: "Bearer none" } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe(origin);
    expect(refused.headers.get("access-control-expose-headers")).toContain("etag");
  }
  for (const origin of ["https://evil.example", "null", `${FRIEND}.evil.example`]) {
    expect((await preflight(origin)).headers.get("access-control-allow-origin")).toBeNull();
    expect((await fetch(url, { headers: { origin } })).headers.get("access-control-allow-origin")).toBeNull();
  }
});
