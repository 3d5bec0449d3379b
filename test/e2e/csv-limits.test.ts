import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DevServer, startDevServer } from "../../scripts/dev-server.ts";
import { type Answer, TestUser } from "./client.ts";
import { createState } from "./create-state.ts";
import { listStored } from "./list-stored.ts";

/** A server with small limits, so that the real ones are met. */
const JWT_SECRET = "a secret for the test of small limits";
const state = createState();
let server: DevServer;
let user: TestUser;

beforeAll(async () => {
  server = await startDevServer({
    persistTo: state,
    logFile: ".eider/e2e-csv-limits.log",
    vars: { JWT_SECRET, MAX_FILES_PER_UPLOAD: "2", MAX_DATASET_UPLOAD_BYTES: "1000" },
  });
  user = new TestUser({}, { url: server.url, secret: JWT_SECRET });
  await user.call("POST", "/api/csv/sessions", { json: { session_id: "small" } });
});

afterAll(async () => {
  await server?.stop();
  rmSync(state, { recursive: true, force: true });
});

function upload(filename: string, text: string): Promise<Answer> {
  const form = new FormData();
  form.append("file", new Blob([text]), filename);
  form.append("session_id", "small");
  return user.call("POST", "/api/csv/upload", { form });
}

async function expectObjects(matches: (keys: string[]) => boolean): Promise<void> {
  await expect.poll(() => matches(listStored(state)), { timeout: 10_000 }).toBe(true);
}

test("a file above the limit leaves nothing behind", async () => {
  const { status, body } = await upload("big.csv", "x\n".repeat(2_000));
  expect([status, body.code, body.limit_bytes]).toEqual([413, "payload_too_large", 1000]);
  expect((await user.call("GET", "/api/csv/sessions/small")).body.csv_files).toEqual([]);
  expect(listStored(state)).toEqual([]);
});

test("a full session says so; what is deleted leaves the bucket, and only that", async () => {
  const first = await upload("a.csv", "x\n1\n");
  const second = await upload("b.csv", "x\n2\n");
  await user.settle(first.body.upload_id);
  const third = await upload("c.csv", "x\n3\n");
  expect([third.status, third.body.limit]).toEqual([409, 2]);

  const stemOf = (answer: Answer) => answer.body.file.filename.replace(".csv", "");
  await expectObjects((keys) => keys.filter((key) => key.startsWith("artifacts/")).length === 2);
  await user.call("DELETE", `/api/csv/files/${first.body.file.id}`);
  await expectObjects((keys) => !keys.some((key) => key.includes(stemOf(first))));
  expect(listStored(state)).toContain(`artifacts/${stemOf(second)}`);
  expect(listStored(state).filter((key) => key.endsWith("/data.duckdb"))).toHaveLength(1);

  await user.call("DELETE", "/api/csv/sessions/small");
  // What a job wrote in the moment of the deletion is removed by the next cron.
  await expectObjects((keys) => !keys.some((key) => key.startsWith("artifacts/") || key.endsWith("/data.duckdb")));
});
