import { expect } from "vitest";
import type { Answer, TestUser } from "./client.ts";
import { listStored } from "./list-stored.ts";

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

/** Begins an export to CSV of so many rows `i,text` and waits until so much of it is written. */
export async function beginExport(
  user: TestUser,
  { rows, progress }: { rows: number; progress: number },
): Promise<{ export_id: string; job_id: string }> {
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const session = await user.session(upload.upload_id);
  const { body: created } = await user.call("POST", "/data/export", {
    json: {
      session_id: session.session_id,
      query: `SELECT i, 'the text of row ' || i || ', which is long enough for several parts' AS text FROM range(${rows}) t(i)`,
      format: "csv",
    },
  });
  for (;;) {
    const { body } = await user.call("GET", `/data/export/${created.export_id}`);
    if (body.progress > progress) return created;
    if (body.status !== "processing") throw new Error(JSON.stringify(body));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The bytes of one file of an export. */
export async function downloadFile(user: TestUser, file: { download_url: string }): Promise<Uint8Array> {
  const response = await user.fetch("GET", file.download_url);
  if (response.status !== 200) throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

/** What R2 holds of an export. */
export function listExported(state: string, exportId: string): string[] {
  return listStored(state, `exports/${exportId}/`);
}

/** Waits until R2 holds nothing of an export any more. */
export async function untilNothingIsLeft(state: string, exportId: string): Promise<void> {
  await expect.poll(() => listExported(state, exportId), { timeout: 30_000, interval: 100 }).toEqual([]);
}
