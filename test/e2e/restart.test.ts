import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DevServer, startDevServer } from "../../scripts/dev-server.ts";
import { openLocalDatabase } from "../../scripts/local/local-state.ts";
import { queryDatabase, quoteSql } from "../../scripts/local/query-database.ts";
import { put, TestUser } from "./client.ts";
import { createState } from "./create-state.ts";
import { beginExport, listExported, settleExport, untilNothingIsLeft } from "./exporting.ts";

const JWT_SECRET = "a secret for the tests that kill their server";
const ROWS = 600_000;

const state = createState();
let server: DevServer;
let user: TestUser;

async function start(): Promise<void> {
  server = await startDevServer({ persistTo: state, logFile: ".eider/e2e-restart.log", vars: { JWT_SECRET } });
  user = new TestUser({ sub: "somebody" }, { url: server.url, secret: JWT_SECRET });
}

async function kill(): Promise<void> {
  process.kill(-server.pid, "SIGKILL");
  await server.ended;
}

beforeAll(start);

afterAll(async () => {
  await server?.stop();
  rmSync(state, { recursive: true, force: true });
});

test("while another process has the database locked, requests are told to come again, and then work", async () => {
  const database = openLocalDatabase(state);
  const declare = () =>
    user.call("POST", "/data/upload", { json: { files: [{ filename: "a.csv", content_type: "text/csv" }] } });
  database.exec("BEGIN IMMEDIATE");
  const refused = await declare();
  database.exec("ROLLBACK");
  database.close();
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    503,
    "service_unavailable",
    expect.stringMatching(/database .* again/),
  ]);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect((await declare()).status).toBe(200);
});

test("an ingest whose server is killed in its middle finishes after the restart, with every row once", async () => {
  const lines = ["id,group,text"];
  for (let i = 0; i < ROWS; i++)
    lines.push(`${i},${i % 100},"the text of row ${i}, which is long enough to make a file of some megabytes"`);
  const created = await user.declare(["large.csv"]);
  await put(created.files[0].presigned_url, `${lines.join("\n")}\n`);
  const files = [{ filename: "large.csv", s3_key: created.files[0].s3_key }];
  const confirmed = await user.call("POST", `/uploads/${created.upload_id}/status`, {
    json: { status: "complete", files },
  });
  const jobId = confirmed.body.job_ids[0];
  for (;;) {
    const { body } = await user.call("GET", `/jobs/${jobId}`);
    if (body.status === "completed" || body.progress > 0.1) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await kill();

  await start();
  const upload = await user.settle(created.upload_id);
  expect(upload.files[0]).toMatchObject({ status: "complete", rows: ROWS, rejected_rows: 0 });
  const session = await user.session(upload.upload_id);
  const { body } = await user.query(
    session.session_id,
    "SELECT count(*), count(DISTINCT id), min(id), max(id), sum(id)::BIGINT FROM large",
  );
  expect(body.rows).toEqual([[ROWS, ROWS, 0, ROWS - 1, (ROWS * (ROWS - 1)) / 2]]);
}, 300_000);

test("of exports whose server is killed, one finishes after the restart with every row once, and a cancelled one leaves nothing", async () => {
  // So long that it is not done before the other one has begun.
  const cancelled = await beginExport(user, { rows: 4 * ROWS, progress: 0.05 });
  const created = await beginExport(user, { rows: ROWS, progress: 0.1 });
  await kill();
  for (const { export_id } of [cancelled, created]) expect(listExported(state, export_id)).not.toEqual([]);
  // Its user gives it up while nobody works on it.
  const given = queryDatabase({ remote: false, state }, [
    `UPDATE jobs SET status = 'cancelled', completed_at = ${Date.now() - 600_000}
     WHERE id = ${quoteSql(cancelled.job_id)} AND status = 'running' RETURNING id`,
  ]);
  expect(given).toHaveLength(1);

  await start();
  await (await fetch(`${server.url}/cdn-cgi/local/scheduled`)).text();
  const done = await settleExport(user, created.export_id);
  expect(done).toMatchObject({ status: "completed", error: null });
  const expected = createHash("sha256").update("i,text\r\n");
  for (let i = 0; i < ROWS; i++)
    expected.update(`${i},"the text of row ${i}, which is long enough for several parts"\r\n`);
  const actual = createHash("sha256");
  const response = await user.fetch("GET", `${server.url}/data/export/${created.export_id}/result.csv`);
  for await (const chunk of response.body ?? []) actual.update(chunk);
  expect(actual.digest("hex")).toBe(expected.digest("hex"));
  // Of what was sent before the server died nothing is left beside the file.
  expect(listExported(state, created.export_id)).toEqual([`exports/${created.export_id}/0`]);
  await untilNothingIsLeft(state, cancelled.export_id);
}, 420_000);
