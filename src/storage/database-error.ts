/** What D1 says when a write would break a rule of the schema. */
const SAYINGS = {
  unique: /UNIQUE constraint failed/i,
  foreignKey: /FOREIGN KEY constraint failed/i,
};

/** What D1 says when it could not do its work for the moment (https://developers.cloudflare.com/d1/observability/debug-d1/). */
const MOMENTARY =
  /^D1_ERROR:.*(internal error|connection lost|caused object to be reset|code was updated|overloaded|timed out|timeout|SQLITE_BUSY)/i;

export const MOMENTARY_MESSAGE = "The server's database was out of reach for a moment. Send the request again.";

/** Whether a write failed because of a constraint of this kind. D1 tells it in the message alone, and drizzle wraps that as a cause. */
export function violatesConstraint(error: unknown, kind: keyof typeof SAYINGS): boolean {
  return causesOf(error).some(({ message }) => SAYINGS[kind].test(message));
}

/** Whether D1 or a Durable Object was out of reach for the moment, so that the same request may well work when it comes again. */
export function isMomentary(error: unknown): boolean {
  return causesOf(error).some(
    (cause) =>
      MOMENTARY.test(cause.message) ||
      ("retryable" in cause && cause.retryable === true) ||
      ("overloaded" in cause && cause.overloaded === true),
  );
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
