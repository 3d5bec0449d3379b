/** Every way in which Eider says no. `http/problem.ts` maps each to a status, and does not compile while one is missing. */
export type ErrorCode =
  | "invalid_request"
  | "unauthorized"
  | "insufficient_permissions"
  | "not_found"
  | "method_not_allowed"
  | "resource_conflict"
  | "gone"
  | "payload_too_large"
  | "unsupported_media_type"
  | "range_not_satisfiable"
  | "validation_failed"
  | "query_failed"
  | "query_refused"
  | "query_timeout"
  | "query_too_large"
  | "query_cancelled"
  | "question_unclear"
  | "question_unanswerable"
  | "rate_limited"
  | "server_error"
  | "not_implemented"
  | "service_unavailable";

/** One fault of the input: where it is (`files[0].filename`) and what would be right. */
export interface FieldFault {
  path: string;
  message: string;
}

/** Where a caller stands with a limit on how often something may be asked. */
export interface RateLimit {
  limit: number;
  remaining: number;
  /** Seconds until one more is let through. */
  resetSeconds: number;
}

/** Facts that go out with the error beside its sentence. */
export interface ErrorDetails {
  errors?: FieldFault[];
  /** Seconds after which another try makes sense. */
  retryAfterSeconds?: number;
  rateLimit?: RateLimit;
  /** Extra members of the problem document (limits, candidates, positions). */
  members?: Record<string, unknown>;
}

/** An error whose message is meant for the caller: what was wrong with which part, and what would be right. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Missing and not yours look the same, so that nobody learns what exists. */
export function notFound(what: string, id: string): AppError {
  return new AppError("not_found", `There is no ${what} “${id.slice(0, 100)}”.`);
}

/** A fault in one field of the input. */
export function invalidField(path: string, message: string): AppError {
  return new AppError("validation_failed", `${path}: ${message}`, { errors: [{ path, message }] });
}
