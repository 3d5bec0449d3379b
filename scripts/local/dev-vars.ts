import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";

/** What `.dev.vars` must hold for `wrangler dev`. Values are made anew for each checkout. */
const NEEDED: Record<string, () => string> = {
  EIDER_LOCAL: () => "true",
  JWT_SECRET: () => randomBytes(32).toString("base64url"),
  SIGNING_SECRET: () => randomBytes(32).toString("base64url"),
};

/**
 * Adds to `.dev.vars` what is missing, readable by its owner alone; never changes a line that is there.
 * @returns the names that were added.
 */
export function completeDevVars(path: string): string[] {
  const isNew = !existsSync(path);
  const text = isNew
    ? "# Secrets of this checkout for `wrangler dev`. No deployment reads this file; never commit it.\n"
    : readFileSync(path, "utf8");
  const present = readDevVars(text);
  const missing = Object.keys(NEEDED).filter((name) => !present.has(name));
  if (missing.length === 0) return [];
  const lines = missing.map((name) => `${name}=${NEEDED[name]?.()}\n`).join("");
  writeFileSync(path, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${lines}`, { mode: 0o600 });
  if (isNew) chmodSync(path, 0o600);
  return missing;
}

/** Names and values of a `.dev.vars` text. */
export function readDevVars(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined) found.set(match[1], (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2"));
  }
  return found;
}
