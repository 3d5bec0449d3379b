import type { Context } from "hono";
import { cors } from "hono/cors";
import { isLocalRequest } from "../../core/accounts/local-access.ts";
import type { AppEnv } from "../context.ts";

const ONE_DAY = 86_400;

/**
 * Lets pages of the origins in `CORS_ORIGINS` call the API from browsers; under `wrangler dev` those of this machine may as well. Callers
 * show keys and never cookies, so that nothing is sent along without the page's knowing it.
 */
export const allowPages = cors({
  origin: (origin, c: Context<AppEnv>) => {
    const allowed = c.env.CORS_ORIGINS?.split(",").map((one) => one.trim()) ?? [];
    if (allowed.includes("*")) return "*";
    return allowed.includes(origin) || isLocalRequest(c.env, c.req.raw) ? origin : null;
  },
  exposeHeaders: [
    "content-disposition",
    "content-range",
    "etag",
    "link",
    "location",
    "preference-applied",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "x-request-id",
  ],
  maxAge: ONE_DAY,
});
