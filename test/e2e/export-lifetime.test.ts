import { expect, test } from "vitest";
import { quoteSql } from "../../scripts/local/query-database.ts";
import { TestUser } from "./client.ts";
import { beginExport, downloadFile, exportFiles, listExported, settleExport, untilNothingIsLeft } from "./exporting.ts";
import { queryServer } from "./query-server.ts";
import { server } from "./this-server.ts";

test("an export is gone after its seven days, and says so", async () => {
  const user = new TestUser();
  const upload = await user.upload({ "a.csv": "x\n1\n" });
  const done = await exportFiles(user, { upload_id: upload.upload_id });
  // What was exported outlives its upload.
  await user.call("DELETE", `/uploads/${upload.upload_id}`);
  expect(new TextDecoder().decode(await downloadFile(user, done.files[0]))).toBe("x\n1\n");

  await queryServer(`UPDATE exports SET expires_at = ${Date.now() - 1000} WHERE id = ${quoteSql(done.export_id)}`);
  const expired = async () => {
    expect((await user.call("GET", `/data/export/${done.export_id}`)).body).toMatchObject({ status: "expired" });
    const file = await user.call("GET", done.files[0].download_url);
    expect([file.status, file.body.code, file.body.detail]).toEqual([410, "gone", expect.stringMatching(/expired at/)]);
  };
  await expired();
  await (await fetch(`${server.url}/cdn-cgi/local/scheduled`)).text();
  await expired();
  const [row] = await queryServer(`SELECT removed_at FROM exports WHERE id = ${quoteSql(done.export_id)}`);
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

test("an export that is cancelled while it is written leaves nothing in R2", async () => {
  const user = new TestUser();
  const { export_id, job_id } = await beginExport(user, { rows: 800_000, progress: 0.1 });
  expect(listExported(server.state, export_id)).not.toEqual([]);
  expect((await user.call("POST", `/jobs/${job_id}/cancel`)).status).toBe(200);
  await untilNothingIsLeft(server.state, export_id);
  const file = await user.call("GET", `/data/export/${export_id}/result.csv`);
  expect([file.status, file.body.detail]).toEqual([409, expect.stringMatching(/cancelled/)]);
  await untilNoted(export_id);

  // Had its workbench died before it could note that, cron would have it looked after once more.
  await queryServer(`UPDATE exports SET removed_at = NULL WHERE id = ${quoteSql(export_id)}`);
  await queryServer(`UPDATE jobs SET completed_at = completed_at - 600000 WHERE id = ${quoteSql(job_id)}`);
  await (await fetch(`${server.url}/cdn-cgi/local/scheduled`)).text();
  await untilNoted(export_id);
}, 90_000);

async function untilNoted(exportId: string): Promise<void> {
  const isNoted = async () => {
    const [row] = await queryServer(`SELECT removed_at FROM exports WHERE id = ${quoteSql(exportId)}`);
    return typeof row?.["removed_at"] === "number";
  };
  await expect.poll(isNoted, { timeout: 30_000, interval: 100 }).toBe(true);
}
