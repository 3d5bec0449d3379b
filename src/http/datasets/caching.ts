import type { Context } from "hono";
import type { AppEnv } from "../context.ts";

/** What a version holds never changes; what a dataset holds does with its next version. */
export type Lifetime = "version" | "dataset";

/** `Cache-Control` by what an answer is made of. */
export const CACHE_CONTROL: Record<Lifetime, string> = {
  version: "private, max-age=31536000, immutable",
  dataset: "private, no-cache",
};

/**
 * Sets the entity tag of an answer, and says whether the caller has it already.
 *
 * @param parts what the answer is made of: the version's table, the kind of answer, its parameters.
 * @returns a 304 when `If-None-Match` names the tag.
 */
export function checkCached(c: Context<AppEnv>, lifetime: Lifetime, ...parts: string[]): Response | undefined {
  const tag = `"${parts.join(".")}"`;
  c.header("etag", tag);
  c.header("cache-control", CACHE_CONTROL[lifetime]);
  c.header("vary", "authorization, x-api-key");
  const known = c.req.header("if-none-match");
  if (known === undefined) return undefined;
  const tags = known.split(",").map((entry) => entry.trim().replace(/^W\//, ""));
  return tags.includes(tag) || tags.includes("*") ? c.body(null, 304) : undefined;
}

/** Forgets the tag of an answer that turned out not to be final. */
export function dontCache(c: Context<AppEnv>): void {
  c.header("etag", undefined);
  c.header("cache-control", "no-store");
}

/** The 304 of a route's contract. */
export const notModified = { 304: { description: "Not changed since the `If-None-Match` that was sent." } } as const;

/** A short text that stands for a longer one: parameters within an entity tag. */
export async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
