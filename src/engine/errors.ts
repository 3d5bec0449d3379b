/** Why the engine refused or gave up. */
export type EngineErrorCode =
  /** DuckDB's own error: syntax, binder, conversion, constraint. */
  | "query_failed"
  /** Not one read-only statement, or it names something that is not a table of the session. */
  | "query_refused"
  | "query_timeout"
  | "query_cancelled"
  /** The query needs more memory than the engine may have. The engine is finished. */
  | "out_of_memory"
  /** Reading a remote block failed; the engine goes on. */
  | "storage_failed"
  /** The engine crashed and is finished. */
  | "engine_crashed";

/** An error of the engine. `message` is fit for the user who wrote the SQL. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
