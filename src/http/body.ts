import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { AppError } from "../core/errors.ts";
import type { AppEnv } from "./context.ts";
import { validationFailed } from "./problem.ts";

/** A small form or JSON body is never larger than this. */
const MAX_SMALL_BODY_BYTES = 1_000_000;

/** Which version of the Data API a body speaks: form data is v1, JSON is v2. */
export type Body<V1, V2> = { version: 1; value: V1 } | { version: 2; value: V2 };

/**
 * Reads a body that two versions share.
 *
 * @throws AppError `unsupported_media_type`, `payload_too_large` above 1 MB, `invalid_request` when it cannot be read,
 * `validation_failed` when its shape is wrong.
 */
export async function readVersionedBody<V1 extends z.ZodType, V2 extends z.ZodType>(
  c: Context<AppEnv>,
  schemas: { form: V1; json: V2 },
): Promise<Body<z.infer<V1>, z.infer<V2>>> {
  const type = mediaTypeOf(c);
  if (isJson(type)) return { version: 2, value: check(schemas.json, await readJson(c)) };
  if (type === "multipart/form-data" || type === "application/x-www-form-urlencoded")
    return { version: 1, value: check(schemas.form, await readForm(c)) };
  throw new AppError(
    "unsupported_media_type",
    `Send JSON (Content-Type: application/json) or form data, not ${type === "" ? "a body without Content-Type" : `“${type}”`}.`,
  );
}

function check<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw validationFailed(parsed.error);
  return parsed.data;
}

const isJson = (type: string) =>
  type === "application/json" || (type.startsWith("application/") && type.endsWith("+json"));

function mediaTypeOf(c: Context<AppEnv>): string {
  return (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Some send a body with GET all the same; it can be read, but not be put back. */
const isBodiless = (c: Context<AppEnv>) => c.req.method === "GET" || c.req.method === "HEAD";

/** The only JSON bodies that are files themselves; they are streamed. */
const FILES = /^\/api\/v2\/upload\//;

/** Reads a JSON body before its route does: never more of it than a small body may have, and with a word on what is malformed. */
export const boundJsonBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.raw.body && !isBodiless(c) && isJson(mediaTypeOf(c)) && !FILES.test(c.req.path)) await readJson(c);
  await next();
};

async function readJson(c: Context<AppEnv>, isOptional = false): Promise<unknown> {
  const text = new TextDecoder().decode(await readSmallBody(c));
  if (isOptional && text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError(
      "invalid_request",
      `The body is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {},
      { cause },
    );
  }
}

/**
 * Reads a body that is JSON whatever its Content-Type says, as the callers of some APIs leave that out; no body counts as `{}` where
 * nothing in it is required.
 *
 * @throws AppError `payload_too_large` above 1 MB, `invalid_request` when it is not JSON, `validation_failed` when its shape is wrong.
 */
export async function readJsonBody<S extends z.ZodType>(
  c: Context<AppEnv>,
  schema: S,
  options: { optional?: boolean } = {},
): Promise<z.infer<S>> {
  return check(schema, await readJson(c, options.optional));
}

async function readForm(c: Context<AppEnv>): Promise<Record<string, string>> {
  const headers = { "content-type": c.req.header("content-type") ?? "" };
  try {
    const form = await new Response(await readSmallBody(c), { headers }).formData();
    return Object.fromEntries([...form].filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      "invalid_request",
      "The form data cannot be read; check its boundary and that it is complete.",
      {},
      { cause },
    );
  }
}

/** Reads the body and puts it back, so that whoever reads it next, Hono's validators included, gets the same bytes. */
async function readSmallBody(c: Context<AppEnv>): Promise<Uint8Array> {
  const body = await collectBody(c);
  if (!isBodiless(c)) c.req.raw = new Request(c.req.raw, { body });
  return body;
}

async function collectBody(c: Context<AppEnv>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    length += chunk.length;
    if (length > MAX_SMALL_BODY_BYTES)
      throw new AppError(
        "payload_too_large",
        `The body may have at most ${MAX_SMALL_BODY_BYTES} bytes; files go to their presigned URLs.`,
      );
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
