import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { applyLocalMigrations } from "./local/apply-migrations.ts";
import { completeDevVars } from "./local/dev-vars.ts";
import { DEFAULT_STATE, ROOT } from "./local/run-wrangler.ts";

/**
 * Makes a checkout ready for `wrangler dev` and the tests: secrets in `.dev.vars`, the local database, the engine file and the
 * reference page. Says only what it changed, and takes no time when there is nothing to do.
 */
const added = completeDevVars(`${ROOT}.dev.vars`);
if (added.length > 0) console.error(`.dev.vars: added ${added.join(", ")}`);

if (applyLocalMigrations(DEFAULT_STATE)) console.error("Local database: migrations applied");

for (const script of ["scripts/engine/build.ts", "scripts/docs-page.ts"]) {
  if (!existsSync(ROOT + script)) continue;
  const run = spawnSync(process.execPath, [script], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
