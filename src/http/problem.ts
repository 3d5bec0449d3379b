import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError, type ErrorCode, type FieldFault, type RateLimit } from "../core/errors.ts";
import { isMomentary, MOMENTARY_MESSAGE } from "../storage/database-error.ts";
import type { AppEnv } from "./context.ts";
import { describeIssue } from "./describe-issue.ts";

/** One status for each code. A new code without a status does not compile. */
export const STATUS = {
  invalid_request: 400,
  unauthorized: 401,
  insufficient_permissions: 403,
  not_found: 404,
  method_not_allowed: 405,
  resource_conflict: 409,
  gone: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  validation_failed: 422,
  query_failed: 422,
  query_refused: 422,
  query_timeout: 422,
  query_too_large: 422,
  query_cancelled: 409,
  question_unclear: 422,
  question_unanswerable: 422,
  rate_limited: 429,
  server_error: 500,
  not_implemented: 501,
  service_unavailable: 503,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>;

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  410: "Gone",
  413: "Payload too large",
  415: "Unsupported media type",
  416: "Range not satisfiable",
  422: "Unprocessable content",
  429: "Too many requests",
  500: "Internal server error",
  501: "Not implemented",
  503: "Service unavailable",
};

/** The body of every error: RFC 9457 problem details. */
export const Problem = z
  .object({
    type: z.string().openapi({ example: "about:blank" }),
    title: z.string().openapi({ example: "Not found" }),
    status: z.number().int().openapi({ example: 404 }),
    detail: z.string().openapi({ example: "There is no upload “upload_abc123def456”." }),
    code: z.string().openapi({ example: "not_found", enum: Object.keys(STATUS) }),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");

/** Answers with a problem document. */
export function respondWithProblem(c: Context<AppEnv>, error: unknown): Response {
  const known = toAppError(error);
  if (known === undefined || isMomentary(error))
    console.error({ requestId: c.get("requestId"), error: describeCause(error) });
  const failure =
    known ??
    new AppError("server_error", "Something went wrong on our side. Try again; if it stays, report the request id.");
  const status = STATUS[failure.code];
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (failure.details.retryAfterSeconds !== undefined)
    headers["retry-after"] = String(failure.details.retryAfterSeconds);
  if (failure.details.rateLimit) Object.assign(headers, rateHeaders(failure.details.rateLimit));
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="eider"';
  return new Response(
    JSON.stringify({
      type: "about:blank",
      title: TITLES[status],
      status,
      detail: failure.message,
      code: failure.code,
      request_id: c.get("requestId"),
      ...(failure.details.errors ? { errors: failure.details.errors } : {}),
      ...failure.details.members,
    }),
    { status, headers },
  );
}

/** The headers `RateLimit-*` (draft-ietf-httpapi-ratelimit-headers, as most clients read them). */
export function rateHeaders({ limit, remaining, resetSeconds }: RateLimit): Record<string, string> {
  return {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds),
  };
}

/** Turns what libraries throw for bad input into Eider's own errors; undefined for everything unknown. */
function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (isMomentary(error)) return new AppError("service_unavailable", MOMENTARY_MESSAGE, { retryAfterSeconds: 1 });
  if (!(error instanceof HTTPException) || error.status >= 500) return undefined;
  if (error.status === 415)
    return new AppError(
      "unsupported_media_type",
      "The body's Content-Type is missing or not one that this route takes. JSON needs Content-Type: application/json.",
    );
  return new AppError("invalid_request", error.message || "The request is malformed.");
}

/** A 422 that names each wrong field. */
export function validationFailed(error: z.ZodError): AppError {
  const errors: FieldFault[] = error.issues.map((issue) => ({
    path: pathOf(issue.path),
    message: describeIssue(issue),
  }));
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new AppError(
    "validation_failed",
    first ? `${first.path || "body"}: ${first.message}${more}` : "The input is not valid.",
    { errors },
  );
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    "",
  );
}

function describeCause(error: unknown): string {
  return error instanceof Error
    ? `${error.stack ?? error.message}${error.cause ? `\ncaused by ${describeCause(error.cause)}` : ""}`
    : String(error);
}
