import type { Context } from "hono";
import type { ChecksumAlgorithm } from "../../storage/s3/checksums.ts";
import { readPayload, readSmallPayload } from "../../storage/s3/read-payload.ts";
import { S3Error } from "../../storage/s3/s3-error.ts";
import type { AppEnv } from "../context.ts";
import { type Access, requireKey, requireScope } from "./access.ts";
import { readMetadata } from "./object-metadata.ts";
import { storeBody } from "./store-body.ts";
import { element, parseDeletion, xmlResponse } from "./xml.ts";

const MAX_XML_BYTES = 4_000_000;

/** PutObject. */
export async function putObject(c: Context<AppEnv>, access: Access, key: string): Promise<Response> {
  requireKey(access, key, "write");
  const { headers } = c.req.raw;
  if (headers.has("x-amz-copy-source"))
    throw new S3Error("NotImplemented", "Copying objects is not offered here. Upload the bytes again.");
  const { bucket, limits } = c.var.services;
  const payload = readPayload(c.req.raw, access.claim, access.verified, limits.MAX_FILE_BYTES);
  const onlyIf = readPutCondition(headers);
  const options = { ...readMetadata(headers), ...(onlyIf ? { onlyIf } : {}) };
  const { stored, checksums } = await storeBody(
    payload,
    (body): Promise<R2Object | null> => bucket.put(key, body, options),
  );
  if (stored === null) throw new S3Error("PreconditionFailed", "A condition of the request does not hold.");
  return new Response(null, { headers: { etag: stored.httpEtag, ...checksumHeaders(checksums) } });
}

/** DeleteObject. Deleting what is not there succeeds, as in S3. */
export async function deleteObject(c: Context<AppEnv>, access: Access, key: string): Promise<Response> {
  requireKey(access, key, "write");
  await c.var.services.bucket.delete(key);
  return new Response(null, { status: 204 });
}

/** DeleteObjects: up to a thousand keys. */
export async function deleteObjects(c: Context<AppEnv>, access: Access): Promise<Response> {
  requireScope(access, "write");
  const payload = readPayload(c.req.raw, access.claim, access.verified, MAX_XML_BYTES);
  const { keys, quiet } = parseDeletion(await readSmallPayload(payload, MAX_XML_BYTES));
  const allowed = access.prefix === "" ? [] : keys.filter((key) => key.startsWith(access.prefix));
  if (allowed.length > 0) await c.var.services.bucket.delete(allowed);
  const results = keys.map((key) => {
    if (!allowed.includes(key))
      return `<Error>${element("Key", key)}${element("Code", "AccessDenied")}${element("Message", "This key is out of reach.")}</Error>`;
    return quiet ? "" : `<Deleted>${element("Key", key)}</Deleted>`;
  });
  return xmlResponse("DeleteResult", results.join(""));
}

/** The checksums that were found right, as S3 confirms them. */
export function checksumHeaders(checksums: ReadonlyMap<ChecksumAlgorithm, string>): Record<string, string> {
  return Object.fromEntries([...checksums].map(([algorithm, value]) => [`x-amz-checksum-${algorithm}`, value]));
}

/** `If-None-Match: *` (only when new) and `If-Match: "<etag>"` (only when unchanged). */
function readPutCondition(headers: Headers): R2Conditional | Headers | undefined {
  const none = headers.get("if-none-match");
  const match = headers.get("if-match");
  if (none !== null && none.trim() !== "*")
    throw new S3Error("NotImplemented", "A PUT takes If-None-Match only as `*`.");
  if (none !== null) return new Headers({ "if-none-match": "*" });
  return match === null ? undefined : { etagMatches: match.trim().replaceAll('"', "") };
}
