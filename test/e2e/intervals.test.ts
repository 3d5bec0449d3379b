import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { RecordBatchReader } from "apache-arrow";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openNative } from "../formats/parquet/native.ts";
import { type Answer, TestUser } from "./client.ts";
import { downloadFile, exportFiles } from "./exporting.ts";

const ROWS = 6_000;
const SHOWN = 100;
const SQL = `SELECT i AS id, CASE WHEN i % 5 = 2 THEN NULL ELSE to_months((i % 30)::INTEGER) + to_days((i % 9)::INTEGER) + to_milliseconds(i * 250) END AS span
  FROM range(${ROWS}) t(i)`;

const user = new TestUser();
const folder = mkdtempSync(join(tmpdir(), "eider-intervals-"));
const path = join(folder, "spans.parquet");
let native: DuckDBConnection;
let upload: Answer["body"];
let session: Answer["body"];

const nativeTexts = async (sql: string) => (await native.runAndReadAll(sql)).getRows();

beforeAll(async () => {
  native = await openNative();
  await native.run(`COPY (${SQL}) TO '${path}' (FORMAT parquet)`);
  upload = await user.upload({ "spans.parquet": new Uint8Array(readFileSync(path)) }, "application/octet-stream");
  expect(upload.status, JSON.stringify(upload.files[0].error)).toBe("complete");
  session = await user.session(upload.upload_id);
});
afterAll(() => {
  native.closeSync();
  rmSync(folder, { recursive: true });
});

test("a Parquet file's intervals are columns that are computed with", async () => {
  const [file] = upload.files;
  expect(file.column_info.find((column: { name: string }) => column.name === "span")).toMatchObject({
    type: "string",
    nullable: true,
    unique: true,
  });
  const columns = "id, span::VARCHAR, (DATE '2024-01-31' + span)::VARCHAR, typeof(span)";
  const { body } = await user.query(session.session_id, `SELECT ${columns} FROM spans ORDER BY id DESC LIMIT ${SHOWN}`);
  const expected = await nativeTexts(
    `SELECT ${columns.replace("id", "id::DOUBLE")} FROM '${path}' ORDER BY id DESC LIMIT ${SHOWN}`,
  );
  expect(body.rows).toEqual(expected);
});

test("they are profiled, and previewed", async () => {
  const started = await user.call("POST", "/data/analyze", {
    json: { upload_id: upload.upload_id, files: ["spans.parquet"], analysis_type: "comprehensive" },
  });
  let analysis: Answer["body"];
  do {
    analysis = (await user.call("GET", `/data/analysis/${started.body.job_id}`)).body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (analysis.status === "pending" || analysis.status === "running");
  expect(analysis.status, JSON.stringify(analysis)).toBe("completed");
  const preview = await user.call("GET", `/uploads/${upload.upload_id}/files/spans.parquet/preview`);
  expect(preview.status).toBe(200);
  expect(JSON.stringify(preview.body)).toContain("1 month 1 day 00:00:00.25");
});

test("Arrow carries them as intervals, and they come back as such", async () => {
  const done = await exportFiles(user, { upload_id: upload.upload_id, files: ["spans.parquet"], format: "arrow" });
  expect(done, JSON.stringify(done)).toMatchObject({ status: "completed" });
  const bytes = await downloadFile(user, done.files[0]);
  const { schema } = RecordBatchReader.from(bytes).open();
  expect(String(schema.fields[1]!.type)).toBe("Interval<MONTH_DAY_NANO>");
  const again = await user.upload({ "again.arrow": bytes }, "application/octet-stream");
  expect(again.status, JSON.stringify(again.files[0].error)).toBe("complete");
  const second = await user.session(again.upload_id);
  const sql = (table: string) => `SELECT id, span, typeof(span) AS type FROM ${table} ORDER BY id DESC LIMIT ${SHOWN}`;
  const after = await user.query(second.session_id, sql("again"));
  const before = await user.query(session.session_id, sql("spans"));
  expect(after.body.rows).toEqual(before.body.rows);
});

test("Parquet and CSV have their text, in which nothing is lost", async () => {
  for (const format of ["parquet", "csv"]) {
    const done = await exportFiles(user, { session_id: session.session_id, query: "FROM spans", format });
    const copy = join(folder, `copy.${format}`);
    writeFileSync(copy, await downloadFile(user, done.files[0]));
    expect(await nativeTexts(`SELECT id::BIGINT, span::INTERVAL::VARCHAR FROM '${copy}' ORDER BY id`)).toEqual(
      await nativeTexts(`SELECT id, span::VARCHAR FROM '${path}' ORDER BY id`),
    );
  }
});

test("an interval that Arrow cannot hold fails the export with a sentence", async () => {
  const query = "SELECT INTERVAL '3000000 hours' AS span";
  const done = await exportFiles(user, { session_id: session.session_id, query, format: "arrow" });
  expect(done.status).toBe("failed");
  expect(JSON.stringify(done.error)).toContain("2562046 hours");
  const text = await user.query(session.session_id, query);
  expect(text.body.rows).toEqual([["3000000:00:00"]]);
});
