import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Answer, TestUser } from "./client.ts";

/** Asks for an export and waits until it is over, whichever way. */
export async function exportFiles(user: TestUser, request: Record<string, unknown>): Promise<Answer["body"]> {
  const { status, body } = await user.call("POST", "/data/export", { json: request });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return settleExport(user, body.export_id);
}

export async function settleExport(user: TestUser, exportId: string): Promise<Answer["body"]> {
  for (;;) {
    const { body } = await user.call("GET", `/data/export/${exportId}`);
    if (body.status !== "processing") return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The bytes of one file of an export. */
export async function downloadFile(user: TestUser, file: { download_url: string }): Promise<Uint8Array> {
  const response = await user.fetch("GET", file.download_url);
  if (response.status !== 200) throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

/** What R2 holds of an export under `wrangler dev`: objects, and uploads in parts that are neither completed nor aborted. */
export function listExported(state: string, exportId: string): string[] {
  const rows = readState(
    state,
    "r2/miniflare-R2BucketObject",
    "SELECT key FROM _mf_objects UNION ALL SELECT key FROM _mf_multipart_uploads WHERE state = 0",
  );
  return rows.map(({ key }) => String(key)).filter((key) => key.startsWith(`exports/${exportId}/`));
}

/** Whether it is noted that nothing is left of an export. */
export function isNotedAsRemoved(state: string, exportId: string): boolean {
  const rows = readState(state, "d1/miniflare-D1DatabaseObject", "SELECT id FROM exports WHERE removed_at IS NOT NULL");
  return rows.some(({ id }) => id === exportId);
}

/** Reads one of the databases that wrangler keeps. */
function readState(state: string, of: string, sql: string): Record<string, unknown>[] {
  const folder = join(state, "v3", of);
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  const database = new DatabaseSync(join(folder, file ?? ""), { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
