import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { findFreePort, OFFLINE_ENVIRONMENT, runCron, WRANGLER_DEV } from "./dev-server.ts";

/** `npm run dev`: `wrangler dev` in this terminal, with its arguments, a clock for cron, and without calls home. */
const ROOT = resolve(import.meta.dirname, "..");
const given = process.argv.slice(2);
const { values } = parseArgs({ args: given, options: { port: { type: "string" } }, strict: false });
const port = typeof values.port === "string" ? values.port : String(await findFreePort());

const child = spawn(process.execPath, [...WRANGLER_DEV, ...given, ...("port" in values ? [] : ["--port", port])], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, ...OFFLINE_ENVIRONMENT },
});
const stopCron = runCron(`http://localhost:${port}`);
// Ctrl-C reaches wrangler by the terminal; this process only waits for it.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code) => {
  stopCron();
  process.exit(code ?? 0);
});
