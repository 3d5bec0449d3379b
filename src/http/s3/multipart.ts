import type { Context } from "hono";
import { readPayload, readSmallPayload } from "../../storage/s3/read-payload.ts";
import { S3Error } from "../../storage/s3/s3-error.ts";
import type { AppEnv } from "../context.ts";
import { type Access, requireKey } from "./access.ts";
import { readMetadata } from "./object-metadata.ts";
import { storeBody } from "./store-body.ts";
import { checksumHeaders } from "./write-object.ts";
import { element, parseCompletion, xmlResponse } from "./xml.ts";

const MAX_XML_BYTES = 4_000_000;

/** CreateMultipartUpload. */
export async function createMultipartUpload(
  c: Context<AppEnv>,
  access: Access,
  bucketName: string,
  key: string,
): Promise<Response> {
  requireKey(access, key, "write");
  const { uploadId } = await c.var.services.bucket.createMultipartUpload(key, readMetadata(c.req.raw.headers));
  return xmlResponse(
    "InitiateMultipartUploadResult",
    element("Bucket", bucketName) + element("Key", key) + element("UploadId", uploadId),
  );
}

/** UploadPart. */
export async function uploadPart(
  c: Context<AppEnv>,
  access: Access,
  key: string,
  uploadId: string,
  partNumber: string,
): Promise<Response> {
  requireKey(access, key, "write");
  if (c.req.raw.headers.has("x-amz-copy-source"))
    throw new S3Error("NotImplemented", "Copying objects is not offered here. Upload the bytes again.");
  const number = /^\d{1,5}$/.test(partNumber) ? Number(partNumber) : 0;
  if (number < 1 || number > 10_000)
    throw new S3Error("InvalidArgument", "partNumber must be a number from 1 to 10000.");
  const { bucket, limits } = c.var.services;
  const payload = readPayload(c.req.raw, access.claim, access.verified, limits.MAX_FILE_BYTES);
  const upload = bucket.resumeMultipartUpload(key, uploadId);
  const { stored, checksums } = await storeBody(payload, (body) => upload.uploadPart(number, body));
  return new Response(null, { headers: { etag: `"${stored.etag}"`, ...checksumHeaders(checksums) } });
}

/** CompleteMultipartUpload. What turns out larger than a file may be is deleted again. */
export async function completeMultipartUpload(
  c: Context<AppEnv>,
  access: Access,
  bucketName: string,
  key: string,
  uploadId: string,
): Promise<Response> {
  requireKey(access, key, "write");
  const { bucket, limits } = c.var.services;
  const payload = readPayload(c.req.raw, access.claim, access.verified, MAX_XML_BYTES);
  const parts = parseCompletion(await readSmallPayload(payload, MAX_XML_BYTES));
  const object = await bucket.resumeMultipartUpload(key, uploadId).complete(parts);
  if (object.size > limits.MAX_FILE_BYTES) {
    await bucket.delete(key);
    throw new S3Error(
      "EntityTooLarge",
      `The parts add up to ${object.size} bytes; at most ${limits.MAX_FILE_BYTES} are allowed.`,
    );
  }
  const location = `${c.var.services.origin}${new URL(c.req.url).pathname}`;
  return xmlResponse(
    "CompleteMultipartUploadResult",
    element("Location", location) +
      element("Bucket", bucketName) +
      element("Key", key) +
      element("ETag", object.httpEtag),
  );
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload(
  c: Context<AppEnv>,
  access: Access,
  key: string,
  uploadId: string,
): Promise<Response> {
  requireKey(access, key, "write");
  await c.var.services.bucket.resumeMultipartUpload(key, uploadId).abort();
  return new Response(null, { status: 204 });
}
