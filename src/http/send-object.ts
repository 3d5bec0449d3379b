import type { Context } from "hono";
import { AppError } from "../core/errors.ts";
import { isHeaderText } from "../core/uploads/filename.ts";
import type { AppEnv } from "./context.ts";
import { respondWithProblem } from "./problem.ts";

/** An object in R2 that is offered as a file. It never changes. */
export interface OfferedObject {
  key: string;
  filename: string;
  contentType: string;
  /** `Cache-Control`; the caller's own, to be asked for again, unless given. */
  cacheControl?: string;
}

/** Streams an object: whole, one range of it (206), or not at all when the caller has it (304). @throws AppError `gone` */
export async function sendObject(c: Context<AppEnv>, offered: OfferedObject): Promise<Response> {
  const { bucket } = c.var.services;
  const head = await bucket.head(offered.key);
  if (!head) throw removed(offered);
  const lastModified = head.uploaded.toUTCString();
  const headers = new Headers({
    // That of a form's part may be anything.
    "content-type": isHeaderText(offered.contentType) ? offered.contentType : "application/octet-stream",
    "content-disposition": attachment(offered.filename),
    "accept-ranges": "bytes",
    etag: head.httpEtag,
    "last-modified": lastModified,
    "cache-control": offered.cacheControl ?? "private, no-cache",
    "x-content-type-options": "nosniff",
  });
  if (isKnown(c, head.httpEtag, lastModified)) return new Response(null, { status: 304, headers });
  const ifRange = c.req.header("if-range")?.trim();
  const isCurrent = ifRange === undefined || ifRange === head.httpEtag || ifRange === lastModified;
  const range = isCurrent ? parseByteRange(c.req.header("range"), head.size) : undefined;
  if (range === "outside") {
    const problem = respondWithProblem(
      c,
      new AppError("range_not_satisfiable", `The range lies outside of the file's ${head.size} bytes.`),
    );
    problem.headers.set("content-range", `bytes */${head.size}`);
    return problem;
  }
  const length = range?.length ?? head.size;
  headers.set("content-length", String(length));
  if (range) headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${head.size}`);
  const status = range ? 206 : 200;
  if (c.req.method === "HEAD" || length === 0) return new Response(null, { status, headers });
  const object = await bucket.get(offered.key, range ? { range } : {});
  if (!object) throw removed(offered);
  return new Response(object.body, { status, headers });
}

function removed({ filename }: OfferedObject): AppError {
  return new AppError("gone", `“${filename}” has been removed meanwhile.`);
}

/** If-None-Match (RFC 9110, 13.1.2) by weak comparison, and without it If-Modified-Since (13.1.3). */
function isKnown(c: Context<AppEnv>, etag: string, lastModified: string): boolean {
  const tags = c.req.header("if-none-match");
  if (tags === undefined) return Date.parse(c.req.header("if-modified-since") ?? "") >= Date.parse(lastModified);
  return tags.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

/** One range of bytes (RFC 9110, 14.1.2); several, or what is none, count as none. */
export function parseByteRange(
  header: string | undefined,
  size: number,
): { offset: number; length: number } | "outside" | undefined {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? "outside" : { offset: size - length, length };
  }
  const offset = Number(match[1]);
  if (match[2] !== "" && Number(match[2]) < offset) return undefined;
  if (offset >= size) return "outside";
  const last = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  return { offset, length: last - offset + 1 };
}

/**
 * `Content-Disposition` (RFC 6266): the name in ASCII for old readers, and in UTF-8 (RFC 8187) where that is not all of it.
 */
export function attachment(filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]/gu, "_").replace(/["\\]/g, "\\$&");
  if (/^[\x20-\x7e]*$/.test(filename) && !/["\\%]/.test(filename)) return `attachment; filename="${filename}"`;
  const encoded = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
