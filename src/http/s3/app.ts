import { type Context, Hono } from "hono";
import { S3_BUCKET, S3_REGION, servesS3 } from "../../storage/s3/presign.ts";
import { S3Error } from "../../storage/s3/s3-error.ts";
import type { AppEnv } from "../context.ts";
import { type Access, checkAccess } from "./access.ts";
import { listObjects } from "./list-objects.ts";
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload, uploadPart } from "./multipart.ts";
import { toS3Error } from "./r2-error.ts";
import { readObject } from "./read-object.ts";
import { deleteObject, deleteObjects, putObject } from "./write-object.ts";
import { element, errorResponse, xmlResponse } from "./xml.ts";

/** Where the app is mounted. Signatures cover it, since clients sign the whole path. */
const MOUNT = "/s3/";

/**
 * The S3-compatible endpoint, path style: `/s3/eider/<key>`. It is there until R2's own keys are configured, and speaks to whoever has
 * an API key's S3 credentials (only `uploads/<user>/`) or one of the server's presigned URLs. Bodies stream; nothing is held whole.
 */
export const s3App = new Hono<AppEnv>();

s3App.onError((error, c) => {
  const known = toS3Error(error);
  if (known === undefined) console.error({ requestId: c.var.requestId, error: error.stack ?? String(error) });
  const failure =
    known ??
    new S3Error("InternalError", "Something went wrong on our side. Try again; if it stays, report the request id.");
  return withCors(errorResponse(failure, new URL(c.req.url).pathname, c.var.requestId));
});

s3App.options("/*", (c) => {
  const asked = c.req.header("access-control-request-headers");
  return withCors(
    new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": "GET, HEAD, PUT, POST, DELETE",
        ...(asked === undefined ? {} : { "access-control-allow-headers": asked }),
        "access-control-max-age": "3600",
        vary: "access-control-request-headers",
      },
    }),
  );
});

s3App.all("/*", async (c) => withCors(await answer(c)));

async function answer(c: Context<AppEnv>): Promise<Response> {
  if (!servesS3(c.env))
    throw new S3Error("NoSuchBucket", "This server keeps its files at R2's own S3 endpoint; there is none here.");
  const access = await checkAccess(c);
  const path = access.claim.path.startsWith(MOUNT) ? access.claim.path.slice(MOUNT.length) : "";
  const slash = path.indexOf("/");
  const bucketName = slash < 0 ? path : path.slice(0, slash);
  const key = slash < 0 ? "" : path.slice(slash + 1);
  const query = new Map(access.claim.query);
  if (bucketName === "") return listBuckets(c, access);
  if (bucketName !== S3_BUCKET) throw new S3Error("NoSuchBucket", `The only bucket here is ${S3_BUCKET}.`);
  return key === "" ? answerForBucket(c, access, query) : answerForObject(c, access, key, query);
}

/** Parts of S3 that a query names and that are not offered: asking for one must not read or overwrite the object instead. */
const OTHER_SUBRESOURCES = [
  "acl",
  "attributes",
  "cors",
  "legal-hold",
  "lifecycle",
  "object-lock",
  "policy",
  "replication",
  "restore",
  "retention",
  "select",
  "tagging",
  "torrent",
  "versionId",
  "versions",
  "encryption",
  "notification",
  "website",
];

async function answerForObject(
  c: Context<AppEnv>,
  access: Access,
  key: string,
  query: ReadonlyMap<string, string>,
): Promise<Response> {
  refuseOthers(query);
  const uploadId = query.get("uploadId");
  const partNumber = query.get("partNumber");
  switch (c.req.raw.method) {
    case "GET":
    case "HEAD":
      if (uploadId !== undefined)
        throw new S3Error(
          "NotImplemented",
          "Listing the parts of an upload is not offered: R2 does not tell a Worker.",
        );
      if (partNumber !== undefined)
        throw new S3Error("NotImplemented", "Reading a single part is not offered. Use Range.");
      return readObject(c, access, key, c.req.raw.method === "GET");
    case "PUT":
      if (uploadId === undefined && partNumber === undefined) return putObject(c, access, key);
      if (uploadId === undefined || partNumber === undefined)
        throw new S3Error("InvalidArgument", "A part needs both uploadId and partNumber.");
      return uploadPart(c, access, key, uploadId, partNumber);
    case "POST":
      if (query.has("uploads")) return createMultipartUpload(c, access, S3_BUCKET, key);
      if (uploadId !== undefined) return completeMultipartUpload(c, access, S3_BUCKET, key, uploadId);
      break;
    case "DELETE":
      return uploadId === undefined ? deleteObject(c, access, key) : abortMultipartUpload(c, access, key, uploadId);
  }
  throw notOffered(c);
}

async function answerForBucket(
  c: Context<AppEnv>,
  access: Access,
  query: ReadonlyMap<string, string>,
): Promise<Response> {
  if (access.prefix === "") throw new S3Error("AccessDenied", "A presigned URL of the server is for one object.");
  refuseOthers(query);
  switch (c.req.raw.method) {
    case "HEAD":
      return new Response(null, { headers: { "x-amz-bucket-region": S3_REGION } });
    case "GET":
      if (query.has("location")) return xmlResponse("LocationConstraint", S3_REGION);
      if (query.has("versioning")) return xmlResponse("VersioningConfiguration", "");
      if (query.has("uploads"))
        throw new S3Error("NotImplemented", "Listing unfinished uploads is not offered: R2 does not tell a Worker.");
      return listObjects(c, access, S3_BUCKET, query);
    case "PUT":
      throw new S3Error("BucketAlreadyOwnedByYou", "The bucket is there already.");
    case "POST":
      if (query.has("delete")) return deleteObjects(c, access);
  }
  throw notOffered(c);
}

function listBuckets(c: Context<AppEnv>, access: Access): Response {
  if (c.req.raw.method !== "GET" || access.prefix === "") throw notOffered(c);
  const created = element("CreationDate", "2026-01-01T00:00:00.000Z");
  return xmlResponse(
    "ListAllMyBucketsResult",
    `<Buckets><Bucket>${element("Name", S3_BUCKET)}${created}</Bucket></Buckets>`,
  );
}

function refuseOthers(query: ReadonlyMap<string, string>): void {
  const other = OTHER_SUBRESOURCES.find((name) => query.has(name));
  if (other !== undefined) throw new S3Error("NotImplemented", `“?${other}” is not offered here.`);
}

function notOffered(c: Context<AppEnv>): S3Error {
  return new S3Error("MethodNotAllowed", `${c.req.raw.method} is not offered here.`);
}

/**
 * Any web page may call: permission lies in the signature, which a page must have been given, never in cookies.
 */
function withCors(response: Response): Response {
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set(
    "access-control-expose-headers",
    "ETag, Content-Range, Content-Length, Last-Modified, x-amz-checksum-crc32, x-amz-request-id",
  );
  return response;
}
