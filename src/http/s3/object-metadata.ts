import { S3Error } from "../../storage/s3/s3-error.ts";

const META = "x-amz-meta-";
const MAX_METADATA_BYTES = 2048;

/** What a PUT or CreateMultipartUpload says about the object, as R2 stores it. */
export function readMetadata(headers: Headers): {
  httpMetadata: R2HTTPMetadata;
  customMetadata: Record<string, string>;
} {
  const httpMetadata: R2HTTPMetadata = {};
  const set = (name: keyof Omit<R2HTTPMetadata, "cacheExpiry">, value: string | null) => {
    if (value !== null && value !== "") httpMetadata[name] = value;
  };
  set("contentType", headers.get("content-type"));
  set("contentLanguage", headers.get("content-language"));
  set("contentDisposition", headers.get("content-disposition"));
  set("cacheControl", headers.get("cache-control"));
  // `aws-chunked` describes the request's framing, not the object.
  const encodings = (headers.get("content-encoding") ?? "").split(",").map((name) => name.trim());
  set("contentEncoding", encodings.filter((name) => name !== "" && name !== "aws-chunked").join(", "));
  const customMetadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith(META)) continue;
    customMetadata[name.slice(META.length)] = value;
    bytes += name.length - META.length + value.length;
  }
  if (bytes > MAX_METADATA_BYTES)
    throw new S3Error(
      "MetadataTooLarge",
      `The x-amz-meta- headers hold ${bytes} bytes; at most ${MAX_METADATA_BYTES} are allowed.`,
    );
  return { httpMetadata, customMetadata };
}

/** An object's headers. Browsers are told to treat it as data: whoever uploads a page must not run scripts on the API's origin. */
export function objectHeaders(object: R2Object): Headers {
  const headers = new Headers();
  object.writeHttpMetadata(headers);
  if (!headers.has("content-type")) headers.set("content-type", "binary/octet-stream");
  headers.set("etag", object.httpEtag);
  headers.set("last-modified", object.uploaded.toUTCString());
  headers.set("accept-ranges", "bytes");
  headers.set("x-content-type-options", "nosniff");
  headers.set("content-security-policy", "sandbox; default-src 'none'");
  for (const [name, value] of Object.entries(object.customMetadata ?? {})) headers.set(META + name, value);
  return headers;
}
