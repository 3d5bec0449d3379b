import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Answer, CallOptions, TestUser } from "./client.ts";

export interface FileOptions {
  file_type: string;
  [option: string]: unknown;
}

/** Makes a file of the Files API and sends its data; the answer to the latter. */
export async function sendFile(
  user: TestUser,
  options: FileOptions,
  bytes: string | Uint8Array,
  more: { query?: string; headers?: Record<string, string> } = {},
): Promise<Answer["body"]> {
  const created = await user.call("POST", "/api/v2/files/", { json: options });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  const answer = await sendData(user, created.body.file_id, bytes, more);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

export function sendData(
  user: TestUser,
  fileId: string,
  bytes: string | Uint8Array,
  { query = "", ...more }: { query?: string } & Pick<CallOptions, "headers"> = {},
): Promise<Answer> {
  const raw = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return user.call("POST", `/api/v2/upload/files/${fileId}${query}`, { raw: raw as unknown as BodyInit, ...more });
}

/** All rows of a file's only table, or of the one named, through a session. */
export async function readRows(user: TestUser, fileId: string, sql = 'SELECT * FROM "{}"', table = 0) {
  const opened = await user.call("POST", "/data/sessions", { json: { file_id: fileId } });
  if (opened.status !== 200) throw new Error(JSON.stringify(opened.body));
  const { session_id, tables } = opened.body;
  const answer = await user.query(session_id, sql.replaceAll("{}", tables[table].name));
  await user.call("DELETE", `/data/sessions/${session_id}`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body.rows;
}

/** What native DuckDB writes for a query, as Parquet: an independent source of files. */
export async function writeParquet(query: string, options = ""): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "eider-parquet-"));
  try {
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(`COPY (${query}) TO '${folder}/x.parquet' (FORMAT parquet${options})`);
    return readFileSync(join(folder, "x.parquet"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
