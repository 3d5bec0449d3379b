import { rmSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { type DevServer, startDevServer } from "../../scripts/dev-server.ts";
import { put, TestUser } from "./client.ts";
import { createState } from "./create-state.ts";

const JWT_SECRET = "a secret for the test that kills its server";
const ROWS = 600_000;

const state = createState();
let server: DevServer | undefined;

afterAll(async () => {
  await server?.stop();
  rmSync(state, { recursive: true, force: true });
});

const start = () => startDevServer({ persistTo: state, logFile: ".eider/e2e-restart.log", vars: { JWT_SECRET } });

test("an ingest whose server is killed in its middle finishes after the restart, with every row once", async () => {
  server = await start();
  const claims = { sub: "somebody" };
  let user = new TestUser(claims, { url: server.url, secret: JWT_SECRET });
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
  process.kill(-server.pid, "SIGKILL");
  await server.ended;

  server = await start();
  user = new TestUser(claims, { url: server.url, secret: JWT_SECRET });
  const upload = await user.settle(created.upload_id);
  expect(upload.files[0]).toMatchObject({ status: "complete", rows: ROWS, rejected_rows: 0 });
  const session = await user.session(upload.upload_id);
  const { body } = await user.query(
    session.session_id,
    "SELECT count(*), count(DISTINCT id), min(id), max(id), sum(id)::BIGINT FROM large",
  );
  expect(body.rows).toEqual([[ROWS, ROWS, 0, ROWS - 1, (ROWS * (ROWS - 1)) / 2]]);
}, 300_000);
