import type { Context } from "hono";
import { S3Error } from "../../storage/s3/s3-error.ts";
import type { AppEnv } from "../context.ts";
import { type Access, requireKey } from "./access.ts";
import { objectHeaders } from "./object-metadata.ts";

/** GetObject and HeadObject: whole or one range, with HTTP's conditions. */
export async function readObject(
  c: Context<AppEnv>,
  access: Access,
  key: string,
  withBody: boolean,
): Promise<Response> {
  requireKey(access, key, "read");
  const { bucket } = c.var.services;
  const head = await bucket.head(key);
  if (head === null) throw new S3Error("NoSuchKey", "There is no object with this key.");
  const headers = objectHeaders(head);
  overrideHeaders(headers, access);
  const outcome = judgeConditions(c.req.raw.headers, head);
  if (outcome === "not modified") return new Response(null, { status: 304, headers });
  if (outcome === "failed") throw new S3Error("PreconditionFailed", "A condition of the request does not hold.");

  const range = parseRange(c.req.header("range"), head.size);
  const length = range?.length ?? head.size;
  headers.set("content-length", String(length));
  if (range) headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${head.size}`);
  const status = range ? 206 : 200;
  if (!withBody || length === 0) return new Response(null, { status, headers });
  // The condition makes sure that headers and bytes are of one object, even if it is overwritten meanwhile.
  const object = await bucket.get(key, { onlyIf: { etagMatches: head.etag }, ...(range ? { range } : {}) });
  if (object === null || !("body" in object))
    throw new S3Error("PreconditionFailed", "The object was replaced or deleted while it was being read. Try again.");
  // "manual": what was stored with a Content-Encoding goes out as it was stored.
  return new Response(object.body, { status, headers, encodeBody: "manual" });
}

/** `response-content-type` and its like in a presigned URL. */
function overrideHeaders(headers: Headers, access: Access): void {
  for (const [name, value] of access.claim.query) {
    const header =
      /^response-(content-type|content-language|content-disposition|content-encoding|cache-control|expires)$/.exec(
        name,
      )?.[1];
    if (header === undefined) continue;
    if (/\p{Cc}/u.test(value)) throw new S3Error("InvalidArgument", `${name} holds a control character.`);
    headers.set(header, value);
  }
}

/** RFC 9110, 13.2.2: the order in which conditions count. */
function judgeConditions(headers: Headers, object: R2Object): "ok" | "not modified" | "failed" {
  const seconds = Math.floor(object.uploaded.getTime() / 1000);
  const matches = (list: string) =>
    list
      .split(",")
      .some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "").replaceAll('"', "") === object.etag);
  const at = (name: string) => {
    const time = Date.parse(headers.get(name) ?? "");
    return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
  };
  const ifMatch = headers.get("if-match");
  const unmodifiedSince = at("if-unmodified-since");
  if (ifMatch !== null ? !matches(ifMatch) : unmodifiedSince !== undefined && seconds > unmodifiedSince)
    return "failed";
  const ifNoneMatch = headers.get("if-none-match");
  const modifiedSince = at("if-modified-since");
  if (ifNoneMatch !== null ? matches(ifNoneMatch) : modifiedSince !== undefined && seconds <= modifiedSince)
    return "not modified";
  return "ok";
}

/**
 * One byte range; several, or what is not a byte range, count as none (RFC 9110, 14.2).
 * @throws S3Error `InvalidRange` when it lies outside the object.
 */
export function parseRange(header: string | undefined, size: number): { offset: number; length: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const outside = () => new S3Error("InvalidRange", `The range ${header} lies outside the object's ${size} bytes.`);
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), size);
    if (length === 0) throw outside();
    return { offset: size - length, length };
  }
  const offset = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < offset) return undefined;
  if (offset >= size) throw outside();
  return { offset, length: last - offset + 1 };
}
