import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

export const ROOT = `${resolve(import.meta.dirname, "../..")}/`;

/** Where `wrangler dev` keeps R2, D1 and the objects. */
export const DEFAULT_STATE = `${ROOT}.wrangler/state`;

/** Runs wrangler to its end without a prompt. Throws an Error with what it printed when it fails. */
export function runWrangler(args: readonly string[]): string {
  const run = spawnSync(process.execPath, [`${ROOT}node_modules/wrangler/bin/wrangler.js`, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(" ")} failed:\n${run.stdout}${run.stderr}`);
  return run.stdout;
}
