import { EngineError } from "../../engine/errors.ts";
import { AppError } from "../errors.ts";
import type { QueryFailure } from "../services.ts";

/** What went wrong with a query, as a value that crosses from the Session object and can be shown to its user. */
export function describeFailure(error: unknown): QueryFailure {
  if (error instanceof AppError) {
    const { members } = error.details;
    return { code: error.code, message: error.message, ...(members ? { members } : {}) };
  }
  if (error instanceof EngineError) {
    if (error.code === "out_of_memory") return { code: "query_too_large", message: error.message };
    if (error.code === "storage_failed" || error.code === "engine_crashed")
      return { code: "service_unavailable", message: error.message };
    return { code: error.code, message: error.message };
  }
  console.error({
    message: "A query failed for an unknown reason.",
    error: String(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return {
    code: "server_error",
    message: "Something went wrong on our side. Try again; if it stays, report the query id.",
  };
}
