const MAX_CHARACTERS = 128;
/** What stands in a path segment as it is, and cannot be taken for a step in a path. */
const ALLOWED = /^[A-Za-z0-9_-][A-Za-z0-9._:-]*$/;

/** Says what is wrong with a session id that a user chose, or undefined when it is fine. */
export function faultOfSessionId(id: string): string | undefined {
  if (id === "") return "A session id may not be empty.";
  if (id.length > MAX_CHARACTERS)
    return `A session id may have at most ${MAX_CHARACTERS} characters; this one has ${id.length}.`;
  if (!ALLOWED.test(id))
    return "A session id may hold letters (A–Z), digits, “_”, “-”, “.” and “:”, and may not begin with “.” or “:”.";
  return undefined;
}
