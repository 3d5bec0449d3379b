import type { Context } from "hono";
import { S3Error } from "../../storage/s3/s3-error.ts";
import { encodeUriComponent } from "../../storage/s3/uri-encoding.ts";
import type { AppEnv } from "../context.ts";
import { type Access, requireScope } from "./access.ts";
import { element, xmlResponse } from "./xml.ts";

/** ListObjectsV2, and its predecessor for clients that still use it. Shows only what lies under the caller's prefix. */
export async function listObjects(
  c: Context<AppEnv>,
  access: Access,
  bucketName: string,
  query: ReadonlyMap<string, string>,
): Promise<Response> {
  requireScope(access, "read");
  if (access.prefix === "") throw new S3Error("AccessDenied", "A presigned URL of the server cannot list.");
  const isV2 = query.get("list-type") === "2";
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") || undefined;
  const maxKeys = readMaxKeys(query.get("max-keys"));
  const token = query.get("continuation-token");
  const after = query.get(isV2 ? "start-after" : "marker");
  const isUrl = query.get("encoding-type") === "url";
  const encode = (text: string) => (isUrl ? encodeUriComponent(text).replaceAll("%2F", "/") : text);

  const page =
    maxKeys === 0
      ? emptyPage
      : await listPage(c.var.services.bucket, access.prefix, { prefix, delimiter, maxKeys, token, after });
  const { objects, prefixes } = page;
  const contents = objects.map(
    (object) =>
      `<Contents>${element("Key", encode(object.key))}${element("LastModified", object.uploaded.toISOString())}${element("ETag", object.httpEtag)}${element("Size", object.size)}${element("StorageClass", "STANDARD")}</Contents>`,
  );
  const common = prefixes.map((name) => `<CommonPrefixes>${element("Prefix", encode(name))}</CommonPrefixes>`);
  const last = [objects.at(-1)?.key ?? "", prefixes.at(-1) ?? ""].sort().at(-1);
  const paging = isV2
    ? element("KeyCount", objects.length + prefixes.length) +
      element("ContinuationToken", token) +
      element("NextContinuationToken", page.cursor) +
      element("StartAfter", after === undefined ? undefined : encode(after))
    : element("Marker", encode(after ?? "")) +
      element("NextMarker", page.cursor === undefined ? undefined : encode(last ?? ""));
  return xmlResponse(
    "ListBucketResult",
    element("Name", bucketName) +
      element("Prefix", encode(prefix)) +
      element("Delimiter", delimiter === undefined ? undefined : encode(delimiter)) +
      element("MaxKeys", maxKeys) +
      (isUrl ? element("EncodingType", "url") : "") +
      element("IsTruncated", page.cursor !== undefined) +
      paging +
      contents.join("") +
      common.join(""),
  );
}

interface Page {
  objects: R2Object[];
  prefixes: string[];
  /** Where the next page begins; undefined on the last. */
  cursor: string | undefined;
}

const emptyPage: Page = { objects: [], prefixes: [], cursor: undefined };

interface PageRequest {
  prefix: string;
  delimiter: string | undefined;
  maxKeys: number;
  token: string | undefined;
  after: string | undefined;
}

async function listPage(bucket: R2Bucket, reach: string, request: PageRequest): Promise<Page> {
  const { prefix, delimiter, maxKeys, token, after } = request;
  if (!prefix.startsWith(reach)) {
    // The prefix asked for lies above what the caller reaches: show the way down to it and nothing beside it.
    if (!reach.startsWith(prefix))
      throw new S3Error("AccessDenied", `These credentials list only keys that begin with ${reach}`);
    const cut = delimiter === undefined ? -1 : reach.indexOf(delimiter, prefix.length);
    if (delimiter !== undefined && cut >= 0 && cut + delimiter.length <= reach.length) {
      return { objects: [], prefixes: [reach.slice(0, cut + delimiter.length)], cursor: undefined };
    }
  }
  const result = await bucket.list({
    prefix: prefix.startsWith(reach) ? prefix : reach,
    limit: maxKeys,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(token === undefined ? {} : { cursor: token }),
    ...(after === undefined || after === "" ? {} : { startAfter: after }),
  });
  return {
    objects: result.objects,
    prefixes: result.delimitedPrefixes,
    cursor: result.truncated ? result.cursor : undefined,
  };
}

function readMaxKeys(text: string | undefined): number {
  if (text === undefined || text === "") return 1000;
  if (!/^\d{1,9}$/.test(text)) throw new S3Error("InvalidArgument", "max-keys must be a number.");
  return Math.min(Number(text), 1000);
}
