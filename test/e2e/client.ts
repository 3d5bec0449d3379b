import { createHmac, randomUUID } from "node:crypto";
import { inject } from "vitest";
import { server } from "./this-server.ts";

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

export interface CallOptions {
  json?: unknown;
  /** Sent as application/x-www-form-urlencoded, or as multipart when it is a FormData. */
  form?: Record<string, string> | FormData;
  headers?: Record<string, string>;
  raw?: BodyInit;
}

/** One user of the server under test, new for each test file, so that files cannot see each other's things. */
export class TestUser {
  readonly url: string;
  readonly token: string;

  constructor(claims: Record<string, unknown> = {}, options: { url?: string; secret?: string } = {}) {
    this.url = options.url ?? server.url;
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      sub: `test-${randomUUID()}`,
      email: `${randomUUID()}@example.com`,
      email_verified: true,
      iat: now,
      exp: now + 3600,
      ...claims,
    };
    this.token = signToken(payload, options.secret ?? inject("jwtSecret"));
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await this.fetch(method, path, options);
    const text = await response.text();
    const isJson = /json$|json;/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  }

  fetch(method: string, path: string, { json, form, headers, raw }: CallOptions = {}): Promise<Response> {
    const body =
      raw ??
      (json !== undefined ? JSON.stringify(json) : form instanceof FormData ? form : form && new URLSearchParams(form));
    return fetch(path.startsWith("http") ? path : this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(json !== undefined ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Declares, PUTs and confirms files, waits until they are processed, and returns the upload. */
  async upload(files: Record<string, string | Uint8Array>, contentType = "text/csv"): Promise<Answer["body"]> {
    const created = await this.declare(Object.keys(files), contentType);
    for (const file of created.files) await put(file.presigned_url, files[file.filename] ?? "");
    return this.confirm(created);
  }

  async declare(names: string[], contentType = "text/csv"): Promise<Answer["body"]> {
    const { status, body } = await this.call("POST", "/data/upload", {
      json: { files: names.map((filename) => ({ filename, content_type: contentType })) },
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  async confirm(created: Answer["body"]): Promise<Answer["body"]> {
    const files = created.files.map(({ filename, s3_key }: Record<string, string>) => ({ filename, s3_key }));
    const { status, body } = await this.call("POST", `/uploads/${created.upload_id}/status`, {
      json: { status: "complete", files },
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return this.settle(created.upload_id);
  }

  async settle(uploadId: string): Promise<Answer["body"]> {
    for (;;) {
      const { body } = await this.call("GET", `/uploads/${uploadId}`);
      if (body.status !== "processing") return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async session(uploadId: string): Promise<Answer["body"]> {
    const { status, body } = await this.call("POST", "/data/sessions", { json: { upload_id: uploadId } });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  query(
    sessionId: string,
    query: string,
    more: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.call("POST", "/data/query", {
      json: { session_id: sessionId, query_type: "sql", query, ...more },
      headers,
    });
  }
}

export async function put(url: string, bytes: string | Uint8Array, method = "PUT"): Promise<Response> {
  return fetch(url, { method, body: bytes as BodyInit });
}

export function signToken(payload: object, secret: string, header: object = { alg: "HS256", typ: "JWT" }): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encode(header)}.${encode(payload)}`;
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}
