import type { MiddlewareHandler } from "hono";
import { authenticateRequest, localCaller, requireScope } from "../../core/accounts/authenticate-request.ts";
import { isLocalRequest } from "../../core/accounts/local-access.ts";
import type { Caller } from "../../core/services.ts";
import type { Scope } from "../../storage/scopes.ts";
import type { AppEnv } from "../context.ts";

/** How a group of routes departs from the rule. */
export interface AuthenticateOptions {
  /** Under `wrangler dev`, a request without any credential is `dev@localhost`. */
  localWithoutKey?: boolean;
}

/**
 * Lets a request through that carries a good API key or JWT with the scope, and sets `c.var.caller`.
 * @param requiredScope without it, GET and HEAD need `read`, everything else `write`.
 */
export function authenticate(requiredScope?: Scope, options: AuthenticateOptions = {}): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const local = isLocalRequest(c.env, c.req.raw);
    const authorization = c.req.header("authorization") ?? null;
    const apiKey = c.req.header("x-api-key") ?? null;
    // Set already where a stricter rule stands behind the one for a whole group of paths.
    const known: Caller | undefined = c.get("caller");
    const caller =
      known ??
      (local && options.localWithoutKey && authorization === null && apiKey === null
        ? await localCaller(c.var.services)
        : await authenticateRequest(c.var.services, {
            authorization,
            apiKey,
            tokens: { secret: c.env.JWT_SECRET, jwksUrl: c.env.JWKS_URL },
            local,
          }));
    requireScope(caller, requiredScope ?? scopeOfMethod(c.req.method));
    c.set("caller", caller);
    await next();
  };
}

function scopeOfMethod(method: string): Scope {
  return method === "GET" || method === "HEAD" ? "read" : "write";
}
