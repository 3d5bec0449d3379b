import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { isLocalRequest } from "../../core/accounts/local-access.ts";
import type { AppEnv } from "../context.ts";

const ONE_DAY = 86_400;

/** Headers of answers that scripts may read. */
const EXPOSED = [
  "content-disposition",
  "content-range",
  "eider-exactness",
  "eider-query-id",
  "etag",
  "link",
  "location",
  "preference-applied",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "retry-after",
  "x-request-id",
].join(", ");

const answerPreflight = cors({ origin: allowedOrigin, maxAge: ONE_DAY });

/**
 * Lets pages of the origins in `CORS_ORIGINS` call the API from browsers; under `wrangler dev` those of this machine may as well. Callers
 * show keys and never cookies, so that nothing is sent along without the page's knowing it.
 */
export const allowPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === "OPTIONS") return answerPreflight(c, next);
  await next();
  const origin = c.req.header("origin");
  const allowed = origin === undefined ? null : allowedOrigin(origin, c);
  // Also where no page asks: a cache may hold the answer for one that does.
  if (allowed !== "*") c.header("vary", "origin", { append: true });
  if (allowed === null) return;
  c.header("access-control-allow-origin", allowed);
  c.header("access-control-expose-headers", EXPOSED);
};

function allowedOrigin(origin: string, c: Context<AppEnv>): string | null {
  const allowed = c.env.CORS_ORIGINS?.split(",").map((one) => one.trim()) ?? [];
  if (allowed.includes("*")) return "*";
  return allowed.includes(origin) || isLocalRequest(c.env, c.req.raw) ? origin : null;
}
