import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { type DevServer, startDevServer } from "../../scripts/dev-server.ts";
import { queryDatabase, quoteSql } from "../../scripts/local/query-database.ts";
import { TestUser } from "./client.ts";
import { createState } from "./create-state.ts";
import { downloadFile, exportFiles, isNotedAsRemoved, listExported, settleExport } from "./exporting.ts";
import { server as shared } from "./this-server.ts";

const JWT_SECRET = "a secret for the test that kills its server in an export";
const ROWS = 800_000;

const state = createState();
let server: DevServer | undefined;

afterAll(async () => {
  await server?.stop();
  rmSync(state, { recursive: true, force: true });
});

test("an export is gone after its seven days, and says so", async () => {
  const user = new TestUser();
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const done = await exportFiles(user, { upload_id: upload.upload_id });
  // What was exported outlives its upload.
  await user.call("DELETE", `/uploads/${upload.upload_id}`);
  expect(new TextDecoder().decode(await downloadFile(user, done.files[0]))).toBe("x\n1\n");

  queryDatabase(
    { remote: false, state: shared.state },
    `UPDATE exports SET expires_at = ${Date.now() - 1000} WHERE id = ${quoteSql(done.export_id)}`,
  );
  const expired = async () => {
    expect((await user.call("GET", `/data/export/${done.export_id}`)).body).toMatchObject({ status: "expired" });
    const file = await user.call("GET", done.files[0].download_url);
    expect([file.status, file.body.code, file.body.detail]).toEqual([410, "gone", expect.stringMatching(/expired at/)]);
  };
  await expired();
  await (await fetch(`${shared.url}/cdn-cgi/local/scheduled`)).text();
  await expired();
  const [row] = queryDatabase(
    { remote: false, state: shared.state },
    `SELECT removed_at FROM exports WHERE id = ${quoteSql(done.export_id)}`,
  );
  expect(row?.["removed_at"]).toEqual(expect.any(Number));
});

test("an export whose upload is deleted on the way fails, and says why", async () => {
  const user = new TestUser();
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const session = await user.session(upload.upload_id);
  const { body } = await user.call("POST", "/data/export", {
    json: {
      session_id: session.session_id,
      query: "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)",
    },
  });
  expect((await user.call("DELETE", `/uploads/${upload.upload_id}`)).status).toBe(200);
  expect(await settleExport(user, body.export_id)).toMatchObject({
    status: "failed",
    error: { message: expect.stringMatching(/deleted/) },
  });
  // The endless query ends with it, and the memory it held is there for others: two files at once need all of it.
  const others = [user.upload({ "b.csv": "x\n1\n" }), user.upload({ "c.csv": "x\n1\n" })];
  for (const { status } of await Promise.all(others)) expect(status).toBe("complete");
}, 60_000);

/** Begins a long export and waits until so much of it is written. */
async function beginExport(
  user: TestUser,
  progress: number,
  rows = ROWS,
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
    expect(body.status, JSON.stringify(body)).toBe("processing");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function untilNothingIsLeft(of: string, exportId: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (listExported(of, exportId).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(listExported(of, exportId)).toEqual([]);
}

test("an export that is cancelled while it is written leaves nothing in R2", async () => {
  const user = new TestUser();
  const { export_id, job_id } = await beginExport(user, 0.1);
  expect(listExported(shared.state, export_id)).not.toEqual([]);
  expect((await user.call("POST", `/jobs/${job_id}/cancel`)).status).toBe(200);
  await untilNothingIsLeft(shared.state, export_id);
  const file = await user.call("GET", `/data/export/${export_id}/result.csv`);
  expect([file.status, file.body.detail]).toEqual([409, expect.stringMatching(/cancelled/)]);
  await untilNoted(export_id);

  // Had its workbench died before it could note that, cron would have it looked after once more.
  queryDatabase(
    { remote: false, state: shared.state },
    `UPDATE exports SET removed_at = NULL WHERE id = ${quoteSql(export_id)};
     UPDATE jobs SET completed_at = completed_at - 600000 WHERE id = ${quoteSql(job_id)}`,
  );
  await (await fetch(`${shared.url}/cdn-cgi/local/scheduled`)).text();
  await untilNoted(export_id);
}, 90_000);

async function untilNoted(exportId: string): Promise<void> {
  for (let attempt = 0; attempt < 300 && !isNotedAsRemoved(shared.state, exportId); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(isNotedAsRemoved(shared.state, exportId)).toBe(true);
}

test("of exports whose server is killed, one finishes after the restart with every row once, and a cancelled one leaves nothing", async () => {
  const start = () => startDevServer({ persistTo: state, logFile: ".eider/e2e-export.log", vars: { JWT_SECRET } });
  server = await start();
  const claims = { sub: "somebody" };
  let user = new TestUser(claims, { url: server.url, secret: JWT_SECRET });
  // So long that it is not done before the other one has begun.
  const cancelled = await beginExport(user, 0.05, 4 * ROWS);
  const created = await beginExport(user, 0.1);
  process.kill(-server.pid, "SIGKILL");
  await server.ended;
  for (const { export_id } of [cancelled, created]) expect(listExported(state, export_id)).not.toEqual([]);
  // Its user gives it up while nobody works on it.
  const given = queryDatabase(
    { remote: false, state },
    `UPDATE jobs SET status = 'cancelled', completed_at = ${Date.now() - 600_000}
     WHERE id = ${quoteSql(cancelled.job_id)} AND status = 'running' RETURNING id`,
  );
  expect(given).toHaveLength(1);

  server = await start();
  await (await fetch(`${server.url}/cdn-cgi/local/scheduled`)).text();
  user = new TestUser(claims, { url: server.url, secret: JWT_SECRET });
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
