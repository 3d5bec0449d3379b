import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type Answer, TestUser } from "./client.ts";
import { server } from "./this-server.ts";

/** A user, a key of theirs, and an S3 client with the credentials that came with it. */
async function createS3User(): Promise<{ user: TestUser; s3: S3Client }> {
  const user = new TestUser({ scope: "read write admin" });
  const { status, body } = await user.call("POST", "/api/keys", { json: { name: "s3" } });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  const s3 = new S3Client({
    endpoint: `${server.url}/s3`,
    region: "auto",
    forcePathStyle: true,
    credentials: { accessKeyId: body.s3.access_key_id, secretAccessKey: body.s3.secret_access_key },
  });
  return { user, s3 };
}

test("@aws-sdk/client-s3 brings the bytes of an upload in, and only its owner can", async () => {
  const { user, s3 } = await createS3User();
  const stranger = await createS3User();
  const created = await user.declare(["cities.csv"]);
  const [{ s3_key: Key }] = created.files;
  await s3.send(new PutObjectCommand({ Bucket: "eider", Key, Body: "city,people\nOslo,700000\nBergen,290000\n" }));
  expect((await s3.send(new HeadObjectCommand({ Bucket: "eider", Key }))).ContentLength).toBe(38);
  const range = await s3.send(new GetObjectCommand({ Bucket: "eider", Key, Range: "bytes=0-3" }));
  expect(await range.Body?.transformToString()).toBe("city");
  await expect(stranger.s3.send(new GetObjectCommand({ Bucket: "eider", Key }))).rejects.toMatchObject({
    name: "AccessDenied",
  });
  await expect(stranger.s3.send(new PutObjectCommand({ Bucket: "eider", Key, Body: "x" }))).rejects.toMatchObject({
    name: "AccessDenied",
  });
  const upload = await user.confirm(created);
  expect(upload.files[0]).toMatchObject({ status: "complete", rows: 2, columns: 2 });
});

test("a file above 100 MB comes in by its presigned parts; its job can be cancelled", async () => {
  const user = new TestUser();
  const line = Buffer.from("4711,some text that makes the line a little longer,3.14159\n");
  const size = Math.ceil(101_000_000 / line.length) * line.length;
  const { body } = await user.call("POST", "/data/upload", {
    json: { files: [{ filename: "large.csv", content_type: "text/csv", size_bytes: size }] },
  });
  const { multipart, filename, s3_key } = body.files[0];
  const part = Buffer.alloc(multipart.part_size, line);
  const etags: string[] = [];
  for (const { part_number, url } of multipart.parts) {
    const start = (part_number - 1) * multipart.part_size;
    const bytes = Buffer.concat([part.subarray(start % line.length), part.subarray(0, start % line.length)]);
    const response = await fetch(url, {
      method: "PUT",
      body: bytes.subarray(0, Math.min(multipart.part_size, size - start)),
    });
    expect(response.status).toBe(200);
    etags.push(response.headers.get("etag") ?? "");
  }
  const xml = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  const completed = await fetch(multipart.complete_url, {
    method: "POST",
    body: `<CompleteMultipartUpload>${xml}</CompleteMultipartUpload>`,
  });
  expect(completed.status, await completed.text()).toBe(200);
  const confirmed = await user.call("POST", `/uploads/${body.upload_id}/status`, {
    json: { status: "complete", files: [{ filename, s3_key }] },
  });
  expect(confirmed.body).toMatchObject({ status: "processing" });
  const [jobId] = confirmed.body.job_ids;
  const cancelled = await user.call("POST", `/jobs/${jobId}/cancel`);
  expect(cancelled.body).toMatchObject({ status: "cancelled" });
  expect((await user.call("POST", `/jobs/${jobId}/cancel`)).status).toBe(200);
  const upload: Answer["body"] = await user.settle(body.upload_id);
  expect(upload.files[0]).toMatchObject({ status: "failed", error: { code: "cancelled" } });
  expect((await user.call("DELETE", `/uploads/${body.upload_id}`)).status).toBe(200);
}, 120_000);
