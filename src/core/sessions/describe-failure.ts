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
    return { code: error.code, message: inPlainWords(error.message) };
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

/** What DuckDB says of its inside, said of the query. */
const PLAIN_WORDS: readonly [pattern: RegExp, words: string][] = [
  [
    /Max expression depth limit of (\d+) exceeded[\s\S]*$/,
    "The SQL nests more than $1 expressions or queries in one another. Take it apart with WITH; long sums are shorter as list_sum([a, b, …]).",
  ],
  [
    /^Parser Error: memory exhausted at or near[\s\S]*$/,
    "The SQL is nested too deeply to be read. Take it apart with WITH.",
  ],
  [
    /^Invalid Error: Unsupported UDF argument type[\s\S]*$/,
    "The JSON functions take JSON as text, and one path as text or a whole number: call them once for each path.",
  ],
  [/^Invalid(?: Input)? Error: (?=The JSON path |Malformed JSON|JSON functions |There is no time zone )/, ""],
  [/^[\s\S]*Attempting to execute an unsuccessful or closed pending query result\s*Error: /, ""],
];

function inPlainWords(message: string): string {
  for (const [pattern, words] of PLAIN_WORDS) {
    if (pattern.test(message)) return message.replace(pattern, words).replace(/^\w+ Error: (?=The SQL )/, "");
  }
  return message;
}
