import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { quoteSql } from "../../scripts/local/query-database.ts";
import { put, TestUser } from "./client.ts";
import { queryServer } from "./query-server.ts";
import { server } from "./this-server.ts";

const DAY_MS = 86_400_000;

async function runCron(): Promise<void> {
  const response = await fetch(`${server.url}/cdn-cgi/local/scheduled`);
  expect(await response.text()).toBe("ok");
}

test("a session whose time is over is expired, and says so", async () => {
  const user = new TestUser();
  const { upload_id } = await user.upload({ "a.csv": "x\n1\n" });
  const { session_id } = await user.session(upload_id);
  expect((await user.query(session_id, "SELECT x FROM a")).body.rows).toEqual([[1]]);
  await queryServer(`UPDATE sessions SET expires_at = ${Date.now() - 1000} WHERE id = ${quoteSql(session_id)}`);
  expect((await user.query(session_id, "SELECT 1")).body).toMatchObject({ status: 410, code: "gone" });
  await runCron();
  expect((await user.call("GET", `/data/sessions/${session_id}`)).body).toMatchObject({
    status: "expired",
    ended_at: expect.any(String),
  });
  expect((await user.call("GET", "/data/sessions")).body.sessions).toEqual([]);
});

test("a job that nobody works on is started again", async () => {
  const user = new TestUser();
  const created = await user.declare(["a.csv"]);
  await put(created.files[0].presigned_url, "x\n1\n2\n");
  // What is left behind when the Worker dies between the rows and the queue.
  const jobId = `job_${randomUUID()}`;
  const etag =
    (await fetch(created.files[0].presigned_url, { method: "PUT", body: "x\n1\n2\n" })).headers
      .get("etag")
      ?.replaceAll('"', "") ?? "";
  const key = quoteSql(created.files[0].s3_key);
  await queryServer(`UPDATE files SET status = 'processing', size_bytes = 6, etag = ${quoteSql(etag)} WHERE object_key = ${key};
    UPDATE uploads SET status = 'processing' WHERE id = ${quoteSql(created.upload_id)};
    INSERT INTO jobs (id, user_id, type, status, progress, upload_id, file_id, input, attempts, created_at)
    SELECT ${quoteSql(jobId)}, user_id, 'ingest', 'pending', 0, upload_id, id, '{}', 0, ${Date.now() - 600_000} FROM files WHERE object_key = ${key}`);
  await runCron();
  const upload = await user.settle(created.upload_id);
  expect(upload.files[0]).toMatchObject({ status: "complete", rows: 2 });
  expect((await user.call("GET", `/jobs/${jobId}`)).body).toMatchObject({ status: "completed" });
});

test("an upload that was never confirmed goes a day after its URLs ended; a confirmed one stays", async () => {
  const user = new TestUser();
  const kept = await user.upload({ "a.csv": "x\n1\n" });
  const abandoned = await user.declare(["b.csv"]);
  await put(abandoned.files[0].presigned_url, "x\n1\n");
  await queryServer(
    `UPDATE uploads SET expires_at = ${Date.now() - 2 * DAY_MS} WHERE id IN (${quoteSql(kept.upload_id)}, ${quoteSql(abandoned.upload_id)})`,
  );
  await runCron();
  expect((await user.call("GET", `/uploads/${abandoned.upload_id}`)).status).toBe(404);
  expect((await user.call("GET", `/uploads/${kept.upload_id}`)).body.status).toBe("complete");
});

test("a message that comes twice, or for a job that has ended, changes nothing", async () => {
  const user = new TestUser();
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const { body } = await user.call("GET", `/jobs?upload_id=${upload.upload_id}`);
  const before = body.jobs[0];
  await queryServer(`UPDATE jobs SET heartbeat_at = 1 WHERE id = ${quoteSql(before.job_id)}`);
  await runCron();
  expect((await user.call("GET", `/jobs/${before.job_id}`)).body).toEqual(before);
});
