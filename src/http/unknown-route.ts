import type { Context, Hono } from "hono";
import { AppError } from "../core/errors.ts";
import type { AppEnv } from "./context.ts";
import { respondWithProblem } from "./problem.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Answers a request that no route takes: 405 with `Allow` (RFC 9110, 15.5.6) where one takes its path by another method, 404 elsewhere. */
export function respondToUnknownRoute(c: Context<AppEnv>, app: Hono<AppEnv>): Response {
  const { method, path } = c.req;
  const allowed = METHODS.filter((other) =>
    app.router.match(other, path)[0].some(([[, route]]) => route.method === other),
  );
  if (allowed.length === 0)
    return respondWithProblem(
      c,
      new AppError("not_found", `There is nothing at ${method} ${path}. The API is described at /docs.`),
    );
  const list = allowed.flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each])).join(", ");
  const problem = respondWithProblem(
    c,
    new AppError(
      "method_not_allowed",
      `${method} is not possible at ${path}, but ${list}. The API is described at /docs.`,
    ),
  );
  problem.headers.set("allow", list);
  return problem;
}
