import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Answers with a value that holds what `JSON.stringify` would lose; see `writeJson`. */
export function answerJson(c: Context, value: unknown, status: ContentfulStatusCode = 200): Response {
  return c.body(writeJson(value), status, { "content-type": "application/json" });
}

/**
 * A value as JSON text: like `JSON.stringify`, and besides maps as objects that keep their order (a JavaScript object puts names that look
 * like numbers first) and bigints as numbers with all of their digits.
 */
export function writeJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (typeof value !== "object" || value === null || "toJSON" in value) return JSON.stringify(value) ?? "null";
  const entries: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  const members: string[] = [];
  for (const [name, member] of entries)
    if (member !== undefined) members.push(`${JSON.stringify(String(name))}:${writeJson(member)}`);
  return `{${members.join(",")}}`;
}
