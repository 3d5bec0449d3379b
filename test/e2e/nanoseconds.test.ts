import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeTimestamps } from "../formats/orc/write-timestamps.ts";
import { openNative } from "../formats/parquet/native.ts";
import { type Answer, TestUser } from "./client.ts";
import { downloadFile, exportFiles } from "./exporting.ts";

const MOMENTS = [0n, 1_500_000_001n, 123_456_789_012_345_678n, 1_700_000_000_123_456_789n];
const user = new TestUser();
const folder = mkdtempSync(join(tmpdir(), "eider-nanoseconds-"));
let native: DuckDBConnection;
let upload: Answer["body"];
let session: Answer["body"];
let expected: unknown[][];

beforeAll(async () => {
  native = await openNative();
  const values = `SELECT make_timestamp_ns(unnest([${MOMENTS.join(", ")}]::BIGINT[]))::VARCHAR`;
  expected = (await native.runAndReadAll(values)).getRows();
  upload = await user.upload({ "moments.orc": writeTimestamps({ moment: MOMENTS }, 2) }, "application/octet-stream");
  expect(upload.status, JSON.stringify(upload.files[0].error)).toBe("complete");
  session = await user.session(upload.upload_id);
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

test("an ORC file's nanoseconds are queried and profiled", async () => {
  expect(upload.files[0].column_info[0]).toMatchObject({ name: "moment", type: "datetime", unique: true });
  const { body } = await user.query(session.session_id, "SELECT moment::VARCHAR FROM moments");
  expect(body.rows).toEqual(expected);
  const range = await user.query(
    session.session_id,
    "SELECT min(moment)::VARCHAR, max(moment)::VARCHAR, typeof(max(moment)) FROM moments",
  );
  expect(range.body.rows).toEqual([[expected[0]![0], expected[3]![0], "TIMESTAMP_NS"]]);
  const started = await user.call("POST", "/data/analyze", {
    json: { upload_id: upload.upload_id, files: ["moments.orc"], analysis_type: "comprehensive" },
  });
  let analysis: Answer["body"];
  do {
    analysis = (await user.call("GET", `/data/analysis/${started.body.job_id}`)).body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (analysis.status === "pending" || analysis.status === "running");
  expect(analysis.status, JSON.stringify(analysis)).toBe("completed");
});

test.each(["parquet", "csv", "ndjson"])("%s has all of their digits", async (format) => {
  const done = await exportFiles(user, { upload_id: upload.upload_id, files: ["moments.orc"], format });
  expect(done, JSON.stringify(done)).toMatchObject({ status: "completed" });
  const path = join(folder, `moments.${format}`);
  writeFileSync(path, await downloadFile(user, done.files[0]));
  const read = {
    parquet: `'${path}'`,
    csv: `read_csv('${path}', types = {'moment': 'TIMESTAMP_NS'})`,
    ndjson: `read_json('${path}', columns = {moment: 'VARCHAR'})`,
  }[format];
  const rows = await native.runAndReadAll(`SELECT moment::TIMESTAMP_NS::VARCHAR FROM ${read}`);
  expect(rows.getRows()).toEqual(expected);
});
