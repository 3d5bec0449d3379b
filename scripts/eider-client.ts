import { createReadStream, statSync } from "node:fs";
import { request } from "node:http";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

export interface CreatedUpload {
  upload_id: string;
  files: { filename: string; presigned_url: string; s3_key: string }[];
}

export interface Job {
  job_id: string;
  type: string;
  status: "pending" | "running" | "completed" | "failed" | "cancelled";
  progress: number;
  message: string | null;
  started_at: string | null;
  completed_at: string | null;
  error: { code: string; message: string } | null;
}

export interface Upload {
  status: string;
  files: {
    filename: string;
    rows: number | null;
    columns: number | null;
    status: string;
    error: { message: string } | null;
    preview_url: string;
  }[];
}

export interface Session {
  session_id: string;
  name: string | null;
  tables: { name: string; filename: string }[];
}

export interface QueryResult {
  columns: string[];
  rows: (string | number | boolean | null)[][];
  execution_time_ms: number;
}

/** The calls of the Data API that the demo and the benchmark make. Every failure is an Error with the server's own sentence. */
export class EiderClient {
  readonly url: string;
  readonly #key: string;

  constructor(url: string, key = "local-dev-key") {
    this.url = url;
    this.#key = key;
  }

  async call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${sentenceOf(text)}`);
    return JSON.parse(text) as T;
  }

  createUpload(
    name: string,
    files: { filename: string; content_type: string; size_bytes: number }[],
  ): Promise<CreatedUpload> {
    return this.call("POST", "/data/upload", { name, files });
  }

  confirmUpload(upload: CreatedUpload): Promise<{ status: string; job_ids: string[] }> {
    const files = upload.files.map(({ filename, s3_key }) => ({ filename, s3_key }));
    return this.call("POST", `/uploads/${upload.upload_id}/status`, { status: "complete", files });
  }

  getUpload(uploadId: string): Promise<Upload> {
    return this.call("GET", `/uploads/${uploadId}`);
  }

  async deleteUpload(uploadId: string): Promise<void> {
    await this.call("DELETE", `/uploads/${uploadId}`);
  }

  async deleteDataset(datasetId: string): Promise<void> {
    await this.call("DELETE", `/api/datasets/${datasetId}`);
  }

  openSession(uploadId: string, name: string): Promise<Session> {
    return this.call("POST", "/data/sessions", { upload_id: uploadId, name });
  }

  /** Ends the active sessions of that name, as only a few may be open at a time. */
  async endSessions(name: string): Promise<void> {
    const { sessions } = await this.call<{ sessions: Session[] }>("GET", "/data/sessions");
    for (const session of sessions)
      if (session.name === name) await this.call("DELETE", `/data/sessions/${session.session_id}`);
  }

  query(sessionId: string, query: string, maxResults = 100): Promise<QueryResult> {
    return this.call("POST", "/data/query", {
      session_id: sessionId,
      query_type: "sql",
      query,
      max_results: maxResults,
    });
  }

  /** The whole result of a query as CSV, as it comes. */
  async streamCsv(sessionId: string, query: string): Promise<AsyncIterable<Uint8Array>> {
    const response = await fetch(`${this.url}/data/query`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json", accept: "text/csv" },
      body: JSON.stringify({ session_id: sessionId, query_type: "sql", query }),
    });
    if (!response.ok || !response.body)
      throw new Error(`The query was answered with ${response.status}: ${sentenceOf(await response.text())}`);
    return response.body;
  }

  /** Follows a job to its end. @throws Error when it fails or is cancelled. */
  async finishJob(jobId: string, onProgress: (job: Job) => void, intervalMs = 150): Promise<Job> {
    for (;;) {
      const job = await this.call<Job>("GET", `/jobs/${jobId}`);
      onProgress(job);
      if (job.status === "completed") return job;
      if (job.status === "failed" || job.status === "cancelled")
        throw new Error(
          `The job ${jobId} ${job.status === "failed" ? "failed" : "was cancelled"}: ${job.error?.message ?? "no reason was given"}`,
        );
      await sleep(intervalMs);
    }
  }
}

/** PUTs a file to a presigned URL. @param onProgress bytes sent so far, and in all. */
export async function putFile(
  url: string,
  path: string,
  onProgress: (sent: number, total: number) => void,
): Promise<void> {
  const total = statSync(path).size;
  const put = request(url, { method: "PUT", headers: { "content-length": total } });
  const answer = new Promise<{ status: number; text: string }>((done, fail) => {
    put.once("error", fail);
    put.once("response", async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      done({ status: response.statusCode ?? 0, text });
    });
  });
  let sent = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      sent += chunk.length;
      onProgress(sent, total);
      pass(null, chunk);
    },
  });
  // A server that refuses closes the connection early; its answer says more than the broken pipe.
  const [{ status, text }] = await Promise.all([
    answer,
    pipeline(createReadStream(path), count, put).catch(() => undefined),
  ]);
  if (status !== 200) throw new Error(`PUT to the presigned URL was answered with ${status}: ${sentenceOf(text)}`);
}

function sentenceOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    if (problem && typeof problem === "object" && "detail" in problem) return String(problem.detail);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text.slice(0, 500) || "an empty body";
}
