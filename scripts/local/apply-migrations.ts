import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { ROOT, runWrangler } from "./run-wrangler.ts";

/**
 * Brings the local D1 database up to date. Starting wrangler takes seconds, so a stamp beside the database remembers which
 * migrations and configuration it was last brought up to date with; it goes when the state is deleted.
 * @returns whether anything had to be done.
 */
export function applyLocalMigrations(statePath: string): boolean {
  const stampPath = `${statePath}/eider-migrations.sha256`;
  const stamp = hashMigrations();
  if (existsSync(`${statePath}/v3/d1`) && existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp)
    return false;
  runWrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", statePath]);
  mkdirSync(statePath, { recursive: true });
  writeFileSync(stampPath, stamp);
  return true;
}

function hashMigrations(): string {
  const hash = createHash("sha256").update(readFileSync(`${ROOT}wrangler.toml`));
  const names = readdirSync(`${ROOT}migrations`).filter((name) => name.endsWith(".sql"));
  for (const name of names.sort()) hash.update(name).update(readFileSync(`${ROOT}migrations/${name}`));
  return hash.digest("hex");
}
