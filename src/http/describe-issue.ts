import type { z } from "@hono/zod-openapi";

const KINDS: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};
/** How zod's own messages begin; a route's own words do not. */
const OWN_WORDS = /^(Invalid input|Too small|Too big|Invalid option|Invalid ISO datetime)\b/;

/** What is wrong with a field and what would be right, as a sentence. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  if (!OWN_WORDS.test(message)) return message;
  switch (issue.code) {
    case "invalid_type": {
      const kind = KINDS[issue.expected] ?? `of type ${issue.expected}`;
      return message.endsWith("received undefined") ? `It is missing; send ${kind}.` : `It has to be ${kind}.`;
    }
    case "invalid_value":
      return `It has to be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((value) => `“${String(value)}”`).join(", ")}.`;
    case "too_small":
      return describeBound(issue.origin, Number(issue.minimum), issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return describeBound(issue.origin, Number(issue.maximum), issue.inclusive === false ? "less than" : "at most");
    case "invalid_format":
      return "It has to be a time such as 2026-05-01T12:00:00Z.";
    default:
      return message;
  }
}

function describeBound(origin: string, bound: number, how: string): string {
  if (origin === "string" && how === "at least" && bound === 1) return "It may not be empty.";
  if (origin === "string") return `It has to have ${how} ${bound} characters.`;
  if (origin === "array") return `It has to have ${how} ${bound} ${bound === 1 ? "entry" : "entries"}.`;
  return `It has to be ${how} ${bound}.`;
}
